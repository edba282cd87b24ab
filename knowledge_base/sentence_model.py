"""A sentence-transformers model in a folder, as far as our own graph can compute it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from knowledge_base.bert_shape import BertShape, Pooling, Precision
from knowledge_base.embedding_prefixes import known_prefixes
from knowledge_base.errors import EmbedderUnavailable
from knowledge_base.release_files import replace_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
LARGEST_GRAPH_BYTES = 1_900_000_000
"""A graph is one protobuf message, and those end at 2 GB."""

_QUESTION_NAMES = ("query", "question")
_PASSAGE_NAMES = ("passage", "document", "corpus")
_POOLING_FLAG = "pooling_mode_"
_POOLING_NAMES = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean"}
_FLOATS = {"F32", "F16"}
_TABLES = ("word", "position", "token_type")
_PARTS = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


class Prefixes(NamedTuple):
    """What is put before a text.

    Args:
        question: before a question; None for what the model says or its family is known for.
        passage: before a passage; None likewise.
    """

    question: str | None = None
    passage: str | None = None

    def completed(self, name: str, prompts: Mapping[str, str | None]) -> tuple[str, str]:
        """Both prefixes: what is set here, else what the model says, else what its family is known for.

        Args:
            name: of the model, or its folder.
            prompts: what the model says, by name.
        """
        known_question, known_passage = known_prefixes(name)
        own_question = next((own for one in _QUESTION_NAMES if (own := prompts.get(one))), known_question)
        own_passage = next((own for one in _PASSAGE_NAMES if (own := prompts.get(one))), known_passage)
        return (
            own_question if self.question is None else self.question,
            own_passage if self.passage is None else self.passage,
        )


NOT_SET = Prefixes()


@dataclass(frozen=True)
class SentenceModel:
    """A BERT or XLM-RoBERTa with mean or CLS pooling, in safetensors.

    Args:
        folder: holds `config.json`, `model.safetensors` and `tokenizer.json`.
        cache_folder: where the hash of the weights is kept, since some take seconds to read.
        shape: what the graph depends on beside the weights.
        dimension: length of a vector.
        window_tokens: how many tokens of a text are read, special tokens and prefix included.
        question_prefix: put before a question.
        passage_prefix: put before a passage.
    """

    folder: Path
    cache_folder: Path
    shape: BertShape
    dimension: int
    window_tokens: int
    question_prefix: str
    passage_prefix: str

    @property
    def identity(self) -> str:
        """Name of what the vectors depend on, but for precision and window; reads the weights once."""
        told = sha256(f"{self.graph_name}\x1f{self.question_prefix}\x1f{self.passage_prefix}\x1f".encode())
        told.update(_digest(self.folder / TOKENIZER).encode())
        return f"onnx:{told.hexdigest()[:32]}"

    @cached_property
    def graph_name(self) -> str:
        """Name of the graph's file, but for the precision: the same for the same weights and shape."""
        told = sha256(f"{self._weights_digest()}\x1f{self.shape}".encode())
        return f"model-{told.hexdigest()[:32]}"

    def tokenizer(self) -> "Tokenizer":
        """Its tokenizer, which neither pads nor cuts.

        Raises:
            EmbedderUnavailable: its file is missing or damaged.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        except Exception as error:  # tokenizers raises no other for a damaged file
            raise EmbedderUnavailable(
                f"The model's {self.folder / TOKENIZER} cannot be read ({_first_line(error)}). Fetch the model again."
            ) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def weights(self) -> "Mapping[str, NDArray[Any]]":
        """Its weights, each read when it is asked for."""
        return _Weights(self.folder / WEIGHTS)

    def _weights_digest(self) -> str:
        path = self.folder / WEIGHTS
        about = path.resolve().stat()
        seen = sha256(f"{path.resolve()}\x1f{about.st_size}\x1f{about.st_mtime_ns}\x1f{about.st_ino}".encode())
        kept = self.cache_folder / f"weights-{seen.hexdigest()[:32]}.sha256"
        with suppress(OSError):
            return kept.read_text(encoding="ascii")
        digest = _digest(path)
        with suppress(OSError):  # a read-only cache folder costs time at every start, no more
            self.cache_folder.mkdir(parents=True, exist_ok=True)
            replace_file(kept, digest.encode())
        return digest


def read_sentence_model(
    name: str, folder: Path, cache_folder: Path, prefixes: Prefixes, window_tokens: int, precision: Precision
) -> SentenceModel | None:
    """Describe the model of a folder, from its small files.

    Args:
        name: what the model was asked for by; tells its family.
        folder: where it lies.
        cache_folder: where the hash of its weights is kept.
        prefixes: those that are set.
        window_tokens: at most so many tokens of a text are read.
        precision: arithmetic that is wanted.

    Returns:
        None when the graph cannot compute it: another architecture, pooling, tokenizer or kind of weights.
    """
    try:
        config, text = _json(folder / "config.json"), _json(folder / "sentence_bert_config.json")
        pooling = _pooling(folder)
        if pooling is None or text.get("do_lower_case") or not _is_plain_encoder(config):
            return None
        if not (folder / TOKENIZER).is_file() or not _has_all_weights(folder, config, precision):
            return None
        # XLM-RoBERTa counts positions from the one behind its padding token's number.
        first = int(config.get("pad_token_id", 1)) + 1 if config["model_type"] == "xlm-roberta" else 0
        own_limit = text.get("max_seq_length") or _json(folder / "tokenizer_config.json").get("model_max_length")
        limits = (window_tokens, int(config["max_position_embeddings"]) - first, own_limit)
        prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
        question, passage = prefixes.completed(name, prompts)
        shape = BertShape(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            layer_norm_epsilon=float(config["layer_norm_eps"]),
            first_position=first,
            pooling=pooling,
        )
        window = min(int(limit) for limit in limits if limit)
        return SentenceModel(folder, cache_folder, shape, int(config["hidden_size"]), window, question, passage)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None  # sentence-transformers says what is wrong with it


class _Weights(Mapping[str, NDArray[Any]]):
    """Arrays of a file by the names of a bare encoder, as fp32."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = {_bare(name): name for name in _header(path)}

    def __getitem__(self, name: str) -> NDArray[Any]:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._path, framework="np") as file:
                return np.asarray(file.get_tensor(self._names[name]), np.float32)
        except (OSError, SafetensorError) as error:
            raise EmbedderUnavailable(
                f"The model's {self._path} cannot be read ({_first_line(error)}). Fetch the model again."
            ) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderUnavailable(f"The model's {path} cannot be read ({error.strerror}).") from error


def _is_plain_encoder(config: Mapping[str, Any]) -> bool:
    return (
        config.get("model_type") in {"bert", "xlm-roberta"}
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and not config.get("auto_map")
    )


def _pooling(folder: Path) -> Pooling | None:
    modules: Any = _json(folder / "modules.json", [])
    kinds = [str(module["type"]) for module in modules]
    own = all(kind.startswith("sentence_transformers.") for kind in kinds)
    kinds = [kind.rsplit(".", 1)[-1] for kind in kinds]
    if not own or kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None
    config = _json(folder / str(modules[1]["path"]) / "config.json")
    if modules[0]["path"] or config.get("include_prompt", True) is not True:
        return None
    on = [_POOLING_NAMES.get(key) for key, value in config.items() if key.startswith(_POOLING_FLAG) and value is True]
    told = config.get("pooling_mode", on[0] if len(on) == 1 else None)
    return next((one for one in get_args(Pooling) if one == told), None)


def _has_all_weights(folder: Path, config: Mapping[str, Any], precision: Precision) -> bool:
    header = {_bare(name): about for name, about in _header(folder / WEIGHTS).items()}
    width, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    if width % heads or header["embeddings.word_embeddings.weight"]["shape"][1] != width:
        return False
    known = {name: about["dtype"] for name, about in header.items()}
    needed = [f"embeddings.{table}_embeddings.weight" for table in _TABLES]
    layers = [f"encoder.layer.{layer}.{part}" for layer in range(int(config["num_hidden_layers"])) for part in _PARTS]
    needed += [f"{name}.{one}" for name in ("embeddings.LayerNorm", *layers) for one in ("weight", "bias")]
    if any(known.get(name) not in _FLOATS for name in needed):
        return False
    return precision == "int8" or (folder / WEIGHTS).stat().st_size < LARGEST_GRAPH_BYTES


def _header(path: Path) -> dict[str, dict[str, Any]]:
    """Names, kinds and sizes of the arrays of a safetensors file, which begins with them as JSON."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError(f"{path} is no safetensors file")
        header: dict[str, dict[str, Any]] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header


def _bare(name: str) -> str:
    return name.removeprefix("bert.").removeprefix("roberta.")


def _json(path: Path, default: Any = None) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {} if default is None else default


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
