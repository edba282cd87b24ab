"""Golden questions: does each brand cite the right document and quote the right words.

And does it ask back, decline, help in danger and hand over where it must.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.assistant import Assistant
from bot.question import Question
from bot.reply import Reply, ReplyKind
from brands import BrandProfile
from evals.golden_file import GoldenClarify, GoldenDecline, GoldenFile, GoldenFollowUp, GoldenQuestion, GoldenTalk
from evals.golden_reason import Expected, reason_of
from evals.golden_words import plain_words, same_document
from knowledge_base.bootstrap import KnowledgeBase
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
        reason: why it missed, as far as can be told, and what the author may do.
    """

    question_id: str
    question: str
    expected: str
    kind: str
    text: str
    documents: tuple[str, ...]
    reason: str


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
        must_clarify: how many had to be asked back.
        clarified: how many of those were, with all their choices.
        must_reach_safety: how many told of danger.
        reached_safety: how many of those got a safety text, with the words it must hold.
        must_hand_over: how many a person had to be asked for.
        handed_over: for how many of those one was.
    """

    brand_id: str
    questions: int
    cited_document: int
    cited_words: int
    must_decline: int
    declined: int
    other_brand_passages: int
    misses: tuple[Miss, ...]
    must_clarify: int = 0
    clarified: int = 0
    must_reach_safety: int = 0
    reached_safety: int = 0
    must_hand_over: int = 0
    handed_over: int = 0


def run_golden(
    golden: GoldenFile, profile: BrandProfile, assistant: Assistant, knowledge_base: KnowledgeBase
) -> GoldenResult:
    """Ask everything of one brand's golden file.

    Args:
        golden: what is expected.
        profile: the brand.
        assistant: who answers.
        knowledge_base: tells what the brand's live release holds.
    """
    retriever = knowledge_base.retriever
    misses: list[Miss] = []
    right_document = right_words = foreign = 0
    asked: tuple[GoldenQuestion | GoldenFollowUp, ...] = (*golden.questions, *golden.follow_ups)
    for expected in asked:
        reply = _converse(expected, profile, assistant)
        foreign += _foreign(reply, retriever)
        has_document = any(same_document(one.document, expected.document) for one in reply.citations)
        has_words = all(_stands_in(words, reply) for words in expected.words)
        right_document += has_document
        right_words += has_words
        if not (has_document and has_words):
            needed = f"{' or '.join(expected.document)}: {', '.join(expected.words)}"
            misses.append(_miss(expected, reply, needed, reason_of(expected, reply, profile, knowledge_base)))
    kinds: dict[ReplyKind, int] = {}
    for kind, one in _of_a_kind(golden):
        reply = _converse(one, profile, assistant)
        foreign += _foreign(reply, retriever)
        wanted = _wanted(one)
        right = reply.kind == kind and all(_stands_in(words, reply) for words in wanted)
        kinds[kind] = kinds.get(kind, 0) + right
        if not right:
            needed = f"{kind}: {', '.join(wanted)}" if wanted else kind
            misses.append(_miss(one, reply, needed, reason_of(one, reply, profile, knowledge_base)))
    return GoldenResult(
        brand_id=profile.id,
        questions=len(golden.questions) + len(golden.follow_ups),
        cited_document=right_document,
        cited_words=right_words,
        must_decline=len(golden.must_decline),
        declined=kinds.get("decline", 0),
        other_brand_passages=foreign,
        misses=tuple(misses),
        must_clarify=len(golden.must_clarify),
        clarified=kinds.get("clarify", 0),
        must_reach_safety=len(golden.must_reach_safety),
        reached_safety=kinds.get("safety", 0),
        must_hand_over=len(golden.must_hand_over),
        handed_over=kinds.get("handoff", 0),
    )


def _of_a_kind(golden: GoldenFile) -> Iterator[tuple[ReplyKind, GoldenDecline | GoldenTalk]]:
    """What must get a reply of a certain kind."""
    yield from (("decline", one) for one in golden.must_decline)
    yield from (("clarify", one) for one in golden.must_clarify)
    yield from (("safety", one) for one in golden.must_reach_safety)
    yield from (("handoff", one) for one in golden.must_hand_over)


def _wanted(expected: GoldenDecline | GoldenTalk) -> tuple[str, ...]:
    """The choices or words that the reply must hold."""
    if isinstance(expected, GoldenTalk):
        return expected.words
    return expected.choices if isinstance(expected, GoldenClarify) else ()


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
        **_kind_shares(results),
    }


def _kind_shares(results: list[GoldenResult]) -> dict[str, Any]:
    clarify, safety, handoff = (
        sum(getattr(one, name) for one in results) for name in ("must_clarify", "must_reach_safety", "must_hand_over")
    )
    return {
        "must_clarify": clarify,
        "clarified": _share(sum(one.clarified for one in results), clarify),
        "must_reach_safety": safety,
        "reached_safety": _share(sum(one.reached_safety for one in results), safety),
        "must_hand_over": handoff,
        "handed_over": _share(sum(one.handed_over for one in results), handoff),
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
            "reason": one.reason,
        }
        for one in result.misses
    ]
    return {"brand": result.brand_id, **_shares([result]), "misses": misses}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _converse(expected: Expected, profile: BrandProfile, assistant: Assistant) -> Reply:
    vehicle = profile.vehicle(expected.model, expected.model_year, expected.market)
    conversation_id = assistant.conversations.open(profile.id) if len(expected.turns) > 1 else None
    for text in expected.turns:
        reply = assistant.ask(Question(profile.id, text, vehicle, expected.language, conversation_id))
    if conversation_id is not None:
        assistant.conversations.erase(profile.id, conversation_id)
    return reply


def _foreign(reply: Reply, retriever: Retriever) -> int:
    return sum(retriever.passage(reply.brand, one.passage) is None for one in reply.citations)


def _stands_in(words: str, reply: Reply) -> bool:
    return any(
        plain_words(words) in plain_words(text) for text in (reply.text, *(one.quote for one in reply.citations))
    )


def _miss(expected: Expected, reply: Reply, wanted: str, reason: str) -> Miss:
    documents = tuple(dict.fromkeys(one.document for one in reply.citations))
    return Miss(expected.id, expected.turns[-1], wanted, reply.kind, reply.text, documents, reason)
