"""A second look at danger, beside the rules: the bundled model, fine-tuned to read what a message means.

Rules know what their author thought of. The network and the linear model beside it (`danger_words.py`) were trained on
messages by several writers (`training/danger/README.md`); they need no search and no language model.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.danger_words import DangerWords, danger_words
from bot.errors import DangerModelUnavailable
from bot.shipped_file import path_of_shipped
from knowledge_base.bundled_model import BundledModel
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

FILE = "danger-int8.onnx"
SHA256 = "74b0fe733afc6d680ef2bf123384bf101a4430ac60e8d60d49555bcdbcdd5496"
"""Of the graph that `training.danger.export` wrote."""
_CALLED = "The danger model"
LONGEST_TOKENS = 64
"""What is read at once, as in training; of a longer message, its sentences are read too."""
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+|\n")
_MOST_SENTENCES = 12
_SHORT_CHARACTERS = 240
"""Of a longer message the few words of danger may be lost among the others."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much a message sounds like danger.

    Args:
        classes: probability of each class, if it is danger.
        score: log-odds of danger, of network and words together.
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
        words: beside the network.
        words_weight: what their log-odds count beside the network's.
        ordinary: below this score of its words, a short message that no rule names is not read.
        certain: from this score on, a message is danger.
        possible: from this score on, it may be.
        harmless: below this score, a rule that finds danger is not believed, unless life is threatened.
        harmless_life: below this score, no rule is believed.
    """

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    classes: tuple[str, ...]
    words: DangerWords
    words_weight: float
    ordinary: float
    certain: float
    possible: float
    harmless: float
    harmless_life: float

    def is_ordinary(self, text: str) -> bool:
        """Whether the words of a short message have nothing of danger, so that it need not be read.

        Args:
            text: as it was written.
        """
        return len(text) <= _SHORT_CHARACTERS and self.words.score(text) < self.ordinary

    def suspicion(self, text: str) -> Suspicion:
        """How much a message sounds like danger: as a whole, or the most suspicious part of a long one.

        Args:
            text: as it was written.
        """
        return max((self._suspicion(ids, part) for ids, part in self._parts(text)), key=lambda one: one.score)

    def _parts(self, text: str) -> Iterator[tuple[list[int], str]]:
        ids = self.tokenizer.encode(text).ids
        yield _cut(ids), text
        if len(ids) > LONGEST_TOKENS:
            for sentence in _SENTENCE_END.split(text)[:_MOST_SENTENCES]:
                yield _cut(self.tokenizer.encode(sentence).ids), sentence

    def _suspicion(self, ids: list[int], text: str) -> Suspicion:
        (found,) = self.session.run(["scores"], {"ids": np.array([ids], np.int64)})
        none, *scores = (float(one) for one in found[0])
        odds = np.asarray(scores)
        weights = np.exp(odds - odds.max())
        together = float(odds.max() + np.log(weights.sum()))
        chances = dict(zip(self.classes, map(float, weights / weights.sum()), strict=True))
        return Suspicion(chances, together - none + self.words_weight * self.words.score(text))


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= LONGEST_TOKENS else [*ids[: LONGEST_TOKENS - 1], ids[-1]]


@cache
def danger_model() -> DangerModel:
    """The model that ships with the bot, opened once a process.

    Raises:
        DangerModelUnavailable: it is missing, damaged, or onnxruntime cannot open it.
    """
    model = path_of_shipped(Path(__file__).with_name(FILE), SHA256, _CALLED, DangerModelUnavailable)
    return open_danger_model(model, danger_words())


def open_danger_model(model: bytes | str, words: DangerWords) -> DangerModel:
    """Open a model.

    Args:
        model: its bytes, or its path.
        words: beside it.

    Raises:
        DangerModelUnavailable: onnxruntime cannot open it, or it says nothing of its classes and thresholds.
    """
    session = open_session(model, _CALLED, DangerModelUnavailable, short_texts=True)
    told = session.get_modelmeta().custom_metadata_map
    try:
        _, *classes = json.loads(told["classes"])
        thresholds = json.loads(told["thresholds"])
        return DangerModel(session, BundledModel().tokenizer(), tuple(classes), words, **thresholds)
    except EmbedderUnavailable as error:
        raise DangerModelUnavailable(f"{_CALLED} needs the bundled model's tokenizer: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DangerModelUnavailable(f"{_CALLED} says nothing of its classes or thresholds.") from error
