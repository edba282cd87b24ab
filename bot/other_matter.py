"""Whether a found passage is of another matter than the question, although it has its words."""

from bot.language_data import content_stems, thing_name
from bot.passage_analysis import analysis_of
from bot.question_focus import deed_stems, measured_stems
from bot.ranking import Asked
from bot.wanted_facts import measure_words
from knowledge_base.passage import Passage

# Units of which each part of a vehicle has its own: the tyres' pressure is not the fork's.
_OF_PARTS = frozenset({"bar", "psi", "kpa", "nm", "lb-ft", "l", "ml", "mm", "cm", "kw", "w", "hp"})
# A shorter end of a word is rather no word of its own.
_LONG_ENOUGH = 4


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
