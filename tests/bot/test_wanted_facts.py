"""What kind of fact a question asks for."""

import pytest

from bot.wanted_facts import wanted_facts


@pytest.mark.parametrize("question", ["Darf ich HVO tanken?", "Wo ist der Tankdeckel?"])
def test_who_refuels_asks_for_no_volume(question: str) -> None:
    assert "l" not in wanted_facts(question, "de")


@pytest.mark.parametrize("question", ["Wie groß ist der Tank?", "Tankinhalt?", "Wie viel Liter fasst der Tank?"])
def test_who_asks_for_the_tank_asks_for_its_volume(question: str) -> None:
    assert "l" in wanted_facts(question, "de")


@pytest.mark.parametrize(
    ("question", "code", "unit"),
    [
        ("Was darf das Bett tragen?", "de", "kg"),
        ("Le hayon porte combien ?", "fr", "kg"),
        ("Quanto è alta la sella?", "it", "cm"),
        ("¿Cuánto mide?", "es", "cm"),
    ],
)
def test_a_load_or_size_is_asked_for_in_many_words(question: str, code: str, unit: str) -> None:
    assert unit in wanted_facts(question, code)
