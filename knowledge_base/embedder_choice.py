"""Chooses the embedder that the settings name."""

import os
import sys
from pathlib import Path

from knowledge_base.embedder import Embedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_transformer_embedder import SentenceTransformerEmbedder
from knowledge_base.settings import KnowledgeBaseSettings


def embedder_from_settings(settings: KnowledgeBaseSettings) -> Embedder:
    """Make the embedder that the settings name; no model is opened before the first text.

    Args:
        settings: which model, how exact, how many threads, where graphs are kept.
    """
    if settings.embedder == "bundled":
        return OnnxEmbedder(
            settings.cache_folder or user_cache_folder(),
            precision=settings.embedder_precision,
            threads=settings.embedder_threads,
        )
    return SentenceTransformerEmbedder(
        settings.embedder,
        question_prefix=settings.question_prefix,
        passage_prefix=settings.passage_prefix,
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
