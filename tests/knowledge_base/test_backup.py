"""Backing up while others read and write, bringing back, and what is refused."""

import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from knowledge_base.backup import RESTORING, back_up
from knowledge_base.backup_file import CONTENTS, DATA_PREFIX, read_backup
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.byte_search import find_bytes
from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.errors import BackupInvalid, DataPresent, ReleaseBusy
from knowledge_base.restore import restore
from tests.knowledge_base.samples import make_passages
from tests.knowledge_base.test_erasure import LETTER, SECRET, build, erase_text, open_knowledge_base, texts


@pytest.fixture
def source(tmp_path: Path) -> KnowledgeBase:
    knowledge_base = open_knowledge_base(tmp_path / "data", ChromaPassageStore())
    build(knowledge_base, make_passages(5))
    build(knowledge_base, [*make_passages(6), LETTER])
    build(knowledge_base, make_passages(7), "birch")
    with closing(sqlite3.connect(tmp_path / "data" / "conversations.sqlite3")) as talks:
        talks.execute("PRAGMA journal_mode=WAL")
        talks.execute("CREATE TABLE turns (text TEXT)")
        talks.execute("INSERT INTO turns VALUES ('How much air?')")
        talks.commit()
    return knowledge_base


def empty(folder: Path) -> KnowledgeBase:
    return open_knowledge_base(folder, ChromaPassageStore())


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_all_comes_back_in_an_empty_folder(source: KnowledgeBase, tmp_path: Path, name: str) -> None:
    report = back_up(source, tmp_path / name)
    assert report.path.stat().st_mode & 0o777 == 0o600
    assert report.path.stat().st_size == report.size
    target = empty(tmp_path / "other")
    done = restore(target, tmp_path / name, by="anna")
    assert done.live == report.live
    assert done.releases == 3
    for brand_id in ("alder", "birch"):
        assert target.releases.releases(brand_id) == source.releases.releases(brand_id)
        assert target.releases.open_live(brand_id).manifest == source.releases.live(brand_id)
        assert target.releases.publishes(brand_id)[-1].action == "restore"
    assert target.releases.rollback("alder") == source.releases.releases("alder")[1]
    with closing(sqlite3.connect(tmp_path / "other" / "conversations.sqlite3")) as talks:
        assert talks.execute("SELECT text FROM turns").fetchall() == [("How much air?",)]
    assert target.embedding_cache.embed([LETTER.embedded_text]).new == 0
    assert not (tmp_path / "other" / RESTORING).exists()


def test_what_is_live_is_not_replaced_unasked(source: KnowledgeBase, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup.tar")
    build(source, make_passages(9))
    live = source.releases.live("alder")
    with pytest.raises(DataPresent, match="--force"):
        restore(source, tmp_path / "backup.tar", by="anna")
    assert source.releases.live("alder") == live
    done = restore(source, tmp_path / "backup.tar", by="anna", force=True)
    assert done.releases == 0
    assert len(texts(source, done.live["alder"])) == 7
    assert live in source.releases.releases("alder")


def test_damaged_releases_are_mended(source: KnowledgeBase, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup.tar")
    for path in source.data_folder.glob("alder/releases/*/passages.jsonl"):
        path.write_bytes(path.read_bytes()[:-5])
    done = restore(empty(source.data_folder), tmp_path / "backup.tar", by="anna", force=True)
    assert done.releases == 2
    assert len(empty(source.data_folder).releases.open_live("alder").passages) == 7


def test_what_was_erased_since_does_not_come_back(source: KnowledgeBase, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup.tar")
    erase_text(source)
    done = restore(source, tmp_path / "backup.tar", by="anna", force=True)
    assert len(done.erased_again) == 1
    assert find_bytes(source.data_folder, [SECRET]) == ()
    assert len(source.releases.open_live("alder").passages) == 6


def test_backup_holds_the_erasures_that_were_before_it(source: KnowledgeBase, tmp_path: Path) -> None:
    erase_text(source)
    back_up(source, tmp_path / "backup.tar")
    target = empty(tmp_path / "other")
    assert restore(target, tmp_path / "backup.tar", by="anna").erased_again == ()
    assert [path.name for path in (tmp_path / "other" / ".erasures").iterdir()] == [
        path.name for path in (source.data_folder / ".erasures").iterdir()
    ]


def test_brand_that_is_written_is_waited_for_and_then_refused(source: KnowledgeBase, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with source.releases.exclusive("alder"), ThreadPoolExecutor(1) as other, pytest.raises(ReleaseBusy):
        other.submit(back_up, source, tmp_path / "backup.tar", wait_seconds=0.3).result()
    assert list(tmp_path.glob("*backup*")) == []


def test_refuses_to_write_over_a_file_or_into_the_data(source: KnowledgeBase, tmp_path: Path) -> None:
    (tmp_path / "precious.tar").write_text("mine")
    for path in (tmp_path / "precious.tar", source.data_folder / "backup.tar"):
        with pytest.raises(BackupInvalid):
            back_up(source, path)
    assert (tmp_path / "precious.tar").read_text() == "mine"


def test_nothing_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupInvalid, match="nothing to back up"):
        back_up(empty(tmp_path / "data"), tmp_path / "backup.tar")


def made(path: Path, add: Callable[[tarfile.TarFile], None], files: dict[str, bytes] | None = None) -> Path:
    """A backup that holds what no real one does."""
    with tarfile.open(path, "w") as tar:
        for name, content in (files or {}).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        add(tar)
        told = json.dumps({"format": 1, "created_at": "x", "live": {}, "files": {}}).encode()
        member = tarfile.TarInfo(CONTENTS)
        member.size = len(told)
        tar.addfile(member, io.BytesIO(told))
    return path


@pytest.mark.parametrize(
    "name",
    ["../evil", "data/../../evil", "/etc/evil", "data//evil", "data/a/../evil", "data/a\\b", "data/c:evil", "data/",
     "data/./a", "data/a\n", "elsewhere/a", "data/" + "a" * 2000],
)  # fmt: skip
def test_refuses_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    backup = made(tmp_path / "evil.tar", lambda tar: None, {name: b"x"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupInvalid):
        restore(empty(tmp_path / "other"), backup, by="anna")
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "other"])
    assert not Path("/etc/evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_refuses_links_and_devices(tmp_path: Path, kind: bytes) -> None:
    def add(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("data/alder/live")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)

    with pytest.raises(BackupInvalid, match="no plain file"):
        restore(empty(tmp_path / "other"), made(tmp_path / "evil.tar", add), by="anna")


def test_refuses_a_file_twice_or_unannounced(tmp_path: Path) -> None:
    def again(tar: tarfile.TarFile) -> None:
        tar.addfile(tarfile.TarInfo("data/a"), io.BytesIO(b""))

    for files in ({"data/a": b""}, {}):
        with pytest.raises(BackupInvalid):
            restore(empty(tmp_path / "other"), made(tmp_path / "odd.tar", again, files), by="anna")


def test_every_truncation_and_flip_is_found_before_anything_changes(source: KnowledgeBase, tmp_path: Path) -> None:
    whole = back_up(source, tmp_path / "backup.tar").path.read_bytes()
    damaged = tmp_path / "damaged.tar"
    content = len(whole.rstrip(b"\0"))  # what follows is padding, which may be cut
    places = [int.from_bytes(os.urandom(4)) % content for _ in range(40)]
    for place in places:
        damaged.write_bytes(whole[:place])
        with pytest.raises(BackupInvalid):
            restore(empty(tmp_path / "other"), damaged, by="anna")
    found = 0
    for place in places:
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            assert len([*read_backup(damaged)]) == 1  # a flip in padding or in a time changes no content
        except BackupInvalid:
            found += 1
    assert found > 20
    assert not (tmp_path / "other" / "alder").exists()
    assert DATA_PREFIX == "data/"


def test_backup_whose_live_release_is_damaged_is_refused(source: KnowledgeBase, tmp_path: Path) -> None:
    live = source.releases.live("birch")
    assert live is not None
    path = source.data_folder / "birch/releases" / live.release_id / "rows.npy"
    path.write_bytes(path.read_bytes()[:-1])
    back_up(source, tmp_path / "backup.tar")
    with pytest.raises(BackupInvalid, match="birch"):
        restore(empty(tmp_path / "other"), tmp_path / "backup.tar", by="anna")


def test_missing_file_and_one_of_another_kind_are_told_in_a_line(tmp_path: Path) -> None:
    target = empty(tmp_path / "data")
    with pytest.raises(BackupInvalid, match="there is no file"):
        restore(target, tmp_path / "missing.tar.gz", by="anna")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BackupInvalid, match=r"\(file could not be opened successfully\)$"):
        restore(target, tmp_path / "other.json", by="anna")
