"""The language model through LangChain's `init_chat_model`: OpenAI, Azure OpenAI, and compatible servers.

The answer is read in one background event loop for the whole process, because a task there can be cancelled at any
moment: while connecting, while a server is silent, or while it sends one byte a second. The caller waits at a queue
and never longer than the deadline.
"""

import asyncio
import queue
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from bot.circuit_breaker import CircuitBreaker, RetryBudget
from bot.deployment import Deployment
from bot.errors import ModelCutShort, ModelRefused, ModelUnavailable, SettingsInvalid
from bot.language_model import ModelUsage
from bot.model_errors import Failure, failure_of, late

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

# How long `check` waits: long enough for a cold connection, short enough for someone who waits at a terminal.
CHECK_SECONDS = 6.0
# What vendors call an answer that ended by itself: OpenAI and compatible, Anthropic, Ollama, Google.
_FINISHED = frozenset({"stop", "end_turn", "stop_sequence", "eos"})
_FINISH_FIELDS = ("finish_reason", "stop_reason", "done_reason")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str


@dataclass(frozen=True, slots=True)
class _End:
    finish: str | None = None
    tokens: tuple[int, int] | None = None
    error: Exception | None = None


class _AttemptFailed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.error))
        self.failure = failure


class ChatModel:
    """A language model behind one endpoint; safe for use by several threads.

    Args:
        deployment: which model, where, and within which limits.

    Raises:
        SettingsInvalid: the deployment names no model that can be used.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._retries = RetryBudget()
        self._breaker = CircuitBreaker(deployment.failures_to_pause, deployment.pause_seconds)
        self._chat = build_chat(deployment)

    @property
    def deployment(self) -> Deployment:
        """Which model, where, and within which limits."""
        return self._deployment

    @property
    def name(self) -> str:
        """Which model at which endpoint, without any key."""
        return self._deployment.name

    def stream(
        self,
        messages: Sequence["BaseMessage"],
        *,
        on_usage: Callable[[ModelUsage], None] | None = None,
        first_until: float | None = None,
        whole_until: float | None = None,
    ) -> Iterator[str]:
        """Write the answer piece by piece, within the deployment's deadlines or those that are given.

        Args:
            messages: message objects; their text is data and is never read as a template.
            on_usage: told once what the answer took, where the endpoint tells it.
            first_until: by when the first words must come, on the monotonic clock in seconds.
            whole_until: by when the whole answer must be there.

        Raises:
            ModelFailed: no usable answer, or one that was cut short; what was yielded before is no whole answer.
        """
        began = time.monotonic()
        first = began + self._deployment.first_words_seconds if first_until is None else first_until
        whole = began + self._deployment.whole_seconds if whole_until is None else whole_until
        self._retries.count_request()
        took_tokens = False
        for attempt in range(self._deployment.retries + 1):
            if not self._breaker.admits():
                told = f"{self.name} failed several times and is left alone for a while"
                raise ModelUnavailable(told, took_tokens=took_tokens)
            try:
                yield from self._attempt(messages, first, whole, on_usage)
            except _AttemptFailed as failed:
                took_tokens = failed.failure.error.took_tokens = took_tokens or failed.failure.error.took_tokens
                wait = self._wait_before_retry(failed.failure, first)
                if attempt == self._deployment.retries or wait is None or not self._retries.admits_retry():
                    raise failed.failure.error from None
                time.sleep(wait)
            else:
                return

    def check(self) -> None:
        """Make one small request, within a few seconds; anything that the model begins to say is good.

        Raises:
            ModelFailed: it gave no answer; the text says what to do.
        """
        from langchain_core.messages import HumanMessage

        until = time.monotonic() + CHECK_SECONDS
        events, abandon = self._begin([HumanMessage("Say OK.")])
        try:
            event = _next_event(events, until)
        finally:
            abandon()
        if event is None:
            raise late(self._deployment).error
        if isinstance(event, _End) and event.error is not None:
            raise failure_of(event.error, self._deployment, begun=False).error from None
        if isinstance(event, _End) and event.finish is None:
            raise ModelCutShort(f"{self.name} sent an empty answer; check {self._deployment.setting}_BASE_URL")

    def _attempt(
        self,
        messages: Sequence["BaseMessage"],
        first: float,
        whole: float,
        on_usage: Callable[[ModelUsage], None] | None,
    ) -> Iterator[str]:
        begun = False
        events, abandon = self._begin(messages)
        try:
            while True:
                event = _next_event(events, whole if begun else first)
                if event is None:
                    raise self._failed(late(self._deployment))
                if isinstance(event, _End):
                    self._finish(event, begun=begun, on_usage=on_usage)
                    return
                if event.text:
                    begun = True
                    yield event.text
        finally:
            abandon()

    def _finish(self, end: _End, *, begun: bool, on_usage: Callable[[ModelUsage], None] | None) -> None:
        if end.tokens is not None and on_usage is not None:
            on_usage(ModelUsage(self.name, *end.tokens, self._deployment.cost(*end.tokens)))
        if end.error is not None:
            raise self._failed(failure_of(end.error, self._deployment, begun=begun))
        reason = (end.finish or "").casefold()
        if reason == "content_filter":
            raise self._failed(Failure(ModelRefused(f"{self.name} filtered its own answer"), counts=False))
        if reason not in _FINISHED:
            told = f"because of {reason!r}" if reason else "without saying that it was finished"
            raise self._failed(Failure(ModelCutShort(f"{self.name} ended {told}"), counts=not reason))
        if not begun:
            raise self._failed(Failure(ModelCutShort(f"{self.name} sent an empty answer"), counts=False))
        self._breaker.report_success()

    def _failed(self, failure: Failure) -> _AttemptFailed:
        if failure.counts:
            self._breaker.report_failure()
        else:
            self._breaker.report_success()
        return _AttemptFailed(failure)

    def _wait_before_retry(self, failure: Failure, first: float) -> float | None:
        # A retry makes sense only while the first words can still be in time.
        wait = 0.1 if failure.retry_after_seconds is None else failure.retry_after_seconds
        return wait if failure.may_retry and time.monotonic() + wait < first else None

    def _begin(self, messages: Sequence["BaseMessage"]) -> tuple["queue.SimpleQueue[_Piece | _End]", Callable[[], Any]]:
        events: queue.SimpleQueue[_Piece | _End] = queue.SimpleQueue()
        future = asyncio.run_coroutine_threadsafe(_read(self._chat, list(messages), events), _model_loop())
        return events, future.cancel


def build_chat(deployment: Deployment) -> "BaseChatModel":
    """Build the LangChain chat model of a deployment; nothing is sent yet.

    Args:
        deployment: which model, where.

    Raises:
        SettingsInvalid: the settings do not name a model that can be used.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": deployment.whole_seconds, "max_retries": 0}
    if deployment.temperature is not None:
        options["temperature"] = deployment.temperature
    if deployment.api_key is not None:
        options["api_key"] = deployment.api_key
    try:
        chat: BaseChatModel = init_chat_model(**(options | _provider_options(deployment)))
    except ImportError as error:
        raise SettingsInvalid(f"{deployment.model} needs a package that is not installed: {error}") from None
    except (ValueError, TypeError) as error:
        told = " ".join(str(error).split())[:200]
        raise SettingsInvalid(f"{deployment.setting} {deployment.model!r} cannot be used: {told}") from None
    except Exception as error:
        if type(error).__name__ != "OpenAIError":
            raise
        raise SettingsInvalid(f"{deployment.model} needs a key; set {deployment.setting}_API_KEY") from None
    return chat


def _provider_options(deployment: Deployment) -> dict[str, Any]:
    provider, _, name = deployment.model.partition(":")
    openai_options = {
        "model_provider": "openai",
        "stream_usage": deployment.reports_usage,
        "use_responses_api": False,
    }
    if provider == "azure_openai":
        if deployment.base_url is None or deployment.api_key is None:
            raise SettingsInvalid(
                f"{deployment.model} needs {deployment.setting}_BASE_URL (https://RESOURCE.openai.azure.com) "
                f"and {deployment.setting}_API_KEY"
            )
        address = _with_path(deployment.base_url, "/openai/v1")
        return openai_options | {"model": name, "base_url": address, "max_tokens": deployment.max_tokens}
    if deployment.base_url is not None:
        return openai_options | {
            "model": name if provider == "openai" else deployment.model,
            "base_url": _with_path(deployment.base_url, "/v1"),
            # Not every compatible server knows `max_completion_tokens`, which langchain-openai would send instead.
            "extra_body": {"max_tokens": deployment.max_tokens},
            # Without a key of its own, a server must not be shown the OPENAI_API_KEY of the environment.
            "api_key": deployment.api_key or "none",
        }
    if provider == "openai":
        return openai_options | {"model": name, "max_tokens": deployment.max_tokens}
    return {"model": deployment.model, "max_tokens": deployment.max_tokens}


def _with_path(address: str, path: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") or path))


async def _read(
    chat: "BaseChatModel", messages: "list[BaseMessage]", events: "queue.SimpleQueue[_Piece | _End]"
) -> None:
    finish: str | None = None
    tokens: tuple[int, int] | None = None
    task = asyncio.current_task()
    try:
        async with aclosing(cast("AsyncGenerator[AIMessageChunk]", chat.astream(messages))) as chunks:
            async for chunk in chunks:
                # Before Python 3.12 `asyncio.wait_for`, which langchain-openai puts around each chunk, swallows a
                # cancellation that comes in the same instant as the chunk (1 in 50 under load).
                if task is not None and task.cancelling():
                    return
                finish = next(
                    (chunk.response_metadata[one] for one in _FINISH_FIELDS if chunk.response_metadata.get(one)), finish
                )
                if usage := getattr(chunk, "usage_metadata", None):
                    tokens = (int(usage["input_tokens"]), int(usage["output_tokens"]))
                events.put(_Piece(str(chunk.text)))
    except Exception as error:  # noqa: BLE001 - boundary of one request: what the vendor raises must reach who waits
        events.put(_End(finish, tokens, error))
    else:
        events.put(_End(finish, tokens))


def _next_event(events: "queue.SimpleQueue[_Piece | _End]", until: float) -> _Piece | _End | None:
    try:
        return events.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        return None


_LOOP_LOCK = Lock()


@cache
def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="marque-models", daemon=True).start()
    return loop


def _model_loop() -> asyncio.AbstractEventLoop:
    with _LOOP_LOCK:
        return _started_loop()
