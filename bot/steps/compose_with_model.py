"""Fifth step with a model: its sentences, each checked before it is shown, or the extract where it fails."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import ModelFailed
from bot.language_model import LanguageModel, ModelUsage
from bot.personal_data import PLACEHOLDER
from bot.prompts.messages import build_messages
from bot.sentence_reader import Sentence, SentenceReader
from bot.sentence_support import never_said, stands_unbroken, unsupported_because
from bot.steps.check_claims import best_quote, check_sentence, leads_elsewhere
from bot.turn_state import Block, Composer, TurnState
from knowledge_base.passage import Passage

NO_ANSWER = "NO_ANSWER"

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
        Blocks of the answer, and what it took, where that is known; no block where the passages hold no answer.
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
        if not usage and not error.took_tokens:
            usage.append(ModelUsage(model.name, 0, 0))
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
    forbidden = never_said(sentence.text)
    if leads_elsewhere(sentence.text, state.profile):
        forbidden = "it leads to another place"
    if forbidden:
        return Block(sentence.text, "model", joint=sentence.joint, refused=forbidden)
    verdict = check_sentence(sentence.text, given, state.profile)
    if not verdict.text:
        return Block(sentence.text, "model", joint=sentence.joint, refused=verdict.reason)
    named = tuple(given[number - 1] for number in sentence.numbers if 0 < number <= len(given))
    reason = ""
    # A passage that the model did not name may bear the sentence as well, and one that has its words is cited first.
    for passage in sorted(dict.fromkeys((*named, *given)), key=lambda one: not stands_unbroken(verdict.text, one)):
        # What the customer said of themselves stands in no passage, and is no claim.
        unsupported = unsupported_because(PLACEHOLDER.sub("", verdict.text), passage, state.language)
        if not unsupported:
            return Block(verdict.text, "model", (best_quote(verdict.text, passage),), sentence.joint)
        reason = reason or unsupported
    return Block(sentence.text, "model", joint=sentence.joint, refused=reason)
