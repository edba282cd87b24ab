"""Any sentence-transformers model on this machine as an embedder, by its name or folder."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from knowledge_base.bert_shape import Precision
from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_model import NOT_SET, Prefixes, read_sentence_model
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder


class NamedEmbedder:
    """Embeds with our graph where it can compute the model, with sentence-transformers where it cannot.

    The model is opened with the first text; nothing is ever fetched. Safe for use by several threads.

    Args:
        model: name on the hub, of a model that was fetched before, or folder.
        cache_folder: where the graph is kept once it is built.
        prefixes: those that are set.
        window_tokens: at most so many tokens of a text are read; the model's own window where that is less.
        precision: arithmetic of the graph.
        threads: how many texts are embedded at the same time; None for one a processor core.
    """

    def __init__(
        self,
        model: str,
        cache_folder: Path,
        *,
        prefixes: Prefixes = NOT_SET,
        window_tokens: int,
        precision: Precision = "int8",
        threads: int | None = None,
    ) -> None:
        self._model = model
        self._cache_folder = cache_folder
        self._prefixes = prefixes
        self._window_tokens = window_tokens
        self._precision = precision
        self._threads = threads
        self._lock = Lock()
        self._opened: Embedder | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights, tokenizer, prefixes, precision and window; opens the model."""
        return self.opened().fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.opened().dimension

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens and the passage prefix included."""
        return self.opened().window_tokens

    def count_tokens(self, text: str) -> int:
        """How many tokens a passage has, special tokens and prefix included and without any cut."""
        return self.opened().count_tokens(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        return self.opened().embed_passages(texts)

    def embed_question(self, text: str) -> Vectors:
        """Embed one question.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        return self.opened().embed_question(text)

    def opened(self) -> Embedder:
        """What embeds.

        Raises:
            EmbedderUnavailable: the model is not on this machine, or cannot be opened.
        """
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = self._open()
        return self._opened

    def _open(self) -> Embedder:
        folder = find_model_folder(self._model)
        model = read_sentence_model(
            self._model, folder, self._cache_folder, self._prefixes, self._window_tokens, self._precision
        )
        if model is not None:
            return OnnxEmbedder(model, self._cache_folder, precision=self._precision, threads=self._threads)
        return SentenceTransformerEmbedder(
            folder,
            name=self._model,
            prefixes=self._prefixes,
            window_tokens=self._window_tokens,
            threads=self._threads,
        )


def find_model_folder(name: str) -> Path:
    """The folder of a model on this machine; the network is never asked.

    Args:
        name: name on the hub, or folder.

    Raises:
        EmbedderUnavailable: it is not here.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.startswith((".", "/", "~")):
        raise EmbedderUnavailable(f"There is no folder {name} with a sentence-transformers model.")
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError as error:
        raise EmbedderUnavailable(f"The model {name} needs huggingface-hub ({error}); give its folder.") from error
    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        found = None
    if not isinstance(found, str):
        raise EmbedderUnavailable(
            f"The model {name} is not on this machine. Fetch it once, where there is a network, with "
            f"`hf download {name}`, or give a folder that holds it."
        )
    return Path(found).parent
