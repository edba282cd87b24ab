"""Which words of documents a question is searched with."""

import pytest

from bot.lexicon import lexicon_of
from bot.search_text import is_word, of_any_vehicle, of_codes, of_warning_lamps, searched_text
from brands import Scope
from knowledge_base.passage import Passage


@pytest.mark.parametrize(
    ("written", "asked", "searched"),
    [
        ("Airlines take no batteries.", "Can it go on a plane?", "Can it go on a plane? airline"),
        ("An aircraft takes no batteries.", "Can it go on a plane?", "Can it go on a plane? aircraft"),
        ("A plane takes no batteries.", "Can it go on a plane?", "Can it go on a plane?"),
        ("Store it in a dry room.", "Can it go on a plane?", "Can it go on a plane?"),
    ],
    ids=["a name that only they use", "the first name", "the customer's word", "none"],
)
def test_a_thing_is_searched_by_the_name_that_the_documents_know(written: str, asked: str, searched: str) -> None:
    lexicon = lexicon_of([Passage("a.md", "A", (), written, "text", Scope("en"), 0)])
    assert searched_text(asked, "en", lexicon) == searched


def test_what_is_turned_on_is_searched_as_switched_too() -> None:
    lexicon = lexicon_of([Passage("a.md", "A", ("Switching on",), "Press the button.", "text", Scope("en"), 0)])
    assert searched_text("How do I turn it on?", "en", lexicon) == "How do I turn it on? switch"


def test_what_has_broken_down_is_searched_as_a_breakdown_too() -> None:
    lexicon = lexicon_of([Passage("a.md", "A", ("Breakdown",), "Ring us.", "text", Scope("en"), 0)])
    assert searched_text("it broke down", "en", lexicon) == "it broke down breakdown"


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("Check engine light", "engine warning light"),
        ("my ABS lamp is on", "my ABS warning light is on"),
        ("brake light bulb", "brake light bulb"),
        ("the engine warning light", "the engine warning light"),
    ],
)
def test_a_lamp_that_is_called_after_what_it_warns_of_is_a_warning_light(asked: str, searched: str) -> None:
    assert of_warning_lamps(asked, "en") == searched
    assert of_warning_lamps(asked, "de") == asked


@pytest.mark.parametrize(
    ("word", "code", "known"),
    [
        ("Puddle", "en", True),
        ("puncture", "en", True),
        ("presure", "en", False),
        ("Zahnriemen", "de", True),
        ("Radmutterdrehmoment", "de", True),
        ("Zanriemen", "de", False),
        ("tragne", "de", True),
    ],
)
def test_what_customers_call_a_thing_is_no_slip_of_the_finger(word: str, code: str, known: bool) -> None:
    assert is_word(word, code) is known


@pytest.mark.parametrize(
    ("written", "asked", "code", "searched"),
    [
        ("The step bears 150 kg.", "How far may my Van lean?", "en", "How far may my vehicle lean?"),
        ("The step of the van bears 150 kg.", "How far may my van lean?", "en", "How far may my van lean?"),
        ("The step bears 150 kg.", "Can I carry my bike?", "en", "Can I carry my bike?"),
        ("Die Stufe trägt 150 kg.", "Darf mein Wohnmobil schräg stehen?", "de", "Darf mein Fahrzeug schräg stehen?"),
        ("Le marchepied porte 150 kg.", "Mon camion penche", "fr", "Mon camion penche"),
    ],
    ids=["unsaid", "said in documents", "no motor vehicle", "German", "nothing known"],
)
def test_what_only_the_customer_calls_the_vehicle_is_any_vehicle(
    written: str, asked: str, code: str, searched: str
) -> None:
    lexicon = lexicon_of([Passage("a.md", "A", (), written, "text", Scope(code), 0)])
    assert of_any_vehicle(asked, code, lexicon) == searched


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("error 44 on the screen", "error E44 on the screen"),
        ("fault code 7?", "fault code E07?"),
        ("Fehler 44", "Fehler E44"),
        ("which is fuse 22", "which is fuse F22"),
        ("a fuse 22 A", "a fuse 22 A"),
        ("error 12", "error 12"),
        ("error 99", "error 99"),
        ("error E44", "error E44"),
        ("it shows E 44 again", "it shows E44 again"),
        ("it took a 44 minute break", "it took a 44 minute break"),
        ("error 44 km after charging", "error 44 km after charging"),
        ("44 errors", "44 errors"),
        ("the number 44", "the number 44"),
    ],
)
def test_the_number_of_an_error_is_the_only_code_that_has_it(asked: str, searched: str) -> None:
    text = "| Code |\n|---|\n| E44 |\n| E07 |\n| E12 |\n| C12 |\n| F22 |"
    lexicon = lexicon_of([Passage("a.md", "A", (), text, "table", Scope("en"), 0)])
    assert of_codes(asked, lexicon) == searched
