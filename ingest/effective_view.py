"""What a brand says in effect: its own passages and the inherited ones that it does not replace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from brands import BrandProfile, Scope
from ingest.overrides import Claim, claims_of
from ingest.scope_difference import KnownVehicles, scope_words, subtract_scope
from ingest.source import topic_path
from knowledge_base.passage import Passage

Standing = Literal["in", "shadowed", "out"]

_NEARNESS = {"group": 0, "region": 1, "brand": 2}
# More pieces than this of one inherited passage mean overrides that nobody can follow any more.
_MAX_PIECES = 12


@dataclass(frozen=True, slots=True)
class Decision:
    """Why one passage is in a brand's knowledge, or is not.

    Args:
        passage: the passage, with the scope in which it holds in effect.
        standing: in; shadowed by a nearer text; or out, because it is not for this brand.
        reason: why, in plain words.
        shadowed_by: document whose text replaces it.
    """

    passage: Passage
    standing: Standing
    reason: str
    shadowed_by: str | None = None


@dataclass(frozen=True, slots=True)
class EffectiveView:
    """The passages of a brand, inherited ones included, each with the reason.

    Args:
        brand_id: whose view it is.
        decisions: at least one for every passage that was found, in the order of documents.
        notes: overrides that replace nothing.
        rules: what each document overrides, as it says itself.
    """

    brand_id: str
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()
    rules: Mapping[str, Sequence[str]] | None = None

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The passages that are in."""
        return tuple(one.passage for one in self.decisions if one.standing == "in")


def build_view(
    brand: BrandProfile, passages: Sequence[Passage], overrides: Mapping[str, Sequence[str]]
) -> EffectiveView:
    """Decide for every passage whether it is in, and where it holds in effect.

    Text lies in layers: group, region, brand. A passage is shadowed where a nearer text on the same
    topic holds: one of the same path and heading (of an FAQ, the same question), or one that names it
    in its `overrides`. Where the nearer text holds only for some markets, models, years or days, the
    farther one stays for the rest.

    Args:
        brand: the brand.
        passages: of the group's, the regions' and the brand's own documents.
        overrides: what each document replaces: paths of documents, with or without the prefix of their
            layer, and with or without `#Heading`.
    """
    heard = [one for one in passages if one.scope.level == "brand" or not _not_for(brand, one.scope)]
    claims, notes = claims_of(overrides, passages, heard)
    topics: dict[tuple[str, ...], dict[tuple[str, Scope], None]] = {}
    for passage in heard:
        topics.setdefault(_topic(passage), {})[passage.document_id, passage.scope] = None
    known = KnownVehicles.of(brand)
    by_target: dict[str, list[Claim]] = {}
    for claim in claims:
        by_target.setdefault(claim.document_id, []).append(claim)
    decisions = [
        decision
        for passage in passages
        for decision in _decide(brand, passage, _nearer(passage, topics, by_target.get(passage.document_id, [])), known)
    ]
    return EffectiveView(brand.id, tuple(decisions), tuple(notes), dict(overrides))


@dataclass(frozen=True, slots=True)
class _Nearer:
    """A text that takes the place of another wherever it holds."""

    document_id: str
    scope: Scope
    reason: str


def _nearer(
    passage: Passage, topics: Mapping[tuple[str, ...], Iterable[tuple[str, Scope]]], claims: Sequence[Claim]
) -> list[_Nearer]:
    found = [
        _Nearer(claim.by, scope, f"{_whose(claim.level)} document overrides it")
        for claim in claims
        if claim.names(passage)
        for scope in claim.scopes
    ]
    level = _NEARNESS[passage.scope.level]
    found += [
        _Nearer(document_id, scope, f"{_whose(scope.level)} document has the same path and heading")
        for document_id, scope in topics.get(_topic(passage), ())
        if _NEARNESS[scope.level] > level
    ]
    return list(dict.fromkeys(found))


def _decide(
    brand: BrandProfile, passage: Passage, nearer: Sequence[_Nearer], known: KnownVehicles
) -> Iterable[Decision]:
    foreign = _not_for(brand, passage.scope) if passage.scope.level != "brand" else None
    if foreign:
        yield Decision(passage, "out", foreign)
        return
    left: tuple[Scope, ...] = (passage.scope,)
    told: list[str] = [plain_reason(brand, passage.scope)]
    for one in nearer:
        after = _subtract_from_all(left, one.scope, known)
        if after == ():
            yield Decision(passage, "shadowed", one.reason, one.document_id)
            return
        if after is None:
            told.append(
                f"{one.document_id} holds for a part of it ({scope_words(one.scope)}), and both are found there"
            )
        elif after != left:
            told.append(f"{one.document_id} replaces it only for a part ({scope_words(one.scope)})")
            left = after
    origin = "; ".join(dict.fromkeys(told))
    for scope in left:
        yield Decision(passage if scope == passage.scope else replace(passage, scope=scope), "in", origin)


def _subtract_from_all(scopes: Sequence[Scope], nearer: Scope, known: KnownVehicles) -> tuple[Scope, ...] | None:
    """What is left of several scopes; None when it cannot be named and all of them stay as they are."""
    left: list[Scope] = []
    for scope in scopes:
        rest = subtract_scope(scope, nearer, known)
        if rest is None:
            return None
        left += rest
    return tuple(left) if len(left) <= _MAX_PIECES else None


def plain_reason(brand: BrandProfile, scope: Scope) -> str:
    """Why a passage is in that nothing replaces, not even in part.

    Args:
        brand: the brand.
        scope: of the passage.
    """
    return f"{brand.name}'s own text" if scope.level == "brand" else f"inherited from the {scope.level}"


def _not_for(brand: BrandProfile, scope: Scope) -> str | None:
    """Why an inherited text is not for this brand; None when it is."""
    if scope.language not in brand.languages:
        return f"{brand.name} does not speak {scope.language!r}"
    if scope.markets and brand.markets and not set(scope.markets) & set(brand.markets):
        return f"{brand.name} is not sold in {', '.join(scope.markets)}"
    if scope.models and not set(scope.models) & {model.id for model in brand.models}:
        return f"{brand.name} has none of the models {', '.join(scope.models)}"
    return None


def _topic(passage: Passage) -> tuple[str, ...]:
    """What a passage is about: its path within its layer, its headings and, of an FAQ, its question."""
    words = (*passage.heading_path, passage.question or "")
    return (topic_path(passage.document_id), *(" ".join(one.casefold().split()) for one in words))


def _whose(level: str) -> str:
    return "the brand's own" if level == "brand" else f"the {level}'s"
