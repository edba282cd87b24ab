"""Golden questions: does each brand cite the right document, quote the right words, and decline the rest."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.assistant import Assistant
from bot.question import Question
from bot.reply import Reply
from brands import BrandProfile
from evals.golden_file import GoldenDecline, GoldenFile, GoldenFollowUp, GoldenQuestion
from knowledge_base.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Miss:
    """One golden question that did not get what it must.

    Args:
        question_id: its id.
        question: the last thing the customer said.
        expected: in plain words.
        kind: what sort of reply came.
        text: what the reply said.
        documents: the documents it cited.
    """

    question_id: str
    question: str
    expected: str
    kind: str
    text: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """How one brand did.

    Args:
        brand_id: the brand.
        questions: how many questions and follow-ups were asked.
        cited_document: how many cited a right document.
        cited_words: how many quoted all the words.
        must_decline: how many had to be declined.
        declined: how many of those were.
        other_brand_passages: citations that are not in this brand's live release.
        misses: each that failed.
    """

    brand_id: str
    questions: int
    cited_document: int
    cited_words: int
    must_decline: int
    declined: int
    other_brand_passages: int
    misses: tuple[Miss, ...]


def run_golden(golden: GoldenFile, profile: BrandProfile, assistant: Assistant, retriever: Retriever) -> GoldenResult:
    """Ask everything of one brand's golden file.

    Args:
        golden: what is expected.
        profile: the brand.
        assistant: who answers.
        retriever: tells which passages the brand's live release holds.
    """
    misses: list[Miss] = []
    right_document = right_words = declined = foreign = 0
    asked: tuple[GoldenQuestion | GoldenFollowUp, ...] = (*golden.questions, *golden.follow_ups)
    for expected in asked:
        reply = _converse(expected, profile, assistant)
        foreign += _foreign(reply, retriever)
        has_document = any(_same_document(one.document, expected.document) for one in reply.citations)
        has_words = all(_stands_in(words, reply) for words in expected.words)
        right_document += has_document
        right_words += has_words
        if not (has_document and has_words):
            wanted = f"{' or '.join(expected.document)}: {', '.join(expected.words)}"
            misses.append(_miss(expected, reply, wanted))
    for refused in golden.must_decline:
        reply = _converse(refused, profile, assistant)
        foreign += _foreign(reply, retriever)
        declined += reply.kind == "decline"
        if reply.kind != "decline":
            misses.append(_miss(refused, reply, "decline"))
    return GoldenResult(
        brand_id=profile.id,
        questions=len(golden.questions) + len(golden.follow_ups),
        cited_document=right_document,
        cited_words=right_words,
        must_decline=len(golden.must_decline),
        declined=declined,
        other_brand_passages=foreign,
        misses=tuple(misses),
    )


def as_json(results: Iterable[GoldenResult]) -> dict[str, Any]:
    """Shares over all brands, and each brand's own.

    Args:
        results: one a brand.

    Returns:
        The content of docs/schemas/golden.json.
    """
    found = list(results)
    brands = [_brand_json(one) for one in found]
    misses = [{"brand": one["brand"], **miss} for one in brands for miss in one["misses"]]
    return {**_shares(found), "misses": misses, "brands": brands}


def _shares(results: list[GoldenResult]) -> dict[str, Any]:
    asked = sum(one.questions for one in results)
    refused = sum(one.must_decline for one in results)
    return {
        "questions": asked,
        "must_decline": refused,
        "cited_document": _share(sum(one.cited_document for one in results), asked),
        "cited_words": _share(sum(one.cited_words for one in results), asked),
        "declined": _share(sum(one.declined for one in results), refused),
        "other_brand_passages": sum(one.other_brand_passages for one in results),
    }


def _brand_json(result: GoldenResult) -> dict[str, Any]:
    misses = [
        {
            "id": one.question_id,
            "question": one.question,
            "expected": one.expected,
            "kind": one.kind,
            "text": one.text,
            "documents": list(one.documents),
        }
        for one in result.misses
    ]
    return {"brand": result.brand_id, **_shares([result]), "misses": misses}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _converse(
    expected: GoldenQuestion | GoldenFollowUp | GoldenDecline, profile: BrandProfile, assistant: Assistant
) -> Reply:
    vehicle = profile.vehicle(expected.model, expected.model_year, expected.market)
    conversation_id = assistant.conversations.open(profile.id) if len(expected.turns) > 1 else None
    for text in expected.turns:
        reply = assistant.ask(Question(profile.id, text, vehicle, expected.language, conversation_id))
    if conversation_id is not None:
        assistant.conversations.erase(profile.id, conversation_id)
    return reply


def _foreign(reply: Reply, retriever: Retriever) -> int:
    return sum(retriever.passage(reply.brand, one.passage) is None for one in reply.citations)


def _same_document(cited: str, expected: tuple[str, ...]) -> bool:
    return any(cited == one or cited.endswith(f"/{one}") for one in expected)


def _stands_in(words: str, reply: Reply) -> bool:
    return any(_plain(words) in _plain(text) for text in (reply.text, *(one.quote for one in reply.citations)))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("*", "").replace("’", "'").casefold().split())


def _miss(expected: GoldenQuestion | GoldenFollowUp | GoldenDecline, reply: Reply, wanted: str) -> Miss:
    documents = tuple(dict.fromkeys(one.document for one in reply.citations))
    return Miss(expected.id, expected.turns[-1], wanted, reply.kind, reply.text, documents)
