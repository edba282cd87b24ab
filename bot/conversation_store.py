"""What keeps conversations."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation import Turn
from bot.handoff_store import HandoffStore
from bot.safety_record import SafetyRecordStore


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply with the conversation in which it was given.

    Args:
        conversation_id: the conversation.
        turn: the reply.
    """

    conversation_id: str
    turn: Turn


class ConversationStore(Protocol):
    """Keeps what was said, brand by brand; no call reaches another brand's conversations.

    Every call about one conversation raises `UnknownConversation` when this brand has no such conversation, whether or
    not another brand has one of that id.
    """

    @property
    def handoffs(self) -> HandoffStore:
        """Who asked for a person."""
        ...

    @property
    def safety_records(self) -> SafetyRecordStore:
        """What was told of danger, for ever."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Keep what this thread writes inside all or none, as far as the store can."""
        ...

    def open(self, brand_id: str) -> str:
        """Begin a conversation.

        Returns:
            Its id, which cannot be guessed.
        """
        ...

    def turns(self, brand_id: str, conversation_id: str, newest: int | None = None) -> tuple[Turn, ...]:
        """Read what was said so far, oldest first.

        Args:
            brand_id: whose conversation.
            conversation_id: which one.
            newest: read only so many of the newest turns; None reads all.
        """
        ...

    def record(self, brand_id: str, conversation_id: str, *said: Turn) -> None:
        """Add turns at the end, all or none; a turn id that is already there is not added twice."""
        ...

    def feedback(
        self, brand_id: str, conversation_id: str, turn_id: str, helpful: bool, reason: str | None = None
    ) -> None:
        """Keep whether a reply helped; the last word holds.

        Raises:
            UnknownTurn: the conversation has no such turn.
        """
        ...

    def feedback_of(self, brand_id: str, conversation_id: str, turn_id: str) -> tuple[bool, str | None] | None:
        """Read whether a reply helped, and the reason; None where nothing was said of it.

        Raises:
            UnknownTurn: the conversation has no such turn.
        """
        ...

    def replies_citing(
        self, brand_id: str, *, passage: str | None = None, document: str | None = None
    ) -> tuple[KeptReply, ...]:
        """The replies of a brand, by the bot or an agent, that rest on a passage or a document, oldest first.

        Args:
            brand_id: whose replies.
            passage: id of the passage.
            document: id of the document.
        """
        ...

    def erase(self, brand_id: str, conversation_id: str) -> None:
        """Remove a conversation and all that was said in it."""
        ...

    def purge(self, brand_id: str, older_than: datetime) -> int:
        """Remove a brand's conversations in which nothing was said since a moment.

        Args:
            brand_id: whose conversations.
            older_than: the moment, with time zone.

        Returns:
            How many conversations were removed.
        """
        ...

    def close(self) -> None:
        """Give back files and connections."""
        ...
