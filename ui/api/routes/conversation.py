"""Sessions, and what is said in them."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import APIRouter, Body, Header, Request, Response, status

from bot.conversation_erasure import conversation_file
from bot.errors import UnknownTurn
from bot.personal_data import redact
from ui.api.access import Session
from ui.api.cross_origin import BRAND_STATE
from ui.api.dependencies import (
    MessagesHere,
    RatesHere,
    ServicesHere,
    SessionHere,
    SessionsHere,
    UncountedSessionHere,
    address_of,
)
from ui.api.event_stream import ReplyStream, encoded_events, reply_stream
from ui.api.origins import PublishableKeys, require_local, require_origin
from ui.api.schemas import (
    ConversationAnswer,
    ErasureAnswer,
    FeedbackRequest,
    MessageRequest,
    SessionAnswer,
    SessionRequest,
    handoff_answer,
    turn_answer,
)
from ui.bootstrap import Services
from ui.conversation_erasure import ErasureReceipt, erase_conversation

# An erasure waits for the database to be rebuilt, the longer the larger its file is; those who wait share a rebuild.
# They wait in threads of their own: others would be missing to live events, the console and MCP.
_ERASURES_AT_ONCE = 8
_erasing: RunVar[CapacityLimiter] = RunVar("erasing")

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
    response_class=ReplyStream,
    responses={200: {"content": {"text/event-stream": {}}, "description": "status, delta, citation, reply, error"}},
)
async def send_message(
    request: Request,
    session: UncountedSessionHere,
    messages: MessagesHere,
    message: Annotated[MessageRequest, Body()],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> ReplyStream:
    """Say something, and read the reply as it is written; the same key and message again is the same reply."""
    events = await messages.answer(
        session, message, address=address_of(request), key=idempotency_key, last_event_id=last_event_id
    )
    return reply_stream(encoded_events(events))


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


@router.delete("/conversation")
async def erase(services: ServicesHere, session: SessionHere) -> ErasureAnswer:
    """Erase the conversation and all that was said in it; the answer proves it."""
    place = (session.brand_id, session.conversation_id)
    receipt = await run_sync(partial(_erased, services, *place), limiter=_erasure_limiter())
    services.running.remove(*place)
    return ErasureAnswer.model_validate(asdict(receipt))


def _erased(services: Services, brand_id: str, conversation_id: str) -> ErasureReceipt:
    file = conversation_file(services.knowledge_base.data_folder)
    return erase_conversation(services.assistant.conversations, file, brand_id, conversation_id, "customer")


def _erasure_limiter() -> CapacityLimiter:
    """The limiter of this event loop."""
    try:
        return _erasing.get()
    except LookupError:
        _erasing.set(CapacityLimiter(_ERASURES_AT_ONCE))
        return _erasing.get()


@router.post("/feedback", status_code=status.HTTP_204_NO_CONTENT, response_class=Response)
def give_feedback(services: ServicesHere, session: SessionHere, request: Annotated[FeedbackRequest, Body()]) -> None:
    """Tell whether a reply helped."""
    place, conversations = (session.brand_id, session.conversation_id), services.assistant.conversations
    if any(one.turn_id == request.turn and one.role == "customer" for one in conversations.turns(*place)):
        raise UnknownTurn("that is what the customer said; name the turn of a reply")
    markets = services.group.brand(session.brand_id).markets
    reason = None if request.reason is None else redact(request.reason, markets).text
    conversations.feedback(*place, request.turn, request.helpful, reason)
