"""What a sync found, source by source."""

from dataclasses import dataclass
from typing import Any, Literal

PageOutcome = Literal["new", "changed", "same", "gone", "failed", "removed"]


@dataclass(frozen=True, slots=True)
class SyncedPage:
    """What became of one page.

    Args:
        address: its address.
        document_id: its document.
        outcome: new; changed; same; gone: it vanished from its site; failed: it could not be had now;
            removed: sources.yaml no longer names it.
        reason: why it is gone or failed, and what stands in.
    """

    address: str
    document_id: str
    outcome: PageOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source.

    Args:
        source_id: the source.
        pages: all of its pages.
        problems: what went wrong with the list of pages.
        notes: what else a content editor should know.
        next_due: when it is due again, ISO 8601.
    """

    source_id: str
    pages: tuple[SyncedPage, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    next_due: str | None = None

    @property
    def changed(self) -> bool:
        """Whether an ingest would find something else than before."""
        return any(one.outcome in {"new", "changed", "gone", "removed"} for one in self.pages)

    @property
    def in_order(self) -> bool:
        """Whether everything could be had."""
        return not self.problems and not any(one.outcome in {"gone", "failed"} for one in self.pages)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values; pages that stayed the same are counted only."""
        outcomes: tuple[PageOutcome, ...] = ("new", "changed", "same", "gone", "failed", "removed")
        return {
            "source": self.source_id,
            "pages": {name: sum(one.outcome == name for one in self.pages) for name in outcomes},
            "changes": [
                {"address": one.address, "document": one.document_id, "outcome": one.outcome, "reason": one.reason}
                for one in self.pages
                if one.outcome != "same"
            ],
            "problems": list(self.problems),
            "notes": list(self.notes),
            "next_due": self.next_due,
        }
