"""Measures of the whole vehicle, told by an adjective."""

import pytest

from bot.turn_state import TurnState
from bot.vehicle_measures import in_measures


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        ("How long is the Grove?", "en", "What is the length of grove?"),
        ("so how long is my 2025 Grove", "en", "What is the length of 2025 grove?"),
        ("How long is the van?", "en", "What is the length of van?"),
        ("How fast does it go?", "en", "What is the top speed of it?"),
        ("How loud is the mower?", "en", "What is the noise level of mower?"),
        ("Wie lang ist der Grove?", "de", "Was ist die Länge von grove?"),
        ("Wie schnell fährt er maximal?", "de", "Was ist die Höchstgeschwindigkeit von er?"),
    ],
)
def test_an_adjective_of_the_vehicle_becomes_the_noun_of_documents(
    state: TurnState, question: str, code: str, words: str
) -> None:
    assert in_measures(question, code, state.profile, opening=True) == words


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("How long is the warranty of the Grove?", "en"),
        ("How long is the Grove covered?", "en"),
        ("How fast does the Grove charge?", "en"),
        ("How fast may I drive with chains?", "en"),
        ("Wie lange ist der Grove versichert?", "de"),
        ("Combien de temps ?", "fr"),
    ],
)
def test_what_is_asked_of_something_else_stays(state: TurnState, question: str, code: str) -> None:
    assert in_measures(question, code, state.profile, opening=True) == question


def test_after_other_messages_it_may_be_anything(state: TurnState) -> None:
    assert in_measures("How long is it?", "en", state.profile, opening=False) == "How long is it?"
