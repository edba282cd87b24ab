"""The documents of a brand: what is published of each, and what lies in its folders."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from brands import Group
from ingest.source import discover_documents
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest

STATES = {
    "live": ("live", "good"),
    "waiting": ("not brought in yet", "changed"),
    "edited": ("edited since", "changed"),
    "failed": ("not read", "failed"),
    "left_out": ("left out", "scope"),
    "gone": ("file is gone", "removed"),
}


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document.

    Args:
        document_id: path below its documents folder.
        title: its title, where it is known.
        state: a key of STATES.
        passages: how many are published.
        language: ISO 639-1 code, where it is known.
        scope: where it holds, in words; empty: everywhere.
        reason: why it is not published.
    """

    document_id: str
    title: str
    state: str
    passages: int = 0
    language: str = ""
    scope: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class _Extent:
    models: set[str] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    markets: set[str] = field(default_factory=set)


def list_documents(
    group: Group,
    brand_id: str,
    live: Manifest | None,
    passages: Sequence[Passage],
    edited_since: Callable[[Manifest, Sequence[Passage]], Collection[str]],
) -> list[DocumentRow]:
    """The documents of a brand, by id.

    Args:
        group: the group.
        brand_id: the brand.
        live: the live release; None where nothing is published.
        passages: of the live release.
        edited_since: which documents are no longer what a release was built from, by their content.
    """
    discovery = discover_documents(group, brand_id)
    edited = edited_since(live, passages) if live else ()
    on_disk = {one.document_id: one.path for one in discovery.documents}
    rows: dict[str, DocumentRow] = {}
    extents = _extents(passages)
    for one in live.documents if live else ():
        path = on_disk.get(one.document_id)
        state = "gone" if path is None else "left_out" if one.passages == 0 else "live"
        if path is not None and one.document_id in edited:
            state = "edited"
        words = _scope_words(extents.get(one.document_id, _Extent()))
        rows[one.document_id] = DocumentRow(one.document_id, one.title, state, one.passages, one.language, words)
    for name, reason in (live.failures if live else {}).items():
        rows[name] = DocumentRow(name, "", "failed", reason=reason)
    for name in on_disk.keys() - rows.keys():
        rows[name] = DocumentRow(name, "", "waiting")
    return [rows[name] for name in sorted(rows)]


def _extents(passages: Iterable[Passage]) -> dict[str, _Extent]:
    extents: dict[str, _Extent] = {}
    for one in passages:
        extent = extents.setdefault(one.document_id, _Extent())
        extent.models.update(one.scope.models)
        extent.years.update(one.scope.model_years)
        extent.markets.update(one.scope.markets)
    return extents


def _scope_words(extent: _Extent) -> tuple[str, ...]:
    markets = (one.upper() for one in sorted(extent.markets))
    return (*sorted(extent.models), *map(str, sorted(extent.years)), *markets)
