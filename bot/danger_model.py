"""A second look at danger, beside the rules: the bundled model, fine-tuned to read what a message means.

Rules know what their author thought of. The network was trained on messages by several writers
(`training/danger/README.md`) and takes about a millisecond; it needs no search and no language model.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.errors import DangerModelUnavailable
from bot.onnx_session import open_session, path_of_shipped
from knowledge_base.bundled_model import BundledModel
from knowledge_base.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

FILE = "danger-int8.onnx"
SHA256 = "fb9148ab7b67cf666c8327505cde68917770caa5b799fd6a167b224538e50f15"
"""Of the graph that `training.danger.export` wrote."""
_CALLED = "The danger model"
LONGEST_TOKENS = 64
"""What is read at once, as in training; of a longer message, its sentences are read too."""
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+|\n")
_MOST_SENTENCES = 12


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
    """A network that tells danger, and which.

    Args:
        session: of onnxruntime; safe for use by several threads.
        tokenizer: neither pads nor cuts.
        classes: of danger; the network's first class is none of them.
        certain: from this score on, a message is danger.
        possible: from this score on, it may be.
        harmless: below this score, a rule that finds danger is not believed, unless life is threatened.
        harmless_life: below this score, no rule is believed.
    """

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    classes: tuple[str, ...]
    certain: float
    possible: float
    harmless: float
    harmless_life: float

    def suspicion(self, text: str) -> Suspicion:
        """How much a message sounds like danger: as a whole, or the most suspicious part of a long one.

        Args:
            text: as it was written.
        """
        return max((self._score(ids) for ids in self._parts(text)), key=lambda one: one.score)

    def _parts(self, text: str) -> Iterator[list[int]]:
        ids = self.tokenizer.encode(text).ids
        yield _cut(ids)
        if len(ids) > LONGEST_TOKENS:
            for sentence in _SENTENCE_END.split(text)[:_MOST_SENTENCES]:
                yield _cut(self.tokenizer.encode(sentence).ids)

    def _score(self, ids: list[int]) -> Suspicion:
        (found,) = self.session.run(["scores"], {"ids": np.array([ids], np.int64)})
        none, *scores = (float(one) for one in found[0])
        odds = np.asarray(scores)
        weights = np.exp(odds - odds.max())
        together = float(odds.max() + np.log(weights.sum()))
        chances = map(float, weights / weights.sum())
        return Suspicion(dict(zip(self.classes, chances, strict=True)), together - none)


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= LONGEST_TOKENS else [*ids[: LONGEST_TOKENS - 1], ids[-1]]


@cache
def danger_model() -> DangerModel:
    """The model that ships with the bot, opened once a process.

    Raises:
        DangerModelUnavailable: it is missing, damaged, or onnxruntime cannot open it.
    """
    return open_danger_model(path_of_shipped(Path(__file__).with_name(FILE), SHA256, _CALLED, DangerModelUnavailable))


def open_danger_model(model: bytes | str) -> DangerModel:
    """Open a model.

    Args:
        model: its bytes, or its path.

    Raises:
        DangerModelUnavailable: onnxruntime cannot open it, or it says nothing of its classes and thresholds.
    """
    session = open_session(model, _CALLED, DangerModelUnavailable, short_texts=True)
    told = session.get_modelmeta().custom_metadata_map
    try:
        _, *classes = json.loads(told["classes"])
        thresholds = json.loads(told["thresholds"])
        return DangerModel(session, BundledModel().tokenizer(), tuple(classes), **thresholds)
    except EmbedderUnavailable as error:
        raise DangerModelUnavailable(f"{_CALLED} needs the bundled model's tokenizer: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DangerModelUnavailable(f"{_CALLED} says nothing of its classes or thresholds.") from error
