"""What keeps who asked for a person, and who answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

HandoffState = Literal["waiting", "joined", "closed"]
# Why a conversation is handed over: the customer asked, two declines in a row, anger, a hazard.
HandoffReason = Literal["person", "declines", "anger", "hazard"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation for which a person was asked.

    Args:
        brand_id: whose conversation.
        conversation_id: which one.
        asked_at: when, with time zone.
        state: whether somebody joined it, or closed it.
        agent: the name that the customer reads, once somebody joined.
        reason: why it was handed over.
        joined_at: when somebody joined.
        closed_at: when an agent closed it.
        agent_subject: who the agent is at the issuer, where they signed in: two may have one name.
    """

    brand_id: str
    conversation_id: str
    asked_at: datetime
    state: HandoffState = "waiting"
    agent: str | None = None
    reason: HandoffReason = "person"
    joined_at: datetime | None = None
    closed_at: datetime | None = None
    agent_subject: str | None = None


class HandoffStore(Protocol):
    """Keeps handoffs beside their conversations, with which they are erased; it holds no words of anybody.

    Every call but `of` and `open_ones` raises `UnknownConversation` when this brand has no such conversation.
    """

    def ask(self, brand_id: str, conversation_id: str, reason: HandoffReason = "person") -> Handoff:
        """Ask for a person; asking again changes nothing, unless an agent has closed it: then it waits anew."""
        ...

    def of(self, brand_id: str, conversation_id: str) -> Handoff | None:
        """The handoff of a conversation; None where nobody asked for a person."""
        ...

    def open_ones(self, brand_id: str) -> tuple[Handoff, ...]:
        """The handoffs of a brand that are not closed: hazards first, then the longest waiting."""
        ...

    def waiting(self, brand_id: str) -> tuple[Handoff, ...]:
        """Those among them that nobody joined yet."""
        ...

    def join(self, brand_id: str, conversation_id: str, agent: str, subject: str | None = None) -> Handoff:
        """Take a conversation over, asked or not.

        Args:
            brand_id: whose conversation.
            conversation_id: which one.
            agent: the name that the customer reads.
            subject: who they are at the issuer, where they signed in.
        """
        ...

    def close_one(self, brand_id: str, conversation_id: str) -> Handoff:
        """Close a handoff: the bot answers again, and counts declines anew."""
        ...


def in_order(handoffs: tuple[Handoff, ...]) -> tuple[Handoff, ...]:
    """Handoffs as they are worked off: hazards first, then the longest waiting.

    Args:
        handoffs: in any order.
    """
    return tuple(sorted(handoffs, key=lambda one: (one.reason != "hazard", one.asked_at)))
