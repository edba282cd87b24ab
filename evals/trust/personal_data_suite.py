"""How much personal data is found in a file of sentences whose personal data is marked."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.personal_data import redact
from evals.errors import DataSetInvalid
from evals.trust.bounds import upper_bound

# What has a form of its own, by the names of microsoft/presidio-research.
STRUCTURED = frozenset(
    {
        "CREDIT_CARD",
        "EMAIL_ADDRESS",
        "IBAN_CODE",
        "IP_ADDRESS",
        "PHONE_NUMBER",
        "US_DRIVER_LICENSE",
        "US_SSN",
    }
)
ADDRESSES = frozenset({"STREET_ADDRESS", "ZIP_CODE"})


@dataclass(slots=True)
class _Count:
    spans: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        missed = self.spans - self.found
        return {
            "spans": self.spans,
            "found": self.found,
            "recall": round(self.found / self.spans, 4) if self.spans else 1.0,
            "missed_upper_95": round(upper_bound(missed, self.spans), 4),
        }


def run_personal_data(path: Path) -> dict[str, Any]:
    """Redact every sentence of a file and compare with its marks; a mark counts as found when all of it was replaced.

    Args:
        path: JSON lines with `text` and `spans` of `type`, `start` and `end`.

    Returns:
        The content of docs/schemas/personal_data.json.

    Raises:
        DataSetInvalid: the file is missing or wrong.
    """
    counts: dict[str, _Count] = {}
    texts = replaced = right = 0
    for row in _rows(path):
        texts += 1
        taken = _taken(row["text"])
        replaced += len(taken)
        marks = [(one["start"], one["end"]) for one in row["spans"]]
        right += sum(any(begin < end_ and start < end for begin, end_ in marks) for start, end in taken)
        for one in row["spans"]:
            count = counts.setdefault(one["type"], _Count())
            count.spans += 1
            if any(start <= one["start"] and end >= one["end"] for start, end in taken):
                count.found += 1
            elif one["type"] in STRUCTURED | ADDRESSES:
                count.missed.append(row["text"][one["start"] : one["end"]])
    return {
        "file": str(path),
        "texts": texts,
        "structured": _sum(counts, STRUCTURED).as_json(),
        "addresses": _sum(counts, ADDRESSES).as_json(),
        "types": {name: counts[name].as_json() for name in sorted(counts)},
        "replaced": replaced,
        "precision": round(right / replaced, 4) if replaced else 1.0,
        "missed": [{"type": name, "text": text} for name in sorted(counts) for text in counts[name].missed],
    }


def _taken(text: str) -> list[tuple[int, int]]:
    taken, at = [], 0
    for one in redact(text).replaced:
        start = text.index(one.original, at)
        at = start + len(one.original)
        taken.append((start, at))
    return taken


def _sum(counts: dict[str, _Count], names: frozenset[str]) -> _Count:
    chosen = [counts[name] for name in names if name in counts]
    return _Count(sum(one.spans for one in chosen), sum(one.found for one in chosen))


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        for row in rows:
            row["text"], [(one["type"], one["start"], one["end"]) for one in row["spans"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataSetInvalid(f"{path} is not one JSON object a line with text and spans ({error})") from None
    return rows
