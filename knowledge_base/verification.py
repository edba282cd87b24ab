"""Whether what is kept of a brand is what was written, and what to do where it is not."""

from dataclasses import asdict, dataclass
from typing import Any

from knowledge_base.errors import ReleaseDamaged, ReleaseNotFound
from knowledge_base.release_store import ReleaseStore


@dataclass(frozen=True, slots=True)
class ReleaseFinding:
    """How a kept release is.

    Args:
        brand_id: whose release.
        release_id: its id; for the pointer, what it says.
        live: whether the pointer says this release.
        intact: whether it is what was written.
        passages: how many it holds; None when that cannot be told.
        complaint: what is wrong; None when nothing is.
        advice: what to do; None when nothing is wrong.
    """

    brand_id: str
    release_id: str
    live: bool
    intact: bool
    passages: int | None = None
    complaint: str | None = None
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        found = asdict(self)
        return {"brand": found.pop("brand_id"), "release": found.pop("release_id"), **found}


def verify_releases(releases: ReleaseStore, brand_id: str, release_id: str | None = None) -> tuple[ReleaseFinding, ...]:
    """Read kept releases whole and compare them with the hashes of their manifests; nothing is changed.

    Args:
        releases: where they are kept.
        brand_id: whose releases.
        release_id: only this one; every one without it.

    Raises:
        ReleaseNotFound: the one that was named is not kept.
        StoreUnavailable: the data folder cannot be read.
    """
    live_id = releases.pointer(brand_id)
    kept = releases.kept_ids(brand_id)
    if release_id is not None and release_id not in kept:
        raise ReleaseNotFound(f"{brand_id} keeps no release {release_id!r}; `marque releases` lists those that are")
    found = [_verify(releases, brand_id, one, live_id) for one in (kept if release_id is None else (release_id,))]
    if release_id is None and live_id is not None and live_id not in kept:
        complaint = f"the pointer `live` says {live_id[:60]!r}, which is no kept release"
        found.append(ReleaseFinding(brand_id, live_id, True, False, None, complaint, _advice(releases, brand_id)))
    return tuple(found)


def _verify(releases: ReleaseStore, brand_id: str, release_id: str, live_id: str | None) -> ReleaseFinding:
    live = release_id == live_id
    try:
        manifest = releases.check(brand_id, release_id)
    except (ReleaseDamaged, ReleaseNotFound) as error:
        advice = _advice(releases, brand_id) if live else _ADVICE_KEPT.format(brand=brand_id)
        return ReleaseFinding(brand_id, release_id, live, False, None, str(error), advice)
    return ReleaseFinding(brand_id, release_id, live, True, manifest.passages)


_ADVICE_KEPT = (
    "customers are not affected; it cannot be rolled back to: restore a backup, or leave it until "
    "`marque gc GROUP --brand {brand}` removes it by age"
)


def _advice(releases: ReleaseStore, brand_id: str) -> str:
    try:
        answers = releases.open_live(brand_id).manifest.release_id
        until = f"release {answers} answers meanwhile; "
    except ReleaseDamaged:
        until = "the brand cannot answer; "
    return (
        f"{until}run `marque ingest GROUP --brand {brand_id}`, or `marque rollback GROUP --brand {brand_id}`, "
        "or restore a backup"
    )
