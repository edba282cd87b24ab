"""Why a golden question missed, in words that an author can act on."""

import re
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches

from bot.language_data import content_stems
from bot.lexicon import lexicon_of
from bot.reply import Reply
from brands import BrandProfile, VehicleContext
from evals.golden_file import GoldenClarify, GoldenDecline, GoldenFollowUp, GoldenQuestion, GoldenTalk
from evals.golden_words import plain_words, same_document
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.passage import Passage

Expected = GoldenQuestion | GoldenFollowUp | GoldenDecline | GoldenTalk
# As many as the bot looks at.
_LOOKED_AT = 16
_WORD = re.compile(r"[\w'’-]+")
_REPLIED = {
    "answer": "it was answered",
    "clarify": "it was asked back",
    "decline": "it was declined",
    "safety": "it was taken for danger",
    "handoff": "it was handed over to a person",
}


def reason_of(expected: Expected, reply: Reply, profile: BrandProfile, knowledge_base: KnowledgeBase) -> str:
    """What went wrong, and what the author may do.

    Args:
        expected: what was expected.
        reply: what came.
        profile: the brand.
        knowledge_base: with the brand's live release.
    """
    if isinstance(expected, GoldenQuestion | GoldenFollowUp):
        return _of_answer(expected, reply, profile, knowledge_base)
    if isinstance(expected, GoldenTalk):
        missing = [one for one in expected.words if plain_words(one) not in plain_words(reply.text)]
        return f"{_REPLIED[reply.kind]}; its text lacks {_quoted(missing)}" if missing else _REPLIED[reply.kind]
    if isinstance(expected, GoldenClarify) and reply.kind == "clarify":
        return f"it was asked back without the choices {', '.join(expected.choices)}"
    if reply.kind == "answer":
        told = f"it was answered from {_places(reply)}"
        if isinstance(expected, GoldenClarify):
            return f"{told}; asking back needs passages of each choice that say different things"
        return f"{told}; where that answers it, move the question to `questions`"
    return _REPLIED[reply.kind]


def _of_answer(
    expected: GoldenQuestion | GoldenFollowUp, reply: Reply, profile: BrandProfile, knowledge_base: KnowledgeBase
) -> str:
    release_id = knowledge_base.releases.open_live(profile.id).manifest.release_id
    passages = tuple(knowledge_base.releases.passages_of(profile.id, release_id))
    named = [one for one in passages if same_document(one.document_id, expected.document)]
    if not named:
        return _of_unknown_document(expected.document, passages)
    vehicle = profile.vehicle(expected.model, expected.model_year, expected.market)
    holding = [one for one in named if _holds(one, expected.words)]
    admitted = [one for one in holding or named if one.scope.admits(vehicle, date.today())]
    if not admitted:
        return f"{named[0].document_id} does not hold for the vehicle, market or day that the question is asked for"
    if not holding:
        nowhere = [words for words in expected.words if not any(_holds(one, (words,)) for one in named)]
        if nowhere:
            return f"{_quoted(nowhere)} stands nowhere in {named[0].document_id}, letter for letter; correct the words"
        # Of several passages together, which may all be cited.
        admitted = [one for one in named if any(_holds(one, (words,)) for words in expected.words)]
    return _of_search(expected, reply, admitted, vehicle, knowledge_base) + _of_unknown_words(
        expected.turns[-1], reply, passages
    )


def _of_search(
    expected: GoldenQuestion | GoldenFollowUp,
    reply: Reply,
    right: Sequence[Passage],
    vehicle: VehicleContext,
    knowledge_base: KnowledgeBase,
) -> str:
    cited = {one.passage for one in reply.citations}
    if any(one.passage_id in cited for one in right):
        return f"{_place(right[0])} was cited, and another part of it quoted"
    # Of a conversation the last turn alone is searched here.
    hits = knowledge_base.retriever.find(
        reply.brand, expected.turns[-1], vehicle=vehicle, language=reply.language, limit=_LOOKED_AT
    ).hits
    wanted = {one.passage_id for one in right}
    found = next((place for place, hit in enumerate(hits, 1) if hit.passage.passage_id in wanted), None)
    said = f"{_REPLIED[reply.kind]} from {_places(reply)}" if reply.citations else _REPLIED[reply.kind]
    if found is None:
        return f"{said}; search does not find {_place(right[0])} for these words"
    if reply.kind == "clarify":
        return f"{said}; where the answer is the same for all, or the vehicle is known, say so with `model_year`"
    return f"{said}; {_place(right[0])} is number {found} of what search finds"


def _of_unknown_words(question: str, reply: Reply, passages: Sequence[Passage]) -> str:
    """The words of a declined question that no document has."""
    if reply.kind != "decline":
        return ""
    lexicon = lexicon_of(passages)
    told = {word: content_stems(word, reply.language) for word in _WORD.findall(question)}
    unknown = [word for word, stems in told.items() if stems and not any(lexicon.knows(stem) for stem in stems)]
    return f"; no document says {_quoted(unknown)}, for which glossary.yaml may name another word" if unknown else ""


def _of_unknown_document(expected: Sequence[str], passages: Sequence[Passage]) -> str:
    known = sorted({one.document_id for one in passages})
    near = get_close_matches(expected[0], known, n=1)
    hint = f"did you mean {near[0]}?" if near else "ingest and publish it, or correct the name"
    return f"the live release has no document {expected[0]}; {hint}"


def _holds(passage: Passage, words: Sequence[str]) -> bool:
    text = plain_words("\n".join((passage.text, *passage.warnings)))
    return all(plain_words(one) in text for one in words)


def _place(passage: Passage) -> str:
    heading = passage.question or " > ".join(passage.heading_path)
    return f"“{heading}” of {passage.document_id}" if heading else passage.document_id


def _places(reply: Reply) -> str:
    places = (f"“{one.heading}” of {one.document}" if one.heading else one.document for one in reply.citations)
    return " and ".join(dict.fromkeys(places))


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{one}”" for one in words)
