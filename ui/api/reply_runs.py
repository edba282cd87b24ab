"""Replies on their way in this process: each goes on whoever listens, and too many are refused at once."""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ui.api.errors import AboveCapacity

Place = tuple[str, str]  # brand and conversation
Told = list[tuple[str, "Event"]]  # events that came together, each with its id


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a reply.

    Args:
        name: `status`, `delta`, `citation`, `reply` or `error`.
        content: what it tells.
    """

    name: str
    content: Mapping[str, Any]

    @property
    def data(self) -> str:
        """The content as one line of JSON."""
        return json.dumps(self.content, ensure_ascii=False)


@dataclass(slots=True, eq=False)
class ReplyRun:
    """One reply on its way, or done; all but `bring` belongs to the event loop's thread.

    Args:
        run_id: begins the ids of its events, and never repeats.
        key: hash of what the client calls the message; None where it calls it nothing.
        fingerprint: of the message.
        events: so far, in order.
        is_over: whether no more come.
    """

    run_id: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    key: str | None = None
    fingerprint: str = ""
    events: list[Event] = field(default_factory=list)
    is_over: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _arrived: deque[Event] = field(default_factory=deque)
    _is_awaited: bool = False

    def add(self, event: Event) -> None:
        """Add an event and tell who listens."""
        self.events.append(event)
        self._wake()

    def end(self) -> None:
        """Tell that no more events come."""
        self.is_over = True
        self._wake()

    def bring(self, loop: asyncio.AbstractEventLoop, event: Event) -> None:
        """Add an event from the thread that answers; the loop is woken once for all that it has not taken yet.

        Args:
            loop: the event loop.
            event: the next event.
        """
        self._arrived.append(event)
        if not self._is_awaited:
            self._is_awaited = True
            _tell(loop, self._take_arrived)

    def _take_arrived(self) -> None:
        self._is_awaited = False  # before looking, so that what arrives meanwhile wakes the loop again
        while self._arrived:
            self.events.append(self._arrived.popleft())
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(self, last_event_id: str | None = None) -> AsyncGenerator[Told]:
        """Yield the events, each with its id, as they come: all at once those that are there.

        Args:
            last_event_id: what the client has read; what is no id of this run reads from the beginning.
        """
        at = self.place_after(last_event_id)
        while True:
            if at < len(self.events):
                told = [(f"{self.run_id}.{place}", one) for place, one in enumerate(self.events[at:], start=at + 1)]
                at += len(told)
                yield told
            elif self.is_over:
                return
            else:
                await self._changed.wait()

    def place_after(self, event_id: str | None) -> int:
        """How many events a client has read.

        Args:
            event_id: the last id that it saw.
        """
        run_id, _, number = (event_id or "").rpartition(".")
        if run_id != self.run_id or not (number.isascii() and number.isdecimal()):
            return 0
        return min(int(number[:9]), len(self.events))


class ReplyRuns:
    """Begins replies, and refuses more than can be answered at once.

    A reply goes on when its listener leaves, so that what was said is recorded. All methods belong to the event loop's
    thread; the work itself runs in threads.

    Args:
        at_once: how many replies may be on their way.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="reply")
        self._working: dict[Place, ReplyRun] = {}
        self._rooms = 0

    @property
    def working(self) -> int:
        """How many replies are on their way, or about to be."""
        return self._rooms

    def at(self, place: Place) -> ReplyRun | None:
        """The reply that is on its way in a conversation, or None."""
        return self._working.get(place)

    def run_ids(self) -> tuple[str, ...]:
        """The replies that are on their way."""
        return tuple(one.run_id for one in self._working.values())

    def take_room(self) -> None:
        """Make room for a reply; refuse at once what could only wait.

        Raises:
            AboveCapacity: as many replies as the settings allow are on their way.
        """
        if self._rooms >= self._at_once:
            raise AboveCapacity("as many questions as this server takes at once are being answered; try again shortly")
        self._rooms += 1

    def give_room(self) -> None:
        """Give back the room of a reply that was not begun."""
        self._rooms -= 1

    def begin(self, place: Place, run: ReplyRun, work: Callable[[], Iterator[Event]]) -> ReplyRun:
        """Begin a reply for which there is room; the room is given back when it ends.

        Args:
            place: whose conversation.
            run: takes up the events.
            work: yields them; it never raises.
        """
        self._working[place] = run
        loop = asyncio.get_running_loop()
        self._threads.submit(self._work, loop, place, run, work)
        return run

    async def drain(self, seconds: float) -> None:
        """Wait until what is on its way is answered.

        Args:
            seconds: at most so long.
        """
        until = asyncio.get_running_loop().time() + seconds
        while self._working and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)

    def _work(
        self, loop: asyncio.AbstractEventLoop, place: Place, run: ReplyRun, work: Callable[[], Iterator[Event]]
    ) -> None:
        try:
            for event in work():
                run.bring(loop, event)
        finally:
            _tell(loop, self._end, place, run)

    def _end(self, place: Place, run: ReplyRun) -> None:
        run.end()
        self._rooms -= 1
        if self._working.get(place) is run:
            del self._working[place]


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody listens any more, and the reply is only to be recorded
        loop.call_soon_threadsafe(call, *values)
