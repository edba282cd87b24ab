from pathlib import Path

import numpy as np
import pytest

from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.sentence_model import Prefixes
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder
from tests.random_sentence_model import write_random_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("models") / "small")


def test_window_and_dimension_come_from_the_model(model: Path) -> None:
    embedder = SentenceTransformerEmbedder(model)
    assert embedder.window_tokens == 64
    assert embedder.dimension == 32
    assert embedder.count_tokens("brake tyre") == 4


def test_prefixes_of_a_known_family_are_put_before_texts(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(write_random_model(tmp_path / "tiny-e5"))
    plain = SentenceTransformerEmbedder(tmp_path / "tiny-e5", prefixes=Prefixes("", ""))
    assert np.allclose(embedder.embed_question("brake"), plain.embed_question("query: brake"), atol=1e-6)
    assert np.allclose(embedder.embed_passages(["brake"]), plain.embed_passages(["passage: brake"]), atol=1e-6)
    assert embedder.count_tokens("brake") == plain.count_tokens("brake") + 2
    assert embedder.fingerprint != plain.fingerprint


def test_other_weights_have_another_fingerprint(model: Path, tmp_path: Path) -> None:
    other = write_random_model(tmp_path / "other", seed=1)
    assert SentenceTransformerEmbedder(other).fingerprint != SentenceTransformerEmbedder(model).fingerprint


def test_the_folder_does_not_change_the_fingerprint(model: Path, tmp_path: Path) -> None:
    copy = write_random_model(tmp_path / "moved")
    assert SentenceTransformerEmbedder(copy).fingerprint == SentenceTransformerEmbedder(model).fingerprint


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    folder = write_random_model(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EmbedderUnavailable, match="safetensors"):
        SentenceTransformerEmbedder(folder).embed_question("brake")


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(EmbedderUnavailable, match="cannot be opened"):
        SentenceTransformerEmbedder(tmp_path).embed_question("brake")


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
        SentenceTransformerEmbedder(folder).embed_question("brake")
