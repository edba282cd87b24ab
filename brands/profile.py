"""A brand's profile: its voice, theme, contacts, languages, markets and models."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from brands.errors import ProfileInvalid
from brands.vehicle import VehicleContext
from brands.yaml_file import read_yaml

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$")]


def as_code(value: Any) -> Any:
    """A code as it was written: YAML reads `no`, Norway and Norwegian, as false.

    Args:
        value: what YAML made of it.
    """
    return "no" if value is False else value


def known_zone(name: str) -> str:
    """The name of a time zone that there is.

    Args:
        name: IANA name.

    Raises:
        ValueError: there is no such time zone.
    """
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write it as Europe/London, America/New_York or UTC") from None


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
MarketCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
WrittenLanguage = Annotated[LanguageCode, BeforeValidator(as_code)]
WrittenMarket = Annotated[MarketCode, BeforeValidator(as_code)]
# `default`, or the market that the contact is for.
ContactName = Annotated[str, BeforeValidator(as_code)]
HexColour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
TimeZone = Annotated[str, AfterValidator(known_zone)]
# Stands in the source of the brand's own pages: it names the brand, and is no secret.
PublishableKey = Annotated[str, StringConstraints(pattern=r"^pk_[A-Za-z0-9_-]{4,80}$")]
HttpsOrigin = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:\d+)?$")]

# WCAG 2.2, success criterion 1.4.3: contrast of normal text.
MINIMUM_CONTRAST = 4.5


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VehicleModel(_Part):
    """One model of the brand, with the years that are documented."""

    id: Identifier
    name: str
    years: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called: its name, its id, its aliases."""
        return (self.name, self.id, *self.aliases)


class Voice(_Part):
    """How the brand speaks."""

    assistant_name: str
    tone: str = "plain, warm and exact"
    greeting: dict[WrittenLanguage, str]


class Theme(_Part):
    """The brand's colours; text must be readable on them."""

    primary: HexColour = "#1f3a5f"
    on_primary: HexColour = "#ffffff"
    background: HexColour = "#ffffff"
    text: HexColour = "#1a1a1a"
    accent: HexColour = "#b8551b"

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        for front, back in (("on_primary", "primary"), ("text", "background")):
            contrast = contrast_ratio(getattr(self, front), getattr(self, back))
            if contrast < MINIMUM_CONTRAST:
                raise ValueError(
                    f"{front} on {back} has a contrast of {contrast:.1f}:1; choose colours with at least 4.5:1"
                )
        return self


class Contact(_Part):
    """How a customer reaches a person."""

    phone: str
    email: str
    url: str
    hours: str
    timezone: TimeZone = "UTC"
    closed_on: tuple[date, ...] = ()


class BrandProfile(_Part):
    """One brand of the group, as its brand.yaml tells it."""

    id: Identifier
    name: str
    default_language: WrittenLanguage
    languages: tuple[WrittenLanguage, ...]
    markets: tuple[WrittenMarket, ...] = ()
    models: tuple[VehicleModel, ...] = ()
    voice: Voice
    theme: Theme = Field(default_factory=Theme)
    logo: str | None = None
    contacts: dict[ContactName, Contact]
    allowed_origins: tuple[HttpsOrigin, ...] = ()
    publishable_keys: tuple[PublishableKey, ...] = ()
    allowed_links: tuple[str, ...] = ()
    vin_prefixes: tuple[str, ...] = ()
    retention_days: int = Field(default=90, ge=1)
    model_tokens_per_day: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.default_language not in self.languages:
            raise ValueError(f"default_language {self.default_language!r} is not one of languages")
        if self.default_language not in self.voice.greeting:
            raise ValueError(f"voice.greeting has no text for {self.default_language!r}")
        if "default" not in self.contacts:
            raise ValueError("contacts has no entry 'default'")
        if self.logo is not None and not re.fullmatch(r"[A-Za-z0-9_-]+\.(svg|png)", self.logo):
            raise ValueError("logo must be the name of an .svg or .png file beside brand.yaml")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the brand and of its models, as customers say them too."""
        return (self.name, *(name for model in self.models for name in (model.name, *model.aliases)))

    def contact(self, market: str | None = None) -> Contact:
        """The contact of a market, or the default one."""
        return self.contacts.get(market or "default", self.contacts["default"])

    def greeting(self, language: str) -> str:
        """The greeting in this language, or in the brand's own."""
        return self.voice.greeting.get(language, self.voice.greeting[self.default_language])

    def require_language(self, language: str) -> None:
        """Refuse a language that the brand does not speak.

        Raises:
            ProfileInvalid: the brand does not speak it.
        """
        if language not in self.languages:
            raise ProfileInvalid(
                f"{self.name} does not speak {language!r}; its languages are: {', '.join(self.languages)}"
            )

    def vehicle(
        self, model: str | None = None, model_year: int | None = None, market: str | None = None
    ) -> VehicleContext:
        """The vehicle context of what a customer, a page or a command named.

        Args:
            model: id, name or alias of a model, in any case.
            model_year: a model year; one that is not documented is kept.
            market: market code, in any case.

        Raises:
            ProfileInvalid: the brand has no such model or market.
        """
        found = None
        if model is not None:
            wanted = model.strip().casefold()
            for known in self.models:
                if wanted in {name.casefold() for name in known.names}:
                    found = known.id
            if found is None:
                names = ", ".join(known.id for known in self.models) or "none"
                raise ProfileInvalid(f"{self.name} has no model {model!r}; its models are: {names}")
        if market is not None and market.lower() not in self.markets:
            raise ProfileInvalid(
                f"{self.name} has no market {market!r}; its markets are: {', '.join(self.markets) or 'none'}"
            )
        return VehicleContext(model=found, model_year=model_year, market=market.lower() if market else None)


def contrast_ratio(front: str, back: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    Args:
        front: `#rrggbb`.
        back: `#rrggbb`.
    """

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(front), luminance(back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def load_profile(path: Path) -> BrandProfile:
    """Read one brand.yaml.

    Args:
        path: the file.

    Raises:
        ProfileInvalid: it is missing, not YAML, or does not describe a brand.
    """
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        raise ProfileInvalid(f"{path} is missing; write one, or copy it from `marque init`") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileInvalid(f"{path} cannot be read as YAML: {yaml_words(error)}") from None
    if not isinstance(content, dict):
        raise ProfileInvalid(f"{path} is empty or no mapping; it needs at least id, name, languages, voice, contacts")
    try:
        profile = BrandProfile.model_validate(content)
    except ValidationError as error:
        raise ProfileInvalid(f"{path}: {plain_words(error)}") from None
    if profile.id != path.parent.name:
        raise ProfileInvalid(f"{path}: id is {profile.id!r}, but its folder is called {path.parent.name!r}")
    return profile


# What is wrong with YAML, by a part of what the parser says; the first that fits.
_YAML_PROBLEMS = {
    "mapping values are not allowed": "a second colon; put the value in quotes, or indent the line as the one above it",
    "found character '\\t'": "a tab; indent with spaces",
    "that cannot start any token": "a value may not begin with this sign; put the value in quotes",
    "expected alphabetic or numeric": "a value may not begin with * or &; put the value in quotes",
    "expected ',' or ']'": "a list that is not closed; its ] is missing",
    "expected ',' or '}'": "braces that are not closed; their } is missing",
    "unexpected end of stream": "a quote that is not closed",
    "found '<scalar>'": "a quote inside a value; put the whole value in single quotes",
    "but found '-'": "an entry of a list where `key: value` is expected",
    "could not find expected ':'": "a line without `key:`",
}

# Complaints that pydantic words for programmers, by their type.
_PLAIN = {"extra_forbidden": "there is no such key", "missing": "it is missing"}


def plain_words(error: ValidationError) -> str:
    """The first three complaints of a validation, as one line."""
    found = error.errors(include_url=False, include_context=False)
    told = [
        f"{'.'.join(str(part) for part in one['loc']) or 'file'}: "
        f"{_PLAIN.get(one['type'], one['msg'].removeprefix('Value error, '))}"
        for one in found[:3]
    ]
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(told) + more


def yaml_words(error: Exception) -> str:
    """What is wrong with a YAML file, and where, as one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is not None and problem:
        told = next((words for part, words in _YAML_PROBLEMS.items() if part in problem), problem)
        return f"line {mark.line + 1}, column {mark.column + 1}: {told}"
    return " ".join(str(error).split())[:200]
