"""All documents of a brand: files in folders, and web pages that were fetched."""

from dataclasses import replace
from functools import partial

from brands import Group
from ingest.source import WEB_PREFIX, Discovery, discover_documents, source_of
from ingest.web.page_store import PageStore, is_wanted
from ingest.web.sources import SOURCES_FILE, WebSources, load_web_sources


def discover_all(group: Group, brand_id: str, store: PageStore) -> Discovery:
    """Find the documents that a brand has now.

    Args:
        group: the group.
        brand_id: one of its brands.
        store: keeps its web pages.

    Raises:
        UnknownBrand: the group has no such brand.
        SourcesInvalid: the brand's sources.yaml cannot be used.
    """
    files = discover_documents(group, brand_id)
    sources = load_web_sources(group.brand_folder(brand_id) / SOURCES_FILE)
    web = store.documents(sources)
    documents = sorted([*files.documents, *web.documents], key=lambda one: one.document_id)
    return replace(
        files,
        documents=tuple(documents),
        vanished=web.vanished,
        sources=web.sources,
        notes=web.notes,
        synced=web.synced,
        still_listed=partial(_is_listed, sources),
    )


def _is_listed(sources: WebSources, document_id: str, address: str) -> bool:
    return any(
        source_of(document_id) == f"{WEB_PREFIX}{source.id}" and is_wanted(sources, source, address)
        for source in sources.sources
    )
