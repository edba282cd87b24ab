"""Which index a great release has, and that it is searched by it whatever is built now."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.file_passage_store import CLUSTERS_FOLDER, FilePassageStore
from knowledge_base.settings import KnowledgeBaseSettings
from tests.knowledge_base.samples import make_passages, random_vectors

NAME = "alder-20261123T101500.123456Z-4f9c2a"
COUNT = 300
PASSAGES, VECTORS = make_passages(COUNT), random_vectors(COUNT)
QUESTION = random_vectors(1, seed=9)[0]
WANTED = np.argsort(-(VECTORS @ QUESTION), kind="stable")[:10].tolist()


def test_small_release_has_no_index_and_is_searched_exactly(tmp_path: Path) -> None:
    FilePassageStore(COUNT).write(tmp_path, NAME, PASSAGES, VECTORS)
    assert not (tmp_path / CLUSTERS_FOLDER).exists()
    # Also when the limit was lowered since.
    for limit in (COUNT, 10):
        assert FilePassageStore(limit).open(tmp_path, NAME).nearest(QUESTION, None, 10).rows.tolist() == WANTED


@pytest.mark.parametrize("built_by", [FilePassageStore, ChromaPassageStore])
@pytest.mark.parametrize("opened_by", [FilePassageStore, ChromaPassageStore])
def test_release_is_searched_by_the_index_it_was_built_with(
    tmp_path: Path, built_by: type[FilePassageStore], opened_by: type[FilePassageStore]
) -> None:
    built_by(0).write(tmp_path, NAME, PASSAGES, VECTORS)
    opened = opened_by(0).open(tmp_path, NAME)
    assert opened.nearest(QUESTION, None, 10).rows.tolist() == WANTED
    used_chroma = any(one.name.startswith(".opened-") for one in tmp_path.iterdir())
    assert used_chroma == (built_by is ChromaPassageStore)
    opened.close()


@pytest.mark.parametrize(("index", "folder"), [("clusters", "clusters"), ("chroma", "chroma")])
def test_index_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str, folder: str) -> None:
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_LARGE_RELEASE_INDEX", index)
    monkeypatch.setenv("MARQUE_KNOWLEDGE_BASE_EXACT_SEARCH_LIMIT_PASSAGES", "100")
    knowledge_base = build_knowledge_base(tmp_path / "data", KnowledgeBaseSettings(_env_file=None))
    place = tmp_path / "release"
    place.mkdir()
    knowledge_base.passages.write(place, NAME, PASSAGES, VECTORS)
    assert [one.name for one in place.iterdir() if one.is_dir()] == [folder]


def test_damaged_index_is_told_when_the_release_is_opened(tmp_path: Path) -> None:
    FilePassageStore(0).write(tmp_path, NAME, PASSAGES, VECTORS)
    (tmp_path / CLUSTERS_FOLDER / "rows.npy").unlink()
    with pytest.raises(ReleaseDamaged, match="clusters"):
        FilePassageStore(0).open(tmp_path, NAME)


def test_great_release_is_searched_without_importing_chroma(tmp_path: Path) -> None:
    FilePassageStore(0).write(tmp_path, NAME, PASSAGES, VECTORS)
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from knowledge_base.file_passage_store import FilePassageStore\n"
        f"opened = FilePassageStore(0).open(Path({str(tmp_path)!r}), {NAME!r})\n"
        "opened.nearest(np.ones(16, dtype=np.float32) / 4, None, 5)\n"
        "print(sorted({'chromadb', 'bm25s', 'langchain_core', 'torch'} & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
