"""The settings in docs/how-to/choose-an-embedder.md are taken as they stand."""

import re
from pathlib import Path

import pytest

from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.settings import KnowledgeBaseSettings

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "choose-an-embedder.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_settings_of_the_guide_choose_a_model(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in block.strip().splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    assert isinstance(embedder_from_settings(KnowledgeBaseSettings()), NamedEmbedder)


def test_the_settings_that_the_guide_names_exist_with_their_defaults() -> None:
    named = re.findall(r"`MARQUE_KNOWLEDGE_BASE_(\w+)`(?: \((\w+)\))?", GUIDE)
    assert named
    for name, default in named:
        field = KnowledgeBaseSettings.model_fields[name.lower()]
        if default:
            assert str(field.default) == default
