"""The figures that search must not fall below, as gates.yaml tells them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brands.profile import plain_words
from evals.errors import GatesInvalid
from evals.retrieval import RetrievalResult

GATES = Path(__file__).with_name("gates.yaml")


class SetGate(BaseModel):
    """What is known of one data set.

    `best` holds figures by name, such as `ndcg@10`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: str | None = None
    best: dict[str, float] = Field(default_factory=dict)


class Gates(BaseModel):
    """What is known of every data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: float = Field(default=0.01, ge=0, le=1)
    sets: dict[str, SetGate] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fall:
    """A figure that fell below its gate.

    Args:
        data: the data set.
        figure: name of the figure.
        found: what was measured.
        best: the recorded best.
    """

    data: str
    figure: str
    found: float
    best: float


def load_gates(path: Path = GATES) -> Gates:
    """Read a gates.yaml.

    Args:
        path: the file; by default the one of this project.

    Raises:
        GatesInvalid: it is missing or wrong.
    """
    try:
        return Gates.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GatesInvalid(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        raise GatesInvalid(f"{path}: {plain_words(error)}") from None


def find_falls(results: Iterable[RetrievalResult], gates: Gates) -> list[Fall]:
    """The figures that lie more than the tolerance below their recorded best.

    Args:
        results: of whole data sets.
        gates: what is known of each.
    """
    falls = []
    for result in results:
        gate = gates.sets.get(result.data)
        for figure, best in (gate.best if gate else {}).items():
            found = result.quality[figure].mean
            if found < best - gates.tolerance:
                falls.append(Fall(result.data, figure, round(found, 4), best))
    return falls
