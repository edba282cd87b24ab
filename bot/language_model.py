"""What writes sentences from a prompt."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class LanguageModel(Protocol):
    """A chat model, whoever serves it."""

    @property
    def name(self) -> str:
        """Which model at which endpoint, without any key."""
        ...

    def stream(self, messages: Sequence["BaseMessage"]) -> Iterator[str]:
        """Write the answer piece by piece, within the configured deadlines.

        Args:
            messages: message objects; their text is data and is never read as a template.

        Raises:
            ModelFailed: no usable answer, or one that was cut short; what was yielded before is no whole answer.
        """
        ...
