"""The found passages in the order in which they have what is asked for."""

from typing import Literal

from bot.answerability import LOOKED_AT
from bot.language_data import content_stems, language, plain
from bot.other_matter import lacks_the_measure
from bot.passage_analysis import analysis_of
from bot.places import asks_place, place_told
from bot.ranking import Asked, RankedHit
from bot.table_rows import first_cell, names_row
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

PriceTold = Literal["of just that", "with more", "not"]
# The likeliest to answer first.
_PRICE_ORDER: tuple[PriceTold, ...] = ("of just that", "with more", "not")

# A passage that tells a place may be worth so much less than the best one, which tells none.
_NEAR_PLACE = 2.0
# So may one that tells the price of all that is named.
_NEAR_PRICE = 2.0
# A document that begins with so few words, of which the question has none, says nothing before its first chapter.
_DATE_LINE_WORDS = 8
_NEAR_CHAPTER = 2.0


def asked_for_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits, first one that has the measure, price, place or row of a table that a question is after.

    Args:
        ranked: what was found, best first; at least one.
        asked: the question.
    """
    for with_it_first in (_chapter_first, _measure_first, _price_first, _place_first, _row_first):
        ranked = with_it_first(ranked, asked)
    return ranked


def _chapter_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits, chapters before the line at the beginning of its document, such as "Issued 12 February 2026"."""
    best = ranked[0].hit.passage
    known = analysis_of(best)
    is_line = best.position == 0 and len(best.text.split()) <= _DATE_LINE_WORDS and not best.question
    if not is_line or any(asked.topic & stems for stems in known.part_stems.values()):
        return ranked
    if asked.wanted and facts_answer(known.facts, asked.wanted):
        return ranked
    least = ranked[0].worth - _NEAR_CHAPTER
    chapters = [one for one in ranked[1:] if one.worth >= least and one.hit.passage.document_id == best.document_id]
    return (*chapters, *(one for one in ranked[1:] if one not in chapters), ranked[0]) if chapters else ranked


def _measure_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits, those of the best without the measure asked for behind one that has it."""
    if not lacks_the_measure(ranked[0].hit.passage, asked):
        return ranked
    right = (
        one
        for one in ranked[: 2 * LOOKED_AT]
        if not lacks_the_measure(one.hit.passage, asked)
        # A count may stand in words, which are no fact.
        and (asked.wanted == {"count"} or facts_answer(analysis_of(one.hit.passage).facts, asked.wanted))
    )
    first = next(right, ranked[0])
    return (first, *(one for one in ranked if one is not first))


def _price_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits, first one under whose heading, or in whose row, just what is named has a price, or else any that has.

    "How much is a Tuck?" is answered by the row "Tuck", and not by the bag for it.
    """
    if asked.wanted != {"price"} or asked.kind != "fact":
        return ranked
    money = (found.group() for found in language(asked.language).price.finditer(plain(asked.text)))
    named = asked.topic.difference(content_stems(" ".join(money), asked.language))
    if not named:
        return ranked
    least = ranked[0].worth - _NEAR_PRICE
    near = [one for one in ranked[: 4 * LOOKED_AT] if one.worth >= least]
    first = min(near, key=lambda one: _PRICE_ORDER.index(_price_told(one.hit.passage, named)))
    return (first, *(one for one in ranked if one is not first))


def _price_told(passage: Passage, named: frozenset[str]) -> PriceTold:
    """Whether a passage tells the price of what is named."""
    known = analysis_of(passage)
    priced = [
        part
        for part, stems in known.part_stems.items()
        if named <= stems | known.leaf_stems and any(fact.kind == "price" for fact in known.part_facts[part])
    ]
    if priced and (named <= known.leaf_stems or any(named == set(first_cell(passage, part)) for part in priced)):
        return "of just that"
    return "with more" if priced else "not"


def _place_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits of a question after where a thing is, without near ones that tell no place where others do."""
    if not asks_place(asked):
        return ranked
    least = ranked[0].worth - _NEAR_PLACE
    near = [one for one in ranked[: 2 * LOOKED_AT] if one.worth >= least]
    telling = [one for one in near if place_told(one.hit.passage, asked)]
    return (*telling, *(one for one in ranked if one not in near)) if telling else ranked


def _row_first(ranked: tuple[RankedHit, ...], asked: Asked) -> tuple[RankedHit, ...]:
    """The hits, one with the rows of a long table that a question names before another piece of the same section."""
    best = ranked[0].hit.passage
    if not analysis_of(best).column_stems or names_row(best, asked):
        return ranked
    where = (best.document_id, best.heading_path)
    pieces = (one for one in ranked if (one.hit.passage.document_id, one.hit.passage.heading_path) == where)
    first = next((one for one in pieces if names_row(one.hit.passage, asked)), ranked[0])
    return (first, *(one for one in ranked if one is not first))
