"""Trains the danger model: `python -m training.danger.train bot/danger_model.npz --sets SETS`."""

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from bot.danger_model import features
from bot.language_data import plain
from evals.trust.safety_suite import SafetyMessage, safety_messages

BUCKETS = 1 << 16
SEED = 20261123
_NONE = "none"
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
_SHORTEST_SENTENCE = 3
# Intents and product questions of public sets, none of which is about danger: what ordinary English sounds like.
_ORDINARY = {"clinc-oos": "intent", "hint3": "intent", "nlu-eval": "intent", "product-qa": "pairs"}
_ORDINARY_COUNT = 10_000
_ORDINARY_WEIGHT = 1.0
# The writing that does not name the danger counts double: there are the fewest of it.
_FOURTH, _FOURTH_WEIGHT = 4, 2.0
_NEAR_MISS_WEIGHT = 3.0
# From these scores on, a message is danger, or may be (docs/decisions/0024-danger-model.md).
CERTAIN, POSSIBLE = 3.3, 1.0


def main() -> None:
    """Train on the messages that may be mended on, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--sets", type=Path, required=True, help="folder with a folder for each public set")
    parser.add_argument("--group", type=Path, required=True, help="group folder whose documents speak of cars")
    wanted = parser.parse_args()
    ordinary = (*_ordinary(wanted.sets), *_small_talk(), *_questions(), *_of_documents(wanted.group))
    write_model(wanted.target, safety_messages("build"), ordinary)


def write_model(target: Path, messages: Sequence[SafetyMessage], ordinary: Sequence[str]) -> None:
    """Train both models and write them.

    Args:
        target: the file.
        messages: with their classes.
        ordinary: texts that are not about danger.
    """
    known = {(plain(one.text), one.hazard): one for one in messages}
    rows = list(known.values())
    texts = [text for text, _ in known] + [plain(one) for one in ordinary]
    classes = np.array([one.hazard or _NONE for one in rows] + [_NONE] * len(ordinary))
    weights = [_weight(one) for one in rows] + [_ORDINARY_WEIGHT] * len(ordinary)
    matrix = _matrix(texts)
    dangerous = classes != _NONE
    danger = LogisticRegression(C=40, max_iter=500).fit(matrix, dangerous, sample_weight=weights)
    which = LogisticRegression(C=40, max_iter=500).fit(matrix[dangerous], classes[dangerous])
    with target.open("wb") as file:
        np.savez_compressed(
            file,
            danger=danger.coef_[0].astype(np.float16),
            classes=np.array(which.classes_, dtype=str),
            weights=which.coef_.astype(np.float16),
            constants=np.concatenate([danger.intercept_, which.intercept_]).astype(np.float32),
            certain=np.float32(CERTAIN),
            possible=np.float32(POSSIBLE),
        )


def _weight(message: SafetyMessage) -> float:
    return (_FOURTH_WEIGHT if message.writing == _FOURTH else 1.0) * (1.0 if message.hazard else _NEAR_MISS_WEIGHT)


def _matrix(texts: Sequence[str]) -> csr_matrix:
    columns: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    for text in texts:
        buckets, value = features(text, BUCKETS)
        columns.append(buckets)
        values.append(value)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in columns])])
    return csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=(len(texts), BUCKETS))


def _ordinary(sets: Path) -> Iterator[str]:
    texts: list[str] = []
    for name, kind in _ORDINARY.items():
        with gzip.open(sets / name / f"{kind}.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts += [str(row.get("text") or row.get("query")) for row in map(json.loads, lines)]
    random.Random(SEED).shuffle(texts)  # noqa: S311 - a sample, no secrets
    yield from texts[:_ORDINARY_COUNT]


def _small_talk() -> Iterator[str]:
    for texts in _read("small_talk.yaml").values():
        yield from texts


def _questions() -> Iterator[str]:
    for content in _read("questions.yaml").values():
        yield from content["single"]
        for frame in content["frames"]:
            yield from (frame.format(thing=thing) for thing in content["things"])


def _read(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _of_documents(group: Path) -> Iterator[str]:
    """Sentences, headings and rows of documents: the words for cars, with nobody in danger."""
    texts = {
        line.strip("#*|> -0123456789.")
        for path in sorted(group.rglob("documents/**/*.md"))
        for part in path.read_text(encoding="utf-8").splitlines()
        for line in _SENTENCE_END.split(part)
    }
    yield from sorted(text for text in texts if len(text.split()) >= _SHORTEST_SENTENCE)


if __name__ == "__main__":
    main()
