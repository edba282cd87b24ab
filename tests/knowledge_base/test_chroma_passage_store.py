"""What is Chroma's own: its index, its files, and what happens when they are damaged."""

import gc
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.chroma_collection import CHROMA_FOLDER, clear_unused_space
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.chroma_working_copy import is_working_copy
from knowledge_base.errors import ReleaseDamaged, StoreUnavailable
from knowledge_base.passage_store import OpenPassages
from knowledge_base.release_files import hash_files
from tests.knowledge_base.samples import make_passages, random_vectors

BY_INDEX = ChromaPassageStore(exact_search_limit=0)
NAME = "alder-20261123T101500.123456Z-4f9c2a"
COUNT = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    BY_INDEX.write(tmp_path, NAME, make_passages(COUNT), random_vectors(COUNT))
    return tmp_path


def _by_index(folder: Path) -> OpenPassages:
    return ChromaPassageStore(exact_search_limit=10).open(folder, NAME)


def test_index_finds_what_exact_search_finds(folder: Path) -> None:
    by_index, exactly = _by_index(folder), ChromaPassageStore().open(folder, NAME)
    shared = [
        len({*by_index.nearest(vector, None, 10).rows} & {*exactly.nearest(vector, None, 10).rows}) / 10
        for vector in random_vectors(20, seed=4)
    ]
    assert np.mean(shared) >= 0.95
    by_index.close()
    exactly.close()


def test_small_release_has_no_collection_and_is_searched_exactly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ChromaPassageStore(exact_search_limit=COUNT)
    store.write(tmp_path, NAME, make_passages(COUNT), random_vectors(COUNT))
    assert not (tmp_path / CHROMA_FOLDER).exists()
    vector = random_vectors(1, seed=5)[0]
    wanted = store.open(tmp_path, NAME).nearest(vector, None, 10).rows.tolist()
    # Also when the limit was lowered since.
    assert _by_index(tmp_path).nearest(vector, None, 10).rows.tolist() == wanted
    assert not caplog.records


def test_release_is_never_written_again_although_chroma_writes_when_it_opens(folder: Path) -> None:
    before = hash_files(folder)
    for _ in range(2):
        opened = _by_index(folder)
        assert len(opened.nearest(random_vectors(1)[0], None, 10).rows) == 10
        del opened
        gc.collect()
        assert hash_files(folder) == before


def test_working_copy_of_a_process_that_was_killed_goes_with_the_next_one(folder: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; import numpy as np\n"
        "from knowledge_base.chroma_passage_store import ChromaPassageStore\n"
        f"opened = ChromaPassageStore(10).open(Path({str(folder)!r}), {NAME!r})\n"
        "assert len(opened.nearest(np.ones(16, dtype=np.float32) / 4, None, 5).rows) == 5\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = [one.name for one in folder.iterdir() if is_working_copy(one.name)]
    mine, other = _by_index(folder), _by_index(folder)
    for opened in (mine, other):
        assert len(opened.nearest(random_vectors(1)[0], None, 10).rows) == 10
    copies = [one.name for one in folder.iterdir() if is_working_copy(one.name)]
    assert len(copies) == 2
    assert left not in copies


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look like one" * 40])
def test_damaged_database_of_chroma_is_survived(folder: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    vector = random_vectors(1, seed=5)[0]
    (folder / CHROMA_FOLDER / "chroma.sqlite3").write_bytes(content)
    opened = _by_index(folder)
    with caplog.at_level(logging.WARNING):
        assert len(opened.nearest(vector, None, 10).rows) == 10
    assert "Chroma cannot search" in caplog.text
    opened.close()


@pytest.mark.parametrize("name", ["passages.jsonl", "rows.npy", "scopes.json", "vectors.npy"])
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ReleaseDamaged, match=str(folder)):
        ChromaPassageStore().open(folder, NAME)


def test_vectors_of_another_release_are_refused(folder: Path) -> None:
    np.save(folder / "vectors.npy", random_vectors(COUNT - 1))
    with pytest.raises(ReleaseDamaged, match="do not match"):
        ChromaPassageStore().open(folder, NAME)


def test_vectors_that_are_not_of_length_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="length 1"):
        ChromaPassageStore().write(tmp_path, NAME, make_passages(3), random_vectors(3) * 2)


def test_more_rows_than_one_add_takes_are_written(tmp_path: Path) -> None:
    count = 6_000
    BY_INDEX.write(tmp_path, NAME, make_passages(count), random_vectors(count, dimension=8))
    opened = _by_index(tmp_path)
    assert opened.nearest(random_vectors(count, dimension=8)[count - 1], None, 5).rows[0] == count - 1
    opened.close()


def test_texts_are_kept_in_one_place_only(folder: Path) -> None:
    for path in (folder / CHROMA_FOLDER).rglob("*"):
        if path.is_file():
            assert b"item17" not in path.read_bytes()


def test_chroma_is_not_imported_to_read_a_small_release(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from knowledge_base.chroma_passage_store import ChromaPassageStore\n"
        f"opened = ChromaPassageStore().open(Path({str(folder)!r}), {NAME!r})\n"
        "opened.nearest(np.ones(16, dtype=np.float32) / 4, None, 5)\n"
        "print(sorted({'chromadb', 'bm25s', 'langchain_core', 'torch'} & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_error_of_chroma_is_told_as_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / CHROMA_FOLDER).write_text("a file where Chroma wants its folder")
    with pytest.raises(StoreUnavailable, match="Chroma cannot write"):
        BY_INDEX.write(tmp_path, NAME, make_passages(3), random_vectors(3))


@pytest.mark.parametrize("count", [1, 6, 130, 1_200])
def test_room_for_further_rows_holds_zeros_and_not_what_the_process_held(tmp_path: Path, count: int) -> None:
    BY_INDEX.write(tmp_path, "alder-1", make_passages(count), random_vectors(count))
    (level,) = tmp_path.glob("chroma/*/data_level0.bin")
    (length,) = tmp_path.glob("chroma/*/length.bin")
    room = length.stat().st_size // 4
    element = level.stat().st_size // room
    assert room >= count
    vectors = random_vectors(count)
    assert count == 1 or vectors[-1].tobytes() in level.read_bytes()[: count * element]
    assert not any(level.read_bytes()[count * element :])
    assert not any(length.read_bytes()[count * 4 :])
    opened = ChromaPassageStore(exact_search_limit=0).open(tmp_path, "alder-1")
    assert opened.nearest(random_vectors(count)[0], None, 1).rows.tolist() == [0]


def test_index_of_another_layout_is_refused(tmp_path: Path) -> None:
    BY_INDEX.write(tmp_path, "alder-1", make_passages(3), random_vectors(3))
    (header,) = tmp_path.glob("chroma/*/header.bin")
    header.write_bytes(b"\x02" + header.read_bytes()[1:])
    with pytest.raises(StoreUnavailable, match=r"Chroma 1\.5\.9"):
        clear_unused_space(tmp_path / "chroma")
