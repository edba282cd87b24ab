"""Opens a graph of ours with onnxruntime, on one thread."""

from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]


def open_session(
    model: bytes | str, called: str, unusable: type[BotError], *, short_texts: bool = False
) -> "InferenceSession":
    """Open a graph; the session is safe for use by several threads.

    Args:
        model: its bytes, or its path.
        called: what it is called where it cannot be used.
        unusable: raised where it cannot be used.
        short_texts: whether a second copy of the weights, about half the file, is worth its memory: 3.1 → 2.2 ms for a
            text of 16 tokens, .4 of 12 ms for one of 160.
    """
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state  # type: ignore[import-untyped]
    except ImportError as error:
        raise unusable(f"{called} needs onnxruntime ({error}).") from error
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # fused already
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a pattern would be kept for every length
    options.add_session_config_entry("session.disable_prepacking", "0" if short_texts else "1")
    options.log_severity_level = 3
    # onnxruntime's errors have no base of their own.
    errors: tuple[type[Exception], ...] = tuple(
        kind
        for kind in vars(onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    )
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except errors as error:
        raise unusable(f"onnxruntime cannot open {called.lower()} ({error}).") from error


def path_of_shipped(path: Path, sha256: str, called: str, unusable: type[BotError]) -> str:
    """The path of a graph that comes with the bot, if it is the very one.

    Args:
        path: where it stands.
        sha256: of its bytes.
        called: what it is called where it cannot be used.
        unusable: raised where it cannot be read, or is another one.
    """
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unusable(f"{called} {path.name} cannot be read.") from error
    if digest != sha256:
        raise unusable(f"{called} {path.name} is not the one that ships; install Marque again.")
    # onnxruntime would keep bytes beside what it makes of them.
    return str(path)
