"""Reads a folder of attacks, planted instructions, carriers and harmless lookalikes."""

import json
from dataclasses import dataclass
from pathlib import Path

from evals.errors import DataSetInvalid


@dataclass(frozen=True, slots=True)
class AttackText:
    """One text of such a folder.

    Args:
        text_id: its id.
        text: the words.
        category: where it comes from.
        question: what may be asked of a carrier.
    """

    text_id: str
    text: str
    category: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class AttackFolder:
    """What the folder holds.

    Args:
        direct: attacks that a customer types.
        indirect: instructions to plant in documents.
        carriers: texts to plant them in.
        benign: texts that only look like attacks.
    """

    direct: tuple[AttackText, ...]
    indirect: tuple[AttackText, ...]
    carriers: tuple[AttackText, ...]
    benign: tuple[AttackText, ...]


def load_attacks(folder: Path) -> AttackFolder:
    """Read direct.jsonl, indirect.jsonl, carriers.jsonl, benign.jsonl and, where it is there, labelled.jsonl.

    Args:
        folder: where they lie.

    Raises:
        DataSetInvalid: one is missing or wrong.
    """
    direct, indirect, carriers, benign = (
        _read(folder / f"{name}.jsonl", None) for name in ("direct", "indirect", "carriers", "benign")
    )
    labelled = folder / "labelled.jsonl"
    if labelled.is_file():
        direct += _read(labelled, "attack")
    return AttackFolder(direct, indirect, carriers, benign)


def _read(path: Path, label: str | None) -> tuple[AttackText, ...]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        return tuple(
            AttackText(row["id"], row["text"], row.get("category", ""), row.get("question", ""))
            for row in rows
            if label is None or row["label"] == label
        )
    except FileNotFoundError:
        raise DataSetInvalid(f"{path} is missing; the folder needs direct, indirect, carriers and benign") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataSetInvalid(f"{path} is not one JSON object a line with id and text ({error})") from None
