"""Which language a message is taken to be in."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.sentence_support import never_said
from bot.steps.screen_message import find_language, screen_message
from bot.turn_state import TurnState
from evals.trust.safety_messages import safety_messages


@pytest.mark.parametrize(
    ("text", "spoken", "code"),
    [
        ("wheel nut torque", ("en", "es"), "en"),
        ("bluetooth code", ("en", "de"), "en"),
        ("Anhängelast Diesel", ("en", "de"), "de"),
        ("gross margin?", ("en", "de"), "en"),
        ("service due", ("en", "it"), "en"),
        ("presión neumáticos delanteros", ("en", "es"), "es"),
        ("oil grade and quantity", ("es", "en"), "en"),
        ("error code E04", ("en", "de"), "en"),
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


@pytest.mark.parametrize(
    ("cry", "code"),
    [
        ("sale humo del motor", "es"),
        ("de la fumée sort du moteur", "fr"),
        ("non si ferma", "it"),
        ("Gaspedal klemmt", "de"),
    ],
)
def test_a_short_cry_for_help_is_answered_in_its_language(state: TurnState, cry: str, code: str) -> None:
    assert find_language(cry, state, every_language=True) == code


def test_what_an_unseen_writer_is_shown_begins_with_the_number_in_their_language(state: TurnState) -> None:
    asked = [one for one in safety_messages("held-out") if one.hazard][::9]
    shown = []
    for one in asked:
        reply = screen_message(replace(state, said=SecretStr(one.text)), limit_characters=2_000).reply
        if reply is not None:
            shown.append((one, reply))
    assert len(shown) > len(asked) / 2
    for _, reply in shown:
        first, *steps = [line for line in reply.text.splitlines() if line]
        assert first.startswith("**")
        assert "GB 999, DE 112" in first
        assert 1 <= sum(line[:2] in {"1.", "2.", "3.", "4."} for line in steps) <= 3
        assert "http" not in reply.text
        assert not never_said(reply.text)
    assert sum(reply.language == one.language for one, reply in shown) >= 0.97 * len(shown)
