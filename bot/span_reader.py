"""Marks in a passage the words that answer a question, and says how likely the passage answers it at all.

The reader is all-MiniLM-L6-v2, fine-tuned (`training/reader`), as one int8 graph for onnxruntime; nothing is loaded
before the first question that needs it. What it is worth stands in docs/decisions/0010-span-reader.md.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.errors import ReaderUnavailable
from bot.shipped_file import path_of_shipped
from knowledge_base.bundled_model import BundledModel
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Encoding, Tokenizer

SHA256 = "2c917f6a19661134c753053a457917d0fd109c91b59f04868054855402af79cd"
"""Of the model that `training.reader.export` wrote."""
WINDOW_TOKENS = 256
QUESTION_TOKENS = 48
"""What is read of a question; the training data's 99.9th percentile is below."""
WINDOW_OVERLAP_TOKENS = 64
LONGEST_SPAN_TOKENS = 96
LENGTH_COST = 0.25
"""Times log(tokens), off a span's score: start and end are scored apart, and without it they drift apart. Best of 0 to
.8 on the held-out training data (token F1 .671 without, .676 with)."""

_FILE = "reader-int8.onnx"
_CALLED = "The reader's model"
_CLS, _SEP = 101, 102
_NOTHING = -1e4
# What deciding has read, composing need not read again, and many customers ask the same.
_KEPT = 1_024
# Of the likeliest beginning's probability.
_TOO_LITTLE = 1e-4


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a passage that answer best.

    Args:
        start: offset of their first character in the passage.
        end: offset behind their last character; equal to `start` where the passage holds no word.
        score: log-odds of these words against "no answer here", as the span head sees it; comparable between the
            passages of a question.
        answerable: calibrated probability, 0 to 1, that the passage answers the question.
        beginnings: offsets in the passage at which the answer may begin, each with its probability; the sum is 1 where
            the passage holds a word.
    """

    start: int
    end: int
    score: float
    answerable: float
    beginnings: tuple[tuple[int, float], ...] = ()

    def chance(self, start: int, end: int) -> float:
        """Probability, 0 to 1, that the answer begins in a part of the passage, if it stands in the passage at all.

        Args:
            start: offset of the part's first character.
            end: offset behind its last one.
        """
        return sum(chance for at, chance in self.beginnings if start <= at < end)


@dataclass(frozen=True, slots=True)
class SpanScores:
    """What the graph says of a passage, before calibration.

    Args:
        start: offset of the best span's first character in the passage.
        end: offset behind its last character.
        margin: score of the best span less that of no span.
        head: logit of the answerability head.
        beginnings: offsets at which a span may begin, each with the logarithm of the weight of all spans from there.
    """

    start: int
    end: int
    margin: float
    head: float
    beginnings: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    session: "InferenceSession"
    tokenizer: "Tokenizer"
    calibration: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Window:
    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    head: int
    offsets: tuple[tuple[int, int], ...]


class SpanReader:
    """Reads passages one by one on the caller's thread; safe for use by several threads.

    Args:
        model: the graph's bytes, or the path of one of your own; None for the one that ships, which is trusted only by
            its SHA-256. `training.reader.export` writes it.
    """

    def __init__(self, model: bytes | Path | None = None) -> None:
        self._model = model
        self._lock = Lock()
        self._opened: _Opened | None = None
        self._read = lru_cache(maxsize=_KEPT)(self._read_anew)

    def read(self, question: str, passages: Sequence[str]) -> tuple[Reading, ...]:
        """Read each passage for an answer.

        Args:
            question: as asked; from its 48th token on it is not read.
            passages: texts; long ones are read in overlapping windows of 256 tokens.

        Returns:
            One reading for each passage, in the same order.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        return tuple(self._read(question, passage) for passage in passages)

    def _read_anew(self, question: str, passage: str) -> Reading:
        weights = self._open().calibration
        (found,) = self.score(question, [passage])
        odds = weights["head"] * found.head + weights["margin"] * found.margin + weights["offset"]
        answerable = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        return Reading(found.start, found.end, found.margin, answerable, tuple(_probabilities(found.beginnings)))

    def score(self, question: str, passages: Sequence[str]) -> tuple[SpanScores, ...]:
        """The graph's scores for each passage, which `read` makes a probability of.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        opened = self._open()
        asked = opened.tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        return tuple(
            self._score(opened, asked, opened.tokenizer.encode(passage, add_special_tokens=False))
            for passage in passages
        )

    def warm(self) -> None:
        """Load the model now rather than at the first question.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        self._open()

    def _score(self, opened: _Opened, asked: Sequence[int], passage: "Encoding") -> SpanScores:
        if not passage.ids:
            return SpanScores(0, 0, _NOTHING, _NOTHING)
        found = [_best_span(window, *_run(opened, window)) for window in _windows(asked, passage)]
        best = max(found, key=lambda one: one.margin)
        weights: dict[int, float] = {}
        for at, weight in (beginning for one in found for beginning in one.beginnings):
            weights[at] = max(weight, weights.get(at, weight))
        head = max(one.head for one in found)
        return SpanScores(best.start, best.end, best.margin, head, tuple(sorted(weights.items())))

    def _open(self) -> _Opened:
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = _load(self._model)
        return self._opened


def _load(model: bytes | Path | None) -> _Opened:
    session = open_session(model if isinstance(model, bytes) else _checked(model), _CALLED, ReaderUnavailable)
    try:
        calibration = json.loads(session.get_modelmeta().custom_metadata_map["calibration"])
        tokenizer = BundledModel().tokenizer()
    except (KeyError, ValueError) as error:
        raise ReaderUnavailable(f"{_CALLED} says nothing of its calibration.") from error
    except EmbedderUnavailable as error:
        raise ReaderUnavailable(f"{_CALLED} needs the bundled model's tokenizer: {error}") from error
    return _Opened(session, tokenizer, calibration)


def _checked(model: Path | None) -> str:
    """The path of a model that can be read, and that is the very one where it is ours."""
    if model is None:
        return path_of_shipped(Path(__file__).with_name(_FILE), SHA256, _CALLED, ReaderUnavailable)
    if not model.is_file():
        raise ReaderUnavailable(f"{_CALLED} {model.name} cannot be read.")
    return str(model)


def _run(opened: _Opened, window: _Window) -> tuple[NDArray[np.float32], float]:
    inputs = {"ids": np.array([window.ids], np.int64), "kinds": np.array([window.kinds], np.int64)}
    spans, answerable = opened.session.run(["spans", "answerable"], inputs)
    return spans[0], float(answerable[0])


def _windows(asked: Sequence[int], passage: "Encoding") -> Iterator[_Window]:
    head = (_CLS, *asked, _SEP)
    room = WINDOW_TOKENS - len(head) - 1
    first = 0
    while True:
        ids = tuple(passage.ids[first : first + room])
        kinds = (0,) * len(head) + (1,) * (len(ids) + 1)
        yield _Window((*head, *ids, _SEP), kinds, len(head), tuple(passage.offsets[first : first + room]))
        if first + room >= len(passage.ids):
            return
        first += room - WINDOW_OVERLAP_TOKENS


def _best_span(window: _Window, spans: NDArray[np.float32], head: float) -> SpanScores:
    tokens = len(window.offsets)
    starts, ends = spans[:, window.head : window.head + tokens]
    pairs = starts[:, None] + ends[None, :] - spans[:, 0].sum()
    costly = pairs + _length_costs()[:tokens, :tokens]
    start, end = divmod(int(costly.argmax()), tokens)
    highest = costly.max(axis=1)
    weights = highest + np.log(np.exp(costly - highest[:, None]).sum(axis=1))
    beginnings = tuple(zip((one for one, _ in window.offsets), weights.tolist(), strict=True))
    return SpanScores(window.offsets[start][0], window.offsets[end][1], float(pairs[start, end]), head, beginnings)


def _probabilities(beginnings: Sequence[tuple[int, float]]) -> Iterable[tuple[int, float]]:
    highest = max((weight for _, weight in beginnings), default=0.0)
    shares = [(at, math.exp(weight - highest)) for at, weight in beginnings]
    total = sum(share for _, share in shares)
    return ((at, share / total) for at, share in shares if share >= _TOO_LITTLE)


@cache
def _length_costs() -> NDArray[np.float32]:
    further = np.arange(WINDOW_TOKENS)[None, :] - np.arange(WINDOW_TOKENS)[:, None]
    allowed = (further >= 0) & (further < LONGEST_SPAN_TOKENS)
    return np.where(allowed, -LENGTH_COST * np.log1p(np.maximum(further, 0)), -np.inf).astype(np.float32)
