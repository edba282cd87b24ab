"""The linear model of danger beside the rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.danger_model import danger_model, features
from bot.language_data import plain
from bot.safety import find_hazard, may_be_danger


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("she isn't answering me and there's glass in her hair, we're upside down", "en"),
        ("pedal just sank to the carpet and the hill isn't stopping", "en"),
        ("er hängt im Gurt und sagt nichts mehr", "de"),
        ("les freins répondent pus, on descend le col pis ça accélère", "fr"),
    ],
)
def test_danger_that_nobody_names_reaches_the_script_or_at_least_the_number(message: str, language: str) -> None:
    assert find_hazard(message, language) is not None or may_be_danger(message)


@pytest.mark.parametrize(
    "message",
    ["hi", "ok thanks", "ja bitte", "2025", "How much air do the front tyres need?", "¿cuánto cuesta el gancho?"],
)
def test_small_talk_and_ordinary_questions_are_no_danger(message: str) -> None:
    assert find_hazard(message, "en") is None
    assert not may_be_danger(message)


@given(st.text(max_size=300))
def test_any_text_has_a_score_and_chances_that_add_up(text: str) -> None:
    suspicion = danger_model().suspicion(plain(text))
    assert np.isfinite(suspicion.score)
    assert sum(suspicion.classes.values()) == pytest.approx(1, abs=1e-4)


@given(st.text(max_size=300))
def test_features_are_at_most_of_length_one_and_never_twice_the_same(text: str) -> None:
    buckets, values = features(plain(text), 1 << 12)
    assert len(set(buckets.tolist())) == len(buckets)
    assert float(np.linalg.norm(values)) <= 1 + 1e-5
