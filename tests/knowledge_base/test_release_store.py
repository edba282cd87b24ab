"""Building, publishing, rolling back and retiring releases, and what is refused."""

import logging
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.errors import (
    NothingPublished,
    ReleaseBusy,
    ReleaseDamaged,
    ReleaseEmpty,
    ReleaseNotFound,
    StoreUnavailable,
)
from knowledge_base.file_passage_store import FilePassageStore
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.passage_store import PassageStore
from knowledge_base.release_building import hash_content
from knowledge_base.release_files import replace_file, seal_json
from knowledge_base.release_store import ReleaseStore
from tests.knowledge_base.samples import build, make_passages, memory_releases, random_vectors

STORES: dict[str, Callable[[], PassageStore]] = {
    "memory": MemoryPassageStore,
    "files": lambda: FilePassageStore(0),
    "chroma": lambda: ChromaPassageStore(0),
}


@pytest.fixture(params=list(STORES))
def releases(request: pytest.FixtureRequest, tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "data", STORES[request.param](), retained_releases=4)


@pytest.fixture
def on_disk(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "data", ChromaPassageStore())


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folders `files` and `chroma`, of two releases each."""
    folder = tmp_path_factory.mktemp("two")
    for name in ("files", "chroma"):
        releases = ReleaseStore(folder / name, STORES[name]())
        for count in (6, 7):
            build(releases, make_passages(count))
    return folder


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Lets files grow to so many bytes only, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _another_process(releases: ReleaseStore) -> ReleaseStore:
    return ReleaseStore(releases._data_folder, releases._passages)


def _folder(releases: ReleaseStore, release_id: str) -> Path:
    return releases._data_folder / "alder" / "releases" / release_id


def test_brand_without_a_release_has_none(releases: ReleaseStore) -> None:
    assert releases.live("alder") is None
    assert releases.releases("alder") == ()
    for ask in (releases.open_live, releases.rollback):
        with pytest.raises(NothingPublished, match="marque ingest GROUP --brand alder --publish"):
            ask("alder")


def test_candidate_is_kept_and_not_live(releases: ReleaseStore) -> None:
    candidate = build(releases, make_passages(8), publish=False)
    assert releases.live("alder") is None
    assert releases.releases("alder") == (candidate,)
    assert list(releases.passages_of("alder", candidate.release_id)) == make_passages(8)


def test_manifest_tells_what_the_release_holds(releases: ReleaseStore) -> None:
    first = build(releases, make_passages(8))
    second = build(releases, make_passages(9))
    assert second == releases.live("alder")
    assert (second.passages, second.parent_id, second.created_by) == (9, first.release_id, "test")
    assert [one.document_id for one in second.documents] == ["manuals/0.md", "manuals/1.md"]
    assert second.failures == {"broken.pdf": "no text was found"}
    assert first.parent_id is None


def test_published_release_answers_in_every_process_at_once(releases: ReleaseStore) -> None:
    reader = _another_process(releases)
    for count in (4, 6, 5):
        manifest = build(releases, make_passages(count))
        for store in (releases, reader):
            opened = store.open_live("alder")
            assert opened.manifest == manifest
            assert len(opened.passages) == len(opened.keywords) == count
            assert opened.notice is None


def test_open_release_stays_whole_while_others_are_published_and_it_is_removed(releases: ReleaseStore) -> None:
    build(releases, make_passages(5, "old"))
    held = releases.open_live("alder")
    for number in range(6):
        build(releases, make_passages(5, f"new{number}"))
    assert held.manifest.release_id not in {one.release_id for one in releases.releases("alder")}
    assert [held.passages.passage(row).text for row in range(5)] == [one.text for one in make_passages(5, "old")]


def test_open_release_is_shared_between_questions(releases: ReleaseStore) -> None:
    build(releases, make_passages(5))
    assert releases.open_live("alder") is releases.open_live("alder")


def test_brands_do_not_see_each_other(releases: ReleaseStore) -> None:
    alder = build(releases, make_passages(5), "alder")
    birch = build(releases, make_passages(6), "birch")
    assert releases.open_live("alder").manifest == alder
    assert releases.open_live("birch").manifest == birch
    with pytest.raises(ReleaseNotFound):
        releases.publish("alder", birch.release_id)


def test_release_copied_from_another_brand_is_refused(releases: ReleaseStore) -> None:
    build(releases, make_passages(5), "alder")
    birch = build(releases, make_passages(6), "birch")
    data = releases._data_folder
    shutil.copytree(data / "birch/releases" / birch.release_id, data / "alder/releases" / birch.release_id)
    with pytest.raises(ReleaseDamaged, match="of birch"):
        releases.publish("alder", birch.release_id)


def test_rollback_goes_to_the_parent_and_then_further_back(releases: ReleaseStore) -> None:
    manifests = [build(releases, make_passages(count)) for count in (3, 4, 5)]
    assert releases.rollback("alder") == manifests[1] == releases.live("alder")
    assert releases.rollback("alder") == manifests[0]
    with pytest.raises(ReleaseNotFound, match="no earlier release"):
        releases.rollback("alder")
    assert releases.live("alder") == manifests[0]


def test_rollback_never_goes_to_a_release_that_was_never_published(releases: ReleaseStore) -> None:
    first = build(releases, make_passages(3))
    build(releases, make_passages(4), publish=False)
    build(releases, make_passages(5))
    assert releases.rollback("alder") == first


def test_rollback_skips_a_damaged_release(on_disk: ReleaseStore) -> None:
    first, second, _ = (build(on_disk, make_passages(count)) for count in (3, 4, 5))
    (_folder(on_disk, second.release_id) / "passages.jsonl").write_bytes(b"")
    assert on_disk.rollback("alder") == first


def test_older_release_can_be_published_again(releases: ReleaseStore) -> None:
    first = build(releases, make_passages(3))
    build(releases, make_passages(4))
    releases.publish("alder", first.release_id)
    assert releases.open_live("alder").manifest == first


def test_ids_never_repeat_after_a_rollback(releases: ReleaseStore) -> None:
    ids = [build(releases, make_passages(3)).release_id for _ in range(2)]
    releases.rollback("alder")
    ids.append(build(releases, make_passages(3)).release_id)
    assert ids == sorted(set(ids))


def test_equal_content_has_an_equal_hash_and_another_content_another(releases: ReleaseStore) -> None:
    first, second, third = (build(releases, make_passages(count)) for count in (3, 3, 4))
    assert first.passages_hash == second.passages_hash != third.passages_hash
    assert hash_content(make_passages(2), random_vectors(2)) != hash_content(
        make_passages(2), random_vectors(2, seed=1)
    )


def test_only_the_newest_releases_and_the_live_one_and_its_parent_are_kept(releases: ReleaseStore) -> None:
    parent, live = (build(releases, make_passages(count)) for count in (3, 4))
    candidates = [build(releases, make_passages(5), publish=False) for _ in range(7)]
    kept = [one.release_id for one in releases.releases("alder")]
    assert kept == [one.release_id for one in reversed(candidates[-4:])] + [live.release_id, parent.release_id]
    assert releases.retire("alder") == ()
    assert releases.rollback("alder") == parent


def test_empty_release_can_be_built_but_not_published(releases: ReleaseStore) -> None:
    live = build(releases, make_passages(3))
    empty = build(releases, [], publish=False)
    assert empty.passages == 0
    assert list(releases.passages_of("alder", empty.release_id)) == []
    with pytest.raises(ReleaseEmpty, match="holds no passages"):
        releases.publish("alder", empty.release_id)
    assert releases.open_live("alder").manifest == live


@pytest.mark.parametrize("release_id", ["20200101T000000.000000Z-4f9c2a", "../birch", "", "live", "/etc"])
def test_release_that_is_not_kept_is_refused(releases: ReleaseStore, release_id: str) -> None:
    live = build(releases, make_passages(3))
    with pytest.raises(ReleaseNotFound, match="keeps no release"):
        releases.publish("alder", release_id)
    with pytest.raises(ReleaseNotFound):
        releases.passages_of("alder", release_id)
    assert releases.live("alder") == live


@pytest.mark.parametrize("brand_id", ["", "..", "a/b", "Alder", "-alder", "alder\n", "a" * 80])
def test_what_is_no_brand_id_never_becomes_a_path(releases: ReleaseStore, brand_id: str) -> None:
    with pytest.raises(ValueError, match="no brand id"):
        releases.live(brand_id)


def test_second_writer_of_a_brand_is_refused_and_nothing_changes(releases: ReleaseStore) -> None:
    live = build(releases, make_passages(3))
    candidate = build(releases, make_passages(4), publish=False)
    other = _another_process(releases)
    refused: list[str] = []

    def write() -> None:
        for attempt in (
            lambda: other.publish("alder", candidate.release_id),
            lambda: other.rollback("alder"),
            lambda: other.retire("alder"),
            lambda: build(other, make_passages(1)),
        ):
            with pytest.raises(ReleaseBusy) as error:
                attempt()
            refused.append(str(error.value))

    with releases.exclusive("alder"):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        build(releases, make_passages(2), "alder", publish=False)
        build(other, make_passages(2), "birch")
    assert len(refused) == 4
    assert "another ingest, publish or rollback of this brand is at work" in refused[0]
    assert releases.live("alder") == live


def test_what_fails_in_an_exclusive_span_stays_what_it_is_and_frees_the_lock(releases: ReleaseStore) -> None:
    with pytest.raises(OSError, match="not ours"), releases.exclusive("alder"):
        raise OSError("not ours")
    with _another_process(releases).exclusive("alder"):
        pass


def test_open_release_can_span_a_question(releases: ReleaseStore) -> None:
    build(releases, make_passages(3))
    with releases.open_live("alder") as opened:
        pass
    assert opened.passages.passage(0) == make_passages(3)[0]


def test_leftovers_of_a_crash_are_invisible_and_removed_by_the_next_build(releases: ReleaseStore) -> None:
    live = build(releases, make_passages(3))
    leftover = releases._data_folder / "alder" / "building" / "20991231T000000.000000Z-4f9c2a"
    (leftover / "chroma").mkdir(parents=True)
    (leftover / "passages.jsonl").write_text("half a li")
    assert releases.releases("alder") == (live,)
    following = build(releases, make_passages(4))
    assert not leftover.exists()
    assert following.release_id > leftover.name


def test_only_so_many_brands_stay_open(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path, open_releases=2)
    for brand_id in ("alder", "birch", "cedar"):
        build(releases, make_passages(3), brand_id)
    held = {brand_id: releases.open_live(brand_id) for brand_id in ("alder", "birch", "cedar")}
    assert len(releases._reader._open) == 2
    assert releases.open_live("cedar") is held["cedar"]
    assert releases.open_live("alder") is not held["alder"]
    assert held["alder"].passages.passage(0) == make_passages(3)[0]


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "passages.jsonl",
        "rows.npy",
        "scopes.json",
        "vectors.npy",
        "chroma/chroma.sqlite3",
        "chroma/*/data_level0.bin",
        "chroma/*/link_lists.bin",
        "keywords/tokens.json",
        "keywords/data.csc.index.npy",
        "keywords/indices.csc.index.npy",
        "keywords/indptr.csc.index.npy",
        "clusters/centres.npy",
        "clusters/directions.npy",
        "clusters/reduced.npy",
        "clusters/rows.npy",
        "clusters/starts.npy",
    ],
)
@pytest.mark.parametrize("damage", ["cut", "flipped", "missing"])
def test_damaged_live_release_gives_way_to_the_one_before(
    two_releases: Path, tmp_path: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    kind = "files" if name.startswith("clusters/") else "chroma"
    on_disk = ReleaseStore(shutil.copytree(two_releases / kind, tmp_path / "data"), STORES[kind]())
    live, before = on_disk.releases("alder")
    (path,) = _folder(on_disk, live.release_id).glob(name)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :])
    else:
        path.unlink()
    reader = _another_process(on_disk)
    with caplog.at_level(logging.WARNING):
        opened = reader.open_live("alder")
    assert opened.manifest == before == reader.live("alder")
    assert opened.notice is not None
    assert live.release_id in opened.notice
    assert "Ingest and publish again, or roll back" in opened.notice
    assert opened.notice in caplog.text
    with pytest.raises(ReleaseDamaged):
        _another_process(on_disk).publish("alder", live.release_id)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"20200101T000000.000000Z-4f9c2a\n", b"../../birch"])
def test_damaged_pointer_gives_way_to_the_newest_published_release(releases: ReleaseStore, content: bytes) -> None:
    build(releases, make_passages(3))
    newest = build(releases, make_passages(4))
    build(releases, make_passages(5), publish=False)
    (releases._data_folder / "alder" / "live").write_bytes(content)
    reader = _another_process(releases)
    opened = reader.open_live("alder")
    assert opened.manifest == newest
    assert opened.notice is not None
    following = build(releases, make_passages(6))
    assert reader.open_live("alder").manifest == following


def test_every_damage_of_the_pointer_is_seen_and_the_record_of_publishes_tells_what_it_said(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    before = build(releases, make_passages(3))
    build(releases, make_passages(4))
    releases.rollback("alder", by="anna")
    pointer = tmp_path / "alder" / "live"
    whole = pointer.read_bytes()
    flipped = [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :] for at in range(len(whole)) for bit in (0, 5)
    ]
    for content in [*(whole[:end] for end in range(len(whole))), *flipped]:
        pointer.write_bytes(content)
        opened = releases.open_live("alder")
        assert opened.notice is not None
        assert "pointer" in opened.notice
        assert opened.manifest == before
    pointer.write_bytes(whole)
    assert releases.open_live("alder").notice is None


def test_brand_without_any_intact_release_says_what_to_do(on_disk: ReleaseStore) -> None:
    live = build(on_disk, make_passages(6))
    (_folder(on_disk, live.release_id) / "manifest.json").write_text("{}")
    for ask in (_another_process(on_disk).open_live, _another_process(on_disk).live):
        with pytest.raises(ReleaseDamaged, match="restore a backup, or run `marque ingest"):
            ask("alder")
    assert on_disk.releases("alder") == ()


def test_damaged_release_is_mended_by_the_next_ingest(on_disk: ReleaseStore) -> None:
    live = build(on_disk, make_passages(6))
    (_folder(on_disk, live.release_id) / "manifest.json").write_text("{}")
    following = build(on_disk, make_passages(8))
    assert _another_process(on_disk).open_live("alder").manifest == following


def test_manifest_of_another_version_is_refused_in_plain_words(on_disk: ReleaseStore) -> None:
    live = build(on_disk, make_passages(6))
    replace_file(_folder(on_disk, live.release_id) / "manifest.json", seal_json(live.as_json() | {"something_new": 1}))
    with pytest.raises(ReleaseDamaged, match="written by another version of Marque"):
        on_disk.publish("alder", live.release_id)


def test_full_disk_is_a_plain_error_and_leaves_nothing(
    on_disk: ReleaseStore, small_files: Callable[[int], None]
) -> None:
    live = build(on_disk, make_passages(3))
    for size in (0, 100, 3_000, 200_000):
        small_files(size)
        with pytest.raises(StoreUnavailable):
            build(on_disk, make_passages(600))
        small_files(resource.RLIM_INFINITY)
        assert on_disk.releases("alder") == (live,)
        assert list((on_disk._data_folder / "alder" / "building").iterdir()) == []
    assert on_disk.open_live("alder").manifest == live
    assert build(on_disk, make_passages(600)) == on_disk.live("alder")


def test_data_folder_that_is_a_file_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    releases = memory_releases(tmp_path / "data")
    with pytest.raises(StoreUnavailable, match="a file lies where a folder is needed"):
        build(releases, make_passages(3))
    with pytest.raises(StoreUnavailable, match="a file lies where a folder is needed"):
        releases.live("alder")


def test_every_read_during_publishes_is_of_exactly_one_release(on_disk: ReleaseStore) -> None:
    build(on_disk, make_passages(5, "build0"))
    ended = threading.Event()
    wrong: list[str] = []
    reads: list[int] = []

    def read(store: ReleaseStore) -> None:
        while not ended.is_set():
            opened = store.open_live("alder")
            texts = [opened.passages.passage(row).text for row in range(len(opened.passages))]
            word = texts[0].split()[0]
            if texts != [one.text for one in make_passages(len(texts), word)] or opened.notice:
                wrong.append(f"{texts} {opened.notice}")
            reads.append(len(texts))

    # A store of its own reads as another process does: it shares nothing with the writer but the disk.
    readers = [threading.Thread(target=read, args=(store,)) for store in (on_disk, _reader_of_its_own(on_disk)) * 2]
    for reader in readers:
        reader.start()
    for number in range(1, 13):
        build(on_disk, make_passages(5 + number, f"build{number}"))
        if number % 4 == 0:
            on_disk.rollback("alder")
    ended.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(reads) > 50


def _reader_of_its_own(releases: ReleaseStore) -> ReleaseStore:
    return ReleaseStore(releases._data_folder, ChromaPassageStore())
