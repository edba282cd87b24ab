"""What documents say that they replace, and which of it counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from brands import Scope
from brands.scope import Level
from ingest.source import topic_path
from knowledge_base.passage import Passage

_NEARNESS = {"group": 0, "region": 1, "brand": 2}


@dataclass(frozen=True, slots=True)
class Claim:
    """One `overrides` entry: which text is replaced, and by what.

    Args:
        document_id: whose text is replaced.
        heading: a heading or FAQ question of it in lower case; None for all of it.
        by: the document that says so.
        level: of that document.
        scopes: where that document holds.
    """

    document_id: str
    heading: str | None
    by: str
    level: Level
    scopes: tuple[Scope, ...]

    def names(self, passage: Passage) -> bool:
        """Whether a passage is meant."""
        if passage.document_id != self.document_id:
            return False
        headings = (*passage.heading_path, passage.question or "")
        return self.heading is None or self.heading in {_folded(one) for one in headings}


def claims_of(
    overrides: Mapping[str, Sequence[str]], passages: Sequence[Passage], heard: Iterable[Passage]
) -> tuple[list[Claim], list[str]]:
    """The claims that count, and a note on each that does not.

    Args:
        overrides: what each document says that it replaces.
        passages: all that were found.
        heard: those of them that are for this brand; only they may replace others.
    """
    layers: dict[str, Level] = {one.document_id: one.scope.level for one in passages}
    scopes: dict[str, dict[Scope, None]] = {}
    for passage in heard:
        scopes.setdefault(passage.document_id, {})[passage.scope] = None
    claims: list[Claim] = []
    notes: list[str] = []
    for by, targets in overrides.items():
        if by not in scopes:
            continue
        for target in targets:
            path, _, heading = target.partition("#")
            found = [
                claim
                for documents in _meant(path.strip(), by, layers)
                for claim in (
                    Claim(one, _folded(heading) or None, by, layers[by], tuple(scopes[by])) for one in documents
                )
                if any(claim.names(one) for one in passages)
            ]
            nearest = [one for one in found if layers[one.document_id] != layers[by]] or found
            claims += nearest
            if not nearest:
                notes.append(f"{by} overrides {target.strip()}, which is not there")
    circular = {claim for claim in claims if _leads_back(claim, claims)}
    notes += [f"{claim.by} and {claim.document_id} override each other, so both stay" for claim in circular]
    return [claim for claim in claims if claim not in circular], sorted(notes)


def _meant(path: str, by: str, layers: Mapping[str, Level]) -> tuple[list[str], list[str]]:
    """The documents that a path may mean: the inherited ones, and those of the same layer."""
    own = _NEARNESS[layers[by]]
    found = sorted(name for name in layers if name != by and path in {name, topic_path(name)})
    inherited = [name for name in found if _NEARNESS[layers[name]] < own]
    return inherited, [name for name in found if _NEARNESS[layers[name]] == own]


def _leads_back(claim: Claim, claims: Sequence[Claim]) -> bool:
    seen: set[str] = set()
    waiting = [claim.document_id]
    while waiting:
        name = waiting.pop()
        if name == claim.by:
            return True
        if name not in seen:
            seen.add(name)
            waiting += [one.document_id for one in claims if one.by == name]
    return False


def _folded(heading: str) -> str:
    return " ".join(heading.casefold().split())
