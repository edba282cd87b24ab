"""What a brand says in effect: its own passages and the inherited ones that it does not replace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from brands import BrandProfile, Scope
from ingest.source import GROUP_PREFIX
from knowledge_base.passage import Passage

Standing = Literal["in", "shadowed", "out"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Why one passage is in a brand's knowledge, or is not.

    Args:
        passage: the passage.
        standing: in; shadowed by the brand's own text; or out, because it is not for this brand.
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
        decisions: one for every passage that was found, in the order of documents.
        notes: overrides that replace nothing.
    """

    brand_id: str
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The passages that are in."""
        return tuple(one.passage for one in self.decisions if one.standing == "in")


def build_view(
    brand: BrandProfile, passages: Sequence[Passage], overrides: Mapping[str, Sequence[str]]
) -> EffectiveView:
    """Decide for every passage whether it is in.

    An inherited passage is shadowed where the brand's own text on the same topic holds wherever it
    holds: same language, and no narrower in market, model, years or dates. Where the own text is
    narrower, both stay, and the vehicle context chooses.

    Args:
        brand: the brand.
        passages: of the group's and the brand's own documents.
        overrides: what each of the brand's own documents replaces: ids of group documents, with or
            without `group/`, and with or without `#Heading`.
    """
    own = [one for one in passages if one.scope.level == "brand"]
    places: dict[tuple[str, tuple[str, ...]], list[Passage]] = {}
    by_document: dict[str, list[Passage]] = {}
    for passage in own:
        key = (GROUP_PREFIX + passage.document_id, _folded(passage.heading_path))
        places.setdefault(key, []).append(passage)
        by_document.setdefault(passage.document_id, []).append(passage)
    claims = _claims(overrides, by_document)
    decisions = tuple(_decide(brand, passage, places, claims) for passage in passages)
    return EffectiveView(brand.id, decisions, tuple(_idle_claims(claims, passages)))


@dataclass(frozen=True, slots=True)
class _Claim:
    """An `overrides` entry: which inherited text is replaced, and by what."""

    document_id: str
    heading: str | None
    by: str
    scopes: tuple[Scope, ...]

    def covers_place(self, passage: Passage) -> bool:
        if passage.document_id != self.document_id:
            return False
        return self.heading is None or self.heading in _folded(passage.heading_path)


def _claims(overrides: Mapping[str, Sequence[str]], own: Mapping[str, list[Passage]]) -> list[_Claim]:
    claims = []
    for document_id, targets in overrides.items():
        scopes = tuple(dict.fromkeys(one.scope for one in own.get(document_id, [])))
        for target in targets:
            path, _, heading = target.partition("#")
            path = path.strip().removeprefix(GROUP_PREFIX)
            folded = " ".join(heading.casefold().split()) or None
            claims.append(_Claim(GROUP_PREFIX + path, folded, document_id, scopes))
    return claims


def _idle_claims(claims: Iterable[_Claim], passages: Sequence[Passage]) -> Iterable[str]:
    for claim in claims:
        if not any(claim.covers_place(one) for one in passages):
            target = claim.document_id + (f"#{claim.heading}" if claim.heading else "")
            yield f"{claim.by} overrides {target}, which is not there"


def _decide(
    brand: BrandProfile,
    passage: Passage,
    places: Mapping[tuple[str, tuple[str, ...]], list[Passage]],
    claims: Sequence[_Claim],
) -> Decision:
    if passage.scope.level == "brand":
        return Decision(passage, "in", f"{brand.name}'s own text")
    foreign = _not_for(brand, passage.scope)
    if foreign:
        return Decision(passage, "out", foreign)
    replacing = [(claim.by, scope) for claim in claims if claim.covers_place(passage) for scope in claim.scopes]
    same_place = places.get((passage.document_id, _folded(passage.heading_path)), [])
    reason = "the brand's own document overrides it"
    if not replacing:
        replacing = [(one.document_id, one.scope) for one in same_place]
        reason = "the brand's own document has the same path and heading"
    for by, scope in replacing:
        if covers(scope, passage.scope):
            return Decision(passage, "shadowed", reason, by)
    if replacing:
        by = replacing[0][0]
        return Decision(passage, "in", f"inherited; {by} replaces it only for a part of where it holds")
    return Decision(passage, "in", "inherited from the group")


def covers(own: Scope, inherited: Scope) -> bool:
    """Whether one scope holds wherever another does.

    Args:
        own: the scope that may hold more widely.
        inherited: the scope that must lie within it.
    """
    return (
        own.language == inherited.language
        and (not own.markets or (bool(inherited.markets) and set(inherited.markets) <= set(own.markets)))
        and (not own.models or (bool(inherited.models) and set(inherited.models) <= set(own.models)))
        and (
            not own.model_years or (bool(inherited.model_years) and set(inherited.model_years) <= set(own.model_years))
        )
        and (own.valid_from is None or (inherited.valid_from is not None and own.valid_from <= inherited.valid_from))
        and (own.valid_to is None or (inherited.valid_to is not None and inherited.valid_to <= own.valid_to))
    )


def _not_for(brand: BrandProfile, scope: Scope) -> str | None:
    """Why an inherited text is not for this brand; None when it is."""
    if scope.language not in brand.languages:
        return f"{brand.name} does not speak {scope.language!r}"
    if scope.markets and brand.markets and not set(scope.markets) & set(brand.markets):
        return f"{brand.name} is not sold in {', '.join(scope.markets)}"
    if scope.models and not set(scope.models) & {model.id for model in brand.models}:
        return f"{brand.name} has none of the models {', '.join(scope.models)}"
    return None


def _folded(path: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(heading.casefold().split()) for heading in path)
