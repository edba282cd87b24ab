"""A LangChain sequence that keeps no books when nobody reads them."""

from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableGenerator, RunnableLambda, RunnableSequence
from langchain_core.runnables.config import ensure_config, get_callback_manager_for_config
from pydantic import PrivateAttr

MapStep = Callable[[Any], Any]
StreamStep = Callable[[Iterator[Any]], Iterator[Any]]


class StepSequence(RunnableSequence[Any, Any]):
    """Steps one after the other: a `RunnableSequence`, with tracing and callbacks where something listens.

    LangChain prepares and ends a run for each step, 1.5 ms a question, also when there is no callback to tell of it;
    then the steps are called plainly.

    Args:
        maps: steps from one state to the next, by name.
        streams: steps that follow them, from a stream of pieces to a stream of pieces, by name.
        name: of the whole.
    """

    _streams: tuple[StreamStep, ...] = PrivateAttr()

    def __init__(self, maps: dict[str, MapStep], streams: dict[str, StreamStep], name: str) -> None:
        super().__init__(
            *(RunnableLambda(step, name=one) for one, step in maps.items()),
            *(RunnableGenerator(step, name=one) for one, step in streams.items()),
            name=name,
        )
        self._streams = (*(_mapping(step) for step in maps.values()), *streams.values())

    def transform(
        self,
        input: Iterator[Any],  # noqa: A002 - name of the base class
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Put a stream through every step.

        Args:
            input: states.
            config: callbacks and the like.
            kwargs: for the first step.
        """
        if kwargs or get_callback_manager_for_config(ensure_config(config)).handlers:
            yield from super().transform(input, config, **kwargs)
            return
        pieces = input
        for step in self._streams:
            pieces = step(pieces)
        yield from pieces


def _mapping(step: MapStep) -> StreamStep:
    def run(pieces: Iterator[Any]) -> Iterator[Any]:
        return map(step, pieces)

    return run
