"""Which language a message is taken to be in."""

from dataclasses import replace

import pytest

from bot.steps.screen_message import find_language
from bot.turn_state import TurnState


@pytest.mark.parametrize(
    ("text", "spoken", "code"),
    [
        ("wheel nut torque", ("en", "es"), "en"),
        ("bluetooth code", ("en", "de"), "en"),
        ("Anhängelast Diesel", ("en", "de"), "de"),
        ("presión neumáticos delanteros", ("en", "es"), "es"),
        ("oil grade and quantity", ("es", "en"), "en"),
    ],
)
def test_a_few_words_are_of_another_language_only_where_that_is_clear(
    state: TurnState, text: str, spoken: tuple[str, ...], code: str
) -> None:
    profile = state.profile.model_copy(update={"languages": spoken, "default_language": spoken[0]})
    assert find_language(text, replace(state, profile=profile)) == code


def test_what_could_be_two_languages_is_in_that_of_the_page(state: TurnState) -> None:
    profile = state.profile.model_copy(update={"languages": ("en", "es"), "default_language": "en"})
    assert find_language("wheel nut torque", replace(state, profile=profile, page_language="es")) == "es"
