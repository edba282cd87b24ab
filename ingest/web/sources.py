"""A brand's sources.yaml: which pages and sitemaps are documents, from which hosts, and when they are fetched."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from brands.profile import Identifier, plain_words, yaml_words
from brands.yaml_file import parse_yaml
from ingest.errors import AddressRefused, ScopeInvalid, SourcesInvalid
from ingest.metadata import read_metadata
from ingest.web.address import parse_address

SOURCES_FILE = "sources.yaml"
# Once a day, before people come to work.
DEFAULT_SCHEDULE = "0 4 * * *"

_HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?")


def _one_spelling(url: str) -> str:
    try:
        return str(parse_address(url))
    except AddressRefused as error:
        raise ValueError(str(error)) from None


def _check_schedule(expression: str) -> str:
    try:
        CronSim(expression, datetime.now(UTC))
    except CronSimError as error:
        raise ValueError(f"{expression!r} is no cron expression of five fields ({error})") from None
    return expression


Address = Annotated[str, AfterValidator(_one_spelling)]
Schedule = Annotated[str, AfterValidator(_check_schedule)]


class WebSource(BaseModel):
    """Some pages that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    pages: tuple[Address, ...] = ()
    sitemaps: tuple[Address, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    max_pages: int = Field(default=1000, ge=1, le=20_000)
    schedule: Schedule | None = None
    scope: dict[str, Any] = Field(default_factory=dict)

    @field_validator("scope")
    @classmethod
    def _is_scope(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            read_metadata(value)
        except ScopeInvalid as error:
            raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.pages and not self.sitemaps:
            raise ValueError(f"source {self.id!r} names neither pages nor sitemaps")
        return self

    def lists(self, url: str) -> bool:
        """Whether an address from a sitemap is wanted.

        Args:
            url: in one spelling.
        """
        wanted = not self.only or any(url.startswith(prefix) for prefix in self.only)
        return wanted and not any(url.startswith(prefix) for prefix in self.skip)


class WebSources(BaseModel):
    """What a brand's sources.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    schedule: Schedule = DEFAULT_SCHEDULE
    timezone: str = "UTC"
    respect_robots: bool = True
    sources: tuple[WebSource, ...] = ()

    @field_validator("hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _HOST.fullmatch(host.lower()):
                raise ValueError(f"{host!r} is no host; write its name only, such as help.brand.example")
        return tuple(host.lower() for host in value)

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(f"{value!r} is no time zone; write one such as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        ids = [source.id for source in self.sources]
        if len(set(ids)) < len(ids):
            raise ValueError("two sources have the same id")
        for source in self.sources:
            for url in (*source.pages, *source.sitemaps):
                host = parse_address(url).authority
                if host not in self.hosts:
                    raise ValueError(f"{url} is not on one of the hosts that are allowed; add {host} under `hosts:`")
        return self

    def next_due(self, source: WebSource, after: datetime) -> datetime:
        """When a source is to be fetched next.

        Args:
            source: one of these.
            after: with time zone.
        """
        expression = source.schedule or self.schedule
        return next(CronSim(expression, after.astimezone(ZoneInfo(self.timezone))))


def load_web_sources(path: Path) -> WebSources:
    """Read a brand's sources.yaml.

    Args:
        path: the file; when there is none, the brand has no web sources.

    Raises:
        SourcesInvalid: the file is wrong.
    """
    try:
        content = parse_yaml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return WebSources()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourcesInvalid(f"{path} cannot be read as YAML: {yaml_words(error)}") from None
    try:
        return WebSources.model_validate({} if content is None else content)
    except ValidationError as error:
        raise SourcesInvalid(f"{path}: {plain_words(error)}") from None
