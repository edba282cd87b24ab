"""The linear model of danger's words."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.danger_words import PLACES, danger_words, open_danger_words, word_places
from bot.errors import DangerModelUnavailable


@pytest.mark.parametrize(
    ("danger", "ordinary"),
    [
        ("the engine is on fire", "the engine needs a service"),
        ("Flammen aus dem Motorraum", "Farben für den Motorraum"),
        ("la voiture est en feu", "la voiture est en vente"),
        ("la macchina va a fuoco", "la macchina va in officina"),
        ("el coche está ardiendo", "el coche está en venta"),
    ],
)
def test_words_of_danger_weigh_more_than_others(danger: str, ordinary: str) -> None:
    assert danger_words().score(danger) > danger_words().score(ordinary)


@given(st.text(max_size=300))
def test_any_text_has_places_in_the_table_and_a_score(text: str) -> None:
    places = word_places(text)
    assert all(0 <= place < PLACES and value > 0 for place, value in places.items())
    assert np.isfinite(danger_words().score(text))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüéèñ0123456789 .'", max_size=80))
def test_capitals_do_not_count(text: str) -> None:
    assert word_places(text.upper()) == pytest.approx(word_places(text))


def test_a_table_that_would_run_code_or_is_none_is_refused(tmp_path: Path) -> None:
    harmful = tmp_path / "harmful.npz"
    with harmful.open("wb") as file:
        np.savez(file, weights=np.array([{"a": 1}], dtype=object), offset=0.0)
    broken = tmp_path / "broken.npz"
    broken.write_bytes(pickle.dumps([1, 2]))
    for path in (harmful, broken, tmp_path / "missing.npz"):
        with pytest.raises(DangerModelUnavailable, match="words of danger"):
            open_danger_words(str(path))
