"""A small network that reads a question and a passage together, as one int8 graph for onnxruntime."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.errors import ReaderUnavailable
from bot.shipped_file import path_of_shipped
from knowledge_base.bundled_model import BundledModel
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """A graph that comes with the bot, trusted only by its SHA-256.

    Args:
        file: its name, beside this module.
        sha256: of its bytes.
        called: what it is called where it cannot be used.
    """

    file: str
    sha256: str
    called: str


@dataclass(frozen=True, slots=True)
class OpenedPairModel:
    """A graph that is ready to be asked.

    Args:
        session: of onnxruntime; safe for use by several threads.
        tokenizer: neither pads nor cuts.
        calibration: weights by name, as the model's export fitted them.
    """

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    calibration: dict[str, float]

    def run(self, outputs: Sequence[str], ids: Sequence[int], kinds: Sequence[int]) -> list[Any]:
        """What the graph says of one text.

        Args:
            outputs: names of what is wanted.
            ids: tokens of question and passage.
            kinds: 0 for the question's side, 1 for the passage's.
        """
        inputs = {"ids": np.array([ids], np.int64), "kinds": np.array([kinds], np.int64)}
        found: list[Any] = self.session.run(list(outputs), inputs)
        return found


class PairModel:
    """Opens a graph with the first question that needs it.

    Args:
        shipped: the one that comes with the bot.
        model: takes its place: bytes, or the path of one of your own.
    """

    def __init__(self, shipped: ShippedModel, model: bytes | Path | None = None) -> None:
        self._shipped = shipped
        self._model = model
        self._lock = Lock()
        self._opened: OpenedPairModel | None = None

    def open(self) -> OpenedPairModel:
        """The graph, loaded once.

        Raises:
            ReaderUnavailable: it is missing, damaged, or onnxruntime cannot open it.
        """
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = self._load()
        return self._opened

    def _load(self) -> OpenedPairModel:
        called = self._shipped.called
        graph = self._model if isinstance(self._model, bytes) else self._checked()
        session = open_session(graph, called, ReaderUnavailable)
        try:
            calibration = json.loads(session.get_modelmeta().custom_metadata_map["calibration"])
            tokenizer = BundledModel().tokenizer()
        except (KeyError, ValueError) as error:
            raise ReaderUnavailable(f"{called} says nothing of its calibration.") from error
        except EmbedderUnavailable as error:
            raise ReaderUnavailable(f"{called} needs the bundled model's tokenizer: {error}") from error
        return OpenedPairModel(session, tokenizer, calibration)

    def _checked(self) -> str:
        """The path of a model that can be read, and that is the very one where it is ours."""
        called = self._shipped.called
        if not isinstance(self._model, Path):
            path = Path(__file__).with_name(self._shipped.file)
            return path_of_shipped(path, self._shipped.sha256, called, ReaderUnavailable)
        if not self._model.is_file():
            raise ReaderUnavailable(f"{called} {self._model.name} cannot be read.")
        return str(self._model)
