"""Handoffs kept in memory: for tests, trials and previews."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from bot.handoff_store import Handoff, HandoffReason, in_order


class MemoryHandoffStore:
    """A handoff store that forgets everything when the process ends; safe for use by several threads.

    Args:
        require: raises where a brand has no such conversation.
    """

    def __init__(self, require: Callable[[str, str], object]) -> None:
        self._require = require
        self._known: dict[tuple[str, str], Handoff] = {}
        self._lock = Lock()

    def ask(self, brand_id: str, conversation_id: str, reason: HandoffReason = "person") -> Handoff:
        """Ask for a person; asking again changes nothing, unless it was closed or danger is told of now."""
        self._require(brand_id, conversation_id)
        with self._lock:
            known = self._known.get((brand_id, conversation_id))
            if known is None or known.state == "closed":
                known = Handoff(brand_id, conversation_id, datetime.now(UTC), reason=reason)
            elif reason == "hazard":
                known = replace(known, reason=reason)
            self._known[brand_id, conversation_id] = known
            return known

    def of(self, brand_id: str, conversation_id: str) -> Handoff | None:
        """The handoff of a conversation; None where nobody asked for a person."""
        return self._known.get((brand_id, conversation_id))

    def open_ones(self, brand_id: str) -> tuple[Handoff, ...]:
        """The handoffs of a brand that are not closed: hazards first, then the longest waiting."""
        with self._lock:
            known = tuple(self._known.values())
        return in_order(tuple(one for one in known if one.brand_id == brand_id and one.state != "closed"))

    def waiting(self, brand_id: str) -> tuple[Handoff, ...]:
        """Those among them that nobody joined yet."""
        return tuple(one for one in self.open_ones(brand_id) if one.state == "waiting")

    def join(self, brand_id: str, conversation_id: str, agent: str, subject: str | None = None) -> Handoff:
        """Take a conversation over."""
        asked = self.ask(brand_id, conversation_id)
        now = datetime.now(UTC)
        return self._put(replace(asked, state="joined", agent=agent, agent_subject=subject, joined_at=now))

    def close_one(self, brand_id: str, conversation_id: str) -> Handoff:
        """Close a handoff: the bot answers again, and counts declines anew."""
        self._require(brand_id, conversation_id)
        now = datetime.now(UTC)
        known = self.of(brand_id, conversation_id) or Handoff(brand_id, conversation_id, now)
        return self._put(replace(known, state="closed", closed_at=now))

    def forget(self, brand_id: str, conversation_id: str) -> None:
        """Forget the handoff of a conversation that was erased."""
        with self._lock:
            self._known.pop((brand_id, conversation_id), None)

    def _put(self, handoff: Handoff) -> Handoff:
        with self._lock:
            self._known[handoff.brand_id, handoff.conversation_id] = handoff
        return handoff
