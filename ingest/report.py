"""What an ingest did, document by document."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.document_language import LanguageOrigin
from ingest.loss_guard import Loss
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentState


@dataclass(frozen=True, slots=True)
class PassageChanges:
    """How passages differ from the live release.

    Args:
        new: at places that had none.
        changed: other words or another scope at the same place.
        same: the same words.
        removed: no longer there.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything is new, changed or removed."""
        return bool(self.new or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """What became of one document.

    Args:
        state: against the live release.
        passages: how many it has in the candidate.
        changes: how they differ.
        reason: why it failed, or what a content editor should know of it.
        language: ISO 639-1 code; None when it was not read.
        language_origin: what tells the language.
    """

    state: DocumentState
    passages: int = 0
    changes: PassageChanges = PassageChanges()
    reason: str | None = None
    language: str | None = None
    language_origin: LanguageOrigin | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Args:
        brand_id: the brand.
        documents: outcome by document id.
        changes: totals over all documents.
        skipped: reason by path, of files that are left out on purpose.
        notes: what else a content editor should know.
        shadowed: inherited passages that the brand's own replace.
        parsed: documents that were read anew; the others came from the cache.
        embedded: passages that were embedded anew.
        candidate: id of the release that was built; None when nothing changed.
        published: whether the candidate is live.
        losses: live content that the candidate no longer has without anybody having asked for it.
        held: why the candidate is not live although it was to be published.
        live: id of the release that is live now.
        seconds: duration by stage, and `total`.
    """

    brand_id: str
    documents: Mapping[str, DocumentOutcome]
    changes: PassageChanges
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    shadowed: int = 0
    parsed: int = 0
    embedded: int = 0
    candidate: str | None = None
    published: bool = False
    live: str | None = None
    losses: tuple[Loss, ...] = ()
    held: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def failures(self) -> dict[str, str]:
        """Reason by document id, of the documents that failed."""
        return {name: one.reason or "" for name, one in self.documents.items() if one.state == "failed"}

    @property
    def passages(self) -> int:
        """How many passages the brand has after this ingest."""
        return sum(one.passages for one in self.documents.values())

    @property
    def nothing_changed(self) -> bool:
        """Whether the live release already says all this."""
        return self.candidate is None

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "brand": self.brand_id,
            "release": self.candidate,
            "published": self.published,
            "live": self.live,
            "nothing_changed": self.nothing_changed,
            "held": self.held,
            "losses": [one.as_json() for one in self.losses],
            "documents": [
                {
                    "document": name,
                    "state": one.state,
                    "passages": one.passages,
                    "changes": _counts(one.changes),
                    "reason": one.reason,
                    "language": one.language,
                    "language_from": one.language_origin,
                }
                for name, one in self.documents.items()
            ],
            "passages": {"total": self.passages, "shadowed": self.shadowed, **_counts(self.changes)},
            "parsed": self.parsed,
            "embedded": self.embedded,
            "skipped": [{"path": path, "reason": reason} for path, reason in self.skipped.items()],
            "notes": list(self.notes),
            "seconds": round(self.seconds.get("total", 0.0), 3),
            "seconds_by_stage": {name: round(value, 3) for name, value in self.seconds.items() if name != "total"},
        }


def compare_passages(before: Iterable[Passage], after: Iterable[Passage]) -> dict[str, PassageChanges]:
    """How the passages of each document differ.

    Args:
        before: of the live release.
        after: of the candidate.

    Returns:
        Changes by document id; a passage that only moved within its section is the same.
    """
    old, new = _by_document(before), _by_document(after)
    return {name: _compare(old.get(name, []), new.get(name, [])) for name in sorted(old.keys() | new.keys())}


def total_changes(changes: Iterable[PassageChanges]) -> PassageChanges:
    """The sum of changes."""
    all_changes = list(changes)
    return PassageChanges(
        new=sum(one.new for one in all_changes),
        changed=sum(one.changed for one in all_changes),
        same=sum(one.same for one in all_changes),
        removed=sum(one.removed for one in all_changes),
    )


def _compare(old: Sequence[Passage], new: Sequence[Passage]) -> PassageChanges:
    before, after = Counter(map(_content, old)), Counter(map(_content, new))
    same = sum((before & after).values())
    gone, come = before - after, after - before
    places_gone = Counter({place: 0 for place, *_ in gone})
    for (place, *_), count in gone.items():
        places_gone[place] += count
    places_come: Counter[object] = Counter()
    for (place, *_), count in come.items():
        places_come[place] += count
    changed = sum((places_gone & places_come).values())
    return PassageChanges(
        new=sum(come.values()) - changed, changed=changed, same=same, removed=sum(gone.values()) - changed
    )


def _content(passage: Passage) -> tuple[object, ...]:
    place = (*passage.heading_path, passage.question or "")
    rest = (passage.title, passage.text, passage.scope, passage.warnings, passage.page, passage.version)
    return (place, *rest)


def _by_document(passages: Iterable[Passage]) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for passage in passages:
        found.setdefault(passage.document_id, []).append(passage)
    return found


def _counts(changes: PassageChanges) -> dict[str, int]:
    return {"new": changes.new, "changed": changes.changed, "same": changes.same, "removed": changes.removed}
