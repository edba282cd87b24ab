"""Passages, vectors and releases for the tests of the knowledge base."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brands import Scope
from knowledge_base.embedder import Vectors
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.memory_passage_store import MemoryPassageStore
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, Manifest
from knowledge_base.release_store import ReleaseStore

EMBEDDER = FakeEmbedder()


def make_passage(text: str, **changes: object) -> Passage:
    """A passage of a manual with this text."""
    values: dict[str, object] = {
        "document_id": "manuals/ridge.md",
        "title": "Ridge manual",
        "heading_path": ("Wheels",),
        "kind": "text",
        "scope": Scope("en"),
        "position": 0,
    }
    return Passage(text=text, **values | changes)  # type: ignore[arg-type]


def make_passages(count: int, word: str = "text") -> list[Passage]:
    """Passages of two documents, four scopes and several headings."""
    scopes = [
        Scope("en", models=("ridge",), model_years=(2024,)),
        Scope("en", models=("ridge",), model_years=(2025,)),
        Scope("de", markets=("de",)),
        Scope("en"),
    ]
    return [
        make_passage(
            f"{word} number {row} about part{row % 7} and item{row}",
            document_id=f"manuals/{row % 2}.md",
            heading_path=("Chapter", f"Section {row // 4}"),
            scope=scopes[row % len(scopes)],
            position=row,
            page=row + 1,
        )
        for row in range(count)
    ]


def random_vectors(count: int, dimension: int = 16, seed: int = 0) -> Vectors:
    """Unit vectors, always the same."""
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def build(
    releases: ReleaseStore, passages: Sequence[Passage], brand_id: str = "alder", *, publish: bool = True
) -> Manifest:
    """Build a release of these passages, and publish it unless told otherwise."""
    documents = [DocumentRecord(one, one, "0" * 64, 1, "en", one) for one in sorted({p.document_id for p in passages})]
    manifest = releases.build(
        brand_id,
        passages,
        EMBEDDER.embed_passages([passage.embedded_text for passage in passages]),
        documents=documents,
        failures={"broken.pdf": "no text was found"},
        created_by="test",
        embedder_fingerprint=EMBEDDER.fingerprint,
    )
    if publish:
        releases.publish(brand_id, manifest.release_id, published_by="test")
    return manifest


def memory_releases(folder: Path, retained_releases: int = 10, open_releases: int = 32) -> ReleaseStore:
    """A release store whose passages are kept in memory."""
    return ReleaseStore(folder, MemoryPassageStore(), retained_releases=retained_releases, open_releases=open_releases)
