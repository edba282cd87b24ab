"""What a brand must be able to answer and what it must decline, as golden_questions.yaml tells it."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from brands.profile import plain_words
from brands.yaml_file import read_yaml
from evals.errors import GoldenFileInvalid

Documents = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    language: str | None = None
    market: str | None = None
    model: str | None = None
    model_year: int | None = None


class GoldenQuestion(_Part):
    """One question, the documents of which one must be cited, and the words that must be quoted."""

    question: str
    document: Documents
    words: tuple[str, ...] = ()

    @property
    def turns(self) -> tuple[str, ...]:
        """What the customer says, in order."""
        return (self.question,)


class GoldenFollowUp(_Part):
    """A conversation whose last turn needs the earlier ones."""

    turns: tuple[str, ...] = Field(min_length=2)
    document: Documents
    words: tuple[str, ...] = ()


class GoldenDecline(_Part):
    """A question that the brand's documents do not answer."""

    question: str

    @property
    def turns(self) -> tuple[str, ...]:
        """What the customer says, in order."""
        return (self.question,)


class GoldenClarify(GoldenDecline):
    """A question whose answer differs between vehicles, and the choices that must be named."""

    choices: tuple[str, ...] = Field(min_length=2)


class GoldenTalk(_Part):
    """A conversation whose last turn must be answered with a safety text, or handed over to a person."""

    turns: tuple[str, ...] = Field(min_length=1)
    words: tuple[str, ...] = ()


class GoldenFile(BaseModel):
    """Everything that is expected of one brand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: tuple[GoldenQuestion, ...] = ()
    must_decline: tuple[GoldenDecline, ...] = ()
    follow_ups: tuple[GoldenFollowUp, ...] = ()
    must_clarify: tuple[GoldenClarify, ...] = ()
    must_reach_safety: tuple[GoldenTalk, ...] = ()
    must_hand_over: tuple[GoldenTalk, ...] = ()


def load_golden(path: Path) -> GoldenFile:
    """Read one golden_questions.yaml.

    Args:
        path: the file.

    Raises:
        GoldenFileInvalid: it is missing or wrong.
    """
    try:
        return GoldenFile.model_validate(read_yaml(path) or {})
    except FileNotFoundError:
        raise GoldenFileInvalid(f"{path} is missing; `marque init` writes one that shows the form") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GoldenFileInvalid(f"{path} cannot be read as YAML: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        raise GoldenFileInvalid(f"{path}: {plain_words(error)}") from None
