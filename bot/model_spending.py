"""What a brand's language model may take in a day: above it, replies are extracts."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from bot.language_model import ModelUsage
from bot.turn_state import Block, Composer, TurnState
from brands import BrandProfile

_log = logging.getLogger(__name__)


class ModelSpending(Protocol):
    """Counts what the models of all brands take, over all processes that share it."""

    def reserve(self, profile: BrandProfile, tokens: int) -> int | None:
        """Set tokens aside before a model is asked.

        Args:
            profile: whose model.
            tokens: the most that it can take.

        Returns:
            The number of the day whose budget they are taken from; None where it does not hold them.
        """
        ...

    def settle(self, profile: BrandProfile, day: int, reserved: int, taken: int) -> None:
        """Tell what it took of the tokens that were set aside.

        Args:
            profile: whose model.
            day: from `reserve`.
            reserved: what was set aside.
            taken: what it took.
        """
        ...


@dataclass(slots=True)
class ComposeWithinBudget:
    """Composes with a model while the brand's budget of the day holds what it may take, and by extract above it.

    An answer whose use the endpoint does not tell is counted as large as it can be, unless no model read the question.

    Args:
        with_model: composes with the model.
        extract: composes without.
        spending: counts.
        largest_tokens: the most that one answer can take, question and passages included.
    """

    with_model: Composer
    extract: Composer
    spending: ModelSpending
    largest_tokens: int
    _told: set[str] = field(default_factory=set)

    def __call__(self, state: TurnState) -> Iterator[Block | ModelUsage]:
        """Write the blocks of a reply."""
        day = self.spending.reserve(state.profile, self.largest_tokens)
        if day is None:
            if state.profile.id not in self._told:
                self._told.add(state.profile.id)
                _log.warning("%s: the language model's budget of the day is spent; extracts answer", state.profile.id)
            yield from self.extract(state)
            return
        self._told.discard(state.profile.id)
        taken: int | None = None
        try:
            for piece in self.with_model(state):
                if isinstance(piece, ModelUsage):
                    taken = (taken or 0) + piece.input_tokens + piece.output_tokens
                yield piece
        finally:
            if taken is not None:
                self.spending.settle(state.profile, day, self.largest_tokens, taken)
