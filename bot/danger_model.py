"""A second look at danger, beside the rules: a linear model over the words and parts of words of a message.

Rules know what their author thought of. The model was trained on messages by several writers
(`training/danger/README.md`); it may add a hazard and never takes one away.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"[.!?;\n]+")
_PAIRS = (("b", 1), ("s", 2))
_LETTERS = (3, 4, 5)
# That of a text of about three words; a shorter one tells less, and weighs less.
_LEAST_LENGTH = 6.0
_LONGEST_WORDS = 120
# A shorter one is told by the whole only.
_SHORTEST_SENTENCE = 8


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much a message sounds like danger.

    Args:
        classes: probability of each class, if it is danger.
        score: log-odds of danger.
    """

    classes: Mapping[str, float]
    score: float


@dataclass(frozen=True, slots=True)
class DangerModel:
    """A logistic model of danger, and one of its classes.

    Args:
        danger: weights of danger against none, one a bucket of features.
        classes: names of the classes.
        weights: of each class, class by bucket.
        constants: of danger, then of each class.
        certain: from this score on, a message is danger.
        possible: from this score on, it may be.
    """

    danger: NDArray[np.float16]
    classes: tuple[str, ...]
    weights: NDArray[np.float16]
    constants: NDArray[np.float32]
    certain: float
    possible: float

    def suspicion(self, folded: str) -> Suspicion:
        """How much a message sounds like danger: as a whole, or its most suspicious sentence.

        Args:
            folded: text in lower case, without accents.
        """
        sentences = [one for one in _SENTENCE_END.split(folded) if len(one.split()) >= _SHORTEST_SENTENCE]
        scored = []
        for text in dict.fromkeys((folded, *sentences)):
            buckets, values = features(text, len(self.danger))
            score = float(self.danger[buckets].astype(np.float32) @ values + self.constants[0])
            scored.append((score, buckets, values))
        score, buckets, values = max(scored, key=lambda one: one[0])
        odds = self.weights[:, buckets].astype(np.float32) @ values + self.constants[1:]
        chances = np.exp(odds - odds.max())
        return Suspicion(dict(zip(self.classes, map(float, chances / chances.sum()), strict=True)), score)


def features(folded: str, buckets: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The features of a text: words, pairs of words up to one apart, and parts of words, hashed.

    Args:
        folded: text in lower case, without accents.
        buckets: how many there are.

    Returns:
        The buckets that are not empty, and their values: square roots of counts, of length 1 at most together.
    """
    words = _WORD.findall(folded)[:_LONGEST_WORDS]
    found = [f"w {word}" for word in words]
    for kind, apart in _PAIRS:
        found += [f"{kind} {first} {second}" for first, second in zip(words, words[apart:], strict=False)]
    for word in words:
        edged = f"<{word}>"
        found += [f"c{edged[at : at + size]}" for size in _LETTERS for at in range(len(edged) - size + 1)]
    counts: dict[int, int] = {}
    for one in found:
        bucket = crc32(one.encode()) % buckets
        counts[bucket] = counts.get(bucket, 0) + 1
    values = np.sqrt(np.fromiter(counts.values(), np.float32, len(counts)))
    length = max(_LEAST_LENGTH, float(np.linalg.norm(values)))
    return np.fromiter(counts, np.int64, len(counts)), (values / length).astype(np.float32)


@cache
def danger_model(file: Path | None = None) -> DangerModel:
    """Read a model, once a process.

    Args:
        file: by default the one that ships with the bot.
    """
    source = file or files("bot").joinpath("danger_model.npz")
    with source.open("rb") as opened, np.load(opened, allow_pickle=False) as content:
        return DangerModel(
            danger=content["danger"],
            classes=tuple(map(str, content["classes"])),
            weights=content["weights"],
            constants=content["constants"],
            certain=float(content["certain"]),
            possible=float(content["possible"]),
        )
