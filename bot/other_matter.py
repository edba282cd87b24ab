"""Whether a found passage is of another matter than the question, although it has its words."""

import re

from bot.language_data import content_stems, plain, thing_name
from bot.passage_analysis import analysis_of
from bot.question_focus import deed_stems, focus_stems, measured_stems
from bot.ranking import Asked
from bot.sentence_support import number_words
from bot.wanted_facts import facts_answer, measure_words
from knowledge_base.passage import Passage

# Units of which each part of a vehicle has its own: the tyres' pressure is not the fork's.
_OF_PARTS = frozenset({"bar", "psi", "kpa", "nm", "lb-ft", "l", "ml", "mm", "cm", "kw", "w", "hp"})
# A shorter end of a word is rather no word of its own.
_LONG_ENOUGH = 4
# "How many times" counts no thing.
_TIMES = frozenset({"time"})
_WORD = re.compile(r"[^\W\d_]+")


def lacks_the_measure(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after a measure or a count that a passage cannot tell.

    Args:
        passage: what was found.
        asked: the question.
    """
    return measures_another_part(passage, asked) or counts_nothing(passage, asked)


def measures_another_part(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after a measure of one part, of which a passage says no word.

    Args:
        passage: what was found.
        asked: the question.
    """
    if asked.how_to or asked.kind == "yes_no" or asked.wanted.isdisjoint(_OF_PARTS):
        return False
    last = asked.text.rsplit("\n", 1)[-1]
    measure = content_stems(measure_words(last, asked.language), asked.language)
    part = asked.stems.intersection(measured_stems(last, asked.language)).difference(measure)
    return bool(part) and not _speaks_of(passage, part)


def counts_nothing(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after a count of something, and a passage has no number, in figures or words, beside it.

    Args:
        passage: what was found.
        asked: the question.
    """
    if asked.how_to or asked.wanted != {"count"}:
        return False
    last = asked.text.rsplit("\n", 1)[-1]
    counted = asked.stems.intersection(focus_stems(last, asked.language)) - _TIMES
    known = analysis_of(passage)
    return not any(
        not counted or not counted.isdisjoint(known.part_stems[part] | known.leaf_stems)
        for part in known.parts
        if facts_answer(known.part_facts[part], asked.wanted) or _has_number_word(part.of(passage.text), passage)
    )


def _has_number_word(text: str, passage: Passage) -> bool:
    return not number_words(passage.scope.language).isdisjoint(_WORD.findall(plain(text)))


def does_something_else(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after how to do something of which a passage says no word.

    Args:
        passage: what was found; the question of an FAQ passage says what it is about.
        asked: the question.
    """
    if not asked.how_to or passage.question:
        return False
    deed = asked.stems.intersection(deed_stems(asked.text.rsplit("\n", 1)[-1], asked.language))
    return bool(deed) and not _speaks_of(passage, deed)


def _speaks_of(passage: Passage, stems: frozenset[str]) -> bool:
    known = {thing_name(one) for one in analysis_of(passage).stems}
    names = {thing_name(one) for one in stems}
    return not names.isdisjoint(known) or any(
        len(name) >= _LONG_ENOUGH and word.endswith(name) for name in names for word in known
    )
