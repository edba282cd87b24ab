"""Thanks, greetings and farewells are answered as such, and never from documents."""

import pytest

from bot.assistant import Assistant
from bot.question import Question
from bot.steps.understand_question import find_wish

TALK = {
    "thanks": [
        ("en", "Thanks, that helped!"), ("en", "thank you so much for your help"),
        ("de", "Danke, das hat mir sehr geholfen!"),
        ("fr", "Merci, ça m'a beaucoup aidé !"), ("it", "Grazie, mi è stato molto utile!"), ("es", "perfecto, gracias"),
    ],
    "greeting": [
        ("en", "Hi there, how are you?"), ("en", "hows your day going"), ("en", "What's up?"),
        ("en", "hiya"), ("en", "Hi ya!"), ("en", "morning all"), ("en", "Evening mate"),
        ("de", "Wie geht's dir heute?"), ("de", "Hallo, wie geht es Ihnen?"), ("fr", "Bonjour, comment ça va ?"),
        ("it", "Ciao, come stai?"), ("es", "Hola, ¿qué tal?"),
    ],
    "bye": [
        ("en", "ok bye thanks"), ("en", "cheers bye"),
        ("de", "danke und schönen Tag noch"), ("fr", "merci, bonne journée"),
        ("it", "grazie, buona giornata"), ("es", "gracias, hasta luego"),
    ],
    "what_are_you": [
        ("en", "Are you a real person?"), ("de", "Sind Sie ein Mensch?"), ("fr", "Êtes-vous un robot ?"),
        ("it", "Sei un robot?"), ("es", "¿Eres un robot?"),
        ("en", "who are you? are you a human?"), ("de", "Hallo! Wer bist du? Bist du ein Mensch?"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("wish", "language", "text"), [(wish, *one) for wish, many in TALK.items() for one in many])
def test_ordinary_talk_is_understood(wish: str, language: str, text: str) -> None:
    assert find_wish(text, language) == wish


@pytest.mark.parametrize(
    "text",
    [
        "Who are you? And how much air do the tyres need?",
        "What's up with the charger?",
        "How is your day of delivery set?",
        "It works?",
        "morning checks",
        "yes",
        "no",
        "this",
        "Thanks, but how much air do the tyres need?",
        "ok",
    ],
)
def test_what_may_be_an_answer_or_a_question_is_no_thanks(text: str) -> None:
    assert find_wish(text, "en") is None


def test_thanks_are_not_answered_from_documents(assistant: Assistant) -> None:
    reply = assistant.ask(Question("alder", "Thanks, that helped!"))
    assert (reply.kind, reply.citations) == ("clarify", ())
    assert "welcome" in reply.text


def test_the_bot_says_that_it_is_a_program(assistant: Assistant) -> None:
    assert "not a person" in assistant.ask(Question("alder", "Are you a human?")).text
