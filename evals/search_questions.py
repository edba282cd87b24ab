"""Searches for judged questions as the bot does, and in simpler ways to compare with."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.conversation import Turn
from bot.follow_up import SearchRequest, search_request
from brands import BrandProfile, Group, VehicleContext
from evals.baselines import BASELINES, WEIGHTS, rank_simply
from evals.memory import peak_memory_mb
from knowledge_base.bootstrap import KnowledgeBase


def search_questions(
    knowledge_base: KnowledgeBase,
    group: Group,
    questions: Sequence[Mapping[str, Any]],
    limit: int,
    *,
    baselines: bool,
) -> dict[str, Any]:
    """Search for every question in its brand's live release.

    Args:
        knowledge_base: with live releases.
        group: the brands.
        questions: `brand`, `text` and `history` (role and text of each turn) of each; without a brand nothing is found.
        limit: hits a question.
        baselines: whether the simple searches are asked too.

    Returns:
        `ranked`: by way of searching, for each question the documents of its hits, best first: `ours`, `last_turn`
        without what was said before, the baselines and the fixed weights; `times_ms`: what ours took; `peak_rss_mb`.
    """
    for brand_id in {one["brand"] for one in questions if one["brand"] is not None}:
        knowledge_base.retriever.warm(brand_id)
    times: list[float] = []
    ours: list[list[str]] = []
    for one in questions:
        begun = time.perf_counter()
        ours.append(_ours(knowledge_base, group, one, limit))
        if one["brand"] is not None:
            times.append((time.perf_counter() - begun) * 1000)
    # Before the other ways, which ours would not need.
    peak = peak_memory_mb()
    ranked = {"ours": ours}
    if any(one["history"] for one in questions):
        alone = [{**one, "history": ()} for one in questions]
        ranked["last_turn"] = [_ours(knowledge_base, group, one, limit) for one in alone]
    if baselines:
        simple = [_simply(knowledge_base, one) for one in questions]
        ranked |= {way: [found.get(way, []) for found in simple] for way in (*BASELINES, *WEIGHTS)}
    return {"ranked": ranked, "times_ms": times, "peak_rss_mb": peak}


def _ours(knowledge_base: KnowledgeBase, group: Group, question: Mapping[str, Any], limit: int) -> list[str]:
    brand_id = question["brand"]
    if brand_id is None:
        return []
    request = _request(question, group.brand(brand_id))
    found = knowledge_base.retriever.find(
        brand_id, request.text, vehicle=VehicleContext(), limit=limit, earlier=request.earlier
    )
    return list(dict.fromkeys(hit.passage.document_id for hit in found.hits))


def _request(question: Mapping[str, Any], profile: BrandProfile) -> SearchRequest:
    """What the bot would search for."""
    if not question["history"]:
        return SearchRequest(question["text"], None)
    language, said = profile.default_language, datetime.now(UTC)
    turns = tuple(
        Turn(str(number), "customer" if role == "user" else "bot", text, said, language=language)
        for number, (role, text) in enumerate(question["history"])
    )
    return search_request(question["text"], language, turns, profile)


def _simply(knowledge_base: KnowledgeBase, question: Mapping[str, Any]) -> Mapping[str, list[str]]:
    if question["brand"] is None:
        return {}
    release = knowledge_base.releases.open_live(question["brand"])
    return rank_simply(release, knowledge_base.embedder, question["text"])
