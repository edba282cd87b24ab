"""Keeps beside a release why each passage is in it, shadowed or out, and what going live would lose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from brands import BrandProfile, Scope, VehicleContext
from ingest.effective_view import EffectiveView, Standing, plain_reason
from ingest.loss_guard import Loss
from ingest.scope_difference import scope_words
from knowledge_base.brand_folder import BrandFolder
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.passage import Passage, PassageKind
from knowledge_base.release_files import plain_storage_errors, replace_file, seal_json, unseal_json

VIEW_FILE = "view.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ViewedPassage:
    """One passage of a brand's view, with why it is in, shadowed or out.

    Args:
        passage_id: its identity.
        document_id: its document.
        title: of the document.
        heading_path: headings above it.
        question: of an FAQ passage.
        kind: what it is.
        position: place in the document.
        page: page number from 1.
        source: file name or address.
        version: version of the document.
        scope: where it holds in effect.
        standing: in, shadowed or out.
        reason: why.
        shadowed_by: document whose text replaces it.
        text: its words; None for what a release left out, because releases do not keep that.
    """

    passage_id: str
    document_id: str
    title: str
    heading_path: tuple[str, ...]
    question: str | None
    kind: PassageKind
    position: int
    page: int | None
    source: str
    version: str | None
    scope: Scope
    standing: Standing
    reason: str
    shadowed_by: str | None = None
    text: str | None = None

    @property
    def place(self) -> str:
        """Its headings, or the question of an FAQ."""
        return " > ".join((*self.heading_path, *([self.question] if self.question else ()))) or self.title

    def as_json(self) -> dict[str, Any]:
        """The passage as JSON values."""
        return {**asdict(self), "heading_path": list(self.heading_path), "scope": scope_as_json(self.scope)}


@dataclass(frozen=True, slots=True)
class KeptView:
    """What is kept of a view: all that the passages of the release do not tell themselves.

    Args:
        left_out: passages that are shadowed or out.
        reasons: by passage id, of those passages that are in for more than the plain reason.
        notes: overrides that replace nothing.
        rules: what each document overrides.
        losses: what going live would have lost when the release was built.
    """

    left_out: tuple[ViewedPassage, ...] = ()
    reasons: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    rules: Mapping[str, Sequence[str]] | None = None
    losses: tuple[Loss, ...] = ()


def keep_view(
    data_folder: Path, brand: BrandProfile, release_id: str, view: EffectiveView, losses: Sequence[Loss]
) -> None:
    """Write beside a release what its view left out and why.

    Args:
        data_folder: of the knowledge base.
        brand: whose release.
        release_id: the candidate.
        view: what the release was built from.
        losses: what its going live would lose.

    Raises:
        ReleaseNotFound: no release of that id is kept.
        StoreUnavailable: the data folder cannot be written.
    """
    decisions = [(one, viewed(one.passage, one.standing, one.reason, one.shadowed_by)) for one in view.decisions]
    content = {
        "format": FORMAT,
        "left_out": [{**row.as_json(), "text": None} for one, row in decisions if one.standing != "in"],
        "reasons": {
            row.passage_id: one.reason
            for one, row in decisions
            if one.standing == "in" and one.reason != plain_reason(brand, one.passage.scope)
        },
        "notes": list(view.notes),
        "rules": {name: list(targets) for name, targets in (view.rules or {}).items()},
        "losses": [one.as_json() for one in losses],
    }
    folder = BrandFolder(data_folder, brand.id).release_folder(release_id)
    with plain_storage_errors("keep the view", folder):
        replace_file(folder / VIEW_FILE, seal_json(content))


def kept_view(data_folder: Path, brand_id: str, release_id: str) -> KeptView | None:
    """What was kept of a release's view; None when that cannot be told any more.

    Args:
        data_folder: of the knowledge base.
        brand_id: whose release.
        release_id: a kept release.

    Raises:
        ReleaseNotFound: no release of that id is kept.
    """
    folder = BrandFolder(data_folder, brand_id).release_folder(release_id)
    try:
        content = unseal_json(folder / VIEW_FILE)
        return KeptView(
            left_out=tuple(_row(one) for one in content["left_out"]),
            reasons=dict(content["reasons"]),
            notes=tuple(content["notes"]),
            rules=dict(content["rules"]),
            losses=tuple(Loss(**one) for one in content["losses"]),
        )
    except (ReleaseDamaged, KeyError, TypeError, ValueError):
        return None


def view_of_release(brand: BrandProfile, passages: Iterable[Passage], kept: KeptView | None) -> list[ViewedPassage]:
    """Every passage of a release and every one that it left out, in the order of documents.

    Args:
        brand: whose release.
        passages: of the release.
        kept: what was kept of its view.
    """
    kept = kept or KeptView()
    reasons = kept.reasons or {}
    rows = [
        viewed(one, "in", reasons.get(one.passage_id) or plain_reason(brand, one.scope), None, text=one.text)
        for one in passages
    ]
    return sorted([*rows, *kept.left_out], key=lambda row: (row.document_id, row.position))


def view_of_sources(view: EffectiveView) -> list[ViewedPassage]:
    """Every passage that an ingest would find now.

    Args:
        view: from the pipeline.
    """
    return [
        viewed(one.passage, one.standing, one.reason, one.shadowed_by, text=one.passage.text) for one in view.decisions
    ]


def for_vehicle(
    rows: Iterable[ViewedPassage], vehicle: VehicleContext, on: date, language: str | None
) -> list[ViewedPassage]:
    """The same view for one customer: what does not hold for the vehicle, day or language is out.

    Args:
        rows: the view of a brand.
        vehicle: what is known of the vehicle.
        on: the day of the question.
        language: None for all languages.
    """
    return [_for_vehicle(row, vehicle, on, language) for row in rows]


def viewed(
    passage: Passage, standing: Standing, reason: str, shadowed_by: str | None, *, text: str | None = None
) -> ViewedPassage:
    """A passage as a view shows it.

    Args:
        passage: the passage.
        standing: in, shadowed or out.
        reason: why.
        shadowed_by: document whose text replaces it.
        text: its words, where they may be shown.
    """
    return ViewedPassage(
        passage_id=passage.passage_id,
        document_id=passage.document_id,
        title=passage.title,
        heading_path=passage.heading_path,
        question=passage.question,
        kind=passage.kind,
        position=passage.position,
        page=passage.page,
        source=passage.source,
        version=passage.version,
        scope=passage.scope,
        standing=standing,
        reason=reason,
        shadowed_by=shadowed_by,
        text=text,
    )


def _for_vehicle(row: ViewedPassage, vehicle: VehicleContext, on: date, language: str | None) -> ViewedPassage:
    scope = row.scope
    if row.standing != "in" or scope.admits(vehicle, on, language):
        return row
    if language is not None and scope.language != language:
        reason = f"it is in {scope.language!r}, not in {language!r}"
    elif not scope.admits(VehicleContext(), on):
        days = Scope(scope.language, valid_from=scope.valid_from, valid_to=scope.valid_to)
        reason = f"it does not hold on {on} but {scope_words(days)}"
    else:
        reason = f"it holds for {scope_words(scope)} only"
    return replace(row, standing="out", reason=f"{reason} ({row.reason})")


def scope_as_json(scope: Scope) -> dict[str, Any]:
    """A scope as JSON values."""
    return {
        "language": scope.language,
        "level": scope.level,
        "markets": list(scope.markets),
        "models": list(scope.models),
        "model_years": list(scope.model_years),
        "valid_from": scope.valid_from.isoformat() if scope.valid_from else None,
        "valid_to": scope.valid_to.isoformat() if scope.valid_to else None,
    }


def _row(content: Mapping[str, Any]) -> ViewedPassage:
    given = dict(content["scope"])
    for name in ("markets", "models", "model_years"):
        given[name] = tuple(given[name])
    for name in ("valid_from", "valid_to"):
        given[name] = date.fromisoformat(given[name]) if given[name] else None
    return ViewedPassage(**{**content, "heading_path": tuple(content["heading_path"]), "scope": Scope(**given)})
