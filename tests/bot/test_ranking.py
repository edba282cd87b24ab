"""What of a question its passages are compared with."""

import pytest

from bot.language_data import content_stems
from bot.ranking import asked_for_model, asked_question
from bot.turn_state import TurnState
from brands import VehicleContext


@pytest.mark.parametrize(
    ("question", "language", "topic"),
    [
        ("How long is the battery warranty?", "en", "battery warranty"),
        ("Wie lange ist die Garantie auf die Batterie?", "de", "Garantie Batterie"),
        ("How many watts is the motor?", "en", "motor"),
        ("Quanti anni ha la batteria?", "it", "batteria"),
        ("Combien de litres contient le réservoir ?", "fr", "contient réservoir"),
        ("¿Cuántos meses dura la batería?", "es", "dura batería"),
        ("How heavy a trailer can I tow?", "en", "trailer tow"),
        ("How heavy is the battery?", "en", "heavy battery"),
        ("My van broke down", "en", "breakdown"),
        ("The seats of a van", "en", "seats van"),
        ("My van", "en", "van"),
        ("My van and its tank\nand the radio?", "en", "van tank radio"),
        ("Mein Transporter springt nicht an", "de", "springt"),
        ("Wie schwer darf der Anhänger sein?", "de", "Anhänger"),
        ("Combien de temps la batterie est-elle garantie ?", "fr", "batterie garantie"),
        ("Per quanto tempo vale la garanzia della batteria?", "it", "vale garanzia batteria"),
        ("¿Cuánto tiempo tiene garantía la batería?", "es", "garantía batería"),
    ],
)
def test_the_words_that_ask_for_a_unit_or_name_the_own_vehicle_are_no_topic(
    question: str, language: str, topic: str, state: TurnState
) -> None:
    assert asked_question(question, language, state.profile).stems == set(content_stems(topic, language))


@pytest.mark.parametrize(
    ("question", "language", "word"),
    [
        ("May a long load stick out at the rear?", "en", "long"),
        ("Zeigt das Display das Tempo an?", "de", "Tempo"),
        ("Les essuie-glaces servent-ils par tous les temps ?", "fr", "temps"),
        ("Dove imposto il tempo di ricarica?", "it", "tempo"),
        ("¿Dónde ajusto el tiempo de carga?", "es", "tiempo"),
    ],
)
def test_the_same_word_elsewhere_stays_one(question: str, language: str, word: str, state: TurnState) -> None:
    assert set(content_stems(word, language)) <= asked_question(question, language, state.profile).stems


@pytest.mark.parametrize(
    ("question", "language", "topic"),
    [
        ("The display shows E27", "en", "e27"),
        ("error code P0420 on the dash", "en", "p0420"),
        ("Das Display zeigt E27", "de", "e27"),
        ("Le code P0420 s'affiche à l'écran", "fr", "p0420"),
        ("The display shows a message", "en", "display shows message"),
    ],
)
def test_where_a_code_was_read_is_no_topic(question: str, language: str, topic: str, state: TurnState) -> None:
    assert asked_question(question, language, state.profile).stems == set(content_stems(topic, language))


def test_a_question_tells_the_customers_model_only_where_it_is_known(state: TurnState) -> None:
    profile = state.profile
    grove, tuck = profile.models[0], profile.models[0].model_copy(update={"id": "tuck", "name": "Tuck"})
    profile = profile.model_copy(update={"models": (grove, tuck)})
    asked = asked_question("How heavy is it?", "en", profile)
    assert asked_for_model(asked, profile, VehicleContext()) == asked
    of_grove = asked_for_model(asked, profile, VehicleContext(model="grove"))
    assert (of_grove.model, of_grove.other_models) == (grove.name, ("Tuck",))
