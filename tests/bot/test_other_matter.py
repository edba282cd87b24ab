"""Passages that have a question's words and are of another matter."""

import pytest

from bot.other_matter import counts_nothing, does_something_else, lacks_the_measure, measures_another_part
from bot.ranking import asked_question
from bot.turn_state import TurnState
from brands import Scope
from knowledge_base.passage import Passage, PassageKind


def passage(heading: str, text: str, kind: PassageKind = "text", question: str = "") -> Passage:
    return Passage("a.md", "A", (heading,), text, kind, Scope(language="en"), 0, question=question)


TORQUES = passage("Torques", "| Screw | Torque |\n|---|---|\n| Pedals | 35 Nm |\n| Footlamp | 5 Nm |", "table")
PADS = passage("Brake pads", "Pads of the brakes are worn at 0.5 mm. Order new ones in pairs.")


@pytest.mark.parametrize(
    ("question", "another"),
    [
        ("What is the torque of the motor?", True),
        ("What is the torque of the pedals?", False),
        ("What is the torque of the bike?", False),
        ("How heavy is the battery?", True),
        ("What torque for the lamp?", False),
        ("What torque do they need?", False),
        ("How do I set the torque of the motor?", False),
    ],
)
def test_a_measure_of_another_part_answers_nothing(state: TurnState, question: str, another: bool) -> None:
    assert measures_another_part(TORQUES, asked_question(question, "en", state.profile)) is another


@pytest.mark.parametrize(
    ("text", "question", "lacks"),
    [
        ("Wind the awning in when it rains.", "What colour is the awning?", True),
        ("The awning is grey.", "What colour is the awning?", False),
        ("The cables have the colour of their plug.", "Which color are the cables?", False),
        ("Wind the awning in when it rains.", "Does rain change the colour of the awning?", False),
    ],
)
def test_what_names_no_colour_tells_none(state: TurnState, text: str, question: str, lacks: bool) -> None:
    assert lacks_the_measure(passage("Awning", text), asked_question(question, "en", state.profile)) is lacks


@pytest.mark.parametrize(
    ("text", "question", "nothing"),
    [
        ("Check the spokes once a month; the rim may wobble by 1 mm.", "How many spokes does the wheel have?", True),
        ("The wheel has 36 spokes.", "How many spokes does the wheel have?", False),
        ("The magnet sits at a spoke.\n\nThe cage takes 2 bottles.", "How many spokes does the wheel have?", True),
        ("1. Pull out the spoke.\n2. Fit the new one.", "How many spokes does the wheel have?", True),
        ("After 700 full charges the battery still holds.", "How many batteries does it have?", True),
        ("You receive two radio keys.", "How many keys do I get?", False),
        ("| No. | Part |\n|---|---|\n| 3 | Spoke |", "How many spokes does the wheel have?", True),
        ("| Part | Number |\n|---|---|\n| Spokes | 36 |", "How many spokes does the wheel have?", False),
        ("It bears 700 full charges.", "How many times can it be charged?", False),
        ("The hub has five gears.", "How many gears are there?", False),
        ("The fuse bears 10 A.", "How many amps does the fuse bear?", False),
        ("Check the spokes once a month.", "Which spokes fit the wheel?", False),
    ],
)
def test_a_passage_without_a_number_of_its_own_tells_no_count(
    state: TurnState, text: str, question: str, nothing: bool
) -> None:
    assert counts_nothing(passage("Wheels", text), asked_question(question, "en", state.profile)) is nothing


@pytest.mark.parametrize(
    ("text", "question", "lacks"),
    [
        ("Let the motor cool for 20 minutes.", "How many watts is the motor?", True),
        ("The motor has 250 W.", "How many watts is the motor?", False),
        ("The battery has 540 Wh.", "How many watt hours has the battery?", False),
        ("The motor has 250 W.", "How many watt-hours has the battery?", True),
        ("The motor is covered for two years.", "How many years is the motor covered?", False),
    ],
)
def test_a_unit_that_is_named_must_be_told(state: TurnState, text: str, question: str, lacks: bool) -> None:
    assert lacks_the_measure(passage("Motor", text), asked_question(question, "en", state.profile)) is lacks


@pytest.mark.parametrize(
    ("question", "else_"),
    [
        ("How do I bleed the brakes?", True),
        ("How do I order brake pads?", False),
        ("How do I order a cup holder?", True),
        ("How worn are the pads?", False),
    ],
)
def test_a_passage_that_lacks_the_deed_tells_how_to_do_something_else(
    state: TurnState, question: str, else_: bool
) -> None:
    assert does_something_else(PADS, asked_question(question, "en", state.profile)) is else_


def test_an_faq_answer_is_told_by_its_question(state: TurnState) -> None:
    answer = passage("", "Open the valve at the caliper.", "faq", "How are the brakes bled?")
    assert not does_something_else(answer, asked_question("How do I bleed the brakes?", "en", state.profile))
