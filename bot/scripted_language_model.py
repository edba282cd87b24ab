"""A language model that says what it was told to: for tests, trials and demonstrations."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.errors import ModelFailed
from bot.language_model import ModelUsage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

Script = Callable[[Sequence["BaseMessage"]], str]


class ScriptedLanguageModel:
    """Answers from a script, in small pieces; keeps what it was asked.

    Args:
        script: the answer to every request, or what makes one from the messages.
        failure: raised in the end of every answer, after what the script says.
        usage: what every answer took; None tells nothing.
    """

    name = "scripted"

    def __init__(
        self, script: str | Script, *, failure: ModelFailed | None = None, usage: ModelUsage | None = None
    ) -> None:
        self._script = script
        self._failure = failure
        self._usage = usage
        self.requests: list[tuple[BaseMessage, ...]] = []

    def stream(
        self, messages: Sequence["BaseMessage"], *, on_usage: Callable[[ModelUsage], None] | None = None
    ) -> Iterator[str]:
        """Say what the script says, seven characters at a time."""
        self.requests.append(tuple(messages))
        text = self._script if isinstance(self._script, str) else self._script(messages)
        for start in range(0, len(text), 7):
            yield text[start : start + 7]
        if self._usage is not None and on_usage is not None:
            on_usage(self._usage)
        if self._failure is not None:
            raise self._failure

    def check(self) -> None:
        """Fail as every answer would."""
        if self._failure is not None:
            raise self._failure
