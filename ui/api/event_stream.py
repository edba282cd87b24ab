"""A reply as server-sent events: `status`, `delta`, `citation`, `reply`, and `error` where it fails."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.reply import Reply
from ui.api.error_responses import problem_of, report_failure
from ui.api.reply_runs import Event, Told

# The last one asks proxies to pass on each event as it comes.
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class ReplyEvent(Event):
    """The last event of a reply, with the reply itself.

    Args:
        reply: what it tells of.
    """

    reply: Reply


def tell_reply(pieces: Iterable[str | Reply], tell: Callable[[Reply], None] | None = None) -> Iterator[Event]:
    """Answer a question, event by event.

    Args:
        pieces: of the text, then the reply; read as they come.
        tell: is given the reply.

    Yields:
        One `status`, any number of `delta`, the `citation`s, one `reply`; or one `error` where it fails.
    """
    try:
        yield Event("status", {"state": "working"})
        for piece in pieces:
            if isinstance(piece, Reply):
                if tell is not None:
                    tell(piece)
                yield from _final(piece)
            else:
                yield Event("delta", {"text": piece})
    except Exception as error:  # noqa: BLE001 - the boundary of one request, whose headers are sent already
        report_failure(error)
        yield Event("error", problem_of(error))


def _final(reply: Reply) -> Iterator[Event]:
    content = reply_content(reply)
    for number, citation in enumerate(content["citations"], start=1):
        yield Event("citation", {"number": number, **citation})
    yield ReplyEvent("reply", content, reply)


def reply_content(reply: Reply) -> dict[str, Any]:
    """What the last event of a reply tells.

    Args:
        reply: what it tells of.
    """
    return reply.as_json() | {"choices": list(reply.choices), "turn": reply.turn_id}


class ReplyStream(StreamingResponse):
    """A reply as it is written. It ends soon by itself, so nothing watches meanwhile whether its client has left."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await self.stream_response(send)


def reply_stream(encoded: AsyncIterator[bytes]) -> ReplyStream:
    """The response that tells a reply.

    Args:
        encoded: its events as they are sent.
    """
    # Not said of the class: the description would then call each event a mere string.
    return ReplyStream(encoded, media_type="text/event-stream", headers=_HEADERS)


async def encoded_events(told: AsyncIterator[Told]) -> AsyncIterator[bytes]:
    """The events of a reply as they are sent.

    Args:
        told: as `ReplyRun.follow` yields them.
    """
    async for events in told:
        yield b"".join(_sent(event_id, event).encode() for event_id, event in events)


def stream_of(events: AsyncIterator[tuple[str | None, Event]]) -> EventSourceResponse:
    """The response that tells events as they come, for as long as its client listens.

    Args:
        events: each with its id, where it has one.
    """

    async def told() -> AsyncIterator[ServerSentEvent]:
        async for event_id, event in events:
            yield _sent(event_id, event)

    return EventSourceResponse(told(), sep="\n", headers=_HEADERS)


def _sent(event_id: str | None, event: Event) -> ServerSentEvent:
    return ServerSentEvent(event.data, event=event.name, id=event_id, sep="\n")
