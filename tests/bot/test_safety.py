"""Danger gets its script at once; what only sounds like it does not."""

import re

import pytest

from bot.language_data import read_data
from bot.safety import Hazard, emergency_number, find_hazard, safety_text
from bot.settings import SUPPORTED_LANGUAGES
from brands import Group

LIFE = {
    "en": [
        "My car is on fire", "HELP SMOKE COMING FROM THE ENGINE", "there is smoke coming from under the hood",
        "we had a crash and my wife is bleeding", "my baby is locked in the car", "the dog is trapped in the hot car",
        "the battery of my EV is smoking", "my brakes failed on the motorway", "I cant stop the car help brakes gone",
        "I smell petrol in the cabin", "fuel is leaking under my car", "I want to kill myself",
    ],
    "de": [
        "Mein Auto brennt!", "Es kommt Rauch aus der Motorhaube", "Unfall, meine Frau ist verletzt",
        "Mein Hund ist im Auto eingesperrt", "Die Batterie raucht", "Bremsen funktionieren nicht, bin auf der Autobahn",
        "es riecht nach Benzin im Auto", "ich will nicht mehr leben",
    ],
    "fr": [
        "ma voiture est en feu", "de la fumée sort du capot", "accident, mon mari est blessé",
        "mon enfant est enfermé dans la voiture",
        "la batterie fume", "mes freins ne marchent plus, je suis sur l'autoroute",
        "ça sent l'essence dans la voiture", "j'ai envie de mourir",
    ],
    "it": [
        "la macchina va a fuoco", "esce fumo dal cofano",
        "incidente, mia moglie è ferita", "mio figlio è chiuso in macchina",
        "la batteria fuma", "i freni non funzionano, sono in autostrada", "odore di benzina in auto", "voglio morire",
    ],
    "es": [
        "mi coche está en llamas", "sale humo del motor", "accidente, mi mujer está herida",
        "mi hijo está encerrado en el coche", "la batería echa humo", "los frenos no funcionan, voy por la autopista",
        "huele a gasolina", "quiero morirme",
    ],
}  # fmt: skip
DO_NOT_DRIVE = {
    "en": [
        "my airbag light is on", "The red brake light came on", "there is a bulge in my tyre",
        "the steering suddenly went very heavy", "my brake pedal goes to the floor",
    ],
    "de": ["Meine Airbagleuchte leuchtet", "die rote Bremswarnleuchte leuchtet", "mein Reifen hat eine Beule"],
    "fr": ["le voyant airbag est allumé", "le voyant de frein rouge reste allumé", "mon pneu a une hernie"],
    "it": ["la spia airbag è accesa", "la spia rossa dei freni è accesa", "la gomma ha un rigonfiamento"],
    "es": [
        "se ha encendido el testigo del airbag",
        "el testigo rojo de freno está encendido",
        "mi neumático tiene un bulto",
    ],
}  # fmt: skip
NEAR_MISSES = {
    "en": [
        "How do I switch off the airbag light reminder?",
        "Do you have smoke-grey paint?", "Is smoking allowed in the car?",
        "What does the red brake lamp mean?", "Where is the fire extinguisher?", "How do I activate the child lock?",
        "Is a damaged tyre covered by the warranty?", "How much fuel does the tank hold?", "My key battery is flat",
        "What should I do if the brake warning light comes on?", "Can I wade with the high-voltage battery?",
        "How do I repair a tyre with the kit?",
        "What is the crash test rating?", "Can I lock the screen for my children?",
    ],
    "de": [
        "Was bedeutet die rote Bremsleuchte?", "Gibt es den Lack in Rauchgrau?", "Wo ist der Feuerlöscher?",
        "Wie aktiviere ich die Kindersicherung?",
        "Wie viel Benzin passt in den Tank?", "Welche Lampe brennt im Cockpit?",
    ],
    "fr": [
        "Que signifie le voyant de frein ?", "Avez-vous la peinture gris fumée ?", "Où se trouve l'extincteur ?",
        "Comment activer la sécurité enfants ?", "Combien d'essence contient le réservoir ?",
    ],
    "it": [
        "Cosa significa la spia dei freni?", "Avete il colore grigio fumo?", "Dov'è l'estintore?",
        "Come si attiva la sicurezza bambini?", "Quanta benzina contiene il serbatoio?",
    ],
    "es": [
        "¿Qué significa el testigo de freno?", "¿Hay pintura gris humo?", "¿Dónde está el extintor?",
        "¿Cómo se activa el seguro para niños?", "¿Cuánta gasolina cabe en el depósito?",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "message"), [(code, one) for code, many in LIFE.items() for one in many])
def test_danger_to_life_is_found(language: str, message: str) -> None:
    found = find_hazard(message, language)
    assert found is not None
    assert found.danger == "life"


@pytest.mark.parametrize(("language", "message"), [(code, one) for code, many in LIFE.items() for one in many])
def test_danger_to_life_is_found_when_the_language_was_taken_for_another(language: str, message: str) -> None:
    assert find_hazard(message, "en" if language != "en" else "de") is not None


@pytest.mark.parametrize(("language", "message"), [(code, one) for code, many in DO_NOT_DRIVE.items() for one in many])
def test_a_vehicle_that_must_not_be_driven_is_found(language: str, message: str) -> None:
    found = find_hazard(message, language)
    assert found is not None
    assert found.danger == "do_not_drive"


@pytest.mark.parametrize(("language", "message"), [(code, one) for code, many in NEAR_MISSES.items() for one in many])
def test_a_question_that_only_sounds_dangerous_goes_on(language: str, message: str) -> None:
    assert find_hazard(message, language) is None


def test_every_language_has_rules_and_a_script_for_every_class(small_group: Group) -> None:
    content = read_data("safety.yaml")
    profile = small_group.brand("alder")
    for code in SUPPORTED_LANGUAGES:
        assert {rule["class"] for rule in content["rules"][code]} <= set(content["classes"])
        for name, danger in content["classes"].items():
            text = safety_text(Hazard(name, danger), profile, code, "gb").text
            assert "{" not in text
            assert 1 <= sum(line[:2] in {"1.", "2.", "3.", "4."} for line in text.splitlines()) <= 3
            first = text.splitlines()[0]
            assert "999" in first


def test_the_emergency_number_is_never_guessed(small_group: Group) -> None:
    profile = small_group.brand("alder")
    assert emergency_number(profile, "gb") == ("999", True)
    assert emergency_number(profile, "de") == ("112", True)
    assert emergency_number(profile, None) == ("GB 999, DE 112", False)


@pytest.mark.parametrize(
    ("language", "message", "name"),
    [
        ("en", "Two weeks ago the brakes failed on the motorway.", "incident"),
        ("de", "Letzten Monat hat mein Auto in der Garage gebrannt.", "incident"),
        ("fr", "Mon avocat va vous contacter pour ma blessure.", "injury_claim"),
        ("it", "Voglio presentare un reclamo formale.", "complaint"),
        ("es", "Quiero informar de un defecto de seguridad.", "complaint"),
    ],
)
def test_what_must_be_kept_on_record_is_found(language: str, message: str, name: str) -> None:
    assert find_hazard(message, language) == Hazard(name, "record")


@pytest.mark.parametrize(
    "message",
    [
        "How do I make a complaint?",
        "Last month I bought the car, when is its first service?",
        "The mobile app crashed yesterday",
        "Does the airbag protect against injury?",
    ],
)
def test_an_ordinary_question_is_no_record(message: str) -> None:
    assert find_hazard(message, "en") is None


def test_danger_now_comes_before_a_record() -> None:
    found = find_hazard("The brakes failed last week and now smoke is pouring out of the bonnet.", "en")
    assert found is not None
    assert found.danger == "life"


def test_every_pattern_can_be_compiled() -> None:
    rules = [rule for some in read_data("safety.yaml")["rules"].values() for rule in some]
    for pattern in [one for rule in rules for one in (*rule["all"], *rule.get("unless", ()))]:
        re.compile(pattern)


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "the engine light is on"), ("en", "my car won't start"), ("en", "Hi, I have a Vico"),
        ("de", "Die Motorkontrollleuchte ist an"), ("de", "Guten Tag, ich habe einen Lumen"),
        ("fr", "le voyant moteur est allumé"), ("fr", "Bonjour, j'ai une Vico"),
        ("it", "la spia del motore è accesa"), ("it", "Ho una Vico"),
        ("es", "la luz del motor está encendida"), ("es", "Hola, tengo un Lumen"),
    ],
)  # fmt: skip
def test_what_customers_type_most_is_no_danger(language: str, message: str) -> None:
    assert find_hazard(message, language) is None
