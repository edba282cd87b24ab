"""A sentence-transformers model as an embedder, on torch: for those that our own graph cannot compute."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge_base.embedder import Vectors
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.sentence_model import NOT_SET, Prefixes

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_TEXTS = 8
"""Small, because small batches are the quickest on a processor and a question waits for one at most."""


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model; safe for use by several threads.

    The model is opened with the first text. Code that a model brings is never run, and only safetensors are read.
    No network is used.

    Args:
        folder: where the model lies.
        name: what it was asked for by; tells its family.
        prefixes: those that are set.
        window_tokens: at most so many tokens of a text are read; None for the model's own window.
        threads: for torch, in the whole process; None leaves it as it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str | None = None,
        prefixes: Prefixes = NOT_SET,
        window_tokens: int | None = None,
        threads: int | None = None,
    ) -> None:
        self._folder = folder
        self._name = name or str(folder)
        self._prefixes = prefixes
        self._window_tokens = window_tokens
        self._threads = threads
        self._opening = Lock()
        self._running = Lock()
        self._opened: _OpenModel | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights, vocabulary, pooling, window and prefixes; opens the model."""
        return self._open().fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._open().dimension

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens and the passage prefix included."""
        return self._open().window_tokens

    def count_tokens(self, text: str) -> int:
        """How many tokens a passage has, special tokens and prefix included and without any cut."""
        opened = self._open()
        with self._running:
            return len(
                opened.model.tokenizer(opened.passage_prefix + text, truncation=False, verbose=False)["input_ids"]
            )

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages, the longest first, in small batches.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        opened = self._open()
        vectors = np.empty((len(texts), opened.dimension), np.float32)
        rows = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for start in range(0, len(rows), _BATCH_TEXTS):
            batch = rows[start : start + _BATCH_TEXTS]
            vectors[batch] = self._run(opened, [opened.passage_prefix + texts[row] for row in batch])
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """Embed one question.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        opened = self._open()
        vector: Vectors = self._run(opened, [opened.question_prefix + text])[0]
        return vector

    def _run(self, opened: "_OpenModel", texts: list[str]) -> Vectors:
        with self._running:  # the tokenizer is not made for several threads
            found = opened.model.encode(
                texts,
                batch_size=len(texts),
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
                prompt="",
            )
        return np.asarray(found, np.float32)

    def _open(self) -> "_OpenModel":
        if self._opened is None:
            with self._opening:
                if self._opened is None:
                    model = _load(self._name, self._folder, self._threads)
                    prefixes = self._prefixes.completed(self._name, model.prompts)
                    self._opened = _OpenModel(model, *prefixes, self._window_tokens)
        return self._opened


class _OpenModel:
    def __init__(
        self, model: "SentenceTransformer", question_prefix: str, passage_prefix: str, window_tokens: int | None
    ) -> None:
        self.model = model
        self.question_prefix = question_prefix
        self.passage_prefix = passage_prefix
        self.dimension = len(model.encode("", show_progress_bar=False))
        self.window_tokens = min(_window(model), window_tokens or _window(model))
        model.max_seq_length = self.window_tokens
        self.fingerprint = self._identity()

    def _identity(self) -> str:
        digest = sha256()
        for name, values in sorted(self.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(values.detach().cpu().float().contiguous().numpy().tobytes())
        for text, number in sorted(self.model.tokenizer.get_vocab().items()):
            digest.update(f"{text}\x1f{number}\x1e".encode("utf-8", "surrogatepass"))
        for module in self.model:
            config: dict[str, Any] = getattr(module, "get_config_dict", dict)()
            pooling = {key: config[key] for key in sorted(config) if key.startswith("pooling_mode")}
            digest.update(f"{type(module).__name__}{pooling}".encode())
        digest.update(f"{self.window_tokens}\x1f{self.question_prefix}\x1f{self.passage_prefix}".encode())
        return f"sentence-transformers:{digest.hexdigest()[:32]}:{self.window_tokens}"


def _load(name: str, folder: Path, threads: int | None) -> "SentenceTransformer":
    try:
        import torch
        from huggingface_hub.errors import StrictDataclassError
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EmbedderUnavailable(
            f"The model {name} needs sentence-transformers. Install it with: pip install sentence-transformers"
        ) from error
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        ).eval()
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        RuntimeError,
        ImportError,
        SafetensorError,
        StrictDataclassError,
    ) as error:
        raise EmbedderUnavailable(
            f"The model {name} cannot be opened ({_first_line(error)}). Give a folder with a whole "
            "sentence-transformers model in safetensors."
        ) from error


def _window(model: "SentenceTransformer") -> int:
    limits = [model.max_seq_length, getattr(model.tokenizer, "model_max_length", None)]
    return min(int(limit) for limit in limits if limit)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
