"""Fifth step with a model: its sentences, each checked before it is shown, or the extract where it fails."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import ModelFailed
from bot.language_data import content_stems
from bot.language_model import LanguageModel, ModelUsage
from bot.prompts.messages import build_messages
from bot.sentence_reader import Sentence, SentenceReader
from bot.sentences import parts_of
from bot.steps.check_claims import best_quote, check_sentence
from bot.turn_state import Block, Composer, TurnState
from knowledge_base.passage import Passage

NO_ANSWER = "NO_ANSWER"
# Share of a sentence's topic words that must stand in the passage which the model names, or, where it names none, in
# one sentence of a passage with its headings. Below it a sentence says something else
# (docs/decisions/0007-language-models.md).
NAMED_SUPPORT = 0.3
UNNAMED_SUPPORT = 0.6
# With fewer topic words than these, agreement without a named passage may be chance.
UNNAMED_WORDS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelBudget:
    """How much a model may be given.

    Args:
        context_tokens: its window, answer included.
        answer_tokens: longest answer.
        passages: at most so many passages.
    """

    context_tokens: int
    answer_tokens: int
    passages: int = 6


def compose_with_model(
    state: TurnState, *, model: LanguageModel, extract: Composer, budget: ModelBudget
) -> Iterator[Block | ModelUsage]:
    """Write an answer with a language model; whatever goes wrong with it, the extract takes over in the same reply.

    Args:
        state: with a decision to answer.
        model: writes the sentences.
        extract: composes without a model.
        budget: how much the model may be given.

    Yields:
        Blocks of the answer, and what it took; nothing where the model says that the passages hold no answer.
    """
    if state.decision is None or state.evidence is None:
        return
    usage: list[ModelUsage] = []
    shown, declined = 0, False
    try:
        messages, given = build_messages(
            state, _passages(state, budget.passages), budget.context_tokens - budget.answer_tokens
        )
        for sentence in _sentences(model, messages, usage):
            declined = declined or (not shown and NO_ANSWER in sentence.text)
            if declined or NO_ANSWER in sentence.text:
                continue
            block = _checked(sentence, given, state)
            shown += not block.refused
            yield block
    except ModelFailed as error:
        _log.warning("the extract takes over: %s", error)
        shown = 0
    yield from usage
    if not shown and not declined:
        yield from extract(state)


def _passages(state: TurnState, limit: int) -> tuple[Passage, ...]:
    decided = state.decision.passages if state.decision else ()
    found = tuple(hit.passage for hit in state.evidence.hits) if state.evidence else ()
    return tuple({one.passage_id: one for one in (*decided, *found)}.values())[:limit]


def _sentences(model: LanguageModel, messages: Sequence[object], usage: list[ModelUsage]) -> Iterator[Sentence]:
    reader = SentenceReader()
    for piece in model.stream(messages, on_usage=usage.append):  # type: ignore[arg-type]
        yield from reader.read(piece)
    yield from reader.end()


def _checked(sentence: Sentence, given: Sequence[Passage], state: TurnState) -> Block:
    named = tuple(given[number - 1] for number in sentence.numbers if 0 < number <= len(given))
    reason = "it rests on no passage"
    for supporting in (
        _named_support(sentence.text, named, state.language),
        _unnamed_support(sentence.text, given, state.language),
    ):
        if not supporting:
            continue
        verdict = check_sentence(sentence.text, supporting, state.profile)
        if verdict.text:
            citations = tuple(best_quote(verdict.text, one) for one in supporting)
            return Block(verdict.text, "model", citations, sentence.joint)
        reason = verdict.reason
    return Block(sentence.text, "model", joint=sentence.joint, refused=reason)


def _named_support(text: str, named: Sequence[Passage], language: str) -> tuple[Passage, ...]:
    """The named passages that have enough of the sentence's words, or are in another language."""
    return tuple(
        one
        for one in named
        if one.scope.language != language or _share(text, one, "\n".join((one.text, *one.warnings))) >= NAMED_SUPPORT
    )


def _unnamed_support(text: str, given: Sequence[Passage], language: str) -> tuple[Passage, ...]:
    """The passage of which one sentence says nearly what this one says."""
    if len(set(content_stems(text, language))) < UNNAMED_WORDS:
        return ()
    shares = {
        place: max((_share(text, one, part.of(one.text)) for part in parts_of(one.text)), default=0.0)
        for place, one in enumerate(given)
        if one.scope.language == language
    }
    best = max(shares, key=lambda place: shares[place], default=None)
    return (given[best],) if best is not None and shares[best] >= UNNAMED_SUPPORT else ()


def _share(text: str, passage: Passage, told: str) -> float:
    code = passage.scope.language
    wanted = set(content_stems(text, code))
    known = "\n".join((passage.title, *passage.heading_path, passage.question or "", told))
    return len(wanted & set(content_stems(known, code))) / len(wanted) if wanted else 0.0
