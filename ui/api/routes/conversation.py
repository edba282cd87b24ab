"""Sessions, and what is said in them."""

import asyncio
from functools import partial
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Body, Header, Request, status
from sse_starlette import EventSourceResponse

from bot.errors import QuestionRefused
from bot.question import Question
from bot.reply import Reply
from ui.api.access import Session
from ui.api.attended import answer_attended, is_attended
from ui.api.cross_origin import BRAND_STATE
from ui.api.dependencies import MetricsHere, RatesHere, RunsHere, ServicesHere, SessionHere, SessionsHere, address_of
from ui.api.errors import ConversationFull
from ui.api.event_stream import stream_of, tell_reply
from ui.api.metrics import Metrics
from ui.api.origins import PublishableKeys, require_local, require_origin
from ui.api.schemas import (
    ConversationAnswer,
    FeedbackRequest,
    MessageRequest,
    SessionAnswer,
    SessionRequest,
    handoff_answer,
    turn_answer,
)
from ui.bootstrap import Services

router = APIRouter(prefix="/v1", tags=["conversation"])


@router.post("/sessions", status_code=status.HTTP_201_CREATED)
def begin_session(
    request: Request,
    services: ServicesHere,
    sessions: SessionsHere,
    rates: RatesHere,
    wanted: Annotated[SessionRequest, Body()],
) -> SessionAnswer:
    """Begin a conversation with one brand."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if wanted.key is not None:
        profile = PublishableKeys(services.group).brand_of(wanted.key)
        setattr(request.state, BRAND_STATE, profile.id)
        require_origin(profile, origin, host)
    else:
        require_local(origin, host, address_of(request))
        profile = services.group.brand(wanted.brand or "")
    rates.count_session(wanted.key, address_of(request))
    conversation_id = services.assistant.conversations.open(profile.id)
    services.running.add(profile.id, conversation_id, "api")
    token = sessions.token(Session(profile.id, conversation_id, wanted.key))
    return SessionAnswer(token=token, expires_in_seconds=sessions.lifetime_seconds, brand=profile.id)


@router.post(
    "/messages",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "status, delta, citation, reply, error"}},
)
async def send_message(
    request: Request,
    services: ServicesHere,
    session: SessionHere,
    runs: RunsHere,
    rates: RatesHere,
    metrics: MetricsHere,
    message: Annotated[MessageRequest, Body()],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> EventSourceResponse:
    """Say something, and read the reply as it is written; the same key and message again is the same reply."""
    place = (session.brand_id, session.conversation_id)
    fingerprint = sha256(message.model_dump_json().encode()).hexdigest()
    attended = False
    run = runs.known(place, idempotency_key, fingerprint, last_event_id)
    if run is None:
        runs.require_room()
        rates.count_message(session.brand_id, session.key, address_of(request), session.conversation_id)
        question = _question(services, session, message)
        attended = await asyncio.to_thread(_look, services, session)
        run = runs.known(place, idempotency_key, fingerprint, last_event_id)
    if run is None:
        tell = partial(_follow_up, services, session, metrics)
        pieces = answer_attended(services, question) if attended else services.assistant.stream(question)
        run = runs.begin(place, idempotency_key, fingerprint, lambda: tell_reply(pieces, tell))
    return stream_of(run.follow(last_event_id))


def _question(services: Services, session: Session, message: MessageRequest) -> Question:
    limit = services.settings.message_limit_characters
    if len(message.text) > limit:
        raise QuestionRefused(f"the message is longer than {limit} characters; send a shorter one")
    profile = services.group.brand(session.brand_id)
    hint = message.vehicle
    vehicle = profile.vehicle(hint.model, hint.model_year, hint.market)
    return Question(session.brand_id, message.text, vehicle, message.language, session.conversation_id)


def _follow_up(services: Services, session: Session, metrics: Metrics, reply: Reply) -> None:
    metrics.count_reply("api", reply)
    if reply.kind in {"handoff", "safety"}:
        services.handoffs.ask(session.brand_id, session.conversation_id)


def _look(services: Services, session: Session) -> bool:
    """Refuse a conversation that is too long or gone; tell whether a person answers it."""
    limit = services.settings.conversation_limit_turns
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id, limit)
    if len(turns) >= limit:
        raise ConversationFull(f"the conversation has {limit} turns; begin a new one with POST /v1/sessions")
    return is_attended(services, session, turns)


@router.get("/conversation")
def read_conversation(services: ServicesHere, session: SessionHere) -> ConversationAnswer:
    """Read what was said so far."""
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id)
    handoff = services.handoffs.of(session.brand_id, session.conversation_id)
    return ConversationAnswer(
        brand=session.brand_id,
        turns=[turn_answer(one, handoff) for one in turns],
        handoff=handoff_answer(handoff, turns),
    )


@router.delete("/conversation", status_code=status.HTTP_204_NO_CONTENT)
async def erase_conversation(services: ServicesHere, session: SessionHere, runs: RunsHere) -> None:
    """Erase the conversation and all that was said in it."""
    conversations = services.assistant.conversations
    await asyncio.to_thread(conversations.erase, session.brand_id, session.conversation_id)
    runs.forget((session.brand_id, session.conversation_id))
    services.running.remove(session.brand_id, session.conversation_id)


@router.post("/feedback", status_code=status.HTTP_204_NO_CONTENT)
def give_feedback(services: ServicesHere, session: SessionHere, request: Annotated[FeedbackRequest, Body()]) -> None:
    """Tell whether a reply helped."""
    services.assistant.conversations.feedback(
        session.brand_id, session.conversation_id, request.turn, request.helpful, request.reason
    )
