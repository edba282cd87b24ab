"""What differs between two releases of a brand, passage by passage."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from knowledge_base.passage import Passage
from knowledge_base.release_store import ReleaseStore

Difference = Literal["new", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class PassageDifference:
    """One place of a document that says something else.

    Args:
        document_id: the document.
        state: how it differs.
        heading_path: headings above the place, outermost first.
        page: page number from 1, where the document has pages.
        before: what the first release says there; None when it has nothing.
        after: what the second one says; None when it has nothing.
    """

    document_id: str
    state: Difference
    heading_path: tuple[str, ...]
    page: int | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ReleaseComparison:
    """What differs between two releases.

    Args:
        brand_id: whose releases.
        before: id of the first.
        after: id of the second.
        same: passages that both hold.
        differences: by document, in reading order.
    """

    brand_id: str
    before: str
    after: str
    same: int
    differences: tuple[PassageDifference, ...]

    def count(self, state: Difference) -> int:
        """How many places differ in this way."""
        return sum(one.state == state for one in self.differences)

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/diff.json."""
        return {
            "brand": self.brand_id,
            "before": self.before,
            "after": self.after,
            "passages": {
                "same": self.same,
                "new": self.count("new"),
                "changed": self.count("changed"),
                "removed": self.count("removed"),
            },
            "differences": [asdict(one) | {"heading_path": list(one.heading_path)} for one in self.differences],
        }


def compare_releases(releases: ReleaseStore, brand_id: str, before: str, after: str) -> ReleaseComparison:
    """Compare two kept releases.

    Args:
        releases: where they are kept.
        brand_id: whose releases.
        before: id of the first.
        after: id of the second.

    Raises:
        ReleaseNotFound: one of them is not kept.
        ReleaseDamaged: one of them is not what was written.
    """
    old = _by_place(releases.passages_of(brand_id, before))
    new = _by_place(releases.passages_of(brand_id, after))
    same = 0
    differences: list[PassageDifference] = []
    for place in sorted(old.keys() | new.keys()):
        gone, come = _without_shared(old.get(place, []), new.get(place, []))
        same += len(old.get(place, [])) - len(gone)
        paired = min(len(gone), len(come))
        differences += [_difference("changed", one, other) for one, other in zip(gone, come, strict=False)]
        differences += [_difference("removed", one, None) for one in gone[paired:]]
        differences += [_difference("new", None, one) for one in come[paired:]]
    return ReleaseComparison(brand_id, before, after, same, tuple(differences))


def _by_place(passages: Iterable[Passage]) -> dict[tuple[str, ...], list[Passage]]:
    found: dict[tuple[str, ...], list[Passage]] = defaultdict(list)
    for passage in passages:
        found[passage.document_id, *passage.heading_path, passage.question or ""].append(passage)
    return found


def _without_shared(old: list[Passage], new: list[Passage]) -> tuple[list[Passage], list[Passage]]:
    shared = Counter(map(_content, old)) & Counter(map(_content, new))
    return _left_over(old, shared.copy()), _left_over(new, shared)


def _left_over(passages: list[Passage], shared: Counter[tuple[object, ...]]) -> list[Passage]:
    found = []
    for passage in passages:
        content = _content(passage)
        if shared[content]:
            shared[content] -= 1
        else:
            found.append(passage)
    return found


def _content(passage: Passage) -> tuple[object, ...]:
    return (passage.title, passage.text, passage.scope, passage.warnings, passage.page, passage.version)


def _difference(state: Difference, before: Passage | None, after: Passage | None) -> PassageDifference:
    told = after or before
    assert told is not None  # noqa: S101 - one of the two is always given
    return PassageDifference(
        document_id=told.document_id,
        state=state,
        heading_path=told.heading_path,
        page=told.page,
        before=_said(before) if before else None,
        after=_said(after) if after else None,
    )


def _said(passage: Passage) -> str:
    warnings = [one for one in passage.warnings if one not in passage.text]
    return "\n".join(one for one in (passage.question, passage.text, *warnings) if one)
