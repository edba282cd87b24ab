"""Who asks for no one thing is told what there is to ask, and nobody who asks for something is."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.memory_conversation_store import MemoryConversationStore
from bot.overview import asks_for_overview, overview_of, tells_of_own_vehicle
from bot.question import Question
from bot.settings import BotSettings
from brands import BrandProfile, Group, Scope, VehicleContext
from brands.profile import VehicleModel
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.passage import Passage

ON = date(2026, 1, 1)


@pytest.fixture
def profile(small_group: Group) -> BrandProfile:
    """A brand with two models, one of them named like an everyday thing."""
    models = (VehicleModel(id="ridge", name="Ridge", years=(2024, 2025)), VehicleModel(id="fell", name="Fell GT"))
    return small_group.brand("alder").model_copy(update={"models": models})


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "What can you do?"), ("en", "Hi, how can you help me?"), ("en", "help"),
        ("en", "tell me about the Ridge"), ("en", "Could you tell me more about your 2025 Ridge please?"),
        ("en", "what models do you have?"), ("en", "Which Ridge should I buy?"), ("en", "compare Ridge and Fell GT"),
        ("en", "What's the difference between the Ridge and the Fell GT?"), ("en", "info on the fell gt"),
        ("en", "is the Ridge better than the Fell GT?"), ("en", "I'm interested in the Ridge"),
        ("en", "Good morning, is this the right place to ask about my Ridge?"),
        ("de", "Bin ich hier richtig, wenn ich was zum Ridge wissen will"),
        ("de", "Was können Sie für mich tun?"), ("de", "Erzähl mir etwas über den Ridge"),
        ("de", "Welche Modelle gibt es?"), ("de", "Was ist der Unterschied zwischen Ridge und Fell GT?"),
        ("fr", "Que pouvez-vous faire ?"), ("fr", "Parlez-moi de la Ridge"), ("fr", "Quels modèles avez-vous ?"),
        ("it", "Cosa puoi fare?"), ("it", "Parlami della Ridge"), ("it", "Quali modelli avete?"),
        ("es", "¿Qué puedes hacer?"), ("es", "Háblame del Ridge"), ("es", "¿Qué modelos tienen?"),
    ],
)  # fmt: skip
def test_a_message_that_asks_for_no_one_thing(profile: BrandProfile, code: str, text: str) -> None:
    assert asks_for_overview(text, code, profile, is_first=False)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "tell me about the warranty of the Ridge"), ("en", "what is the Ridge's boot volume?"),
        ("en", "Which Ridge has low range?"), ("en", "what models have a spare wheel?"), ("en", "help, my key is lost"),
        ("en", "what can I do when the key is lost"), ("en", "tell me about tyres"), ("en", "what is AdBlue?"),
        ("en", "difference between 95 and 98 octane"), ("en", "is the Ridge good in snow?"),
        ("de", "Was kann ich tun, wenn der Schlüssel weg ist?"), ("de", "Welche Modelle haben ein Reserverad?"),
        ("fr", "Quelle est la garantie de la Ridge ?"), ("it", "Quali gomme ha la Ridge?"),
        ("es", "¿Qué aceite lleva el Ridge?"),
    ],
)  # fmt: skip
def test_a_message_that_asks_for_something(profile: BrandProfile, code: str, text: str) -> None:
    assert not asks_for_overview(text, code, profile, is_first=True)


def test_a_bare_name_begins_a_talk_and_goes_on_with_one(profile: BrandProfile) -> None:
    assert asks_for_overview("the Ridge?", "en", profile, is_first=True)
    assert not asks_for_overview("and the Ridge?", "en", profile, is_first=False)
    assert not asks_for_overview("the Ridge?", "en", profile, is_first=False)


def test_the_sign_that_stands_for_names_is_no_name_in_a_message(profile: BrandProfile) -> None:
    assert not asks_for_overview("tell me about §", "en", profile, is_first=True)


def _passage(heading: str, question: str | None = None, scope: Scope | None = None) -> Passage:
    path = () if question else (heading, "Part")
    return Passage(
        "d.md", "Manual", path, "Words.", "faq" if question else "text", scope or Scope("en"), 0, question=question
    )


def test_the_largest_sections_and_questions_that_differ_are_named() -> None:
    ridge, fell = Scope("en", models=("ridge",)), Scope("en", models=("fell",))
    passages = [
        _passage("Keys"), _passage("Towing"), _passage("Towing"), _passage("Räder", scope=Scope("de")),
        _passage("A heading that is so long that it tells something"), _passage("Winch", scope=fell),
        _passage("", "How long is the warranty?"), _passage("Ask at www.elsewhere.example"),
        _passage("", "Have you seen https://elsewhere.example?", ridge), _passage("", "What then? " * 15, ridge),
        _passage("", "How deep can the 2024 Ridge wade?", ridge),
        _passage("", "How deep can the 2025 Ridge wade?", ridge),
        _passage("", "Has the Fell low range?", fell),
        _passage("", "Was there an offer?", replace(Scope("en"), valid_to=date(2025, 1, 1))),
    ]  # fmt: skip
    about_ridge = overview_of(passages, [VehicleContext(model="ridge")], ON, "en")
    assert about_ridge.topics == ("Towing", "Keys")
    assert about_ridge.questions == ("How deep can the 2024 Ridge wade?", "How long is the warranty?")
    assert overview_of(passages, [VehicleContext()], ON, "en").questions[0] == "How long is the warranty?"


def test_an_overview_quotes_nothing_and_each_question_it_offers_is_answered(assistant: Assistant) -> None:
    reply = assistant.ask(Question("alder", "What can you do?"))
    assert (reply.kind, reply.citations, reply.release) == ("clarify", (), None)
    assert reply.choices
    assert "Alder" in reply.text
    for question in reply.choices:
        assert assistant.ask(Question("alder", question)).kind in {"answer", "clarify"}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Hi, I'm the new owner of a 2025 Ridge"), ("en", "we've had our Ridge since February and love it"),
        ("en", "just picked up a second hand Ridge"), ("en", "it's the Fell GT, white"),
        ("de", "Hallo, hab ne Frage zu meinem Ridge"), ("de", "ich hab einen Ridge bestellt"),
        ("fr", "bonjour, j'ai une Ridge de 2024"), ("it", "buongiorno, ho una Ridge del 2024"),
        ("es", "hola, tengo un Ridge desde hace dos años"),
    ],
)  # fmt: skip
def test_who_has_a_vehicle_says_so(profile: BrandProfile, code: str, text: str) -> None:
    assert tells_of_own_vehicle(text, code, profile)


@pytest.mark.parametrize(
    "text", ["have you got a Ridge?", "my Ridge won't start", "the app does not find the Ridge", "I own a bicycle"]
)
def test_who_asks_or_complains_does_not_tell_of_a_vehicle(profile: BrandProfile, text: str) -> None:
    assert not tells_of_own_vehicle(text, "en", profile)


def test_a_talk_that_begins_with_a_vehicle_is_answered_with_what_can_be_asked(assistant: Assistant) -> None:
    reply = assistant.ask(Question("alder", "Martin here, I've had a Grove since last summer and love it"))
    assert (reply.kind, reply.citations) == ("clarify", ())
    assert "Grove" in reply.text
    assert reply.choices


def test_a_vehicle_that_is_told_with_what_is_wanted_is_no_introduction(assistant: Assistant) -> None:
    reply = assistant.ask(Question("alder", "I have a Grove, tyre pressure front"))
    assert reply.kind == "answer"


def test_a_sister_brands_model_gets_no_overview(assistant: Assistant, bot_group: Group) -> None:
    sister = next(brand for brand in bot_group.brands.values() if brand.id != "alder")
    assert assistant.ask(Question("alder", f"tell me about {sister.name}")).kind == "decline"


def test_where_nothing_is_published_nothing_is_offered(bot_group: Group, tmp_path: Path) -> None:
    empty = build_assistant(
        bot_group, build_knowledge_base(tmp_path), BotSettings(_env_file=None), conversations=MemoryConversationStore()
    )
    assert "can't look anything up" in empty.ask(Question("alder", "What can you do?")).text
    greeted = empty.ask(Question("alder", "hello"))
    assert (greeted.kind, greeted.choices) == ("clarify", ())


def test_a_brand_of_many_models_is_called_by_its_own_name(bot_group: Group, knowledge_base: KnowledgeBase) -> None:
    many = tuple(VehicleModel(id=f"m{n}", name=f"Model {n}") for n in range(7))
    alder = bot_group.brand("alder").model_copy(update={"models": many})
    group = replace(bot_group, brands={**bot_group.brands, "alder": alder})
    assistant = build_assistant(
        group, knowledge_base, BotSettings(_env_file=None), conversations=MemoryConversationStore()
    )
    said = assistant.ask(Question("alder", "What can you do?")).text
    assert "about Alder" in said
    assert "Model 3" not in said
    assert "about Model 3" in assistant.ask(Question("alder", "Tell me about the Model 3")).text
