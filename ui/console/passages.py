"""Passages of live releases, for the pages."""

from collections.abc import Iterable

import streamlit as st

from bot.reply import Citation
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.passage import Passage
from ui.bootstrap import Services

# Releases whose passages are kept at hand; one of 500 passages takes about 1 MB.
_KEPT_RELEASES = 16


def live_passages(services: Services, brand_id: str) -> tuple[Passage, ...]:
    """All passages of a brand's live release, in reading order; none where nothing is published.

    Args:
        services: what answers.
        brand_id: the brand.
    """
    live = services.knowledge_base.releases.live(brand_id)
    return () if live is None else _passages_of(services, brand_id, live.release_id)


@st.cache_resource(max_entries=_KEPT_RELEASES, show_spinner=False)
def _passages_of(_services: Services, brand_id: str, release_id: str) -> tuple[Passage, ...]:
    return tuple(_services.knowledge_base.releases.passages_of(brand_id, release_id))


def cited_passages(services: Services, brand_id: str, citations: Iterable[Citation]) -> dict[str, Passage]:
    """The cited passages that the brand's live release still holds, by id.

    Args:
        services: what answers.
        brand_id: the brand.
        citations: of a reply.
    """
    found: dict[str, Passage] = {}
    for one in citations:
        try:
            passage = services.knowledge_base.retriever.passage(brand_id, one.passage)
        except KnowledgeBaseError:
            continue
        if passage is not None:
            found[one.passage] = passage
    return found
