"""What keeps conversations."""

from datetime import datetime
from typing import Protocol

from bot.conversation import Turn


class ConversationStore(Protocol):
    """Keeps what was said, brand by brand; no call reaches another brand's conversations.

    Every call but `open`, `purge` and `close` raises `UnknownConversation` when this brand has no such conversation,
    whether or not another brand has one of that id.
    """

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

    def record(self, brand_id: str, conversation_id: str, turn: Turn) -> None:
        """Add a turn at the end; a turn id that is already there is not added twice."""
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
