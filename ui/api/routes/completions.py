"""The part of OpenAI's interface that existing programs need: a brand is a model."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.errors import QuestionRefused
from ui.api.api_keys import ApiKey
from ui.api.chat_completions import ChatCompletionRequest, Completion, model_list, model_of
from ui.api.dependencies import ApiKeyHere, MetricsHere, RatesHere, RunsHere, ServicesHere, address_of
from ui.api.error_responses import problem_response, with_openai_error
from ui.api.errors import ModelUnknown, ReplyFailed
from ui.api.event_stream import ReplyEvent, ReplyStream, reply_stream, tell_reply
from ui.api.reply_runs import Event, ReplyRun
from ui.api.stateless_answer import Inquiry, answer_inquiry
from ui.bootstrap import Services

router = APIRouter(prefix="/v1", tags=["openai"])


@router.get("/models")
async def list_models(services: ServicesHere, key: ApiKeyHere) -> dict[str, Any]:
    """List the brands that the key may ask."""
    return model_list([key.brand_id], services.group.profile.id)


@router.get("/models/{model}")
async def show_model(services: ServicesHere, key: ApiKeyHere, model: str) -> dict[str, Any]:
    """Tell of one of them."""
    _require_model(key, model)
    return model_of(key.brand_id, services.group.profile.id)


@router.post(
    "/chat/completions",
    response_model=None,
    responses={200: {"content": {"application/json": {}, "text/event-stream": {}}, "description": "chat completion"}},
)
async def complete_chat(
    request: Request,
    services: ServicesHere,
    key: ApiKeyHere,
    runs: RunsHere,
    rates: RatesHere,
    metrics: MetricsHere,
    wanted: Annotated[ChatCompletionRequest, Body()],
) -> JSONResponse | ReplyStream:
    """Answer a question; the caller keeps the conversation, and nothing is recorded."""
    _require_model(key, wanted.model)
    inquiry = _inquiry(services, key, wanted)
    runs.take_room()
    try:
        await run_in_threadpool(rates.count_message, key.brand_id, key.name, address_of(request))
    except BaseException:
        runs.give_room()
        raise
    place = (key.brand_id, f"completion-{token_hex(16)}")
    pieces = answer_inquiry(services, inquiry)
    work = partial(tell_reply, pieces, partial(metrics.count_reply, "openai"))
    run = runs.begin(place, ReplyRun(), work)
    completion = Completion(key.brand_id)
    if wanted.stream:
        told_usage = wanted.stream_options is not None and wanted.stream_options.include_usage
        return reply_stream(_stream(run, completion, told_usage=told_usage))
    return await _whole(run, completion)


def _require_model(key: ApiKey, model: str) -> None:
    if model != key.brand_id:
        raise ModelUnknown(f"this key may not ask {model!r}; GET /v1/models lists what it may ask")


def _inquiry(services: Services, key: ApiKey, wanted: ChatCompletionRequest) -> Inquiry:
    text, limit = wanted.question(), services.settings.message_limit_characters
    if not text.strip():
        raise QuestionRefused("the message is empty")
    if len(text) > limit:
        raise QuestionRefused(f"the message is longer than {limit} characters; send a shorter one")
    hint = wanted.vehicle
    vehicle = services.group.brand(key.brand_id).vehicle(hint.model, hint.model_year, hint.market)
    return Inquiry(key.brand_id, text, wanted.history(), vehicle, wanted.language)


async def _events(run: ReplyRun) -> AsyncIterator[Event]:
    async with aclosing(run.follow()) as batches:
        async for told in batches:
            for _, event in told:
                yield event


async def _whole(run: ReplyRun, completion: Completion) -> JSONResponse:
    answer: JSONResponse | None = None
    async for event in _events(run):
        if isinstance(event, ReplyEvent):
            answer = JSONResponse(completion.whole(event.reply))
        elif event.name == "error":
            content = with_openai_error(dict(event.content))
            answer = JSONResponse(content, content["status"], media_type="application/problem+json")
    return answer or problem_response(ReplyFailed("the answer broke off; ask again"), for_openai=True)


async def _stream(run: ReplyRun, completion: Completion, *, told_usage: bool) -> AsyncIterator[bytes]:
    first = True
    async for event in _events(run):
        if event.name == "delta":
            yield _sent(completion.piece(event.content["text"], first=first))
            first = False
        elif isinstance(event, ReplyEvent):
            for chunk in completion.end(event.reply, told_usage=told_usage):
                yield _sent(chunk)
        elif event.name == "error":
            yield _sent(with_openai_error(dict(event.content)))
    yield ServerSentEvent("[DONE]", sep="\n").encode()


def _sent(content: dict[str, Any]) -> bytes:
    return ServerSentEvent(json.dumps(content, ensure_ascii=False), sep="\n").encode()
