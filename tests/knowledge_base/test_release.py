"""Release ids and manifests."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.release import DocumentRecord, Manifest, next_release_id, release_time

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2200, 1, 1),
    timezones=st.just(UTC),
)


@given(st.lists(MOMENTS, min_size=2, max_size=20))
def test_every_id_is_greater_than_the_one_before_whatever_the_clock_says(moments: list[datetime]) -> None:
    newest = None
    for moment in moments:
        release_id = next_release_id(moment, newest)
        assert newest is None or release_id > newest
        newest = release_id


@given(MOMENTS)
def test_id_tells_its_time_and_suits_chroma(moment: datetime) -> None:
    release_id = next_release_id(moment, None)
    assert release_time(release_id) == moment
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]", f"alder-{release_id}")


def test_id_is_told_in_universal_time() -> None:
    moment = datetime(2026, 11, 23, 12, 15, tzinfo=timezone(timedelta(hours=2)))
    assert next_release_id(moment, None).startswith("20261123T101500.000000Z-")


def test_two_ids_of_one_moment_differ() -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert len({next_release_id(moment, None) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "latest",
        "20261123T101500.123456Z",
        "20261123T101500.123456Z-XYZ123",
        "../../etc-4f9c2a",
        "20261123T1015.123456Z-4f9c2a",
    ],
)
def test_other_texts_are_no_release_ids(text: str) -> None:
    with pytest.raises(ValueError, match="is no release id"):
        release_time(text)


def test_manifest_survives_json() -> None:
    manifest = Manifest(
        release_id="20261123T101500.123456Z-4f9c2a",
        brand_id="alder",
        created_at=datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
        created_by="Zoë",
        parent_id=None,
        embedder_fingerprint="fake",
        passages=3,
        passages_hash="0" * 64,
        file_hashes={"vectors.npy": "1" * 64},
        documents=(DocumentRecord("faq.csv", "FAQ", "2" * 64, 3, "en", "faq.csv"),),
        failures={"broken.pdf": "no text"},
    )
    assert Manifest.from_json(manifest.as_json()) == manifest
