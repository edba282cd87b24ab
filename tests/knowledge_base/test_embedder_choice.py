from pathlib import Path

import pytest
from pydantic import ValidationError

from knowledge_base.embedder_choice import embedder_from_settings, user_cache_folder
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.settings import KnowledgeBaseSettings


def test_the_bundled_model_is_the_default(tmp_path: Path) -> None:
    embedder = embedder_from_settings(KnowledgeBaseSettings(cache_folder=tmp_path))
    assert isinstance(embedder, OnnxEmbedder)
    assert ":int8-" in embedder.fingerprint


def test_precision_is_a_setting(tmp_path: Path) -> None:
    embedder = embedder_from_settings(KnowledgeBaseSettings(cache_folder=tmp_path, embedder_precision="fp32"))
    assert ":fp32-" in embedder.fingerprint


def test_any_other_name_is_a_sentence_transformers_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDER", "intfloat/multilingual-e5-small")
    assert isinstance(embedder_from_settings(KnowledgeBaseSettings()), NamedEmbedder)


def test_an_empty_variable_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDER", "")
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EMBEDDER_THREADS", "")
    settings = KnowledgeBaseSettings()
    assert settings.embedder == "bundled"
    assert settings.embedder_threads is None


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValidationError, match="embedder_precision"):
        KnowledgeBaseSettings.model_validate({"embedder_precision": "int4"})


@pytest.mark.skipif("sys.platform != 'linux'", reason="the variable is known on Linux only")
def test_graphs_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache_folder() == tmp_path / "marque"
