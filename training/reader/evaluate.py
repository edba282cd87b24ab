"""Measures the reader on data it never saw: `python -m training.reader.evaluate DATA [--model FILE] [--json]`.

DATA holds `squad2` and `policyqa`, each with `corpus.jsonl`, `queries.jsonl` and `answers.jsonl`. The passage is given.
Means come with a bootstrap 95 % interval over the questions.
"""

import argparse
import json
import re
import string
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.span_reader import SpanReader
from training.reader.train import auroc

RESAMPLES = 1_000
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95 % interval.

    Args:
        mean: over all questions.
        low: 2.5th percentile of the resampled means.
        high: 97.5th percentile.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def token_f1(given: str, gold: str) -> float:
    """Token F1 of SQuAD's official script: lower case, no punctuation, no articles."""
    ours, theirs = _normalize(given).split(), _normalize(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def exact_match(given: str, gold: str) -> float:
    """1 where both are equal after the same normalization."""
    return float(_normalize(given) == _normalize(gold))


def measure_squad2(reader: SpanReader, folder: Path) -> dict[str, Any]:
    """Token F1 and exact match of the answerable questions, and AUROC of the answerable probability."""
    passages = {row["id"]: row["text"] for row in _rows(folder / "corpus.jsonl")}
    questions = {row["id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    f1, exact, first_f1, readings, truths = [], [], [], [], []
    for row in _rows(folder / "answers.jsonl"):
        passage = passages[row["context_doc"]]
        reading = reader.read(questions[row["id"]], [passage])[0]
        readings.append(reading)
        truths.append(bool(row["answerable"]))
        if row["answerable"]:
            given, golds = passage[reading.start : reading.end], row["alternatives"] or [row["span_text"]]
            f1.append(max(token_f1(given, gold) for gold in golds))
            exact.append(max(exact_match(given, gold) for gold in golds))
            first_f1.append(token_f1(given, golds[0]))
    chances = [one.answerable for one in readings]
    return {
        "questions": len(truths),
        "answerable": len(f1),
        "f1": bootstrap(f1),
        "f1_first_gold": bootstrap(first_f1),
        "exact_match": bootstrap(exact),
        "auroc": _bootstrap_pairs(auroc, chances, truths),
        "auroc_span_score": _bootstrap_pairs(auroc, [one.score for one in readings], truths),
        "balanced_accuracy": _bootstrap_pairs(_balanced_accuracy, chances, truths),
    }


def measure_policyqa(reader: SpanReader, folder: Path) -> dict[str, Any]:
    """Token F1 with each gold paragraph given, against the gold spans of that paragraph; mean by question."""
    passages = {row["id"]: row["text"] for row in _rows(folder / "corpus.jsonl")}
    questions = {row["id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    f1, lengths = [], []
    for row in _rows(folder / "answers.jsonl"):
        golds: dict[str, list[str]] = defaultdict(list)
        for span in row["spans"]:
            golds[span["doc"]].append(span["text"])
        readings = reader.read(questions[row["id"]], [passages[doc] for doc in golds])
        found = []
        for reading, (doc, texts) in zip(readings, golds.items(), strict=True):
            given = passages[doc][reading.start : reading.end]
            lengths.append(len(given.split()))
            found.append(max(token_f1(given, text) for text in texts))
        f1.append(float(np.mean(found)))
    return {"questions": len(f1), "f1": bootstrap(f1), "words_median": float(np.median(lengths))}


def measure_speed(reader: SpanReader, folder: Path, passages: int = 200) -> dict[str, float]:
    """Processor milliseconds a passage on one thread, over passages of `folder`."""
    texts = [row["text"] for row in _rows(folder / "corpus.jsonl")][:passages]
    reader.read("How long is the battery covered by the warranty?", texts[:3])
    spent = []
    for text in texts:
        began = time.thread_time()
        reader.read("How long is the battery covered by the warranty?", [text])
        spent.append(1000 * (time.thread_time() - began))
    return {"p50_ms": float(np.percentile(spent, 50)), "p95_ms": float(np.percentile(spent, 95))}


def bootstrap(values: Sequence[float]) -> Figure:
    """Mean with the percentile bootstrap's 95 % interval."""
    sample = np.asarray(values)
    rows = np.random.default_rng(0).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.percentile(sample[rows].mean(axis=1), [2.5, 97.5])
    return Figure(float(sample.mean()), float(low), float(high))


def _bootstrap_pairs(
    measure: Callable[[Sequence[float], Sequence[bool]], float], scores: Sequence[float], truths: Sequence[bool]
) -> Figure:
    values, good = np.asarray(scores), np.asarray(truths, bool)
    rows = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile([measure(values[row].tolist(), good[row].tolist()) for row in rows], [2.5, 97.5])
    return Figure(measure(scores, truths), float(low), float(high))


def _balanced_accuracy(chances: Sequence[float], truths: Sequence[bool]) -> float:
    said, good = np.asarray(chances) >= 0.5, np.asarray(truths, bool)
    return float((said[good].mean() + (~said[~good]).mean()) / 2)


def _normalize(text: str) -> str:
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main() -> None:
    """Print one line for each figure, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, help="a graph of one's own instead of the one that ships")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reader = SpanReader(arguments.model)
    report: dict[str, Any] = {
        "squad2": measure_squad2(reader, arguments.data / "squad2"),
        "policyqa": measure_policyqa(reader, arguments.data / "policyqa"),
        "speed": measure_speed(reader, arguments.data / "squad2"),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(report, default=vars_of, indent=2) + "\n")
        return
    for name, figures in report.items():
        for figure, value in figures.items():
            shown = f"{value:.1f}" if isinstance(value, float) else str(value)
            sys.stdout.write(f"{name:9} {figure:20} {shown}\n")


def vars_of(figure: Figure) -> dict[str, float]:
    """A figure as JSON."""
    return {"mean": figure.mean, "low": figure.low, "high": figure.high}


if __name__ == "__main__":
    main()
