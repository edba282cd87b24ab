"""What front matter, _scope.yaml and sheet columns say of a document, checked against the brand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from reprlib import Repr
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from brands import BrandProfile, Scope
from brands.profile import as_code, yaml_words
from brands.scope import Level
from brands.yaml_file import parse_yaml
from ingest.document import RowScope
from ingest.errors import ScopeInvalid

SCOPE_FILE = "_scope.yaml"

# What a value of each key looks like.
KEY_ADVICE = {
    "title": "write a text of at most 500 letters",
    "language": "write a code of two letters, such as de",
    "markets": "write codes of two letters, such as [gb, de]",
    "models": "write ids or names of the brand's models, such as [ridge]",
    "model_years": "write each year, such as [2024, 2025]",
    "valid_from": "write a day, such as 2025-12-31",
    "valid_to": "write a day, such as 2025-12-31",
    "overrides": "write paths of documents, such as [faq.csv]",
    "version": "write a short text in quotes",
    "uploaded_by": "write a name",
}
# Keys as others call them.
MEANT_KEYS = {
    **dict.fromkeys(("lang", "locale", "sprache", "langue", "idioma"), "language"),
    **dict.fromkeys(("country", "countries", "region", "regions"), "markets"),
    **dict.fromkeys(("vehicle", "vehicles"), "models"),
    **dict.fromkeys(("year", "years", "modelyear", "model-years"), "model_years"),
    **dict.fromkeys(("from", "start", "valid"), "valid_from"),
    **dict.fromkeys(("to", "until", "end", "expires"), "valid_to"),
    **dict.fromkeys(("replaces", "override"), "overrides"),
}

# A few lines of YAML can name a list of lists that no memory holds once it is written out.
_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 60, 60

_YEAR = re.compile(r"(?:19|20)\d{2}")


class DocumentMetadata(BaseModel):
    """The keys that front matter and _scope.yaml may have; an absent one holds for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str | None = Field(default=None, max_length=500)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    markets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    model_years: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    overrides: tuple[str, ...] = ()
    version: str | None = Field(default=None, max_length=100)
    uploaded_by: str | None = Field(default=None, max_length=500)

    @field_validator("markets", "models", "model_years", "overrides", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if value is None:
            return ()
        return tuple(map(as_code, value if isinstance(value, list | tuple) else (value,)))

    @field_validator("language", mode="before")
    @classmethod
    def _language_code(cls, value: Any) -> Any:
        return as_code(value)

    @field_validator("version", "title", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else value

    @field_validator("markets")
    @classmethod
    def _market_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for market in value:
            if not re.fullmatch(r"[A-Za-z]{2}", market):
                raise ValueError(f"{market!r} is no code of a market")
        return tuple(market.lower() for market in value)

    @field_validator("model_years")
    @classmethod
    def _plausible_years(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        for year in value:
            if not 1900 <= year <= 2100:
                raise ValueError(f"{year} is no model year")
        return value


def read_metadata(*layers: Mapping[str, Any]) -> DocumentMetadata:
    """The metadata of a document from what its folders, its sheet and it itself say.

    Args:
        layers: farthest first; a nearer one wins key by key.

    Raises:
        ScopeInvalid: a key is unknown or a value wrong.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    try:
        metadata = DocumentMetadata.model_validate(merged)
    except ValidationError as error:
        raise ScopeInvalid(_wrong_keys(error)) from None
    if metadata.valid_from and metadata.valid_to and metadata.valid_from > metadata.valid_to:
        raise ScopeInvalid("its valid_from lies after its valid_to; correct one of them")
    return metadata


def _wrong_keys(error: ValidationError) -> str:
    """What is wrong with some metadata, key by key."""
    told: dict[str, str] = {}
    for one in error.errors(include_url=False):
        key = str(one["loc"][0]) if one["loc"] else ""
        if one["type"] == "extra_forbidden":
            meant = MEANT_KEYS.get(key.casefold()) or next(iter(get_close_matches(key, KEY_ADVICE, 1)), None)
            told.setdefault(key, f"there is no key `{key}`" + (f"; did you mean `{meant}`?" if meant else ""))
        else:
            wrong = f"{_SHORT.repr(one['input'])[:60]} cannot be used"
            said = one["msg"].removeprefix("Value error, ") if one["type"] == "value_error" else wrong
            told.setdefault(key, f"{key}: {said}; {KEY_ADVICE.get(key, 'correct it')}")
    first = "; ".join(list(told.values())[:3])
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    keys = "" if "did you mean" in first or "no key" not in first else f"; the keys are: {', '.join(KEY_ADVICE)}"
    return first + more + keys


def scope_of(metadata: DocumentMetadata, brand: BrandProfile, level: Level) -> Scope:
    """The scope of a document, with models as ids of the brand.

    Args:
        metadata: what is said of the document.
        brand: whose models, markets and languages are known.
        level: who wrote it; the brand's own documents may only name what the brand has.

    Raises:
        ScopeInvalid: the brand's own document names a language, market or model that the brand does not have.
    """
    scope = Scope(
        language=metadata.language or brand.default_language,
        level=level,
        markets=metadata.markets,
        models=tuple(_model_id(model, brand) or model for model in metadata.models),
        model_years=metadata.model_years,
        valid_from=metadata.valid_from,
        valid_to=metadata.valid_to,
    )
    if level == "brand":
        _check_known(scope, brand)
    return scope


def row_scope(row: RowScope, scope: Scope, brand: BrandProfile, within: Sequence[str] = ()) -> Scope:
    """The scope of one row of a sheet: its own columns, else that of its document.

    Args:
        row: the columns.
        scope: of the document.
        brand: whose models, markets and languages are known.
        within: markets of the region that the sheet lies in; none where it lies in no region.

    Raises:
        ScopeInvalid: a cell of the brand's own sheet names what the brand does not have, a cell is no code or year, or
            it names a market outside the region.
    """
    own = replace(
        scope,
        language=row.language.lower() if row.language else scope.language,
        markets=tuple(one.lower() for one in _several(row.market)) or scope.markets,
        models=tuple(_model_id(one, brand) or one for one in _several(row.model)) or scope.models,
        model_years=_years(row.model_year) or scope.model_years,
    )
    if own.level == "brand":
        _check_known(own, brand)
    else:  # another brand may have what this one lacks
        read_metadata({"language": own.language, "markets": own.markets})
    if within:
        check_region(own.markets, within)
    return own


def check_region(markets: Sequence[str], within: Sequence[str]) -> None:
    """Refuse what is for markets outside its region.

    Args:
        markets: what it is for; none means all.
        within: markets of the region.

    Raises:
        ScopeInvalid: it is for another market.
    """
    outside = [one for one in markets if one not in within]
    if outside or not markets:
        named = ", ".join(outside) or "all markets"
        raise ScopeInvalid(f"it is for {named}, but it lies in a region whose markets are: {', '.join(within)}")


def read_scope_file(content: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What a _scope.yaml says of its folder, and of single files in it.

    Args:
        content: YAML.

    Raises:
        ScopeInvalid: it is not YAML, has an unknown key or a wrong value.
    """
    try:
        given = parse_yaml(content)
    except yaml.YAMLError as error:
        raise ScopeInvalid(f"{SCOPE_FILE} is not YAML: {yaml_words(error)}") from None
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise ScopeInvalid(f"{SCOPE_FILE} does not hold lines such as `language: en`; write some")
    files = given.pop("files", None) or {}
    if not isinstance(files, dict) or not all(isinstance(one, dict) for one in files.values()):
        raise ScopeInvalid(
            f"{SCOPE_FILE}: `files` does not hold lines such as `manual.pdf: {{language: de}}`; write some"
        )
    try:
        read_metadata(given)
        for name, own in files.items():
            try:
                read_metadata(own)
            except ScopeInvalid as error:
                raise ScopeInvalid(f"files, {name}: {error}") from None
    except ScopeInvalid as error:
        raise ScopeInvalid(f"{SCOPE_FILE}: {error}") from None
    return given, {str(name): own for name, own in files.items()}


def _check_known(scope: Scope, brand: BrandProfile) -> None:
    if scope.language not in brand.languages:
        raise ScopeInvalid(
            f"{brand.name} does not speak {scope.language!r}; its languages are: {', '.join(brand.languages)}"
        )
    for market in scope.markets:
        if brand.markets and market not in brand.markets:
            raise ScopeInvalid(f"{brand.name} has no market {market!r}; its markets are: {', '.join(brand.markets)}")
    known = {model.id for model in brand.models}
    for model in scope.models:
        if model not in known:
            raise ScopeInvalid(f"{brand.name} has no model {model!r}; its models are: {', '.join(sorted(known))}")


def _model_id(name: str, brand: BrandProfile) -> str | None:
    wanted = name.strip().casefold()
    for model in brand.models:
        if wanted in {one.casefold() for one in model.names}:
            return model.id
    return None


def _several(cell: str | None) -> list[str]:
    return [one.strip() for one in re.split(r"[,;/|]", cell or "") if one.strip()]


def _years(cell: str | None) -> tuple[int, ...]:
    if not cell:
        return ()
    years: list[int] = []
    for part in _several(cell.replace("–", "-")):
        found = [int(year) for year in _YEAR.findall(part)]
        is_open = "-" in part and len(found) == 1  # nobody can tell where it ends
        if not found or is_open or _YEAR.sub("", part).strip(" -.0") or len(found) > 2 or found[0] > found[-1]:
            raise ScopeInvalid(f"{cell!r} is no model year; write 2025, or 2024-2025")
        years.extend(range(found[0], found[-1] + 1))
    return tuple(dict.fromkeys(years))
