"""Which second passage goes along."""

from dataclasses import replace

import pytest

from bot.answerability import calibration
from bot.lexicon import lexicon_of
from bot.ranking import asked_question, rank_hits
from bot.second_passage import second_passage
from bot.turn_state import TurnState
from brands import Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

FIRST = Passage("a.md", "A", ("Wax",), "Wax guards the paint for months.", "text", Scope(language="en"), 0)
SECOND = Passage("b.md", "B", ("Polish",), "Polish guards paint from rain.", "text", Scope(language="en"), 0)


@pytest.mark.parametrize(
    ("cosines", "goes_along"),
    [((0.7, 0.5), False), ((0.7, 0.6), True), ((0.5, 0.3), True)],
    ids=["far behind one that means it", "close behind", "far behind one that hardly means it"],
)
def test_a_passage_that_may_answer_too_goes_along_unless_the_first_clearly_means_what_is_asked(
    state: TurnState, cosines: tuple[float, float], goes_along: bool
) -> None:
    lexicon = lexicon_of([FIRST, SECOND])
    asked = asked_question("What guards the lacquer against birds and paint from hail?", "en", state.profile)
    hits = [Hit(one, 0.5, cosine, 3.0) for one, cosine in zip((FIRST, SECOND), cosines, strict=True)]
    order = rank_hits(asked, hits, lexicon, state.vehicle, calibration().passage_weights)
    found = second_passage(order, asked, state, lexicon, near_tie=10.0)
    assert (found is not None) is goes_along


@pytest.mark.parametrize(("text", "goes_along"), [("Wax and rain?", True), ("And rain?", False)])
def test_a_follow_up_that_begins_with_and_has_no_other_part(state: TurnState, text: str, goes_along: bool) -> None:
    lexicon = lexicon_of([FIRST, SECOND])
    asked = asked_question(text, "en", state.profile)
    hits = [Hit(FIRST, 0.9, 0.9, 3.0), Hit(SECOND, 0.5, 0.3, 3.0)]
    ranked = rank_hits(asked, hits, lexicon, state.vehicle, calibration().passage_weights)
    order = sorted(ranked, key=lambda one: one.hit.passage is not FIRST)
    found = second_passage(order, asked, replace(state, text=text, language="en"), lexicon, near_tie=-10.0)
    assert (found is not None) is goes_along


STEPS = Passage("a.md", "A", ("Charging the van",), "1. Open the flap.\n2. Plug it in.", "text", Scope("en"), 0)
TIMES = Passage("b.md", "B", ("Charging times",), "A charge takes 4 hours.", "text", Scope("en"), 0)
STORING = Passage("c.md", "C", ("Storing",), "Store it at half its charge.", "text", Scope("en"), 0)


@pytest.mark.parametrize(("first", "second"), [(TIMES, STEPS), (STEPS, TIMES)], ids=["steps", "fact"])
def test_steps_and_a_fact_asked_for_together_are_both_told(state: TurnState, first: Passage, second: Passage) -> None:
    text = "How do I charge it and how long does it take?"
    lexicon = lexicon_of([STEPS, TIMES, STORING])
    asked = asked_question(text, "en", state.profile)
    hits = [Hit(one, 0.9, 0.5, 3.0) for one in (first, STORING, second)]
    ranked = rank_hits(asked, hits, lexicon, state.vehicle, calibration().passage_weights)
    order = sorted(ranked, key=lambda one: (first, STORING, second).index(one.hit.passage))
    assert second_passage(order, asked, replace(state, text=text, language="en"), lexicon, near_tie=-10.0) == second


LAMPS = tuple(
    Passage("a.md", "A", ("Lamps",), f"| Lamp | Means |\n|---|---|\n| {name} | Stop |", "table", Scope("en"), place)
    for place, name in enumerate(("Oil", "Fan"))
)


@pytest.mark.parametrize(("near_tie", "goes_along"), [(10.0, True), (-10.0, False)])
def test_a_table_that_was_split_goes_on_where_its_parts_are_as_good(
    state: TurnState, near_tie: float, goes_along: bool
) -> None:
    lexicon = lexicon_of(LAMPS)
    asked = asked_question("Which lamp means stop?", "en", state.profile)
    hits = [Hit(one, 0.9, 0.9, 3.0) for one in LAMPS]
    order = rank_hits(asked, hits, lexicon, state.vehicle, calibration().passage_weights)
    found = second_passage(order, asked, replace(state, text=asked.text, language="en"), lexicon, near_tie)
    assert (found is not None) is goes_along
