"""Sessions, and what is said in them."""

from typing import Annotated

from fastapi import APIRouter, Body, status
from sse_starlette import EventSourceResponse

from bot.errors import QuestionRefused
from bot.question import Question
from ui.api.access import Session
from ui.api.dependencies import ServicesHere, SessionHere, SessionsHere
from ui.api.event_stream import tell_reply
from ui.api.schemas import (
    ConversationAnswer,
    FeedbackRequest,
    MessageRequest,
    SessionAnswer,
    SessionRequest,
    turn_answer,
)

router = APIRouter(prefix="/v1", tags=["conversation"])


@router.post("/sessions", status_code=status.HTTP_201_CREATED)
def begin_session(
    services: ServicesHere, sessions: SessionsHere, request: Annotated[SessionRequest, Body()]
) -> SessionAnswer:
    """Begin a conversation with one brand."""
    profile = services.group.brand(request.brand)
    conversation_id = services.assistant.conversations.open(profile.id)
    services.running.add(profile.id, conversation_id, "api")
    token = sessions.token(Session(profile.id, conversation_id))
    return SessionAnswer(token=token, expires_in_seconds=sessions.lifetime_seconds, brand=profile.id)


@router.post(
    "/messages",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "status, delta, citation, reply, error"}},
)
def send_message(
    services: ServicesHere, session: SessionHere, request: Annotated[MessageRequest, Body()]
) -> EventSourceResponse:
    """Say something, and read the reply as it is written."""
    limit = services.settings.message_limit_characters
    if len(request.text) > limit:
        raise QuestionRefused(f"the message is longer than {limit} characters; send a shorter one")
    profile = services.group.brand(session.brand_id)
    hint = request.vehicle
    vehicle = profile.vehicle(hint.model, hint.model_year, hint.market)
    services.assistant.conversations.turns(session.brand_id, session.conversation_id)
    question = Question(session.brand_id, request.text, vehicle, request.language, session.conversation_id)
    return EventSourceResponse(tell_reply(services.assistant, question), sep="\n")


@router.get("/conversation")
def read_conversation(services: ServicesHere, session: SessionHere) -> ConversationAnswer:
    """Read what was said so far."""
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id)
    return ConversationAnswer(brand=session.brand_id, turns=[turn_answer(one) for one in turns])


@router.delete("/conversation", status_code=status.HTTP_204_NO_CONTENT)
def erase_conversation(services: ServicesHere, session: SessionHere) -> None:
    """Erase the conversation and all that was said in it."""
    services.assistant.conversations.erase(session.brand_id, session.conversation_id)
    services.running.remove(session.brand_id, session.conversation_id)


@router.post("/feedback", status_code=status.HTTP_204_NO_CONTENT)
def give_feedback(services: ServicesHere, session: SessionHere, request: Annotated[FeedbackRequest, Body()]) -> None:
    """Tell whether a reply helped."""
    services.assistant.conversations.feedback(
        session.brand_id, session.conversation_id, request.turn, request.helpful, request.reason
    )
