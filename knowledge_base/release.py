"""An immutable, complete state of one brand's knowledge."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

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
