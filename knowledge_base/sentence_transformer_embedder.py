"""Any sentence-transformers model as an embedder, by its name or folder."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge_base.embedder import Vectors
from knowledge_base.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_TEXTS = 8
"""Small, because small batches are the quickest on a processor and a question waits for one at most."""

_QUESTION_NAMES = ("query", "question")
_PASSAGE_NAMES = ("passage", "document", "corpus")


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model; safe for use by several threads.

    The model is opened with the first text. Code that a model brings is never run, and only safetensors are read.
    With `HF_HUB_OFFLINE=1` no network is used.

    Args:
        model: name on the hub, or folder.
        question_prefix: put before a question; None for what the model says or its family is known for.
        passage_prefix: put before a passage; None likewise.
        threads: for torch, in the whole process; None leaves it as it is.
    """

    def __init__(
        self,
        model: str,
        *,
        question_prefix: str | None = None,
        passage_prefix: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._name = model
        self._question_prefix = question_prefix
        self._passage_prefix = passage_prefix
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
                    model = _load(self._name, self._threads)
                    self._opened = _OpenModel(self._name, model, self._question_prefix, self._passage_prefix)
        return self._opened


class _OpenModel:
    def __init__(
        self, name: str, model: "SentenceTransformer", question_prefix: str | None, passage_prefix: str | None
    ) -> None:
        known_question, known_passage = known_prefixes(name)
        self.model = model
        self.question_prefix = _first(question_prefix, _prompt(model, _QUESTION_NAMES), known_question)
        self.passage_prefix = _first(passage_prefix, _prompt(model, _PASSAGE_NAMES), known_passage)
        self.dimension = len(model.encode("", show_progress_bar=False))
        self.window_tokens = _window(model)
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


def known_prefixes(name: str) -> tuple[str, str]:
    """What a family of models wants before questions and passages, from the cards of the models.

    Args:
        name: of the model, or its folder.

    Returns:
        Prefix of questions and prefix of passages; empty when the family wants none or is not known.
    """
    last = Path(name).name.lower()
    if "e5" in last.replace("_", "-").split("-"):
        if "instruct" in last:
            task = "Given a web search query, retrieve relevant passages that answer the query"
            return f"Instruct: {task}\nQuery: ", ""
        return "query: ", "passage: "
    if last.startswith("bge-") and "-en" in last:
        return "Represent this sentence for searching relevant passages: ", ""
    if last.startswith("bge-") and "-zh" in last:
        return "为这个句子生成表示以用于检索相关文章：", ""
    return "", ""


def _load(name: str, threads: int | None) -> "SentenceTransformer":
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) and not folder.is_dir():
        raise EmbedderUnavailable(f"There is no folder {name} with a sentence-transformers model.")
    try:
        import torch
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
            str(folder) if folder.is_dir() else name,
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        ).eval()
    except (OSError, ValueError, LookupError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise EmbedderUnavailable(
            f"The model {name} cannot be opened ({_first_line(error)}). Give a folder with a sentence-transformers "
            "model in safetensors, or a name that is in the hub's cache or, with a network, on the hub."
        ) from error


def _window(model: "SentenceTransformer") -> int:
    limits = [model.max_seq_length, getattr(model.tokenizer, "model_max_length", None)]
    return min(int(limit) for limit in limits if limit)


def _prompt(model: "SentenceTransformer", names: Sequence[str]) -> str | None:
    return next((model.prompts[name] for name in names if model.prompts.get(name)), None)


def _first(*candidates: str | None) -> str:
    return next((candidate for candidate in candidates if candidate is not None), "")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
