"""Chooses the embedder that the settings name."""

import os
import sys
from pathlib import Path

from knowledge_base.bundled_model import BundledModel
from knowledge_base.embedder import Embedder
from knowledge_base.embedder_by_language import EmbedderByLanguage
from knowledge_base.named_embedder import NamedEmbedder
from knowledge_base.onnx_embedder import OnnxEmbedder
from knowledge_base.sentence_model import NOT_SET, Prefixes
from knowledge_base.settings import KnowledgeBaseSettings


def embedder_from_settings(settings: KnowledgeBaseSettings) -> Embedder:
    """Make the embedder that the settings name, or all of them as one; no model is opened before the first text.

    Args:
        settings: which model, how exact, how many threads, where graphs are kept.
    """
    default = _embedder_named(settings.embedder, settings, Prefixes(settings.question_prefix, settings.passage_prefix))
    own = {language: name for language, name in settings.embedders_by_language.items() if name != settings.embedder}
    if not own:
        return default
    # Languages of one model share it: it is opened once, and its passages are comparable.
    named = {name: _embedder_named(name, settings, NOT_SET) for name in own.values()}
    return EmbedderByLanguage(default, {language: named[name] for language, name in own.items()})


def _embedder_named(name: str, settings: KnowledgeBaseSettings, prefixes: Prefixes) -> Embedder:
    cache_folder = settings.cache_folder or user_cache_folder()
    if name == "bundled":
        return OnnxEmbedder(
            BundledModel(), cache_folder, precision=settings.embedder_precision, threads=settings.embedder_threads
        )
    return NamedEmbedder(
        name,
        cache_folder,
        prefixes=prefixes,
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
