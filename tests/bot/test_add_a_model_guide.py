"""The settings in docs/how-to/add-a-model.md are taken as they stand."""

import re
from pathlib import Path

import pytest

from bot.bootstrap import build_language_model
from bot.settings import BotSettings

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-model.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)


def test_the_guide_shows_every_kind_of_server() -> None:
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS)
def test_the_settings_of_the_guide_build_a_model(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in block.strip().splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    model = build_language_model()
    assert model is not None
    settings = BotSettings()
    assert settings.model is not None
    assert settings.model in model.name


def test_the_settings_that_the_guide_names_exist_with_their_defaults() -> None:
    named = re.findall(r"`MARQUE_BOT_(\w+)`(?: \((\w+)\))?", GUIDE)
    assert named
    for name, default in named:
        field = BotSettings.model_fields[name.lower()]
        if default:
            assert str(field.default).lower().removesuffix(".0") == default
