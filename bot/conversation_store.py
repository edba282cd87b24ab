"""What keeps conversations."""

from typing import Protocol

from bot.conversation import Turn


class ConversationStore(Protocol):
    """Keeps what was said, brand by brand; no call reaches another brand's conversations.

    Every call but `open` raises `UnknownConversation` when this brand has no such conversation,
    whether or not another brand has one of that id.
    """

    def open(self, brand_id: str) -> str:
        """Begin a conversation.

        Returns:
            Its id, which cannot be guessed.
        """
        ...

    def turns(self, brand_id: str, conversation_id: str) -> tuple[Turn, ...]:
        """Read what was said so far, oldest first."""
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

    def erase(self, brand_id: str, conversation_id: str) -> None:
        """Remove a conversation and all that was said in it."""
        ...
