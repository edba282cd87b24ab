"""The steps, composed of LangChain runnables, so that tracing, callbacks and streaming work."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from bot.handoff import REASONS
from bot.handoff_words import handoff_text
from bot.language_model import ModelUsage
from bot.overview import is_name, models_spoken_of
from bot.phrases import phrase
from bot.turn_state import Block, Composer, Spoken, TurnState

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig

Step = Callable[[TurnState], TurnState]
ComposerName = Literal["extract", "model", "script"]
Piece = TypeVar("Piece")
Pieces = Callable[[Iterator[Any]], Iterator[Any]]

# A brand with more models is called by its own name.
_MOST_MODELS = 6
# Any of them switches LangChain's own tracing on.
_TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


class Chain:
    """The steps from a message to a reply, one after the other.

    Where nothing can listen they are called plainly: importing LangChain alone takes a quarter of what a first reply
    costs the processor (docs/speed.md).

    Args:
        maps: steps from one state to the next, by name.
        streams: steps that follow them, from a stream of pieces to a stream of pieces, by name.
    """

    def __init__(self, maps: Mapping[str, Step], streams: Mapping[str, Pieces]) -> None:
        self._maps = dict(maps)
        self._streams = dict(streams)

    @cached_property
    def runnable(self) -> "Runnable[TurnState, TurnState | Spoken]":
        """The same as a LangChain runnable, to be composed with others."""
        from bot.step_sequence import StepSequence

        return StepSequence(self._maps, self._streams, name="marque")

    def invoke(self, state: TurnState, config: "RunnableConfig | None" = None) -> TurnState | Spoken:
        """The state with its reply.

        Args:
            state: with the message.
            config: callbacks and the like.
        """
        return self.runnable.invoke(state, config)

    def stream(self, state: TurnState, config: "RunnableConfig | None" = None) -> Iterator[TurnState | Spoken]:
        """Pieces of checked text, then the state with its reply.

        Args:
            state: with the message.
            config: callbacks and the like.
        """
        # What listens without a config has LangChain loaded, or is asked for by the environment.
        if config or "langchain_core.runnables" in sys.modules or any(os.environ.get(name) for name in _TRACING):
            yield from self.runnable.stream(state, config)
            return
        pieces: Iterator[Any] = iter((state,))
        for step in self._maps.values():
            pieces = map(step, pieces)
        for stream in self._streams.values():
            pieces = stream(pieces)
        yield from pieces


def build_chain(
    *,
    screen: Step,
    understand: Step,
    find: Step,
    decide: Step,
    composer: Composer,
    check: Callable[[Iterable[Block | TurnState]], Iterator[Spoken | TurnState]],
    record: Callable[[Iterable[Spoken | TurnState]], Iterator[Spoken | TurnState]],
) -> Chain:
    """Compose `screen | understand | find | decide | compose | check | record`.

    Invoked, it gives the state with its reply; streamed, pieces of checked text first.

    Args:
        screen: takes the message in.
        understand: finds out what it is about.
        find: searches.
        decide: chooses the kind of reply.
        composer: writes an answer.
        check: lets through what holds.
        record: keeps what was said.
    """

    def compose(states: Iterable[TurnState]) -> Iterator[Block | TurnState]:
        for state in states:
            yield from _composed(state, composer)

    steps = {"screen": screen, "understand": understand, "find": find, "decide": decide}
    return Chain(
        {name: _timed(step, name) for name, step in steps.items()},
        {"compose": compose, "check": _generator(check), "record": _generator(record)},
    )


def _composed(state: TurnState, composer: Composer) -> Iterator[Block | TurnState]:
    if state.reply is not None or state.decision is None:
        yield state
        return
    begun = perf_counter()
    # The state goes ahead, so that each block can be checked as it comes.
    yield state
    if state.decision.kind == "answer":
        blocks: list[Block] = []
        for piece in composer(state):
            if isinstance(piece, ModelUsage):
                # A model that was away wrote nothing that is to be recorded.
                state = replace(state, usage=piece) if piece.input_tokens or piece.output_tokens else state
            else:
                blocks.append(piece)
                yield piece
        # Where the extract took over from a model that failed half-way, the last block is a quotation.
        written = [block for block in blocks if not block.refused]
        by: ComposerName = "script" if not written else "model" if written[-1].origin == "model" else "extract"
        state = replace(state, blocks=tuple(blocks), composer=by)
    else:
        block = Block(_own_words(state), "ours")
        yield block
        state = replace(state, blocks=(block,), composer="script")
    yield _with_time(state, "compose", begun)


def _own_words(state: TurnState) -> str:
    decision = state.decision
    if decision is None:
        return ""
    if decision.kind == "handoff":
        reason = REASONS[decision.reason]
        queued = state.conversation_id is not None
        return handoff_text(
            state.profile, state.language, state.vehicle.market, now=state.now, queued=queued, reason=reason
        )
    if decision.reason == "greeting":
        return state.profile.greeting(state.language)
    if decision.reason == "overview":
        return _overview(state, decision.topics)
    fill = {"choices": _joined(decision.choices, "or", state)} if decision.choices else {}
    text = phrase(decision.reason, state.language, state.profile, state.vehicle.market, **fill)
    for nearest in decision.passages if decision.kind == "decline" else ():
        heading = nearest.question or (nearest.heading_path[-1] if nearest.heading_path else nearest.title)
        if is_name(heading) and is_name(nearest.title):
            text += " " + phrase("nearest", state.language, state.profile, heading=heading, title=nearest.title)
    return text


def _overview(state: TurnState, topics: tuple[str, ...]) -> str:
    profile = state.profile
    models = models_spoken_of(state.text, profile, state.vehicle) or profile.models
    names = _joined(tuple(model.name for model in models), "and", state) if len(models) <= _MOST_MODELS else ""
    name = "overview" if topics else "overview_bare"
    return phrase(name, state.language, profile, names=names or profile.name, topics=", ".join(topics))


def _joined(names: tuple[str, ...], word: Literal["and", "or"], state: TurnState) -> str:
    *others, last = names or ("",)
    return f"{', '.join(others)} {phrase(word, state.language, state.profile)} {last}" if others else last


def _timed(step: Step, name: str) -> Step:
    def run(state: TurnState) -> TurnState:
        if state.reply is not None:
            return state
        begun = perf_counter()
        return _with_time(step(state), name, begun)

    return run


def _with_time(state: TurnState, name: str, begun: float) -> TurnState:
    return replace(state, timings_ms={**state.timings_ms, name: round((perf_counter() - begun) * 1000, 3)})


def _generator(
    step: Callable[[Iterable[Piece]], Iterator[Spoken | TurnState]],
) -> Callable[[Iterator[Piece]], Iterator[Spoken | TurnState]]:
    # LangChain asks whether it was given a generator function, which a partial is not.
    def run(pieces: Iterator[Piece]) -> Iterator[Spoken | TurnState]:
        yield from step(pieces)

    return run
