"""Chooses the embedder that the settings name."""

import os
import sys
from pathlib import Path

from knowledge_base.bundled_model import BundledModel
from knowledge_base.embedder import Embedder
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_model import Prefixes
from knowledge_base.settings import KnowledgeBaseSettings


def embedder_from_settings(settings: KnowledgeBaseSettings) -> Embedder:
    """Make the embedder that the settings name; no model is opened before the first text.

    Args:
        settings: which model, how exact, how many threads, where graphs are kept.
    """
    cache_folder = settings.cache_folder or user_cache_folder()
    if settings.embedder == "bundled":
        return OnnxEmbedder(
            BundledModel(), cache_folder, precision=settings.embedder_precision, threads=settings.embedder_threads
        )
    return NamedEmbedder(
        settings.embedder,
        cache_folder,
        prefixes=Prefixes(settings.question_prefix, settings.passage_prefix),
        window_tokens=settings.embedder_window_tokens,
        precision=settings.embedder_precision,
        threads=settings.embedder_threads,
    )


def user_cache_folder() -> Path:
    """The folder for files that this user's programs can make again, as the operating system wants it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "marque"
