"""Which parts of a passage answer a question: sentences, a whole procedure, or a table's rows."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.marked_facts import marked_facts
from bot.part_scores import PartScores, part_scores
from bot.passage_analysis import analysis_of
from bot.question_kind import asks_may_i, leans_on_sentence_before
from bot.quote import Quote
from bot.ranking import Asked
from bot.sentences import Part
from bot.span_reader import Reading
from bot.table_rows import MOST_ROWS, answering_rows
from bot.tables import tables_of
from knowledge_base.passage import Passage

# From this share of the question's topic words, a wanted fact counting as 0.4, a part is said to answer. Both were
# chosen on the sample group's golden questions: 98.8 % of the right passages' extracts keep the required words, at
# 81 % of the length.
CLEARLY = 0.6
# A short passage, its warnings not counted, is quoted whole: nothing is won by cutting it.
SHORT_WORDS = 45
# From this share of the question's topic words on, title and heading say what is asked, and the passage as a whole is
# the answer. Chosen on the tuning halves of five public sets (docs/decisions/0022-extracts-by-question.md).
_HEADED = 0.25
# Up to this share a sentence that the reader is sure of answers all the same (docs/decisions/0010-span-reader.md).
_HEADED_SURELY = 0.5
# A sentence with less of the question's topic words decides nothing.
_DECIDES = 0.1
# Of sentences that have the kind of fact asked for, those nearly as good as the best may have the right one.
_AS_LIKELY = 0.9
_MOST_LIKELY = 3
# What follows a sentence is rather part of the answer than what stands before it.
_READ_ON = 0.1
# A sentence of a procedure with so much of the question, and the fact asked for, answers without the steps.
_BESIDE_STEPS = 0.25
# So much of a yes/no question, since no fact shows that it decides.
_DECIDES_BESIDE_STEPS = 0.5
# Sentences around a table are quoted with it where no row clearly answers and the best has so much of the best row's.
_BESIDE_ROWS = 0.5
# A warning speaks of what was asked or quoted when it shares so many topic words.
_WARNING_WORDS = 2


# A warning may be quoted from below its head.
_WARNING_HEAD = re.compile(r"^\W*[A-ZÀ-Ü]{6,}[:!]?\s+")


def extract(
    passage: Passage, asked: Asked, lexicon: Lexicon, limit_words: int, reading: Reading | None = None
) -> tuple[Quote, ...]:
    """The parts of a passage that answer a question, in reading order.

    FAQ answers and procedures stay whole; of a large table the rows that match are taken; of running text the best
    sentences, or all of it where no sentence clearly answers and it is not too long.

    Args:
        passage: where the answer stands.
        asked: the question.
        lexicon: how rare words are.
        limit_words: how long an extract of running text may be.
        reading: where the span reader sees the answer, if it was asked.
    """
    known = analysis_of(passage)
    body = tuple(part for part in known.parts if part.kind != "warning")
    if passage.kind == "warning" or not body:
        return (Quote(passage, 0, len(passage.text)),)
    scores = part_scores(known, asked, lexicon, reading)
    if known.is_procedure and not _is_told_beside_steps(body, scores, asked):
        return (Quote(passage, 0, len(passage.text)),)
    quotes = _quotes(passage, body, scores, asked, lexicon, limit_words)
    shown = [part for part in body if any(one.start <= part.start and part.end <= one.end for one in quotes)]
    marked = marked_facts(known, shown, scores, asked, lexicon)
    return tuple(sorted((replace(one, marked=marked) for one in quotes), key=lambda one: one.start))


def _is_told_beside_steps(body: Sequence[Part], scores: PartScores, asked: Asked) -> bool:
    """Whether a sentence or row of a procedure has the fact, or decides, so that its steps are not asked for."""
    best = max(body, key=lambda part: (scores.whole[part], -part.start))
    if asked.how_to or best.kind not in {"sentence", "row"}:
        return False
    if asked.kind == "yes_no":
        return scores.topic[best] >= _DECIDES_BESIDE_STEPS
    return asked.kind == "fact" and best in scores.with_fact and scores.topic[best] >= _BESIDE_STEPS


def _quotes(
    passage: Passage,
    body: Sequence[Part],
    scores: PartScores,
    asked: Asked,
    lexicon: Lexicon,
    limit_words: int,
) -> list[Quote]:
    text = passage.text
    if passage.kind == "faq":
        return [Quote(passage, 0, len(text))]
    rows = tuple(part for part in body if part.kind == "row")
    sentences = tuple(part for part in body if part.kind in {"sentence", "bullet", "step"})
    beside_steps = analysis_of(passage).is_procedure
    words = sum(len(part.of(text).split()) for part in body)
    if not rows and not beside_steps and words <= SHORT_WORDS:
        return [Quote(passage, body[0].start, body[-1].end)]
    best_row = max((scores.whole[row] for row in rows), default=-1.0)
    best_sentence = max((scores.whole[one] for one in sentences), default=-1.0)
    quotes: list[Quote] = []
    headed = lexicon.share(asked.stems, analysis_of(passage).head_stems)
    is_headed = headed >= (_HEADED if scores.surely is None else _HEADED_SURELY)
    if rows and (best_row >= best_sentence or best_sentence < CLEARLY or (is_headed and len(rows) <= MOST_ROWS)):
        quotes += _table_quotes(passage, body, answering_rows(passage, rows, scores.topic, asked))
    if sentences and (not rows or best_sentence > best_row or _may_answer_too(best_sentence, best_row)):
        best_only = not is_headed and (asked.kind in {"fact", "yes_no"} or scores.surely is not None)
        if beside_steps:
            places = _paragraph_places(sentences, scores)
        else:
            places = _deciding_places(passage, sentences, scores, asked) if best_only else ()
        quotes += _sentence_quotes(
            passage, sentences, places or _sentence_places(passage, sentences, scores, limit_words)
        )
    return quotes


def _may_answer_too(best_sentence: float, best_row: float) -> bool:
    return best_row < CLEARLY and best_sentence >= _BESIDE_ROWS * best_row


def warnings_for(passage: Passage, quotes: Sequence[Quote], asked: Asked) -> tuple[str, ...]:
    """The warnings that go with an extract and do not stand in it yet.

    Those of a procedure always go along; those of other texts when they speak of what was asked or quoted. One word is
    enough for that where the customer is about to do something.

    Args:
        passage: the passage.
        quotes: what is quoted of it.
        asked: the question.
    """
    shown = "\n".join(quote.shown for quote in quotes)
    procedure = analysis_of(passage).is_procedure
    about_to_act = asked.how_to or asks_may_i(asked.text.rsplit("\n", 1)[-1], asked.language)
    least = 1 if about_to_act else _WARNING_WORDS
    quoted = set(content_stems(shown, passage.scope.language))
    found = []
    for warning in passage.warnings:
        if _WARNING_HEAD.sub("", squeezed(warning)) in squeezed(shown):
            continue
        about = set(content_stems(warning, passage.scope.language))
        if procedure or len(about & quoted) >= least or len(about & asked.stems) >= least:
            found.append(warning)
    return tuple(found)


def squeezed(text: str) -> str:
    """A text with Markdown marks and repeated white space left out, to compare wordings."""
    return " ".join(re.sub(r"[*_>#|`]", " ", text).split())


def _table_quotes(passage: Passage, body: Sequence[Part], chosen: Sequence[Part]) -> list[Quote]:
    """The chosen rows, each table's below its own head; whole tables where all their rows are chosen."""
    text = passage.text
    quotes: list[Quote] = []
    for table in tables_of(body):
        shown = [row for row in chosen if row.block == table.rows[0].block]
        if not shown:
            continue
        if len(shown) == len(table.rows):
            quotes.append(Quote(passage, table.start, table.rows[-1].end))
            continue
        heading = text[table.start : table.rows[0].start]
        quotes.append(Quote(passage, shown[0].start, shown[0].end, heading))
        for row in shown[1:]:
            if text[quotes[-1].end : row.start].strip():
                quotes.append(Quote(passage, row.start, row.end, goes_on=True))
            else:
                quotes[-1] = replace(quotes[-1], end=row.end)
    return quotes


def _deciding_places(passage: Passage, sentences: Sequence[Part], scores: PartScores, asked: Asked) -> Sequence[int]:
    """Where the sentence stands that has the fact or decides, with the one it leans on; nowhere where none does."""
    if scores.surely is not None:
        # The question says what a pronoun at its beginning means.
        return (sentences.index(scores.surely),)
    found = [scores.whole[one] for one in sentences]
    best = max(found)
    if best < _DECIDES:
        return ()
    likely = [place for place, score in enumerate(found) if score >= _AS_LIKELY * best]
    chosen = likely if asked.wanted and len(likely) <= _MOST_LIKELY else [found.index(best)]
    text, language = passage.text, passage.scope.language
    leaning = [one for one in chosen if one and leans_on_sentence_before(sentences[one].of(text), language)]
    return sorted({*chosen, *(one - 1 for one in leaning)})


def _paragraph_places(sentences: Sequence[Part], scores: PartScores) -> Sequence[int]:
    """Where the sentences stand of the paragraph that answers best."""
    best = max(sentences, key=lambda one: (scores.whole[one], -one.start))
    return [place for place, one in enumerate(sentences) if one.block == best.block and one.kind == best.kind]


def _sentence_places(
    passage: Passage, sentences: Sequence[Part], scores: PartScores, limit_words: int
) -> Sequence[int]:
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
