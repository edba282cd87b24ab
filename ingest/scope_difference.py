"""Where an inherited text still holds once a nearer one has taken its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from brands import BrandProfile, Scope

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownVehicles:
    """What "everywhere" means for a brand; empty where it is not known.

    Args:
        markets: market codes of the brand.
        models: model ids of the brand.
    """

    markets: tuple[str, ...]
    models: tuple[str, ...]

    @staticmethod
    def of(brand: BrandProfile) -> "KnownVehicles":
        """The markets and models of a brand."""
        return KnownVehicles(brand.markets, tuple(model.id for model in brand.models))


def subtract_scope(inherited: Scope, nearer: Scope, known: KnownVehicles) -> tuple[Scope, ...] | None:
    """The scopes in which an inherited text is left beside a nearer one.

    Together with the nearer scope they admit every vehicle of the brand, on every day, that the
    inherited scope admits, and no vehicle that is fully known is admitted by both.

    Args:
        inherited: where the inherited text holds.
        nearer: where the text holds that replaces it.
        known: the markets and models of the brand.

    Returns:
        No scope when the nearer text holds wherever the inherited one does; the inherited scope itself
        when the two never meet; None when the rest cannot be named, because nothing tells which markets,
        models or years "all" are.
    """
    if inherited.language != nearer.language:
        return (inherited,)
    rest: list[Scope] = []
    left = inherited
    for part, everything in (("markets", known.markets), ("models", known.models), ("model_years", ())):
        wanted: Sequence[object] = getattr(nearer, part)
        if not wanted:
            continue
        whole: Sequence[object] = getattr(left, part) or everything
        if not whole:
            return None
        inside = tuple(one for one in whole if one in wanted)
        outside = tuple(one for one in whole if one not in wanted)
        if not inside:
            return (inherited,)
        if outside:
            rest.append(_with(left, part, outside))
        left = _with(left, part, inside)
    days = _subtract_days(left, nearer)
    return (inherited,) if days is None else (*rest, *days)


def _with(scope: Scope, part: str, values: tuple[object, ...]) -> Scope:
    changed: dict[str, Any] = {part: values}
    return replace(scope, **changed)


def _subtract_days(left: Scope, nearer: Scope) -> tuple[Scope, ...] | None:
    """The days before and after the nearer text; None when the two never meet."""
    rest = []
    begin, end = nearer.valid_from, nearer.valid_to
    if begin is not None:
        if left.valid_to is not None and left.valid_to < begin:
            return None
        if left.valid_from is None or left.valid_from < begin:
            rest.append(replace(left, valid_to=begin - _DAY))
    if end is not None:
        if left.valid_from is not None and left.valid_from > end:
            return None
        if left.valid_to is None or left.valid_to > end:
            rest.append(replace(left, valid_from=end + _DAY))
    return tuple(rest)


def scope_words(scope: Scope) -> str:
    """A scope in words, such as `market gb, model ridge, from 2025-01-01`; empty when it holds for all."""
    parts = [
        _counted("market", scope.markets),
        _counted("model", scope.models),
        _counted("model year", [str(year) for year in scope.model_years]),
        f"from {scope.valid_from}" if scope.valid_from else "",
        f"until {scope.valid_to}" if scope.valid_to else "",
    ]
    return ", ".join(part for part in parts if part)


def _counted(word: str, values: Sequence[str]) -> str:
    return f"{word}{'s' if len(values) > 1 else ''} {', '.join(values)}" if values else ""
