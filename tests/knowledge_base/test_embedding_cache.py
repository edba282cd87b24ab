import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.embedder import Vectors
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.errors import StoreUnavailable
from knowledge_base.fake_embedder import FakeEmbedder


class CountingEmbedder(FakeEmbedder):
    """Remembers what it was asked to embed."""

    def __init__(self, dimension: int = 32, fail_after: int = 10**9) -> None:
        super().__init__(dimension)
        self.seen: list[str] = []
        self._fail_after = fail_after

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if len(self.seen) >= self._fail_after:
            raise RuntimeError("stopped")
        self.seen.extend(texts)
        return super().embed_passages(texts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "embeddings.sqlite3"


def test_known_texts_are_not_embedded_again(path: Path) -> None:
    embedder = CountingEmbedder()
    first = EmbeddingCache(path, embedder).embed(["brake", "tyre"])
    again = EmbeddingCache(path, embedder).embed(["tyre", "warranty", "brake"])
    assert (first.new, again.new) == (2, 1)
    assert embedder.seen == ["brake", "tyre", "warranty"]
    assert np.array_equal(again.vectors[[2, 0]], first.vectors)
    assert again.vectors.dtype == np.float32


def test_a_repeated_text_is_embedded_once(path: Path) -> None:
    embedder = CountingEmbedder()
    found = EmbeddingCache(path, embedder).embed(["brake", "tyre", "brake"])
    assert embedder.seen == ["brake", "tyre"]
    assert found.new == 2
    assert np.array_equal(found.vectors[0], found.vectors[2])


def test_no_texts_give_no_rows(path: Path) -> None:
    found = EmbeddingCache(path, FakeEmbedder(32)).embed([])
    assert found.vectors.shape == (0, 32)
    assert found.new == 0


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(max_size=20), max_size=12))
def test_the_cache_gives_what_the_embedder_gives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    embedder = FakeEmbedder(32)
    path = tmp_path_factory.getbasetemp() / "law.sqlite3"
    assert np.array_equal(EmbeddingCache(path, embedder).embed(texts).vectors, embedder.embed_passages(texts))


def test_embedders_do_not_share_vectors(path: Path) -> None:
    EmbeddingCache(path, FakeEmbedder(32)).embed(["brake"])
    found = EmbeddingCache(path, FakeEmbedder(64)).embed(["brake"])
    assert found.new == 1
    assert found.vectors.shape == (1, 64)


def test_progress_ends_at_all_texts(path: Path) -> None:
    cache = EmbeddingCache(path, FakeEmbedder(32))
    cache.embed([f"text {number}" for number in range(30)])
    steps: list[tuple[int, int]] = []
    cache.embed([f"text {number % 150}" for number in range(300)], lambda done, total: steps.append((done, total)))
    assert steps[0] == (60, 300)
    assert steps[-1] == (300, 300)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_what_was_embedded_before_a_stop_is_kept(path: Path) -> None:
    texts = [f"text {number}" for number in range(200)]
    with pytest.raises(RuntimeError, match="stopped"):
        EmbeddingCache(path, CountingEmbedder(fail_after=100)).embed(texts)
    rest = CountingEmbedder()
    assert EmbeddingCache(path, rest).embed(texts).new < 100


def test_forgotten_texts_leave_the_files(path: Path) -> None:
    embedder = FakeEmbedder(64)
    cache = EmbeddingCache(path, embedder)
    erased = "Ada Tester of Alder Street telephoned about her brakes"
    cache.embed([*(f"customer {number} telephone" for number in range(50)), erased])
    secret = embedder.embed_passages([erased])[0].tobytes()
    assert any(secret in file.read_bytes() for file in path.parent.iterdir())
    assert cache.forget([erased, "never seen"]) == 1
    assert not any(secret in file.read_bytes() for file in path.parent.iterdir())
    assert cache.embed([erased, "customer 8 telephone"]).new == 1


def test_threads_may_share_a_cache(path: Path) -> None:
    cache = EmbeddingCache(path, FakeEmbedder(32))
    texts = [f"text {number}" for number in range(100)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: cache.embed(texts).vectors, range(6)))
    assert all(np.array_equal(vectors, found[0]) for vectors in found)


_EMBED_300_TEXTS = """
import sys
from pathlib import Path
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.fake_embedder import FakeEmbedder
start = int(sys.argv[2])
EmbeddingCache(Path(sys.argv[1]), FakeEmbedder(32)).embed([f"text {start + number}" for number in range(300)])
"""


def test_processes_may_share_a_cache(path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _EMBED_300_TEXTS, str(path), str(start)]) for start in (0, 100, 200)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert EmbeddingCache(path, FakeEmbedder(32)).embed([f"text {number}" for number in range(500)]).new == 0


def test_a_vector_of_the_wrong_length_is_made_again(path: Path) -> None:
    cache = EmbeddingCache(path, FakeEmbedder(32))
    expected = cache.embed(["brake"]).vectors
    connection = sqlite3.connect(path)
    connection.execute("UPDATE vectors SET vector = x'00'")
    connection.commit()
    connection.close()
    again = cache.embed(["brake"])
    assert again.new == 1
    assert np.array_equal(again.vectors, expected)


def test_a_damaged_file_is_refused_with_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreUnavailable, match="delete it"):
        EmbeddingCache(path, FakeEmbedder(32)).embed(["brake"])


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="embedding cache"):
        EmbeddingCache(tmp_path / "file" / "cache.sqlite3", FakeEmbedder(32)).embed(["brake"])


def test_a_file_that_cannot_be_opened_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(seconds: float) -> None:
        raise AssertionError(f"waited {seconds} s for what does not pass")

    monkeypatch.setattr("knowledge_base.embedding_cache.time.sleep", wait)
    path.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="unable to open"):
        EmbeddingCache(path, FakeEmbedder(32)).embed(["one"])
