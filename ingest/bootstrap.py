"""Puts the ingest together: the one place that chooses its concrete parts."""

from brands import Group
from ingest.pipeline import Pipeline
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from knowledge_base.bootstrap import KnowledgeBase

PARSED_FOLDER = "parsed"


def build_pipeline(group: Group, knowledge_base: KnowledgeBase, settings: IngestSettings | None = None) -> Pipeline:
    """Put the pipeline of a group together; nothing is read, written or started yet.

    Args:
        group: whose brands.
        knowledge_base: embedder, embedding cache and releases.
        settings: by default those of the environment.
    """
    settings = settings or IngestSettings()
    parsed_folder = knowledge_base.data_folder / PARSED_FOLDER
    return Pipeline(group, knowledge_base, settings, Sandbox(settings), parsed_folder)
