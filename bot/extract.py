"""Which parts of a passage answer a question: sentences, a whole procedure, or a table's rows."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.passage_analysis import PassageAnalysis, analysis_of
from bot.question_kind import asks_how_often, leans_on_sentence_before, tells_how_often
from bot.quote import Quote
from bot.ranking import Asked
from bot.sentences import Part
from bot.table_rows import MOST_ROWS, answering_rows
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

# From this share of the question's topic words, a wanted fact counting as 0.4, a part is said to answer. Both were
# chosen on the sample group's golden questions: 98.8 % of the right passages' extracts keep the required words, at
# 81 % of the length.
CLEARLY = 0.6
# A short passage is quoted whole: nothing is won by cutting it.
SHORT_WORDS = 45
_WANTED_BONUS = 0.4
# From this share of the question's topic words on, title and heading say what is asked, and the passage as a whole is
# the answer. Chosen on the tuning halves of five public sets (docs/decisions/0022-extracts-by-question.md).
_HEADED = 0.25
# A sentence with less of the question's topic words decides nothing.
_DECIDES = 0.1
# Of sentences that have the kind of fact asked for, those nearly as good as the best may have the right one.
_AS_LIKELY = 0.9
_MOST_LIKELY = 3
# What follows a sentence is rather part of the answer than what stands before it.
_READ_ON = 0.1
# A sentence of a procedure with so much of the question, and the fact asked for, answers without the steps.
_BESIDE_STEPS = 0.25
# A warning speaks of what was asked or quoted when it shares so many topic words.
_WARNING_WORDS = 2
# With more facts of the kind that is asked for, marking them helps nobody.
_MOST_MARKED = 2
# A row has a value a column.
_MOST_IN_ROW = 6
# What a fact stands in, with its heading, must speak of so much of the question for the fact to be marked.
_ABOUT = 0.25


# A warning may be quoted from below its head.
_WARNING_HEAD = re.compile(r"^\W*[A-ZÀ-Ü]{6,}[:!]?\s+")


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
    if passage.kind == "warning" or not body:
        return (Quote(passage, 0, len(passage.text)),)
    scores = _scores(known, asked, lexicon)
    if known.is_procedure and not _asks_for_fact_beside_steps(body, scores, asked):
        return (Quote(passage, 0, len(passage.text)),)
    quotes = _quotes(passage, body, scores, asked, lexicon, limit_words)
    shown = [part for part in body if any(one.start <= part.start and part.end <= one.end for one in quotes)]
    marked = _facts_asked_for(known, shown, scores, asked, lexicon)
    return tuple(sorted((replace(one, marked=marked) for one in quotes), key=lambda one: one.start))


def _asks_for_fact_beside_steps(body: Sequence[Part], scores: "_Scores", asked: Asked) -> bool:
    best = max(body, key=lambda part: (scores.whole[part], -part.start))
    has_fact = scores.whole[best] > scores.topic[best] >= _BESIDE_STEPS
    return asked.kind == "fact" and not asked.how_to and has_fact and best.kind in {"sentence", "row"}


def _quotes(
    passage: Passage,
    body: Sequence[Part],
    scores: "_Scores",
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
    best_row = max((scores.whole[row] for row in rows), default=-1.0)
    best_sentence = max((scores.whole[one] for one in sentences), default=-1.0)
    quotes: list[Quote] = []
    is_headed = lexicon.share(asked.stems, analysis_of(passage).head_stems) >= _HEADED
    if rows and (best_row >= best_sentence or best_sentence < CLEARLY or (is_headed and len(rows) <= MOST_ROWS)):
        quotes += _table_quotes(passage, body, rows, answering_rows(passage, rows, scores.topic, asked))
    if sentences and (not rows or best_sentence > best_row or max(best_row, best_sentence) < CLEARLY):
        best_only = not is_headed and asked.kind in {"fact", "yes_no"}
        places = _deciding_places(passage, sentences, scores, asked) if best_only else ()
        quotes += _sentence_quotes(
            passage, sentences, places or _sentence_places(passage, sentences, scores, limit_words)
        )
    return quotes


def _facts_asked_for(
    known: PassageAnalysis, shown: Sequence[Part], scores: "_Scores", asked: Asked, lexicon: Lexicon
) -> tuple[tuple[int, int], ...]:
    """Where the facts of a wanted kind stand in the part that answers best; none where several could be meant."""
    if not shown or not asked.wanted or asked.kind not in {"fact", "yes_no"}:
        return ()
    stems = known.part_stems

    def worth(part: Part) -> tuple[float, float]:
        # Of parts with the same words, the one that says the heading's again is meant.
        return scores.whole[part], lexicon.share(asked.topic, stems[part]) * (scores.topic[part] > 0)

    best = max(shown, key=lambda part: (worth(part), -part.start))
    words = best.of(known.passage.text)
    # An FAQ answer begins with what was asked.
    is_meant = (known.passage.kind == "faq" and best is known.parts[0]) or not any(
        worth(part) >= worth(best) for part in shown if part is not best and known.part_facts[part]
    )
    around = known.leaf_stems | known.column_stems if best.kind == "row" else known.leaf_stems
    is_picked = best.kind == "row" and any(part.kind == "row" and part not in shown for part in known.parts)
    is_about = is_picked or lexicon.share(asked.topic, stems[best] | around) >= _ABOUT
    if "**" in words or not is_meant or not is_about or not _is_interval_where_asked(asked, words):
        return ()
    found = {fact.words for fact in known.part_facts[best] if facts_answer((fact,), asked.wanted)}
    # "How many" alone is answered by any number, and of several the wrong one may be meant.
    most = 1 if "number" in asked.wanted else _MOST_IN_ROW if best.kind == "row" else _MOST_MARKED
    return _places(known.passage.text, best, found) if len(found) <= most else ()


def _places(text: str, part: Part, found: Collection[str]) -> tuple[tuple[int, int], ...]:
    longest_first = "|".join(re.escape(one) for one in sorted(found, key=len, reverse=True))
    fact = rf"(?<![\w*.,])(?:{longest_first})(?![\w*]|[.,]\d)"
    # The same in another unit belongs to it: "2.6 bar (38 psi)".
    whole = re.compile(rf"{fact}(?: \({fact}\))?")
    return tuple(one.span() for one in whole.finditer(text, part.start, part.end)) if found else ()


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
        if _WARNING_HEAD.sub("", squeezed(warning)) in squeezed(shown):
            continue
        about = set(content_stems(warning, passage.scope.language))
        if procedure or len(about & quoted) >= _WARNING_WORDS or len(about & asked.stems) >= _WARNING_WORDS:
            found.append(warning)
    return tuple(found)


def squeezed(text: str) -> str:
    """A text with Markdown marks and repeated white space left out, to compare wordings."""
    return " ".join(re.sub(r"[*_>#|`]", " ", text).split())


def _is_interval_where_asked(asked: Asked, words: str) -> bool:
    question = asked.text.rsplit("\n", 1)[-1]
    return not asks_how_often(question, asked.language) or tells_how_often(words)


@dataclass(frozen=True, slots=True)
class _Scores:
    """How well each part answers: the share of the question that it has, and that with a wanted fact counted in."""

    topic: Mapping[Part, float]
    whole: Mapping[Part, float]


def _scores(known: PassageAnalysis, asked: Asked, lexicon: Lexicon) -> _Scores:
    last = asked.text.rsplit("\n", 1)[-1]
    stems = frozenset(content_stems(last, asked.language)) & asked.topic or asked.topic
    # What the heading says already tells nothing of where in the passage the answer stands.
    telling = stems - known.leaf_stems
    held = {part: telling & stems_of_part for part, stems_of_part in known.part_stems.items()}
    # Nor does a word that stands in every part.
    often = Counter(stem for one in held.values() for stem in one)
    weights = {stem: lexicon.weight(stem) * _rarity(often[stem], len(known.parts)) for stem in telling}
    total = sum(weights.values()) or 1.0
    topic = {part: sum(weights[stem] for stem in one) / total for part, one in held.items()}
    if not asked.wanted:
        return _Scores(topic, topic)
    with_fact = {part for part, facts in known.part_facts.items() if facts_answer(facts, asked.wanted)}
    return _Scores(topic, {part: one + _WANTED_BONUS * (part in with_fact) for part, one in topic.items()})


def _rarity(parts: int, of: int) -> float:
    """How much a word tells of where in a passage the answer stands; the formula is BM25's."""
    return log(1 + (of - parts + 0.5) / (parts + 0.5)) if parts else 1.0


def _table_quotes(passage: Passage, body: Sequence[Part], rows: Sequence[Part], chosen: Sequence[Part]) -> list[Quote]:
    text = passage.text
    heads = [part for part in body if part.kind == "table_head" and part.start < rows[0].start]
    begin = heads[-1].start if heads else rows[0].start
    if len(chosen) == len(rows):
        return [Quote(passage, begin, rows[-1].end)]
    heading = text[begin : rows[0].start] if heads else ""
    quotes: list[Quote] = []
    for row in chosen:
        if quotes and not text[quotes[-1].end : row.start].strip():
            quotes[-1] = Quote(passage, quotes[-1].start, row.end, quotes[-1].heading)
        else:
            quotes.append(Quote(passage, row.start, row.end, heading if not quotes else ""))
    return quotes


def _deciding_places(passage: Passage, sentences: Sequence[Part], scores: _Scores, asked: Asked) -> Sequence[int]:
    """Where the sentence stands that has the fact or decides, with the one it leans on; nowhere where none does."""
    found = [scores.whole[one] for one in sentences]
    best = max(found)
    if best < _DECIDES:
        return ()
    likely = [place for place, score in enumerate(found) if score >= _AS_LIKELY * best]
    chosen = likely if asked.wanted and len(likely) <= _MOST_LIKELY else [found.index(best)]
    text, language = passage.text, passage.scope.language
    leaning = [one for one in chosen if one and leans_on_sentence_before(sentences[one].of(text), language)]
    return sorted({*chosen, *(one - 1 for one in leaning)})


def _sentence_places(passage: Passage, sentences: Sequence[Part], scores: _Scores, limit_words: int) -> Sequence[int]:
    """Where the sentences stand that belong together: all, or those around the best one."""
    lengths = [len(part.of(passage.text).split()) for part in sentences]
    if sum(lengths) <= limit_words:
        return range(len(sentences))
    found = [scores.whole[one] for one in sentences]
    return _places_around(found.index(max(found)), found, lengths, limit_words)


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
