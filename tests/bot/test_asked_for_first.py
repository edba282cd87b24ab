"""Which of the found passages comes first by what a question is after."""

import pytest

from bot.asked_for_first import asked_for_first
from bot.ranking import PassageSigns, RankedHit, asked_question
from brands import BrandProfile, Group, Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

SIGNS = PassageSigns(*([0.5] * 14))
REMOVING = ("Removing the battery", "Lift the battery out of its holder.")
PARTS = ("Batteries", "| Part | Price |\n|---|---|\n| Battery 504 Wh | £429 |\n| Charger | £59 |")
BIKES = ("Bikes", "| Bike | Price |\n|---|---|\n| Tuck | £1,749 |\n| Haul with second battery | £5,150 |")
BAGS = ("Accessories", "| Accessory | Price |\n|---|---|\n| Carry bag (Tuck) | £49 |")
FOLDING = ("Folding the Tuck", "Lower the saddle of the Tuck.")
KEYS = ("I lost my key", "Order a new key for £18, or without its number a lock for £65.")
LOCKS = ("Locks", "| Part | Price |\n|---|---|\n| Key | £12 |")


@pytest.fixture
def profile(small_group: Group) -> BrandProfile:
    return small_group.brand("alder")


def _first(profile: BrandProfile, question: str, *found: tuple[str, str], worth_less: float = 0.5) -> str:
    passages = [
        Passage("m.md", "M", (heading,), text, "text", Scope("en"), place)
        for place, (heading, text) in enumerate(found)
    ]
    ranked = tuple(
        RankedHit(Hit(one, 0.5, 0.5, 1.0), SIGNS, 10 - place * worth_less, 10) for place, one in enumerate(passages)
    )
    return asked_for_first(ranked, asked_question(question, "en", profile))[0].hit.passage.heading_path[-1]


@pytest.mark.parametrize(
    ("question", "found", "first"),
    [
        ("How much is a Tuck?", (FOLDING, BAGS, BIKES), "Bikes"),
        ("How much is a Tuck?", (BAGS, BIKES), "Bikes"),
        ("What does a battery cost?", (REMOVING, BIKES, PARTS), "Batteries"),
        ("How much is a key?", (KEYS, LOCKS), "I lost my key"),
    ],
)
def test_the_price_of_just_what_is_named_comes_first(
    profile: BrandProfile, question: str, found: tuple[tuple[str, str], ...], first: str
) -> None:
    assert _first(profile, question, *found) == first


@pytest.mark.parametrize("question", ["How do I take the battery out, and what does it cost?", "Where is the battery?"])
def test_who_asks_for_more_than_a_price_gets_the_best_passage(profile: BrandProfile, question: str) -> None:
    assert _first(profile, question, REMOVING, PARTS) == "Removing the battery"


def test_a_price_of_something_else_or_of_far_less_worth_does_not_come_first(profile: BrandProfile) -> None:
    assert _first(profile, "How much is a battery?", REMOVING, BAGS) == "Removing the battery"
    assert _first(profile, "How much is a battery?", REMOVING, PARTS, worth_less=5) == "Removing the battery"


DATE = ("Recall of the belt", "Issued 12 February 2026.")
FAULT = ("The fault", "The tensioner of the belt may not fire.")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("I had a letter about the belt, what should I do?", "The fault"),
        ("When was the letter about the belt issued?", "Recall of the belt"),
        ("How old is the recall of the belt?", "Recall of the belt"),
    ],
)
def test_a_chapter_comes_before_a_line_that_says_nothing_of_what_is_asked(
    profile: BrandProfile, question: str, first: str
) -> None:
    assert _first(profile, question, DATE, FAULT) == first


def test_a_short_answer_within_a_document_stays_first(profile: BrandProfile) -> None:
    assert _first(profile, "May I tow a trailer?", FOLDING, ("Trailer", "Not permitted."), worth_less=-0.5) == "Trailer"
