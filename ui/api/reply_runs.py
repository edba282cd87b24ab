"""Replies on their way: each runs once, whoever listens, and can be read again for a while."""

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ui.api.errors import AboveCapacity, KeyReused, TurnInFlight
from ui.settings import UiSettings

Place = tuple[str, str]  # brand and conversation


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
    """One reply on its way, or done; touched by the event loop's thread only.

    Args:
        place: whose conversation.
        key: what the client calls the message; None where it does not.
        fingerprint: of the message.
        run_id: begins the ids of its events, and never repeats.
        events: so far, in order.
        ended_at: when the last one came, on the monotonic clock in seconds.
    """

    place: Place
    key: str | None
    fingerprint: str
    run_id: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    events: list[Event] = field(default_factory=list)
    ended_at: float | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, event: Event) -> None:
        """Add an event and tell who listens."""
        self.events.append(event)
        self._wake()

    def end(self) -> None:
        """Tell that no more events come."""
        self.ended_at = monotonic()
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(self, last_event_id: str | None) -> AsyncGenerator[tuple[str, Event]]:
        """Yield the events, each with its id, as they come.

        Args:
            last_event_id: what the client has read; what is no id of this run reads from the beginning.
        """
        at = self.place_after(last_event_id)
        while True:
            while at < len(self.events):
                at += 1
                yield f"{self.run_id}.{at}", self.events[at - 1]
            if self.ended_at is not None:
                return
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
    """Begins replies, keeps them for a while, and refuses more than can be answered at once.

    A reply goes on when its listener leaves, so that what was said is recorded and can be read again. All methods
    belong to the event loop's thread; the work itself runs in threads.

    Args:
        settings: how many at once, how many are kept and for how long.
    """

    def __init__(self, settings: UiSettings) -> None:
        self._at_once = settings.replies_at_once
        self._kept = settings.replies_kept
        self._kept_seconds = settings.replies_kept_minutes * 60
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="reply")
        self._runs: OrderedDict[str, ReplyRun] = OrderedDict()  # by run id, oldest first
        self._by_key: dict[tuple[Place, str], ReplyRun] = {}
        self._working: dict[Place, ReplyRun] = {}
        self._busy = 0

    @property
    def working(self) -> int:
        """How many replies are on their way."""
        return self._busy

    def require_room(self) -> None:
        """Refuse at once what could only wait.

        Raises:
            AboveCapacity: as many replies as the settings allow are on their way.
        """
        if self._busy >= self._at_once:
            raise AboveCapacity("as many questions as this server takes at once are being answered; try again shortly")

    def known(self, place: Place, key: str | None, fingerprint: str, last_event_id: str | None) -> ReplyRun | None:
        """The reply to a message that was sent before.

        Args:
            place: whose conversation.
            key: `Idempotency-Key`.
            fingerprint: of the message.
            last_event_id: `Last-Event-ID`; with it a reply on its way may be joined again.

        Raises:
            KeyReused: the key stood for another message.
            TurnInFlight: the reply is on its way, and nothing of it was read here.
        """
        self._forget_old()
        named = (last_event_id or "").rpartition(".")[0]
        run = self._by_key.get((place, key)) if key is not None else self._runs.get(named)
        if run is None or run.place != place:
            return None
        if run.fingerprint != fingerprint:
            raise KeyReused("this message differs from the one that its key, or its Last-Event-ID, stands for")
        if run.ended_at is None and last_event_id is None:
            raise TurnInFlight("this message is being answered; read on with Last-Event-ID, or ask again shortly")
        return run

    def begin(self, place: Place, key: str | None, fingerprint: str, work: Callable[[], Iterator[Event]]) -> ReplyRun:
        """Begin a reply.

        Args:
            place: whose conversation.
            key: what the client calls the message.
            fingerprint: of the message.
            work: yields the events; it never raises.

        Raises:
            AboveCapacity: too many are on their way.
            TurnInFlight: another message of this conversation is being answered.
        """
        if place in self._working:
            raise TurnInFlight("another message of this conversation is being answered; wait for its reply")
        self.require_room()
        run = ReplyRun(place, key, fingerprint)
        self._runs[run.run_id] = run
        if key is not None:
            self._by_key[place, key] = run
        self._working[place] = run
        self._busy += 1
        loop = asyncio.get_running_loop()
        self._threads.submit(self._work, loop, run, work)
        return run

    def forget(self, place: Place) -> None:
        """Drop what is kept of a conversation that was erased.

        Args:
            place: which one.
        """
        for run in [one for one in self._runs.values() if one.place == place]:
            self._drop(run)
            run.events.clear()

    def _work(self, loop: asyncio.AbstractEventLoop, run: ReplyRun, work: Callable[[], Iterator[Event]]) -> None:
        try:
            for event in work():
                _tell(loop, run.add, event)
        finally:
            _tell(loop, self._end, run)

    def _end(self, run: ReplyRun) -> None:
        run.end()
        self._busy -= 1
        if self._working.get(run.place) is run:
            del self._working[run.place]
        self._forget_old()

    def _forget_old(self) -> None:
        """Keep what is on its way; of the rest only so many, and only so long."""
        before = monotonic() - self._kept_seconds
        while self._runs:
            oldest = next((one for one in self._runs.values() if one.ended_at is not None), None)
            if oldest is None or (len(self._runs) <= self._kept and (oldest.ended_at or 0) > before):
                return
            self._drop(oldest)

    def _drop(self, run: ReplyRun) -> None:
        self._runs.pop(run.run_id, None)
        if run.key is not None:
            self._by_key.pop((run.place, run.key), None)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody listens any more, and the reply is only to be recorded
        loop.call_soon_threadsafe(call, *values)
