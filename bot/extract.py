"""Which parts of a passage answer a question: sentences, a whole procedure, or a table's rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.passage_analysis import PassageAnalysis, analysis_of
from bot.question_kind import leans_on_sentence_before
from bot.ranking import Asked
from bot.sentences import Part
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

# A part is taken along when it matches the question at least so well compared with the best one.
NEARLY_AS_GOOD = 0.6
# A table of at most so many rows stays whole.
SMALL_TABLE_ROWS = 6
# Of a larger table, rows whose first cell the question names are shown alone when they are at most so many.
FEW_ROWS = 2
# Rows that are shown of a larger table.
MOST_ROWS = 8
# From this share of the question's topic words, a wanted fact counting as 0.4, a part is said to answer. Both were
# chosen on the sample group's golden questions: 98.8 % of the right passages' extracts keep the required words, at
# 81 % of the length.
CLEARLY = 0.6
# A short passage is quoted whole: nothing is won by cutting it.
SHORT_WORDS = 45
_WANTED_BONUS = 0.4
# From this share of the question's topic words on, title and heading say what is asked, and the passage as a whole is
# the answer. Chosen on the tuning halves of five public sets (docs/decisions/0021-extracts-by-question.md).
_HEADED = 0.25
# A sentence with less of the question's topic words decides nothing.
_DECIDES = 0.25
# What follows a sentence is rather part of the answer than what stands before it.
_READ_ON = 0.1
# A warning speaks of what was asked or quoted when it shares so many topic words.
_WARNING_WORDS = 2
# With more facts of the kind that is asked for, marking them helps nobody.
_MOST_MARKED = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a passage that is quoted letter for letter.

    Args:
        passage: where it stands.
        start: where it begins in the passage's text.
        end: where it ends.
        heading: header lines of its table, which are shown above it.
        marked: words of it that are the fact asked for; they are shown bold.
    """

    passage: Passage
    start: int
    end: int
    heading: str = ""
    marked: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The quoted words."""
        return self.passage.text[self.start : self.end]

    @property
    def shown(self) -> str:
        """What the customer reads."""
        words = self.words
        for one in self.marked:
            words = re.sub(rf"(?<![\w*.,]){re.escape(one)}(?![\w*]|[.,]\d)", lambda found: f"**{found[0]}**", words)
        return f"{self.heading}{words}"


def extract(passage: Passage, asked: Asked, lexicon: Lexicon, limit_words: int) -> tuple[Quote, ...]:
    """The parts of a passage that answer a question, in reading order.

    FAQ answers and procedures stay whole; of a large table the rows that match are taken; of running text the best
    sentences, or all of it where no sentence clearly answers and it is not too long.

    Args:
        passage: where the answer stands.
        asked: the question.
        lexicon: how rare words are.
        limit_words: how long an extract of running text may be.
    """
    known = analysis_of(passage)
    body = tuple(part for part in known.parts if part.kind != "warning")
    if passage.kind == "warning" or not body or known.is_procedure:
        return (Quote(passage, 0, len(passage.text)),)
    scores = _scores(known, asked, lexicon)
    marked = _facts_asked_for(known, body, scores, asked)
    quotes = _quotes(passage, body, scores, asked, lexicon, limit_words)
    return tuple(sorted((replace(one, marked=marked) for one in quotes), key=lambda one: one.start))


def _quotes(
    passage: Passage,
    body: Sequence[Part],
    scores: dict[Part, float],
    asked: Asked,
    lexicon: Lexicon,
    limit_words: int,
) -> list[Quote]:
    text = passage.text
    if passage.kind == "faq":
        return [Quote(passage, 0, len(text))]
    rows = tuple(part for part in body if part.kind == "row")
    sentences = tuple(part for part in body if part.kind in {"sentence", "bullet", "step"})
    if not rows and len(text.split()) <= SHORT_WORDS:
        return [Quote(passage, body[0].start, body[-1].end)]
    best_row = max((scores[row] for row in rows), default=-1.0)
    best_sentence = max((scores[one] for one in sentences), default=-1.0)
    quotes: list[Quote] = []
    is_headed = lexicon.share(asked.stems, analysis_of(passage).head_stems) >= _HEADED
    if rows and (best_row >= best_sentence or best_sentence < CLEARLY or (is_headed and len(rows) <= MOST_ROWS)):
        quotes += _table_quotes(passage, body, rows, scores, asked)
    if sentences and (not rows or best_sentence > best_row or max(best_row, best_sentence) < CLEARLY):
        best_only = not is_headed and asked.kind in {"fact", "yes_no"}
        places = _sentence_places(passage, sentences, scores, limit_words, best_only=best_only)
        quotes += _sentence_quotes(passage, sentences, places)
    return quotes


def _facts_asked_for(
    known: PassageAnalysis, body: Sequence[Part], scores: dict[Part, float], asked: Asked
) -> tuple[str, ...]:
    """The facts of a wanted kind in the part that answers best; none where several could be meant."""
    if not asked.wanted or asked.kind not in {"fact", "yes_no"}:
        return ()
    best = max(body, key=lambda part: (scores[part], -part.start))
    words = best.of(known.passage.text)
    if "**" in words:
        return ()
    found = {fact.words for fact in known.part_facts[best] if facts_answer((fact,), asked.wanted)}
    # "How many" alone is answered by any number, and of several the wrong one may be meant.
    return tuple(found) if len(found) <= (1 if "number" in asked.wanted else _MOST_MARKED) else ()


def warnings_for(passage: Passage, quotes: Sequence[Quote], asked: Asked) -> tuple[str, ...]:
    """The warnings that go with an extract and do not stand in it yet.

    Those of a procedure always go along; those of other texts when they speak of what was asked or quoted.

    Args:
        passage: the passage.
        quotes: what is quoted of it.
        asked: the question.
    """
    shown = "\n".join(quote.shown for quote in quotes)
    procedure = analysis_of(passage).is_procedure
    quoted = set(content_stems(shown, passage.scope.language))
    found = []
    for warning in passage.warnings:
        if squeezed(warning) in squeezed(shown):
            continue
        about = set(content_stems(warning, passage.scope.language))
        if procedure or len(about & quoted) >= _WARNING_WORDS or len(about & asked.stems) >= _WARNING_WORDS:
            found.append(warning)
    return tuple(found)


def squeezed(text: str) -> str:
    """A text with Markdown marks and repeated white space left out, to compare wordings."""
    return " ".join(re.sub(r"[*_>#|`]", " ", text).split())


def _scores(known: PassageAnalysis, asked: Asked, lexicon: Lexicon) -> dict[Part, float]:
    last = asked.text.rsplit("\n", 1)[-1]
    stems = frozenset(content_stems(last, asked.language)) & asked.stems or asked.stems
    # What the heading says already tells nothing of where in the passage the answer stands.
    telling = stems - known.leaf_stems or stems
    return {
        part: lexicon.share(telling, known.part_stems[part])
        + (_WANTED_BONUS if asked.wanted and facts_answer(known.part_facts[part], asked.wanted) else 0.0)
        for part in known.parts
    }


def _table_quotes(
    passage: Passage, body: Sequence[Part], rows: Sequence[Part], scores: dict[Part, float], asked: Asked
) -> list[Quote]:
    text = passage.text
    heads = [part for part in body if part.kind == "table_head" and part.start < rows[0].start]
    begin = heads[-1].start if heads else rows[0].start
    best = max(scores[row] for row in rows)
    chosen = [row for row in rows if scores[row] >= NEARLY_AS_GOOD * best]
    named = _rows_named(passage, rows, asked)
    if best < CLEARLY and 0 < len(named) <= FEW_ROWS:
        chosen = named
    elif len(rows) <= SMALL_TABLE_ROWS or len(chosen) == len(rows) or best < CLEARLY:
        return [Quote(passage, begin, rows[-1].end)]
    heading = text[begin : rows[0].start] if heads else ""
    quotes: list[Quote] = []
    for row in chosen[:MOST_ROWS]:
        if quotes and not text[quotes[-1].end : row.start].strip():
            quotes[-1] = Quote(passage, quotes[-1].start, row.end, quotes[-1].heading)
        else:
            quotes.append(Quote(passage, row.start, row.end, heading if not quotes else ""))
    return quotes


def _rows_named(passage: Passage, rows: Sequence[Part], asked: Asked) -> list[Part]:
    if len(rows) <= SMALL_TABLE_ROWS:
        return []
    language = passage.scope.language
    first_cells = (passage.text[row.start : row.end].strip().strip("|").split("|")[0] for row in rows)
    return [
        row
        for row, cell in zip(rows, first_cells, strict=True)
        if asked.stems & frozenset(content_stems(cell, language))
    ]


def _sentence_places(
    passage: Passage, sentences: Sequence[Part], scores: dict[Part, float], limit_words: int, *, best_only: bool
) -> list[int]:
    """Which sentences are quoted: the one that has the fact or decides, or those that belong together."""
    text = passage.text
    best = max(range(len(sentences)), key=lambda place: (scores[sentences[place]], -place))
    if best_only and scores[sentences[best]] >= _DECIDES:
        leans = best > 0 and leans_on_sentence_before(sentences[best].of(text), passage.scope.language)
        return [best - 1, best] if leans else [best]
    lengths = [len(part.of(text).split()) for part in sentences]
    if sum(lengths) <= limit_words:
        return list(range(len(sentences)))
    return _places_around(best, [scores[one] for one in sentences], lengths, limit_words)


def _places_around(best: int, scores: Sequence[float], lengths: Sequence[int], limit_words: int) -> list[int]:
    """The sentences around the best one, as many as the limit lets, the likelier side first."""
    first = last = best
    left = limit_words - lengths[best]
    while True:
        before = scores[first - 1] if first > 0 and lengths[first - 1] <= left else -1.0
        after = scores[last + 1] + _READ_ON if last + 1 < len(scores) and lengths[last + 1] <= left else -1.0
        if before < 0 and after < 0:
            return list(range(first, last + 1))
        if after >= before:
            last += 1
            left -= lengths[last]
        else:
            first -= 1
            left -= lengths[first]


def _sentence_quotes(passage: Passage, sentences: Sequence[Part], places: Sequence[int]) -> list[Quote]:
    text = passage.text
    quotes: list[Quote] = []
    for place in places:
        part = sentences[place]
        beside = place - 1 in places and not _parted(text, quotes[-1].end, part.start)
        if quotes and beside:
            quotes[-1] = Quote(passage, quotes[-1].start, part.end)
        else:
            quotes.append(Quote(passage, part.start, part.end))
    return quotes


def _parted(text: str, end: int, start: int) -> bool:
    # A table, warning or heading between two sentences is not quoted along with them.
    return bool(text[end:start].strip())
