"""Follow-ups, vehicles, markets, other brands and the wish for a person."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.conversation import Turn
from bot.steps.understand_question import find_wish, may_stand_alone, understand_question
from bot.turn_state import TurnState
from brands import Group, VehicleContext


def said(text: str, role: str = "customer", **more: object) -> Turn:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Turn(turn_id=text, role=role, text=text, at=now, language="en", **more)  # type: ignore[arg-type]


def understood(state: TurnState, group: Group, text: str, *turns: Turn) -> TurnState:
    return understand_question(replace(state, text=text, language="en", turns=turns), group=group)


@pytest.mark.parametrize("text", ["And at the back?", "How often?", "What about the rear?", "Does it cost anything?"])
def test_a_follow_up_carries_the_earlier_question(state: TurnState, small_group: Group, text: str) -> None:
    found = understood(state, small_group, text, said("What pressure do the front tyres need?"))
    assert found.search_text == f"What pressure do the front tyres need?\n{text}"


@pytest.mark.parametrize(
    ("language", "before", "text", "load"),
    [
        ("en", "What tyre pressure at full load?", "and unloaded?", "normal load"),
        ("en", "What tyre pressure do I need?", "and with all the luggage?", "full load"),
        ("de", "Welcher Reifendruck bei voller Beladung?", "und unbeladen?", "normale Beladung"),
        ("de", "Welcher Reifendruck?", "und beladen?", "volle Beladung"),
        ("fr", "Quelle pression à pleine charge ?", "et à vide ?", "charge normale"),
        ("it", "Che pressione a pieno carico?", "e a vuoto?", "normale"),
        ("es", "¿Qué presión con plena carga?", "¿y vacío?", "normal"),
    ],
)
def test_a_follow_up_about_tyre_pressures_says_its_load_as_tables_do(
    state: TurnState, small_group: Group, language: str, before: str, text: str, load: str
) -> None:
    asking = replace(state, text=text, language=language, turns=(said(before),))
    found = understand_question(asking, group=small_group)
    assert found.search_text == f"{before}\n{text} {load}"


@pytest.mark.parametrize("text", ["I weigh 95 kg", "it's -10 °C outside", "my trailer has 750 kg"])
def test_a_figure_is_a_circumstance_of_the_earlier_question(state: TurnState, small_group: Group, text: str) -> None:
    found = understood(state, small_group, text, said("What pressure do the front tyres need?"))
    assert found.search_text == f"{text}\nWhat pressure do the front tyres need?"


@pytest.mark.parametrize("text", ["How do I tow 750 kg with the Grove?", "My brakes squeal below 20 km/h in the rain"])
def test_a_figure_in_a_matter_of_its_own_is_none(state: TurnState, small_group: Group, text: str) -> None:
    found = understood(state, small_group, text, said("What pressure do the front tyres need?"))
    assert found.search_text == text


def test_an_empty_battery_is_no_load(state: TurnState, small_group: Group) -> None:
    found = understood(state, small_group, "and when it is empty?", said("How long does the battery last?"))
    assert found.search_text.endswith("empty?")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("can I charge it in the rain", True),
        ("How deep a river can it cross?", True),
        ("And with a trailer on?", False),
        ("What about the paint?", False),
        ("How often in a year?", False),
        ("the petrol one", False),
        ("with winter tyres", False),
        ("the AdBlue lamp came on today", True),
    ],
)
def test_few_words_that_ask_may_be_a_question_of_their_own(text: str, alone: bool) -> None:
    assert may_stand_alone(text, "en", VehicleContext()) is alone


def test_a_question_after_one_of_ours_is_no_answer_to_it(state: TurnState, small_group: Group) -> None:
    ours = said("Which is yours: 2024 or 2025?", "bot", kind="clarify")
    before = said("What pressure do the tyres need?")
    assert understood(state, small_group, "The newer one", before, ours).search_text.startswith(before.text)
    asked = "What wheel torque has the Grove?"
    assert understood(state, small_group, asked, before, ours).search_text == asked


@pytest.mark.parametrize("text", ["How do I pair my phone over Bluetooth?", "Where is the spare wheel kept?"])
def test_a_question_of_its_own_carries_nothing(state: TurnState, small_group: Group, text: str) -> None:
    found = understood(state, small_group, text, said("What pressure do the front tyres need?"))
    assert found.search_text == text


def test_a_vehicle_named_in_the_message_holds_over_the_one_of_the_page(state: TurnState, small_group: Group) -> None:
    page = replace(state, vehicle=VehicleContext(model_year=2024, market="gb"))
    found = understood(page, small_group, "How heavy may a trailer be for my 2025 Grove?")
    assert found.vehicle == VehicleContext("grove", 2025, "gb")


def test_a_vehicle_is_remembered_through_the_conversation(state: TurnState, small_group: Group) -> None:
    before = said("I drive a Grove", vehicle=VehicleContext("grove", 2025))
    assert understood(state, small_group, "How often is a service due?", before).vehicle.model_year == 2025


def test_a_turn_that_tells_nothing_of_the_vehicle_forgets_nothing(state: TurnState, small_group: Group) -> None:
    turns = (said("I drive a Grove", vehicle=VehicleContext("grove", 2025)), said("An agent speaks", "agent"))
    assert understood(state, small_group, "How often is a service due?", *turns).vehicle.model == "grove"


def test_a_year_that_no_model_has_is_no_model_year(state: TurnState, small_group: Group) -> None:
    assert understood(state, small_group, "Who won the world cup in 1998?").vehicle == VehicleContext()


def test_the_writers_country_is_a_market_when_the_brand_has_it(state: TurnState, small_group: Group) -> None:
    assert understood(state, small_group, "Which number do I call in Germany?").vehicle.market == "de"
    assert understood(state, small_group, "Which number do I call in France?").vehicle.market is None


def test_another_brand_of_the_group_is_noticed(state: TurnState, small_group: Group) -> None:
    assert understood(state, small_group, "What can a Birch Copse tow?").other_brands == ("Birch", "Copse")
    assert understood(state, small_group, "Can I park in a copse?").other_brands == ()


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Hallo", "greeting"),
        ("buongiorno!", "greeting"),
        ("Danke!", "thanks"),
        ("au revoir", "bye"),
        ("gracias", "thanks"),
    ],
)
def test_courtesy_is_known_in_languages_that_the_brand_does_not_speak(text: str, wish: str) -> None:
    assert find_wish(text, "en") == wish


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hi, I have a Grove"), ("en", "hello, I drive a 2025 Alder Grove"), ("en", "Hi, I have a question"),
        ("de", "Guten Tag, ich habe einen Grove von 2025"), ("fr", "Bonjour, j'ai une Grove"),
        ("it", "Buongiorno, ho una Grove del 2025"), ("es", "Hola, tengo un Grove"),
    ],
)  # fmt: skip
def test_who_tells_their_vehicle_is_greeted_and_it_is_remembered(
    state: TurnState, small_group: Group, language: str, text: str
) -> None:
    found = understand_question(replace(state, text=text, language=language), group=small_group)
    assert found.wish == "greeting"
    assert found.vehicle.model == ("grove" if "Grove" in text else None)
    later = understand_question(replace(found, turns=(said("Hello!"),)), group=small_group)
    assert later.wish == "greeting"
    later = understand_question(replace(found, turns=(said("How heavy may a trailer be?"),)), group=small_group)
    assert later.wish is None


@pytest.mark.parametrize(
    "text", ["I have a Grove and it won't start", "Hello, what can my Grove tow?", "I have a puncture"]
)
def test_who_tells_more_than_their_vehicle_is_answered(state: TurnState, small_group: Group, text: str) -> None:
    assert understood(state, small_group, text).wish is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Can I talk to a real person please"), ("en", "agent"), ("en", "I want to speak to someone"),
        ("de", "Ich möchte mit einem Mitarbeiter sprechen"), ("fr", "Je veux parler à un conseiller"),
        ("it", "Vorrei parlare con un operatore"), ("es", "Quiero hablar con una persona"),
    ],
)  # fmt: skip
def test_the_wish_for_a_person_is_heard(language: str, text: str) -> None:
    assert find_wish(text, language) == "person"


@pytest.mark.parametrize(
    "text",
    [
        "How many people can sit in it?",
        "Does the manual speak of five persons?",
        "Does the camera see a human being?",
    ],
)
def test_people_in_a_question_are_no_wish(text: str) -> None:
    assert find_wish(text, "en") is None


@pytest.mark.parametrize(
    ("text", "language", "wish"),
    [
        ("You people are a disgrace, I'm sick of this", "en", "anger"),
        ("Nobody at Alder ever rings me back", "en", "anger"),
        ("Das ist eine Unverschämtheit, ich bin stinksauer", "de", "anger"),
        ("C'est scandaleux, personne ne m'aide !", "fr", "anger"),
        ("È una vergogna, sono furioso con voi!", "it", "anger"),
        ("Estoy muy enfadada, nadie me llama", "es", "anger"),
        ("agent please", "en", "person"),
        ("I want a human being", "en", "person"),
        ("j'ai besoin d'un être humain", "fr", "person"),
        ("Passez-moi un conseiller humain", "fr", "person"),
        ("Páseme con un asesor", "es", "person"),
        ("What does the angry eyes kit for the headlights cost?", "en", None),
        ("Does the travel agent get a discount?", "en", None),
        ("Wird der Motor sauer, wenn ich ihn kalt fahre?", "de", None),
    ],
)
def test_anger_and_the_wish_for_a_person_are_told_in_many_words(text: str, language: str, wish: str | None) -> None:
    assert find_wish(text, language) == wish
