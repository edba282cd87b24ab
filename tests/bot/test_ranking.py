"""What of a question its passages are compared with."""

import pytest

from bot.language_data import content_stems
from bot.ranking import asked_question
from bot.turn_state import TurnState


@pytest.mark.parametrize(
    ("question", "language", "word"),
    [
        ("How long is the battery warranty?", "en", "long"),
        ("Wie lange gilt die Garantie auf die Batterie?", "de", "lange"),
    ],
)
def test_how_long_is_no_topic(question: str, language: str, word: str, state: TurnState) -> None:
    stems = asked_question(question, language, state.profile).stems
    assert stems
    assert not stems & set(content_stems(word, language))


def test_a_long_load_stays_one(state: TurnState) -> None:
    stems = asked_question("May a long load stick out at the rear?", "en", state.profile).stems
    assert set(content_stems("long", "en")) <= stems
