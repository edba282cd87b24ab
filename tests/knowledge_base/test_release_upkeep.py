"""Who published what, two persons, comparing, verifying and collecting."""

import json
from pathlib import Path

import pytest

from knowledge_base.chroma_passage_store import ChromaPassageStore
from knowledge_base.comparison import compare_releases
from knowledge_base.errors import ReleaseDamaged, ReleaseNotFound, SecondPersonNeeded
from knowledge_base.publishes_log import PUBLISHES, PublishesLog
from knowledge_base.release_store import ReleaseStore
from knowledge_base.second_person import is_same_person
from knowledge_base.verification import verify_releases
from tests.knowledge_base.samples import build, make_passage, make_passages, memory_releases


@pytest.fixture
def releases(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "data", ChromaPassageStore(), retained_releases=2)


def folder_of(releases: ReleaseStore, release_id: str) -> Path:
    return releases._data_folder / "alder" / "releases" / release_id


def test_every_move_of_the_pointer_is_recorded_with_who_did_it(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    first = build(releases, make_passages(3))
    second = build(releases, make_passages(4))
    releases.rollback("alder", by="ben")
    told = [(one.action, one.release_id, one.by, one.created_by) for one in releases.publishes("alder")]
    assert told == [
        ("publish", first.release_id, "test", "test"),
        ("publish", second.release_id, "test", "test"),
        ("rollback", first.release_id, "ben", "test"),
    ]
    assert releases.publishes("birch") == ()


def test_log_that_a_crash_cut_short_goes_on(tmp_path: Path) -> None:
    log = PublishesLog(tmp_path)
    log.add("publish", "a", "anna", "ben")
    path = tmp_path / PUBLISHES
    path.write_bytes(path.read_bytes() + b'{"at": "2026')
    log.add("rollback", "b", "anna", "ben")
    assert [one.release_id for one in log.entries()] == ["a", "b"]


def test_publishing_takes_a_second_person_where_the_group_asks_for_it(tmp_path: Path) -> None:
    releases = ReleaseStore(tmp_path, memory_releases(tmp_path)._passages, two_person_publish=True)
    candidate = build(releases, make_passages(3), publish=False)
    for name in ("test", " TEST ", ""):
        with pytest.raises(SecondPersonNeeded, match="--by NAME"):
            releases.publish("alder", candidate.release_id, published_by=name)
    assert releases.live("alder") is None
    assert releases.publishes("alder") == ()
    releases.publish("alder", candidate.release_id, published_by="ben")
    second = build(releases, make_passages(4), publish=False)
    releases.publish("alder", second.release_id, published_by="ben")
    # What two persons agreed on before may come back by one.
    assert releases.rollback("alder", by="test") == candidate
    releases.publish("alder", second.release_id, published_by="test")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Kim Lee (a1)", "Kim Lee-Brown (a1)", True),
        ("Kim Lee (a1)", "Kim Lee (b2)", False),
        ("Kim (the first) (a1)", "kim (A1) ", True),
        ("kim", "kim (kim)", True),
        ("Kim Lee (a1)", "Kim Lee", False),
        ("anna", " ANNA", True),
    ],
)
def test_who_signed_in_is_told_by_what_does_not_change(one: str, other: str, same: bool) -> None:
    assert is_same_person(one, other) is same
    assert is_same_person(other, one) is same


def test_comparison_tells_what_is_new_changed_and_removed(tmp_path: Path) -> None:
    releases = memory_releases(tmp_path)
    kept = make_passage("Same.", position=0)
    before = build(releases, [kept, make_passage("2.3 bar", position=1), make_passage("Gone.", heading_path=("Old",))])
    after = build(
        releases,
        [make_passage("2.5 bar", position=1), make_passage("Same.", position=9),
         make_passage("New.", heading_path=("New",), warnings=("**DANGER** Hot.",))],
    )  # fmt: skip
    found = compare_releases(releases, "alder", before.release_id, after.release_id)
    assert found.same == 1
    assert [(one.state, one.before, one.after) for one in found.differences] == [
        ("new", None, "New.\n**DANGER** Hot."),
        ("removed", "Gone.", None),
        ("changed", "2.3 bar", "2.5 bar"),
    ]
    assert compare_releases(releases, "alder", before.release_id, before.release_id).differences == ()
    with pytest.raises(ReleaseNotFound):
        compare_releases(releases, "alder", before.release_id, "../../birch")


def test_intact_releases_are_found_intact(releases: ReleaseStore) -> None:
    first, second = build(releases, make_passages(3)), build(releases, make_passages(4))
    found = verify_releases(releases, "alder")
    assert [(one.release_id, one.live, one.intact, one.passages) for one in found] == [
        (second.release_id, True, True, 4),
        (first.release_id, False, True, 3),
    ]
    assert verify_releases(releases, "birch") == ()
    with pytest.raises(ReleaseNotFound):
        verify_releases(releases, "alder", "20200101T000000.000000Z-000000")


@pytest.mark.parametrize("name", ["passages.jsonl", "vectors.npy", "manifest.json", "keywords/tokens.json"])
def test_damage_of_the_live_release_is_told_with_what_to_do(releases: ReleaseStore, name: str) -> None:
    first, second = build(releases, make_passages(3)), build(releases, make_passages(4))
    path = folder_of(releases, second.release_id) / name
    path.write_bytes(path.read_bytes()[:-1])
    releases = ReleaseStore(releases._data_folder, ChromaPassageStore())
    found = verify_releases(releases, "alder", second.release_id)[0]
    assert not found.intact
    assert found.advice is not None
    assert f"release {first.release_id} answers meanwhile" in found.advice
    assert "marque ingest GROUP --brand alder" in found.advice


def test_damage_of_an_older_release_harms_no_customer(releases: ReleaseStore) -> None:
    first, _ = build(releases, make_passages(3)), build(releases, make_passages(4))
    (folder_of(releases, first.release_id) / "rows.npy").unlink()
    found = [one for one in verify_releases(releases, "alder") if not one.intact]
    assert [one.release_id for one in found] == [first.release_id]
    assert "customers are not affected" in (found[0].advice or "")


def test_pointer_to_nothing_is_told(releases: ReleaseStore) -> None:
    build(releases, make_passages(3))
    (releases._data_folder / "alder" / "live").write_text("nonsense")
    found = verify_releases(releases, "alder")
    assert [(one.live, one.intact) for one in found] == [(False, True), (True, False)]
    assert "no kept release" in (found[1].complaint or "")


def test_swapped_passages_with_right_file_hashes_are_found(releases: ReleaseStore) -> None:
    from knowledge_base.brand_folder import read_manifest, write_manifest
    from knowledge_base.release_files import hash_files

    live = build(releases, make_passages(3))
    place = folder_of(releases, live.release_id)
    rows = (place / "passages.jsonl").read_bytes()
    (place / "passages.jsonl").write_bytes(rows.replace(b"text number 1", b"text number 7"))
    manifest = read_manifest(place)
    hashes = {name: one for name, one in hash_files(place).items() if name in manifest.file_hashes}
    write_manifest(place, type(manifest).from_json(manifest.as_json() | {"file_hashes": hashes}))
    with pytest.raises(ReleaseDamaged, match="other passages"):
        ReleaseStore(releases._data_folder, ChromaPassageStore()).check("alder", live.release_id)


def test_collecting_removes_old_releases_and_what_a_crash_left(releases: ReleaseStore) -> None:
    manifests = [build(releases, make_passages(count)) for count in (3, 4, 5)]
    leftover = releases._data_folder / "alder" / "building" / "20200101T000000.000000Z-000000"
    leftover.mkdir(parents=True)
    (leftover / "manifest.json").write_text(json.dumps({}))
    releases.retire("alder")
    assert releases.kept_ids("alder") == (manifests[2].release_id, manifests[1].release_id)
    assert not leftover.exists()
