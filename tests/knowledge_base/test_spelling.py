import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import Scope
from knowledge_base.keyword_index import build_keyword_index
from knowledge_base.passage import Passage
from knowledge_base.spelling import Spelling, count_words, one_slip_apart

WORDS = Spelling({"pressure": 9, "pressures": 2, "charge": 5, "change": 7, "warranty": 3})
LETTERS = st.text("abcde", min_size=1, max_size=8)


def nothing_else(_word: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("presure", "pressure"),
        ("pressuree", "pressure"),
        ("prsesure", "pressure"),
        ("pressyre", "pressure"),
        ("Warrenty", "warranty"),
    ],
)
def test_one_slip_is_repaired(typed: str, meant: str) -> None:
    assert WORDS.repair(f"tyre {typed}?", nothing_else) == f"tyre {meant}?"


def test_most_used_word_wins() -> None:
    assert WORDS.repair("chamge", nothing_else) == "change"


@pytest.mark.parametrize("text", ["charge", "two slpis prssre", "P0420", "5W-30", "oil", "ñandú {braces} <b>"])
def test_what_is_known_short_coded_or_far_off_stays(text: str) -> None:
    assert WORDS.repair(text, nothing_else) == text


def test_other_form_of_a_known_word_stays() -> None:
    assert WORDS.repair("charges", lambda word: word == "charges") == "charges"


@pytest.mark.parametrize("text", ["It doesn't start", "It doesn’t start", "WOULDN'T start"])
def test_a_contraction_is_no_slip(text: str) -> None:
    assert Spelling({"does": 9, "would": 4, "start": 9, "doest": 3}).repair(text, nothing_else) == text


def test_a_slip_after_an_apostrophe_is_repaired() -> None:
    assert Spelling({"huile": 4}).repair("niveau d'huille", nothing_else) == "niveau d'huile"


def test_words_are_counted_once_a_text() -> None:
    assert count_words(["Tyre tyre oil", "tyre 15km"]) == {"tyre": 2}


def test_small_word_that_no_passage_uses_is_no_slip() -> None:
    scope = Scope("en")
    passage = Passage("a.md", "Wheel", (), "A wheel shoulder is cold.", "text", scope, 0)
    index = build_keyword_index([passage])

    assert index.repair("should wheels be clod, or wheeel shouldr?", ["en"]) == (
        "should wheels be clod, or wheel shoulder?"
    )


@given(LETTERS, st.data())
def test_every_slip_is_seen_from_both_sides(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    slips = [word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], word[:at] + "x" + word[at + 1 :]]
    for slip in slips:
        assert one_slip_apart(word, slip)
        assert one_slip_apart(slip, word)
    assert not one_slip_apart(word, word)


@given(st.text(max_size=60))
def test_text_without_repairs_is_letter_for_letter_the_same(text: str) -> None:
    assert Spelling({}).repair(text, nothing_else) == text
