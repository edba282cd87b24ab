"""What is searched for when a message continues a conversation."""

from datetime import UTC, datetime

import pytest

from bot.conversation import Role, Turn
from bot.follow_up import search_request
from bot.reply import ReplyKind
from brands import BrandProfile, Group


@pytest.fixture
def alder(bot_group: Group) -> BrandProfile:
    return bot_group.brand("alder")


def _turns(*said: tuple[Role, str], kind: ReplyKind | None = None) -> tuple[Turn, ...]:
    last = len(said) - 1
    return tuple(
        Turn(str(at), role, text, datetime.now(UTC), kind if at == last else None, language="en")
        for at, (role, text) in enumerate(said)
    )


def test_first_message_is_searched_as_it_is(alder: BrandProfile) -> None:
    request = search_request("How do I reset the clock?", "en", (), alder)

    assert request.text == "How do I reset the clock?"
    assert request.earlier is None


def test_message_with_a_topic_keeps_its_words_and_is_pulled(alder: BrandProfile) -> None:
    turns = _turns(("customer", "How much oil does the engine take?"), ("bot", "4.5 litres."))
    request = search_request("And how much coolant?", "en", turns, alder)

    assert request.text == "And how much coolant?"
    assert request.earlier is not None
    assert (request.earlier.customer, request.earlier.bot) == (("How much oil does the engine take?",), "4.5 litres.")
    assert request.earlier.leans


def test_question_that_stands_alone_leans_less(alder: BrandProfile) -> None:
    turns = _turns(("customer", "How much oil does the engine take?"), ("bot", "4.5 litres."))
    text = "How do I fold the rear seats of my car to load a long wardrobe?"
    request = search_request(text, "en", turns, alder)

    assert request.text == text
    assert request.earlier is not None
    assert not request.earlier.leans


@pytest.mark.parametrize("text", ["yes please", "why?", "and then?"])
def test_message_without_a_topic_takes_the_question_before_along(text: str, alder: BrandProfile) -> None:
    turns = _turns(("customer", "How do I change a flat tyre?"), ("bot", "Shall I tell you where the jack is?"))
    request = search_request(text, "en", turns, alder)

    assert request.text == f"How do I change a flat tyre?\n{text}"
    assert request.earlier is not None
    assert "jack" in request.earlier.bot


def test_answer_to_our_own_question_takes_the_question_before_along(alder: BrandProfile) -> None:
    turns = _turns(("customer", "What tyre pressure do I need?"), ("bot", "For which model year?"), kind="clarify")
    request = search_request("the new one from spring", "en", turns, alder)

    assert request.text.startswith("What tyre pressure do I need?")


def test_placeholders_of_personal_data_are_not_searched_for(alder: BrandProfile) -> None:
    turns = _turns(("customer", "My number is [phone 1], what about the clutch?"), ("bot", "Call [phone 1]."))
    request = search_request("And the gearbox? [e-mail 1]", "en", turns, alder)

    assert request.earlier is not None
    assert "[" not in "".join((request.text, *request.earlier.customer, request.earlier.bot))


def test_only_the_last_messages_count(alder: BrandProfile) -> None:
    turns = _turns(*(("customer", f"question {number}") for number in range(6)))
    request = search_request("And the gearbox?", "en", turns, alder)

    assert request.earlier is not None
    assert request.earlier.customer == ("question 3", "question 4", "question 5")
    assert request.earlier.bot == ""
