"""The network of danger beside the rules."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import safety
from bot.danger_model import danger_model
from bot.errors import DangerModelUnavailable
from bot.safety import find_hazard, judge_message
from bot.shipped_file import path_of_shipped


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
    judgement = judge_message(message, language)
    assert judgement.hazard is not None or judgement.possible


@pytest.mark.parametrize(
    "message",
    ["hi", "ok thanks", "ja bitte", "2025", "How much air do the front tyres need?", "¿cuánto cuesta el gancho?"],
)
def test_small_talk_and_ordinary_questions_are_no_danger(message: str) -> None:
    judgement = judge_message(message, "en")
    assert judgement.hazard is None
    assert not judgement.possible


def test_a_rule_alone_is_not_believed_where_the_model_is_sure_that_nothing_is_wrong() -> None:
    assert find_hazard("puertas suicidas en el concept, ¿saldrán en serie?", "es") is None


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("C'est scandaleux, ça fait trois fois que je demande et personne ne m'aide !", "fr"),
        ("This is ridiculous, I have asked three times and nobody helps me", "en"),
    ],
)
def test_anger_that_names_no_thing_is_left_to_a_person_and_put_on_no_record(message: str, language: str) -> None:
    assert find_hazard(message, language) is None


def test_danger_behind_much_other_talk_is_found() -> None:
    talk = "I bought the car in May and the salesman was kind, the invoice is fine and the colour is lovely. " * 4
    found = find_hazard(f"{talk}Flames are coming out from under the bonnet right now. Thank you and regards.", "en")
    assert found is not None
    assert found.danger == "life"


@given(st.text(max_size=300))
def test_any_text_has_a_score_and_chances_that_add_up(text: str) -> None:
    suspicion = danger_model().suspicion(text)
    assert np.isfinite(suspicion.score)
    assert sum(suspicion.classes.values()) == pytest.approx(1, abs=1e-4)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "danger.onnx"
    damaged.write_bytes(b"damaged")
    with pytest.raises(DangerModelUnavailable, match="install Marque again"):
        path_of_shipped(damaged, "0" * 64, "The danger model", DangerModelUnavailable)
    with pytest.raises(DangerModelUnavailable, match="cannot be read"):
        path_of_shipped(tmp_path / "none.onnx", "0" * 64, "The danger model", DangerModelUnavailable)


def test_the_rules_hold_where_the_model_cannot_be_opened(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unavailable() -> None:
        raise DangerModelUnavailable("The danger model needs onnxruntime.")

    monkeypatch.setattr(safety, "danger_model", unavailable)
    safety._model.cache_clear()
    try:
        found = find_hazard("my car is on fire", "en")
        find_hazard("my car is on fire", "en")
    finally:
        safety._model.cache_clear()
    assert found is not None
    assert found.danger == "life"
    assert sum("rules alone" in record.message for record in caplog.records) == 1
