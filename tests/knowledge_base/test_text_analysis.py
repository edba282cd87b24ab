"""How texts and questions become tokens."""

import threading
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.stop_words import STOP_WORDS
from knowledge_base.text_analysis import analyse_question, analyse_text


@pytest.mark.parametrize(
    ("text", "language", "tokens"),
    [
        ("Checking the tyre pressures", "en", ["check", "tyre", "pressur"]),
        ("2,4 bar", "de", ["2.4", "bar"]),
        ("2.4bar", "en", ["2.4", "bar"]),
        ("2.5¹ bar", "en", ["2.5", "1", "bar"]),
        ("5 m²", "en", ["5", "m2"]),
        ("15,000 km", "en", ["15000", "km"]),
        ("15.000 km", "de", ["15000", "km"]),
        ("15\u00a0000 km", "fr", ["15000", "km"]),
        ("fault code P0420", "en", ["fault", "code", "p0420"]),
        ("5W-30", "en", ["5w30", "5w", "30"]),
        ("12V battery", "en", ["12", "v", "batteri"]),
        ("e-mail", "en", ["email", "mail"]),
        ("the owner's manual", "en", ["owner", "manual"]),
        ("l’huile moteur", "fr", ["huil", "moteur"]),
        ("ÉTÉ", "fr", []),
        ("Straße STRASSE", "de", ["strass", "strass"]),
        ("", "en", []),
        ("?! —", "en", []),
        ("untouched words", "xx", ["untouched", "words"]),
    ],
)
def test_text_becomes_tokens(text: str, language: str, tokens: list[str]) -> None:
    assert analyse_text(text, language) == tokens


def test_scripts_without_spaces_become_characters_and_pairs() -> None:
    assert analyse_text("胎压", "zh") == ["胎", "压", "胎压"]
    assert "ยาง" not in analyse_text("แรงดันลมยาง", "th")
    assert set(analyse_text("ลมยาง", "th")) <= set(analyse_text("แรงดันลมยาง", "th"))


def test_words_of_indic_scripts_stay_whole() -> None:
    assert len(analyse_text("टायर में दबाव", "hi")) == 3


@pytest.mark.parametrize(
    "pair", [("2,4 bar", "2.4 bar"), ("vérifier", "verifier"), ("5W30", "5W-30"), ("email", "e-mail")]
)
def test_spellings_of_one_thing_share_a_token(pair: tuple[str, str]) -> None:
    one, other = (set(analyse_text(text, "fr")) for text in pair)
    assert one & other


def test_question_has_the_tokens_of_every_language_once() -> None:
    tokens = analyse_question("Garantie Garantie warranties", ["en", "de"])
    assert len(tokens) == len(set(tokens))
    assert {"warranti", *analyse_text("Garantie", "de")} <= set(tokens)


def test_question_leaves_out_the_stop_words_of_every_language() -> None:
    assert analyse_question("what is the die", ["en", "de"]) == []


@given(st.text(), st.sampled_from(["en", "de", "fr", "th", "zh", "ar", "hi", "ru", "xx"]))
def test_any_text_becomes_tokens_without_spaces(text: str, language: str) -> None:
    for token in analyse_text(text, language):
        assert token
        assert not any(letter.isspace() for letter in token)


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd", "Zs"])))
def test_question_finds_its_own_words(text: str) -> None:
    assert set(analyse_question(text, ["de"])) == set(analyse_text(text, "de"))


def test_several_threads_get_the_same_tokens() -> None:
    wanted = analyse_text("Checking pressures of tyres " * 50, "en")
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(analyse_text("Checking pressures of tyres " * 50, "en")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8


def test_stop_words_are_as_short_as_the_index_sees_them() -> None:
    for language, words in STOP_WORDS.items():
        assert all(word == word.casefold() and word.isascii() for word in words), language
        assert not words & {"car", "son", "pour", "comment", "not", "no"} or language in {"es", "pt"}, language


def test_a_long_text_of_nothing_but_numbers_is_read_soon() -> None:
    begun = process_time()
    assert analyse_text("1." * 10_000, "en")
    assert process_time() - begun < 1.0
    assert analyse_text("v1.5l 1.2.3kg 2,4bar a5l", "en") == analyse_text("v1.5 l 1.2.3 kg 2,4 bar a5l", "en")
