"""What writes sentences from a prompt."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What one answer of a model took.

    Args:
        model: which model at which endpoint, without any key.
        input_tokens: tokens read.
        output_tokens: tokens written.
        cost: price of both, in the operator's currency; None where no price is configured.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None = None


class LanguageModel(Protocol):
    """A chat model, whoever serves it."""

    @property
    def name(self) -> str:
        """Which model at which endpoint, without any key."""
        ...

    def stream(
        self, messages: Sequence["BaseMessage"], *, on_usage: Callable[[ModelUsage], None] | None = None
    ) -> Iterator[str]:
        """Write the answer piece by piece, within the configured deadlines.

        Args:
            messages: message objects; their text is data and is never read as a template.
            on_usage: told once what the answer took, where the endpoint tells it.

        Raises:
            ModelFailed: no usable answer, or one that was cut short; what was yielded before is no whole answer.
        """
        ...

    def check(self) -> None:
        """Make one small request, within a few seconds.

        Raises:
            ModelFailed: it gave no answer; the text says what to do.
        """
        ...
