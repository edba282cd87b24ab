"""Errors as RFC 9457 problem documents; the only place where an error becomes an HTTP code."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from bot.errors import (
    BotError,
    ConversationsUnavailable,
    ModelFailed,
    QuestionRefused,
    SettingsInvalid,
    UnknownConversation,
    UnknownTurn,
)
from brands import BrandsError, ProfileInvalid, UnknownBrand
from ingest.errors import IngestError, LossNotAccepted
from knowledge_base.errors import (
    KnowledgeBaseError,
    NothingPublished,
    ReleaseBusy,
    ReleaseNotFound,
    SecondPersonNeeded,
)
from ui.api.errors import (
    AboveCapacity,
    ApiKeyInvalid,
    ApiKeyMissing,
    BodyTooLarge,
    ConversationFull,
    HandoffNotTaken,
    HostRefused,
    IssuerUnreachable,
    KeyReused,
    KeyUnknown,
    LocalOnly,
    ModelUnknown,
    NotReady,
    OriginRefused,
    PassageUnknown,
    ReplyFailed,
    RoleMissing,
    SessionInvalid,
    SessionMissing,
    StaffTokenInvalid,
    StaffTokenMissing,
    TooManyRequests,
    TurnInFlight,
)
from ui.errors import DoorError

MEDIA_TYPE = "application/problem+json"
# What each route's description says of everything but success.
DESCRIBED_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457); with 409, 429 and 503 comes `Retry-After`, in seconds.",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail"],
                    "properties": {
                        "type": {"type": "string", "pattern": "^urn:marque:problem:[a-z-]+$"},
                        "title": {"type": "string"},
                        "status": {"type": "integer", "minimum": 400, "maximum": 599},
                        "detail": {"type": "string", "description": "What is wrong, and what to do, in plain words."},
                    },
                },
                "example": {
                    "type": "urn:marque:problem:session-missing",
                    "title": "Session missing",
                    "status": 401,
                    "detail": "begin a session with POST /v1/sessions and send its token as `Authorization: Bearer`",
                },
            }
        },
    }
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rule:
    error: type[Exception]
    status: HTTPStatus
    kind: str
    told: bool = True


# The first rule that fits holds, so the narrower ones stand first. `told`: whether the error's own words are for the
# caller; what concerns the machine behind the door stays in the log.
_RULES: tuple[_Rule, ...] = (
    _Rule(SessionMissing, HTTPStatus.UNAUTHORIZED, "session-missing"),
    _Rule(SessionInvalid, HTTPStatus.UNAUTHORIZED, "session-invalid"),
    _Rule(ApiKeyMissing, HTTPStatus.UNAUTHORIZED, "api-key-missing"),
    _Rule(ApiKeyInvalid, HTTPStatus.UNAUTHORIZED, "api-key-invalid"),
    _Rule(ModelUnknown, HTTPStatus.NOT_FOUND, "model-unknown"),
    _Rule(PassageUnknown, HTTPStatus.NOT_FOUND, "passage-unknown"),
    _Rule(ReplyFailed, HTTPStatus.BAD_GATEWAY, "reply-failed"),
    _Rule(StaffTokenMissing, HTTPStatus.UNAUTHORIZED, "staff-token-missing"),
    _Rule(StaffTokenInvalid, HTTPStatus.UNAUTHORIZED, "staff-token-invalid"),
    _Rule(IssuerUnreachable, HTTPStatus.SERVICE_UNAVAILABLE, "issuer-unreachable", told=False),
    _Rule(RoleMissing, HTTPStatus.FORBIDDEN, "role-missing"),
    _Rule(KeyUnknown, HTTPStatus.UNAUTHORIZED, "key-unknown"),
    _Rule(OriginRefused, HTTPStatus.FORBIDDEN, "origin-refused"),
    _Rule(LocalOnly, HTTPStatus.FORBIDDEN, "local-only"),
    _Rule(KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY, "key-reused"),
    _Rule(TurnInFlight, HTTPStatus.CONFLICT, "turn-in-flight"),
    _Rule(AboveCapacity, HTTPStatus.SERVICE_UNAVAILABLE, "above-capacity"),
    _Rule(TooManyRequests, HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests"),
    _Rule(ConversationFull, HTTPStatus.UNPROCESSABLE_ENTITY, "conversation-full"),
    _Rule(BodyTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large"),
    _Rule(HandoffNotTaken, HTTPStatus.CONFLICT, "handoff-not-taken"),
    _Rule(HostRefused, HTTPStatus.MISDIRECTED_REQUEST, "host-refused"),
    _Rule(NotReady, HTTPStatus.SERVICE_UNAVAILABLE, "not-ready"),
    _Rule(UnknownBrand, HTTPStatus.NOT_FOUND, "unknown-brand"),
    _Rule(ProfileInvalid, HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-vehicle"),
    _Rule(QuestionRefused, HTTPStatus.UNPROCESSABLE_ENTITY, "question-refused"),
    _Rule(UnknownConversation, HTTPStatus.NOT_FOUND, "unknown-conversation"),
    _Rule(UnknownTurn, HTTPStatus.NOT_FOUND, "unknown-turn"),
    _Rule(ReleaseNotFound, HTTPStatus.NOT_FOUND, "release-not-found"),
    _Rule(ReleaseBusy, HTTPStatus.CONFLICT, "release-busy"),
    _Rule(SecondPersonNeeded, HTTPStatus.CONFLICT, "publish-held"),
    _Rule(LossNotAccepted, HTTPStatus.CONFLICT, "publish-held"),
    _Rule(NothingPublished, HTTPStatus.SERVICE_UNAVAILABLE, "nothing-published", told=False),
    _Rule(ModelFailed, HTTPStatus.BAD_GATEWAY, "model-failed", told=False),
    _Rule(ConversationsUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "conversations-unavailable", told=False),
    _Rule(SettingsInvalid, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False),
    _Rule(BotError, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False),
    _Rule(KnowledgeBaseError, HTTPStatus.SERVICE_UNAVAILABLE, "knowledge-unavailable", told=False),
    _Rule(IngestError, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False),
    _Rule(BrandsError, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False),
    _Rule(DoorError, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False),
)
_UNFORESEEN = _Rule(Exception, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told=False)
_WORDS: Mapping[str, str] = {
    "internal": "Something failed on our side; try again, and tell us if it stays.",
    "issuer-unreachable": "Nobody can sign in right now: the issuer does not answer; try again in a moment.",
    "nothing-published": "This brand has nothing published yet, so it cannot answer.",
    "knowledge-unavailable": "The brand's knowledge cannot be read right now; try again in a moment.",
    "conversations-unavailable": "Conversations cannot be read or kept right now; try again in a moment.",
    "model-failed": "The language model gave no answer; try again in a moment.",
}
_RETRY_AFTER_SECONDS = "1"
# A conflict that does not go away by waiting: somebody has to do something first.
_LASTING = frozenset({"publish-held", "handoff-not-taken"})
_INVALID = "invalid-request"
# Those that are served, and those that clients of OpenAI's interface look for in vain and must be told so in its way.
_OPENAI_PATHS = tuple(
    f"/v1/{name}"
    for name in ("chat/", "models", "responses", "completions", "embeddings", "audio/", "files", "images/")
)


def problem_of(error: Exception) -> dict[str, Any]:
    """The problem document of an error.

    Args:
        error: any exception.

    Returns:
        `type`, `title`, `status` and `detail`, as RFC 9457 names them.
    """
    rule = rule_of(error)
    detail = " ".join(str(error).split()) if rule.told else _WORDS[rule.kind]
    return _problem(rule.status, rule.kind, detail)


def rule_of(error: Exception) -> _Rule:
    """What holds for an error; for what nobody foresaw, an internal error without its words."""
    return next((rule for rule in _RULES if isinstance(error, rule.error)), _UNFORESEEN)


def problem_response(error: Exception, *, for_openai: bool = False) -> JSONResponse:
    """The response to a request that failed.

    Args:
        error: any exception.
        for_openai: whether clients of OpenAI's interface read it.
    """
    content = problem_of(error)
    if for_openai:
        content = with_openai_error(content)
    headers = {}
    if content["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    waiting_helps = content["status"] in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CONFLICT}
    if waiting_helps and rule_of(error).kind not in _LASTING:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_seconds)
    report_failure(error)
    return _response(content, headers)


def report_failure(error: Exception) -> None:
    """Write an error that is ours, not the caller's, into the log.

    Args:
        error: any exception.
    """
    if rule_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, NotReady | AboveCapacity):
        _log.error("A request failed: %s", error, exc_info=error)


def install_error_responses(app: FastAPI) -> None:
    """Answer every error of an application with a problem document.

    Args:
        app: the application.
    """

    async def answer(request: Request, error: Exception) -> JSONResponse:
        request.app.state.metrics.count_problem(rule_of(error).kind)
        return problem_response(error, for_openai=is_openai_path(request.url.path))

    async def answer_invalid(request: Request, error: Exception) -> JSONResponse:
        request.app.state.metrics.count_problem(_INVALID)
        content = _problem_of_fields(cast("RequestValidationError", error).errors())
        return _response(with_openai_error(content) if is_openai_path(request.url.path) else content)

    async def answer_http(request: Request, error: Exception) -> JSONResponse:
        refused = cast("HTTPException", error)
        status = HTTPStatus(refused.status_code)
        headers, detail = refused.headers, str(refused.detail)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:  # the framework names the methods of one of the path's routes only
            methods = _methods_of(request)
            headers = {**(headers or {}), "Allow": methods}
            detail = f"this address does not take {request.method}; it takes {methods}"
        elif status == HTTPStatus.NOT_FOUND:
            detail = "there is nothing at this address; GET /v1/openapi.json tells what there is"
        problem = _problem(status, status.name.lower().replace("_", "-"), detail)
        return _response(with_openai_error(problem) if is_openai_path(request.url.path) else problem, headers)

    for kind in (DoorError, BrandsError, BotError, KnowledgeBaseError, IngestError, Exception):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http)


def with_openai_error(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem document with the member `error` that clients of OpenAI's interface look for.

    Args:
        problem: from `problem_of`.
    """
    kind = str(problem["type"]).rpartition(":")[2]
    return problem | {"error": {"message": problem["detail"], "type": kind, "code": kind, "param": None}}


def _methods_of(request: Request) -> str:
    routes = [one for one in iter_route_contexts(request.app.routes) if one.path and one.methods]
    found = [one.methods for one in routes if compile_path(one.path or "")[0].match(request.url.path)]
    return ", ".join(sorted(set[str]().union(*(one or () for one in found))))


def is_openai_path(path: str) -> bool:
    """Whether clients of OpenAI's interface ask there.

    Args:
        path: of a request.
    """
    return path.startswith(_OPENAI_PATHS)


def _problem_of_fields(errors: Sequence[Any]) -> dict[str, Any]:
    fields = [{"field": _field_of(one), "message": _words_of(one)} for one in errors]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in fields[:3])
    problem = _problem(HTTPStatus.UNPROCESSABLE_ENTITY, _INVALID, detail)
    return problem | {"errors": fields}


def _field_of(error: Mapping[str, Any]) -> str:
    place = error["loc"][:1] if error["type"] == "json_invalid" else error["loc"]
    return ".".join(str(part) for part in place)


def _words_of(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"it is no JSON: {error['ctx']['error']}"
    if tuple(error["loc"]) == ("body",) and error["type"] in {"model_attributes_type", "dict_type", "missing"}:
        return "send a JSON object, with Content-Type: application/json"
    return str(error["msg"]).removeprefix("Value error, ")


def _problem(status: HTTPStatus, kind: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:marque:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
    }


def _response(content: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(content, status_code=content["status"], headers=headers, media_type=MEDIA_TYPE)
