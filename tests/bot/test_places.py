"""Where a thing is, is told by a passage that names a place of it."""

import pytest

from bot.places import asks_place, place_told
from bot.ranking import asked_question
from brands import Group, Scope
from knowledge_base.passage import Passage


def _told(text: str, question: str, group: Group, code: str = "en") -> bool:
    passage = Passage("m.md", "Manual", ("Equipment",), text, "text", Scope(code), 0)
    return bool(place_told(passage, asked_question(question, code, group.brand("alder"))))


@pytest.mark.parametrize(
    ("code", "question", "asks"),
    [
        ("en", "where is the jack?", True), ("en", "Hi, where do I find the jack", True),
        ("en", "Wheres the jack", True),
        ("en", "my tyre is flat, where's the spare wheel?", True), ("en", "Where can I have it serviced?", False),
        ("en", "what do I do where there is no signal?", False), ("de", "Wo ist der Wagenheber?", True),
        ("de", "Wo kann ich bezahlen?", False), ("fr", "Où se trouve le cric ?", True), ("it", "Dov'è il cric?", True),
        ("es", "¿Dónde está el gato?", True),
    ],
)  # fmt: skip
def test_who_looks_for_a_thing_asks_for_its_place(code: str, question: str, asks: bool, small_group: Group) -> None:
    assert asks_place(asked_question(question, code, small_group.brand("alder"))) is asks


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The jack lies under the right rear seat.", True),
        ("Scan the label. The jack is clipped to the inside of the tailgate.", True),
        ("| Part | Place |\n|---|---|\n| Jack | left of the spare wheel |", True),
        ("The jack carries 1,800 kg.", False),
        ("Put a board under the jack.", False),
        ("The warning triangle lies under the seat.", False),
    ],
)
def test_a_place_is_told_of_the_thing_itself(text: str, told: bool, small_group: Group) -> None:
    assert _told(text, "Where is the jack?", small_group) is told


def test_a_place_is_told_in_german_too(small_group: Group) -> None:
    assert _told("Der Wagenheber liegt unter dem Kofferraumboden.", "Wo ist der Wagenheber?", small_group, "de")
    assert not _told("Der Wagenheber trägt 1.800 kg.", "Wo ist der Wagenheber?", small_group, "de")
