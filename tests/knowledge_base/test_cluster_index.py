"""The index of great releases: it finds what exact search finds, in scopes too, and refuses what is damaged."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import cluster_index
from knowledge_base.cluster_index import ClusterIndex, write_clusters
from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.exact_search import search_exactly
from knowledge_base.release_files import hash_files
from tests.knowledge_base.samples import random_vectors

COUNT, DIMENSION = 4_000, 64


def _grouped_vectors(count: int, dimension: int = DIMENSION) -> Vectors:
    """Unit vectors around 40 subjects, in no order, as texts of many manuals have."""
    chance = np.random.default_rng(5)
    subjects = random_vectors(40, dimension, seed=6)
    vectors = subjects[chance.integers(0, 40, count)] + 0.6 * random_vectors(count, dimension, seed=7)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


VECTORS = _grouped_vectors(COUNT)
QUESTIONS = VECTORS[::200] * 0.8 + 0.2 * random_vectors(20, DIMENSION, seed=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("release") / "clusters"
    write_clusters(place, VECTORS)
    return place


@pytest.fixture
def index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterIndex:
    """Compares a tenth of the rows, so that it has to choose."""
    monkeypatch.setattr(cluster_index, "_COMPARED_ROWS", 400)
    monkeypatch.setattr(cluster_index, "_COMPARED_ROWS_IN_SCOPE", 400)
    monkeypatch.setattr(cluster_index, "_COMPARED_EXACTLY", 100)
    monkeypatch.setattr(cluster_index, "_EXACT_ROWS_IN_SCOPE", 50)
    return ClusterIndex(folder, VECTORS)


def _recall(index: ClusterIndex, rows: NDArray[np.bool_] | None) -> float:
    shared = []
    for question in QUESTIONS:
        found, wanted = index.nearest(question, rows, 10), search_exactly(VECTORS, question, rows, 10)
        assert rows is None or rows[found.rows].all()
        assert len(found.rows) == len(wanted.rows)
        shared.append(len({*found.rows.tolist()} & {*wanted.rows.tolist()}) / len(wanted.rows))
    return float(np.mean(shared))


def test_finds_what_exact_search_finds_by_a_tenth_of_the_rows(index: ClusterIndex) -> None:
    assert _recall(index, None) >= 0.97


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02, 0.002])
def test_recall_in_a_scope_is_no_lower(index: ClusterIndex, share: float) -> None:
    rows = np.random.default_rng(1).random(COUNT) < share
    assert _recall(index, rows) >= 0.97


def test_scope_that_lies_far_from_the_question_is_searched_all_the_same(index: ClusterIndex) -> None:
    for question in QUESTIONS[:5]:
        far = np.argsort(VECTORS @ question)[:200]
        rows = np.isin(np.arange(COUNT), far)
        found = index.nearest(question, rows, 10)
        assert found.rows.tolist() == search_exactly(VECTORS, question, rows, 10).rows.tolist()


def test_order_and_cosines_are_exact_whatever_is_left_of_the_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_index, "_REDUCED_DIMENSION", 8)
    write_clusters(tmp_path / "clusters", VECTORS)
    found = ClusterIndex(tmp_path / "clusters", VECTORS).nearest(QUESTIONS[0], None, 50)
    np.testing.assert_allclose(found.cosines, (VECTORS @ QUESTIONS[0])[found.rows], atol=1e-5)
    assert (np.diff(found.cosines) <= 0).all()


def test_asks_for_more_than_is_usually_compared(index: ClusterIndex) -> None:
    assert len(index.nearest(QUESTIONS[0], None, 1_000).rows) == 1_000


@pytest.mark.parametrize("count", [1, 3, 40])
def test_few_rows_are_found_like_many(tmp_path: Path, count: int) -> None:
    vectors = random_vectors(count, 16)
    write_clusters(tmp_path / "clusters", vectors)
    index = ClusterIndex(tmp_path / "clusters", vectors)
    for row in range(count):
        assert index.nearest(vectors[row], None, 5).rows[0] == row


def test_copies_of_one_text_are_all_found(tmp_path: Path) -> None:
    vectors = np.repeat(random_vectors(2, 16), 500, axis=0)
    write_clusters(tmp_path / "clusters", vectors)
    index = ClusterIndex(tmp_path / "clusters", vectors)
    assert sorted(index.nearest(vectors[0], None, 500).rows.tolist()) == list(range(500))


def test_same_vectors_give_the_same_bytes_and_nothing_of_what_the_process_held(folder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", VECTORS)
    code = (
        "from pathlib import Path; import numpy as np\n"
        "held = [np.full(200_000, 7.5, np.float32) for _ in range(40)]; del held\n"
        "from knowledge_base.cluster_index import write_clusters\n"
        f"write_clusters(Path({str(tmp_path / 'clusters')!r}), np.load({str(tmp_path / 'vectors.npy')!r}))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert hash_files(tmp_path / "clusters") == hash_files(folder)


def test_index_of_other_vectors_is_refused(folder: Path) -> None:
    for others in (VECTORS[:-1], VECTORS[:, :-1]):
        with pytest.raises(ReleaseDamaged, match="does not belong"):
            ClusterIndex(folder, others)


@pytest.mark.parametrize("name", ["directions", "centres", "starts", "rows", "reduced"])
def test_missing_and_cut_files_are_named(folder: Path, name: str) -> None:
    path = folder / f"{name}.npy"
    whole = path.read_bytes()
    try:
        for content in (None, b"", whole[: len(whole) // 2]):
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
            with pytest.raises(ReleaseDamaged, match=str(folder)):
                ClusterIndex(folder, VECTORS)
    finally:
        path.write_bytes(whole)
