"""Puts the ingest together: the one place that chooses its concrete parts."""

from brands import Group
from ingest.pipeline import Pipeline
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.web.address import Resolve, resolve_host
from ingest.web.sync import WebSync
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


def build_web_sync(
    group: Group,
    pipeline: Pipeline,
    brand_id: str,
    settings: IngestSettings | None = None,
    *,
    resolve: Resolve = resolve_host,
) -> WebSync:
    """Put together what fetches the web sources of a brand; nothing is asked yet.

    Args:
        group: whose brand.
        pipeline: keeps the pages and takes them up.
        brand_id: the brand.
        settings: by default those of the environment.
        resolve: gives the addresses of a host.

    Raises:
        UnknownBrand: the group has no such brand.
        SourcesInvalid: its sources.yaml cannot be used.
    """
    settings = settings or IngestSettings()
    return WebSync(group, brand_id, pipeline.page_store(brand_id), settings, pipeline.same_words, resolve)
