"""Whether a found passage is of another matter than the question, although it has its words."""

import re
from itertools import pairwise

from bot.facts import facts_of, unit_of
from bot.language_data import content_stems, language, plain, thing_name
from bot.passage_analysis import analysis_of
from bot.question_focus import deed_stems, focus_stems, measured_stems
from bot.ranking import Asked
from bot.sentence_support import number_words
from bot.vehicle_measures import vehicle_nouns
from bot.wanted_facts import facts_answer, measure_words, unit_words
from knowledge_base.passage import Passage

# Units of which each part of a vehicle has its own: the tyres' pressure is not the fork's.
_OF_PARTS = frozenset({"bar", "psi", "kpa", "nm", "lb-ft", "l", "ml", "mm", "cm", "kw", "w", "hp", "kg", "g", "lb"})
# A shorter end of a word is rather no word of its own.
_LONG_ENOUGH = 4
# "How many times" counts no thing.
_TIMES = frozenset({"time"})
_WORD = re.compile(r"\w+")
_COUNT = frozenset({"count"})
# The number of a step counts nothing.
_STEP = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)
# "Two radio keys" counts keys.
_COUNTED_WITHIN = 3


def lacks_the_measure(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after a measure, a count or a colour that a passage cannot tell.

    Args:
        passage: what was found.
        asked: the question.
    """
    lacks = (measures_another_part, counts_nothing, _lacks_unit, _names_no_colour)
    return any(one(passage, asked) for one in lacks)


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
    vehicle = content_stems(" ".join(vehicle_nouns(asked.language)), asked.language)
    part = asked.stems.intersection(measured_stems(last, asked.language)).difference(measure, vehicle)
    return bool(part) and not _speaks_of(passage, part)


def counts_nothing(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after a count of something, and a passage has no number, in figures or words, beside it.

    Args:
        passage: what was found.
        asked: the question.
    """
    if asked.how_to or asked.wanted != _COUNT:
        return False
    last = asked.text.rsplit("\n", 1)[-1]
    counted = asked.stems.intersection(focus_stems(last, asked.language)) - _TIMES
    known = analysis_of(passage)
    if not counted or not counted.isdisjoint(content_stems(passage.question or "", passage.scope.language)):
        return not facts_answer(known.facts, asked.wanted) and not _numbers_in(passage.text, passage)
    return not any(
        _row_counts(part.of(passage.text), counted, passage)
        if part.kind == "row"
        else any(not counted.isdisjoint(stems) for stems in _numbers_in(part.of(passage.text), passage))
        for part in known.parts
    )


def _lacks_unit(passage: Passage, asked: Asked) -> bool:
    """Whether a question names the unit of what it asks for, of which a passage has nothing ("two years" included)."""
    if asked.how_to or not unit_words(asked.text.rsplit("\n", 1)[-1]):
        return False
    words = _WORD.findall(plain(passage.text))
    numbers = number_words(passage.scope.language)
    worded = (unit_of(after) for word, after in pairwise(words) if word in numbers)
    return not facts_answer(analysis_of(passage).facts, asked.wanted) and asked.wanted.isdisjoint(worded)


def _names_no_colour(passage: Passage, asked: Asked) -> bool:
    if not language(asked.language).asks_colour.search(plain(asked.text.rsplit("\n", 1)[-1])):
        return False
    return not language(passage.scope.language).colour.search(plain(passage.text))


def _row_counts(row: str, counted: frozenset[str], passage: Passage) -> bool:
    """Whether the first cell of a row names what is counted, and another has a number without a unit."""
    name, *cells = row.strip().strip("|").split("|")
    named = not counted.isdisjoint(content_stems(name, passage.scope.language))
    return named and any(facts_answer(facts_of(cell), _COUNT) for cell in cells)


def _numbers_in(text: str, passage: Passage) -> list[frozenset[str]]:
    """The stems of the words that follow each number of a text, in figures or words, and say what it counts."""
    language = passage.scope.language
    words = _WORD.findall(_STEP.sub("", plain(text)))
    numbers = number_words(language)
    return [
        frozenset(content_stems(" ".join(words[at + 1 : at + 1 + _COUNTED_WITHIN]), language))
        for at, word in enumerate(words)
        if word in numbers or word.isdigit()
    ]


def does_something_else(passage: Passage, asked: Asked) -> bool:
    """Whether a question is after how to do something, and a passage has no word of the deed or none of its object.

    Args:
        passage: what was found; the question of an FAQ passage says what it is about.
        asked: the question.
    """
    if not asked.how_to or passage.question:
        return False
    deed = asked.stems.intersection(deed_stems(asked.text.rsplit("\n", 1)[-1], asked.language))
    return any(part and not _speaks_of(passage, part) for part in (deed, asked.topic - deed))


def _speaks_of(passage: Passage, stems: frozenset[str]) -> bool:
    known = {thing_name(one) for one in analysis_of(passage).stems}
    names = {thing_name(one) for one in stems}
    return not names.isdisjoint(known) or any(
        len(name) >= _LONG_ENOUGH and word.endswith(name) for name in names for word in known
    )
