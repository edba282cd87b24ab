"""Asking for a person, and hearing from them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from sse_starlette import EventSourceResponse
from starlette.background import BackgroundTask

from ui.api.conversation_events import follow_conversation
from ui.api.dependencies import ServicesHere, SessionHere
from ui.api.errors import AboveCapacity, TooManyRequests
from ui.api.event_stream import stream_of
from ui.api.reply_runs import Event, Place
from ui.api.schemas import HandoffAnswer, handoff_answer

router = APIRouter(prefix="/v1", tags=["handoff"])
# A customer's pages that are open at once; without an end one session could hold every stream of the server.
_STREAMS_A_CONVERSATION = 8


@router.post("/handoff")
def ask_for_person(services: ServicesHere, session: SessionHere) -> HandoffAnswer:
    """Ask for a person; asking again changes nothing."""
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id)
    handoff = services.handoffs.ask(session.brand_id, session.conversation_id)
    answer = handoff_answer(handoff, turns)
    assert answer is not None  # noqa: S101 - there is a handoff
    return answer


@router.get("/handoff")
def read_handoff(services: ServicesHere, session: SessionHere) -> HandoffAnswer | None:
    """Tell whether a person was asked for, and who answers; null where nobody was."""
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id)
    return handoff_answer(services.handoffs.of(session.brand_id, session.conversation_id), turns)


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "handoff, turn, error"}},
)
async def follow_events(
    request: Request,
    services: ServicesHere,
    session: SessionHere,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> EventSourceResponse:
    """Hear what an agent writes, as it is written, and when somebody joins."""
    listeners: dict[object, Place] = request.app.state.listeners
    if len(listeners) >= services.settings.event_streams_at_once:
        raise AboveCapacity("as many conversations as this server takes at once are being followed; try again shortly")
    place = (session.brand_id, session.conversation_id)
    if sum(one == place for one in listeners.values()) >= _STREAMS_A_CONVERSATION:
        raise TooManyRequests("this conversation is being followed in too many places; close one of them", 60)
    mine = object()
    listeners[mine] = place  # counted before anything is waited for: of many who come at once, none slips through
    try:
        await asyncio.to_thread(_require_conversation, services, session)
    except BaseException:
        listeners.pop(mine, None)
        raise

    async def counted() -> AsyncIterator[tuple[str | None, Event]]:
        try:
            async for one in follow_conversation(services, session, last_event_id):
                yield one
        finally:
            listeners.pop(mine, None)

    response = stream_of(counted())
    response.background = BackgroundTask(listeners.pop, mine, None)  # for a stream that nobody began to read
    return response


def _require_conversation(services: ServicesHere, session: SessionHere) -> None:
    services.assistant.conversations.turns(session.brand_id, session.conversation_id, 1)
