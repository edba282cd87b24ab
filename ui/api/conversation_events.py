"""What happens in a conversation while nobody asks: an agent writes, or joins."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

from bot.conversation import Turn
from bot.errors import BotError
from bot.handoff_store import Handoff
from ui.api.access import Session
from ui.api.error_responses import problem_of, report_failure
from ui.api.reply_runs import Event
from ui.api.schemas import HandoffAnswer, handoff_answer, turn_answer
from ui.bootstrap import Services

# A stream ends after so long, and the client's next one shows its token again.
_LONGEST_SECONDS = 900.0
_NEWEST = 50
_CALM = 5  # times as long between two looks, while nobody asked for a person


async def follow_conversation(
    services: Services, session: Session, last_event_id: str | None
) -> AsyncIterator[tuple[str | None, Event]]:
    """Tell what an agent writes, as it is written.

    Args:
        services: where conversations are kept; other processes may write there too, so it is looked at again and again.
        session: whose conversation.
        last_event_id: id of the last turn that the client has; without it, only what comes from now on is told.

    Yields:
        `handoff` at first and when it changes; `turn` for each turn of an agent, with the turn's id.
    """
    until = monotonic() + _LONGEST_SECONDS
    told: set[str] | None = None
    shown: HandoffAnswer | None = None
    try:
        while monotonic() < until:
            turns, handoff = await asyncio.to_thread(_look, services, session)
            now = handoff_answer(handoff, turns)
            if told is None or now != shown:
                yield None, Event("handoff", {"handoff": now.model_dump() if now else None})
            told = _already_told(turns, last_event_id) if told is None else told
            shown = now
            for turn in turns:
                if turn.role == "agent" and turn.turn_id not in told:
                    told.add(turn.turn_id)
                    yield turn.turn_id, Event("turn", turn_answer(turn, handoff).model_dump())
            await asyncio.sleep(services.settings.events_poll_seconds * (1 if handoff else _CALM))
    except BotError as error:  # the conversation was erased, or cannot be read
        report_failure(error)
        yield None, Event("error", problem_of(error))


def _look(services: Services, session: Session) -> tuple[tuple[Turn, ...], Handoff | None]:
    turns = services.assistant.conversations.turns(session.brand_id, session.conversation_id, _NEWEST)
    return turns, services.handoffs.of(session.brand_id, session.conversation_id)


def _already_told(turns: tuple[Turn, ...], last_event_id: str | None) -> set[str]:
    ids = [one.turn_id for one in turns]
    if last_event_id is None:
        return set(ids)
    return set(ids[: ids.index(last_event_id) + 1]) if last_event_id in ids else set()
