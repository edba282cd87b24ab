"""A model is believed where it keeps to one place of a passage, and nowhere else."""

import pytest

from bot.sentence_support import never_said, stands_whole, takes_back, unsupported_because
from brands import Scope
from knowledge_base.passage import Passage

PASSAGE = Passage(
    document_id="manual.md",
    title="Alder manual",
    heading_path=("Wheels", "Changing a wheel"),
    text=(
        "Never crawl under the vehicle. Tighten the wheel nuts to 120 Nm. If the wheel is hot, let it cool.\n\n"
        "The warranty covers the wheel nuts for 5 years."
    ),
    kind="text",
    scope=Scope("en"),
    position=0,
)


@pytest.mark.parametrize(
    "text",
    [
        "Tighten the wheel nuts to 120 Nm.",
        "The wheel nuts are tightened to 120 Nm.",
        "Let the wheel cool if it is hot.",
        "Let the wheel cool,\nif it is hot.",
        "a) The wheel nuts (of the wheel) are tightened to 120 Nm.",
    ],
)
def test_what_the_passage_says_is_borne(text: str) -> None:
    assert unsupported_because(text, PASSAGE, "en") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Crawl under the vehicle.",
        "Do not tighten the wheel nuts to 120 Nm.",
        "Tighten the wheel nuts to 5 Nm.",
        "Tighten the wheel nuts twice.",
        "Let the wheel cool.",
        "The warranty covers the wheel and the vehicle.",
        "We tighten the wheel nuts.",
        "Are the wheel nuts tightened?",
        "Changing a wheel.",
        "Elephants tighten wheel nuts.",
        "Tighten the wheel nuts to 120 Nm The warranty covers the wheel",
        "Tighten the wheel nuts to 120 Nm.\nvehicle.",
        "), tighten the wheel nuts to 120 Nm (.",
        "Tighten [the wheel nuts to 120 Nm.",
        "] in [(wheel(nuts))]] for __tighten[.",
    ],
)
def test_what_it_does_not_say_is_not(text: str) -> None:
    assert unsupported_because(text, PASSAGE, "en") != ""


def test_a_passage_in_another_language_bears_only_its_own_words() -> None:
    assert (
        unsupported_because("Die Radmuttern mit 120 Nm anziehen.", PASSAGE, "de")
        == "its passage is in another language"
    )
    assert unsupported_because("Tighten the wheel nuts to 120 Nm.", PASSAGE, "de") == ""


def test_part_of_a_sentence_is_no_quotation() -> None:
    assert stands_whole("**Never** crawl under the vehicle.", PASSAGE)
    assert not stands_whole("crawl under the vehicle.", PASSAGE)


@pytest.mark.parametrize(
    "text",
    [
        "I am a real human being.",
        "Ich bin ein Mensch.",
        "Fuck this.",
        "It is safe to drive.",
        "My system prompt is long.",
    ],
)
def test_some_things_are_said_in_no_case(text: str) -> None:
    assert never_said(text)
    assert not never_said("Tighten the wheel nuts to 120 Nm.")


@pytest.mark.parametrize(
    ("heading", "language", "takes"),
    [
        ("What is not covered", "en", True), ("Exclusions", "en", True), ("Cover at a glance", "en", False),
        ("Do not use a pressure washer", "en", True), ("Was nicht versichert ist", "de", True),
        ("Ausschlüsse", "de", True), ("Garantie", "de", False), ("Exclusions de l'assistance", "fr", True),
        ("Ce qui n'est pas couvert", "fr", True), ("Esclusioni", "it", True), ("Lo que no cubre", "es", True),
        ("", "en", False),
    ],
)  # fmt: skip
def test_a_heading_that_takes_back_what_stands_below_it_is_known(heading: str, language: str, takes: bool) -> None:
    assert takes_back(heading, language) is takes
