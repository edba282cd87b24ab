"""Several language models in order: where one gives no answer, the next is asked."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.chat_model import ChatModel
from bot.errors import ModelFailed, ModelUnavailable
from bot.language_model import ModelUsage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_log = logging.getLogger(__name__)


class FallbackModel:
    """Asks deployments in order, within the deadlines of the first; safe for use by several threads.

    Each that is still to be tried gets an equal part of the time that is left for the first words. Once words were
    passed on, no other is asked: the answer would begin anew.

    Args:
        models: the deployments, the one that is liked best first; at least one.
    """

    def __init__(self, models: Sequence[ChatModel]) -> None:
        self._models = tuple(models)

    @property
    def name(self) -> str:
        """The models in order, without any key."""
        return ", then ".join(model.name for model in self._models)

    def stream(
        self, messages: Sequence["BaseMessage"], *, on_usage: Callable[[ModelUsage], None] | None = None
    ) -> Iterator[str]:
        """Write the answer piece by piece with the first model that gives one.

        Args:
            messages: message objects.
            on_usage: told what each answer took, where the endpoint tells it.

        Raises:
            ModelFailed: none gave a usable answer, or one was cut short after its first words.
        """
        limits = self._models[0].deployment
        began = time.monotonic()
        first, whole = began + limits.first_words_seconds, began + limits.whole_seconds
        failed: ModelFailed = ModelUnavailable("no language model is configured", took_tokens=False)
        for place, model in enumerate(self._models):
            now = time.monotonic()
            until = now + max(0.0, first - now) / (len(self._models) - place)
            begun = False
            try:
                for piece in model.stream(messages, on_usage=on_usage, first_until=until, whole_until=whole):
                    begun = True
                    yield piece
            except ModelFailed as error:
                if begun:
                    raise
                error.took_tokens = error.took_tokens or failed.took_tokens
                failed = error
                _log.warning("the next language model is asked: %s", error)
            else:
                return
        raise failed

    def check(self) -> None:
        """Make one small request to each.

        Raises:
            ModelFailed: one of them gave no answer; the text says what to do.
        """
        for model in self._models:
            model.check()
