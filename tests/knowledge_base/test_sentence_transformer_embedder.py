import json
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder, known_prefixes
from tests.random_sentence_model import write_random_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("models") / "small")


def test_window_and_dimension_come_from_the_model(model: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(model))
    assert embedder.window_tokens == 64
    assert embedder.dimension == 32
    assert embedder.count_tokens("brake tyre") == 4


def test_prefixes_of_a_known_family_are_put_before_texts(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(write_random_model(tmp_path / "tiny-e5")))
    plain = SentenceTransformerEmbedder(str(tmp_path / "tiny-e5"), question_prefix="", passage_prefix="")
    assert np.allclose(embedder.embed_question("brake"), plain.embed_question("query: brake"), atol=1e-6)
    assert np.allclose(embedder.embed_passages(["brake"]), plain.embed_passages(["passage: brake"]), atol=1e-6)
    assert embedder.count_tokens("brake") == plain.count_tokens("brake") + 2
    assert embedder.fingerprint != plain.fingerprint


@pytest.mark.parametrize(
    ("name", "question", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("/models/e5-base-v2", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("sentence-transformers/all-mpnet-base-v2", "", ""),
    ],
)
def test_families_are_known_by_name(name: str, question: str, passage: str) -> None:
    assert known_prefixes(name) == (question, passage)


def test_instruction_models_ask_with_a_task() -> None:
    question, passage = known_prefixes("intfloat/multilingual-e5-large-instruct")
    assert question.endswith("\nQuery: ")
    assert passage == ""


def test_other_weights_have_another_fingerprint(model: Path, tmp_path: Path) -> None:
    other = write_random_model(tmp_path / "other", seed=1)
    assert SentenceTransformerEmbedder(str(other)).fingerprint != SentenceTransformerEmbedder(str(model)).fingerprint


def test_the_folder_does_not_change_the_fingerprint(model: Path, tmp_path: Path) -> None:
    copy = write_random_model(tmp_path / "moved")
    assert SentenceTransformerEmbedder(str(copy)).fingerprint == SentenceTransformerEmbedder(str(model)).fingerprint


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="no folder"):
        SentenceTransformerEmbedder(str(tmp_path / "nowhere")).embed_question("brake")


def test_a_name_that_is_not_in_the_cache_is_refused_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EmbedderUnavailable, match="nobody/no-such-model"):
        SentenceTransformerEmbedder("nobody/no-such-model").embed_question("brake")


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EmbedderUnavailable, match="safetensors"):
        SentenceTransformerEmbedder(str(folder)).embed_question("brake")


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(EmbedderUnavailable, match="cannot be opened"):
        SentenceTransformerEmbedder(str(tmp_path)).embed_question("brake")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00not a safetensors"),
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "no-such-kind"}'),
        ("modules.json", b"[]"),
        ("modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "no_such_package.Module"}]'),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write_random_model(tmp_path / "damaged")
    (folder / name).write_bytes(content)
    with pytest.raises(EmbedderUnavailable, match="cannot be opened"):
        SentenceTransformerEmbedder(str(folder)).embed_question("brake")


@pytest.mark.parametrize("named_in", ["config.json", "modules.json"])
def test_code_that_a_model_brings_is_not_run(tmp_path: Path, named_in: str) -> None:
    folder = write_random_model(tmp_path / "hostile")
    trace = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Evil: pass\n")
    content = json.loads((folder / named_in).read_text())
    if named_in == "config.json":
        content |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    else:
        content[0]["type"] = "evil.Evil"
    (folder / named_in).write_text(json.dumps(content))
    with pytest.raises(EmbedderUnavailable, match="cannot be opened"):
        SentenceTransformerEmbedder(str(folder)).embed_question("brake")
    assert not trace.exists()
