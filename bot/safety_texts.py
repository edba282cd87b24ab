"""Safety texts of a company's own, signed off by name, in place of those that ship with the bot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.language_data import read_data
from bot.sentence_support import never_said
from brands.errors import GroupFolderInvalid
from brands.profile import ContactName, WrittenLanguage, plain_words, yaml_words
from brands.yaml_file import read_yaml

FILE_NAME = "safety.yaml"
# Of every market for which a language has no text of its own.
EVERY_MARKET = "default"
_KNOWN_FILLS = {"phone", "hours", "brand"}
_FILL = re.compile(r"\{([^{}]*)\}")
_MARKUP = re.compile(r"https?://|www\.|[<>`\[\]]|!\[")

Step = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=240)]
Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=3)]


class _SafetyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1, max_length=40)
    signed_off_by: str = Field(min_length=3, max_length=120)
    signed_off_on: date
    texts: dict[WrittenLanguage, dict[ContactName, dict[str, Steps]]]

    @model_validator(mode="after")
    def _may_be_shown(self) -> Self:
        classes = {*read_data("safety.yaml")["classes"], "life", "do_not_drive", "record"}
        for language, markets in self.texts.items():
            for market, by_class in markets.items():
                where = f"texts.{language}.{market}"
                if market != EVERY_MARKET and not re.fullmatch(r"[a-z]{2}", market):
                    raise ValueError(f"{where}: a market is two small letters, or `{EVERY_MARKET}`")
                for name, steps in by_class.items():
                    if name not in classes:
                        raise ValueError(f"{where}.{name} is no class; known are: {', '.join(sorted(classes))}")
                    for step in steps:
                        _check_step(step, f"{where}.{name}")
        return self


def _check_step(step: str, where: str) -> None:
    unknown = set(_FILL.findall(step)) - _KNOWN_FILLS
    if unknown or "{" in _FILL.sub("", step) or "}" in _FILL.sub("", step):
        raise ValueError(f"{where}: only {{phone}}, {{hours}} and {{brand}} are filled in")
    if _MARKUP.search(step):
        raise ValueError(f"{where}: a step holds no link and no markup")
    forbidden = never_said(step)
    if forbidden:
        raise ValueError(f"{where}: a safety text must not hold this: {forbidden}")


@dataclass(frozen=True, slots=True)
class SafetyTexts:
    """The safety texts of a company.

    Args:
        version: the company's own version of them.
        signed_off_by: who approved them.
        signed_off_on: when.
        texts: the steps by language, market and class; what is missing is taken from the bot's own texts.
    """

    version: str = ""
    signed_off_by: str = ""
    signed_off_on: date | None = None
    texts: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)

    def steps(self, language: str, market: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
        """The company's steps for a hazard; empty where it has none in this language.

        Args:
            language: ISO 639-1 code.
            market: the customer's market, where it is known.
            names: the hazard's class, then what it may fall back to.
        """
        markets = self.texts.get(language, {})
        for name in names:
            for place in (market, EVERY_MARKET):
                steps = markets.get(place or EVERY_MARKET, {}).get(name)
                if steps:
                    return steps
        return ()


def load_safety_texts(folder: Path) -> SafetyTexts:
    """Read a group folder's safety.yaml; without one the bot's own texts hold.

    Args:
        folder: the group folder.

    Raises:
        GroupFolderInvalid: the file is wrong.
    """
    path = folder / FILE_NAME
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        return SafetyTexts()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GroupFolderInvalid(f"{path} cannot be read as YAML: {yaml_words(error)}") from None
    try:
        read = _SafetyFile.model_validate(content if isinstance(content, dict) else {})
    except ValidationError as error:
        raise GroupFolderInvalid(f"{path}: {plain_words(error)}") from None
    return SafetyTexts(read.version, read.signed_off_by, read.signed_off_on, read.texts)
