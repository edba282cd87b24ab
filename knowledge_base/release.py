"""An immutable, complete state of one brand's knowledge."""

import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

DocumentState = Literal["new", "changed", "same", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What a release holds of one document.

    Args:
        document_id: path below the documents folder.
        title: its title.
        content_hash: SHA-256 of its bytes and scope.
        passages: how many passages it became.
        language: ISO 639-1 code.
        source: file name or address.
    """

    document_id: str
    title: str
    content_hash: str
    passages: int
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says of itself; its hash is checked whenever it is opened.

    Args:
        release_id: never repeats; sorts by time.
        brand_id: whose knowledge it is.
        created_at: with time zone.
        created_by: who built it.
        parent_id: the release that was live when it was built.
        embedder_fingerprint: which embedder its vectors come from.
        passages: how many passages it holds.
        passages_hash: SHA-256 over the passages and vectors, in row order.
        file_hashes: SHA-256 of each file that is never written again, by relative path.
        documents: what it holds of each document.
        failures: documents that could not be read, with the reason in plain words.
        replaces: the release in whose place it was put when something was erased from that one.
    """

    release_id: str
    brand_id: str
    created_at: datetime
    created_by: str
    parent_id: str | None
    embedder_fingerprint: str
    passages: int
    passages_hash: str
    file_hashes: dict[str, str]
    documents: tuple[DocumentRecord, ...]
    failures: dict[str, str] = field(default_factory=dict)
    replaces: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The manifest as plain JSON values."""
        return asdict(self) | {
            "created_at": self.created_at.isoformat(),
            "documents": [asdict(one) for one in self.documents],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Manifest":
        """The manifest that `as_json` told."""
        return cls(
            **content
            | {
                "created_at": datetime.fromisoformat(content["created_at"]),
                "documents": tuple(DocumentRecord(**one) for one in content["documents"]),
            }
        )


_TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"
_SUFFIX = re.compile("[0-9a-f]{6}")


def next_release_id(now: datetime, newest: str | None) -> str:
    """An id that never repeats and is greater than the newest one, even when the clock was set back.

    Args:
        now: with time zone.
        newest: the greatest id that is known; None if there is none.
    """
    if newest is not None:
        now = max(now, release_time(newest) + timedelta(microseconds=1))
    return f"{now.astimezone(UTC).strftime(_TIME_FORMAT)}-{secrets.token_hex(3)}"


def replacing_release_id(release_id: str) -> str:
    """An id for what takes the place of a release: of the same moment, and so of the same place among the others.

    Args:
        release_id: the release that is replaced.
    """
    moment, _, suffix = release_id.partition("-")
    while (fresh := secrets.token_hex(3)) == suffix:
        pass
    return f"{moment}-{fresh}"


def same_moment(one: str, other: str) -> bool:
    """Whether two release ids name the same state, before and after something was erased from it."""
    return one.partition("-")[0] == other.partition("-")[0]


def release_time(release_id: str) -> datetime:
    """When a release was made, by its id.

    Raises:
        ValueError: this is no release id.
    """
    time, _, suffix = release_id.partition("-")
    try:
        moment = datetime.strptime(time, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None or f"{moment.strftime(_TIME_FORMAT)}-{suffix}" != release_id or not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"{release_id!r} is no release id")
    return moment
