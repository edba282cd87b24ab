"""What the errors of model vendors mean to the bot; the one place that maps them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from bot.deployment import Deployment
from bot.errors import ModelCutShort, ModelFailed, ModelLate, ModelRefused, ModelUnavailable


@dataclass(frozen=True, slots=True)
class Failure:
    """What one failed request means.

    Args:
        error: what is raised in the end.
        may_retry: whether the same request may succeed at once.
        counts: whether it speaks against the endpoint, and not against this one request.
        retry_after_seconds: how long the endpoint asks to wait.
    """

    error: ModelFailed
    may_retry: bool = False
    counts: bool = True
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    error: type[ModelFailed]
    text: str
    may_retry: bool = False
    counts: bool = True


_KEY = _Kind(ModelRefused, "{name} refuses the key; check {setting}_API_KEY")
_UNKNOWN = _Kind(ModelRefused, "{name} is not known there; check {setting} and {setting}_BASE_URL")
_REFUSED = _Kind(ModelRefused, "{name} refuses the request{detail}", counts=False)
_CONTENT = _Kind(ModelRefused, "{name} refuses the content of this question", counts=False)
_WINDOW = _Kind(
    ModelRefused,
    "question and passages are too long for {name}; set MARQUE_BOT_MODEL_CONTEXT_TOKENS to its window",
    counts=False,
)
_CREDIT = _Kind(ModelRefused, "the account of {name} has no credit left; add some, or set another {setting}_API_KEY")
_BUSY = _Kind(
    ModelUnavailable, "{name} takes no more requests for now; try again later or raise its quota", may_retry=True
)
_BROKEN = _Kind(ModelUnavailable, "{name} has a fault of its own{detail}; try again later", may_retry=True)
_UNREACHABLE = _Kind(
    ModelUnavailable,
    "{name} cannot be reached; check {setting}_BASE_URL and that the server runs",
    may_retry=True,
)
_GARBLED = _Kind(
    ModelUnavailable,
    "{name} answers with something that is no chat completion; check that {setting}_BASE_URL ends in /v1",
)
_LATE = _Kind(
    ModelLate,
    "{name} did not answer in time; look at its load, or raise MARQUE_BOT_MODEL_FIRST_WORDS_SECONDS",
)
_CUT = _Kind(ModelCutShort, "the answer of {name} broke off", counts=False)

_BY_STATUS = {401: _KEY, 403: _KEY, 404: _UNKNOWN, 408: _BROKEN, 409: _BROKEN, 413: _WINDOW, 425: _BROKEN, 429: _BUSY}
_REQUEST_TIMEOUT, _LAST_TURNED_AWAY = 408, 503
# What OpenAI, Azure OpenAI, llama.cpp, vLLM and LiteLLM call a case that a status leaves open.
_BY_MARK = (
    (("insufficient_quota",), _CREDIT),
    (("context_length_exceeded", "exceed_context_size", "maximum context length", "ContextWindowExceeded"), _WINDOW),
    (("content_filter", "content_policy", "ResponsibleAI"), _CONTENT),
)


def late(deployment: Deployment) -> Failure:
    """The failure of an answer that missed its deadline."""
    return _failure(_LATE, deployment)


def failure_of(error: Exception, deployment: Deployment, *, begun: bool) -> Failure:
    """Say what an exception means that a vendor's library raised.

    Args:
        error: what was raised; what nobody knows is taken for an answer that is no chat completion.
        deployment: the model that was asked.
        begun: whether a part of the answer was already passed on; then nothing is tried again.
    """
    failure = known_failure(error, deployment) or _failure(_GARBLED, deployment)
    if begun and not isinstance(failure.error, ModelLate):
        return Failure(_failure(_CUT, deployment).error, counts=failure.counts)
    failure.error.took_tokens = begun or not _costs_nothing(error)
    return failure


def _costs_nothing(error: BaseException | None) -> bool:
    """Whether no model read the question: no connection came about, or the endpoint turned it away with a status."""
    import httpx2

    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        # A filter has read the question, and what a gateway waited for in vain may have been written all the same.
        read = isinstance(error, Exception) and _marked(error) is _CONTENT
        return 400 <= status <= _LAST_TURNED_AWAY and status != _REQUEST_TIMEOUT and not read
    while error is not None:
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False


def known_failure(error: Exception, deployment: Deployment) -> Failure | None:
    """The failure that a vendor's exception stands for; None where it is none of theirs.

    Args:
        error: what was raised.
        deployment: the model that was asked.
    """
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        kind = _kind_of_status(error, status)
        return _failure(kind, deployment, detail=_detail(error, status), retry_after_seconds=_retry_after(error))
    kinds = (kind for vendor, kind in _kinds_by_type() if isinstance(error, vendor))
    found = next(kinds, None)
    return _failure(_marked(error) or found, deployment) if found else None


@cache
def _kinds_by_type() -> tuple[tuple[type[Exception], _Kind], ...]:
    """Exceptions without a status, the more special ones first."""
    import httpx2
    import openai
    from langchain_core import exceptions as langchain

    return (
        (langchain.ContextOverflowError, _WINDOW),
        (openai.ContentFilterFinishReasonError, _CONTENT),
        (openai.LengthFinishReasonError, _CUT),
        (TimeoutError, _LATE),
        (httpx2.TimeoutException, _LATE),
        (openai.APITimeoutError, _LATE),
        (langchain.ModelTimeoutError, _LATE),
        (httpx2.HTTPError, _UNREACHABLE),
        (openai.APIConnectionError, _UNREACHABLE),
        (langchain.ModelConnectionError, _UNREACHABLE),
        (OSError, _UNREACHABLE),
        (langchain.ModelAuthenticationError, _KEY),
        (langchain.ModelPermissionDeniedError, _KEY),
        (langchain.ModelNotFoundError, _UNKNOWN),
        (langchain.ModelInvalidRequestError, _REFUSED),
        (langchain.ModelRateLimitError, _BUSY),
        (langchain.ModelError, _BROKEN),
        (openai.OpenAIError, _BROKEN),
        (openai.InvalidWebhookSignatureError, _BROKEN),
    )


def _kind_of_status(error: Exception, status: int) -> _Kind:
    if status >= 500:
        return _BROKEN
    if status < 400:
        return _GARBLED
    return _marked(error) or _BY_STATUS.get(status, _REFUSED)


def _marked(error: Exception) -> _Kind | None:
    told = f"{getattr(error, 'code', '')} {getattr(error, 'type', '')} {getattr(error, 'body', '')} {error}"
    return next((kind for marks, kind in _BY_MARK if any(mark in told for mark in marks)), None)


def _failure(
    kind: _Kind, deployment: Deployment, *, detail: str = "", retry_after_seconds: float | None = None
) -> Failure:
    text = kind.text.replace("{setting}", deployment.setting)
    text = text.replace("{name}", deployment.name).replace("{detail}", detail)
    return Failure(kind.error(text), kind.may_retry, kind.counts, retry_after_seconds)


def _detail(error: Exception, status: int) -> str:
    body: Any = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) and status < 500 else None
    return f" ({status}: {' '.join(str(message).split())[:200]})" if message else f" ({status})"


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = str(headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
