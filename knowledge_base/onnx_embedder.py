"""The embedder on onnxruntime, offline and without torch: the bundled MiniLM, or another model of its kind."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from knowledge_base.bert_shape import BertShape, Precision
from knowledge_base.cores import usable_cores
from knowledge_base.embedder import Vectors
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

RECIPE_VERSION = 2
"""Raised whenever `onnx_graph` would write another graph from the same weights; part of the fingerprint."""

_CALLED = "The embedder's graph"


class OnnxModel(Protocol):
    """A model that our graph can compute."""

    @property
    def identity(self) -> str:
        """Name of all that its vectors depend on, but for precision and window."""
        ...

    @property
    def graph_name(self) -> str:
        """Name of its graph's file, but for the precision."""
        ...

    @property
    def shape(self) -> BertShape:
        """What the graph depends on beside the weights."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens and prefix included."""
        ...

    @property
    def question_prefix(self) -> str:
        """Put before a question."""
        ...

    @property
    def passage_prefix(self) -> str:
        """Put before a passage."""
        ...

    def tokenizer(self) -> "Tokenizer":
        """Its tokenizer, which neither pads nor cuts."""
        ...

    def weights(self) -> "Mapping[str, NDArray[Any]]":
        """Its weights, by the names of a bare encoder."""
        ...


class OnnxEmbedder:
    """Embeds with a model on the processor; safe for use by several threads.

    Every text runs by itself, one on each thread: with a batch of one there is no padding, a text's vector does not
    depend on its neighbours, and a question never waits for a batch of passages to end. Two threads of one text each
    are 1.5 times as fast as two threads on one text (docs/decisions/0002-embedder.md).

    Args:
        model: what to embed with.
        cache_folder: where the graph is kept once it is built (24 MB for the bundled model).
        precision: `int8` (cosine to `fp32` about .993 with the bundled model) or `fp32`.
        threads: how many texts are embedded at the same time; None for one a processor core.
    """

    def __init__(
        self,
        model: OnnxModel,
        cache_folder: Path,
        *,
        precision: Precision = "int8",
        threads: int | None = None,
    ) -> None:
        self._cache_folder = cache_folder
        self._precision = precision
        self._threads = threads or usable_cores()
        self._model = model
        self._lock = Lock()
        self._tokenizer: Tokenizer | None = None
        self._session: InferenceSession | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights, tokenizer, prefixes, precision, recipe and window."""
        return f"{self._model.identity}:{self._precision}-{RECIPE_VERSION}:{self._model.window_tokens}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._model.dimension

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens and the passage prefix included."""
        return self._model.window_tokens

    def count_tokens(self, text: str) -> int:
        """How many tokens a passage has, special tokens and prefix included and without any cut."""
        return len(self._open_tokenizer().encode(self._model.passage_prefix + text).ids)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages, the longest first, each by itself.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        rows = sorted(range(len(texts)), key=lambda row: -len(texts[row]))

        def embed_row(row: int) -> None:
            vectors[row] = self._embed(self._model.passage_prefix + texts[row])

        if len(rows) < 2 or self._threads == 1:
            for row in rows:
                embed_row(row)
            return vectors
        self._open_session()
        with ThreadPoolExecutor(self._threads, "embedder") as pool:
            for _ in pool.map(embed_row, rows):
                pass
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """Embed one question, on the caller's thread.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        return self._embed(self._model.question_prefix + text)

    def _embed(self, text: str) -> Vectors:
        ids = self._open_tokenizer().encode(text).ids
        if len(ids) > (window := self._model.window_tokens):
            ids = [*ids[: window - 1], ids[-1]]
        vectors: list[Vectors] = self._open_session().run(["vectors"], {"ids": np.array([ids], np.int64)})
        return np.asarray(vectors[0][0], np.float32)

    def _open_tokenizer(self) -> "Tokenizer":
        if self._tokenizer is None:
            with self._lock:
                if self._tokenizer is None:
                    self._tokenizer = self._model.tokenizer()
        return self._tokenizer

    def _open_session(self) -> "InferenceSession":
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = _open_graph(self._model, self._graph_path(), self._precision)
        return self._session

    def _graph_path(self) -> Path:
        return self._cache_folder / f"{self._model.graph_name}-{self._precision}-{RECIPE_VERSION}.onnx"


def _open_graph(model: OnnxModel, path: Path, precision: Precision) -> "InferenceSession":
    if path.is_file():
        try:
            return _open_session(path)
        except EmbedderUnavailable:
            pass  # a damaged graph is built again
    graph = _build_graph(model, precision)
    try:
        _write_atomically(path, graph)
    except OSError:
        return _open_session(graph)  # a read-only cache folder costs time at every start, no more
    return _open_session(path)


def _build_graph(model: OnnxModel, precision: Precision) -> bytes:
    # Only here, about once in a machine's life: onnx and the weights cost 0.5 s and 200 MB.
    from knowledge_base.onnx_graph import write_graph

    return write_graph(model.weights(), model.shape, precision)


def _open_session(graph: Path | bytes) -> "InferenceSession":
    return open_session(graph, _CALLED, EmbedderUnavailable, short_texts=True)


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    Path(file.name).replace(path)
