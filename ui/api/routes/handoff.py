"""Asking for a person, and hearing from them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from sse_starlette import EventSourceResponse
from starlette.background import BackgroundTask

from ui.api.conversation_events import follow_conversation
from ui.api.dependencies import ServicesHere, SessionHere
from ui.api.errors import AboveCapacity
from ui.api.event_stream import stream_of
from ui.api.reply_runs import Event
from ui.api.schemas import HandoffAnswer, handoff_answer

router = APIRouter(prefix="/v1", tags=["handoff"])


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
    listeners: set[object] = request.app.state.listeners
    if len(listeners) >= services.settings.event_streams_at_once:
        raise AboveCapacity("as many conversations as this server takes at once are being followed; try again shortly")
    mine = object()
    listeners.add(mine)  # counted before anything is waited for: of many who come at once, none slips through
    try:
        await asyncio.to_thread(_require_conversation, services, session)
    except BaseException:
        listeners.discard(mine)
        raise

    async def counted() -> AsyncIterator[tuple[str | None, Event]]:
        try:
            async for one in follow_conversation(services, session, last_event_id):
                yield one
        finally:
            listeners.discard(mine)

    response = stream_of(counted())
    response.background = BackgroundTask(listeners.discard, mine)  # for a stream that nobody began to read
    return response


def _require_conversation(services: ServicesHere, session: SessionHere) -> None:
    services.assistant.conversations.turns(session.brand_id, session.conversation_id, 1)
