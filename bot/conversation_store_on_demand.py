"""Conversations in a store that is opened with the first of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Lock

from bot.conversation import Turn
from bot.conversation_store import ConversationStore, KeptReply
from bot.handoff_store import HandoffStore
from bot.safety_record import SafetyRecordStore


class ConversationStoreOnDemand:
    """Opens its store when it is first needed: a question without a conversation never waits for a database.

    Args:
        open_store: opens the store; called once, or again where it raised.
    """

    def __init__(self, open_store: Callable[[], ConversationStore]) -> None:
        self._open_store = open_store
        self._store: ConversationStore | None = None
        self._lock = Lock()

    @property
    def store(self) -> ConversationStore:
        """The opened store.

        Raises:
            ConversationsUnavailable: it cannot be opened.
        """
        with self._lock:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    @property
    def handoffs(self) -> HandoffStore:
        """Who asked for a person."""
        return self.store.handoffs

    @property
    def safety_records(self) -> SafetyRecordStore:
        """What was told of danger, for ever."""
        return self.store.safety_records

    def together(self) -> AbstractContextManager[None]:
        """Keep what this thread writes inside all or none, as far as the store can."""
        return self.store.together()

    def open(self, brand_id: str) -> str:
        """Begin a conversation and return its id."""
        return self.store.open(brand_id)

    def turns(self, brand_id: str, conversation_id: str, newest: int | None = None) -> tuple[Turn, ...]:
        """Read what was said so far, or the newest turns of it, oldest first."""
        return self.store.turns(brand_id, conversation_id, newest)

    def record(self, brand_id: str, conversation_id: str, *said: Turn) -> None:
        """Add turns at the end, each once."""
        self.store.record(brand_id, conversation_id, *said)

    def feedback(
        self, brand_id: str, conversation_id: str, turn_id: str, helpful: bool, reason: str | None = None
    ) -> None:
        """Keep whether a reply helped."""
        self.store.feedback(brand_id, conversation_id, turn_id, helpful, reason)

    def feedback_of(self, brand_id: str, conversation_id: str, turn_id: str) -> tuple[bool, str | None] | None:
        """Read what was said of a reply; None where nothing was."""
        return self.store.feedback_of(brand_id, conversation_id, turn_id)

    def replies_citing(
        self, brand_id: str, *, passage: str | None = None, document: str | None = None
    ) -> tuple[KeptReply, ...]:
        """The replies of a brand that rest on a passage or a document, oldest first."""
        return self.store.replies_citing(brand_id, passage=passage, document=document)

    def erase(self, brand_id: str, conversation_id: str) -> None:
        """Remove a conversation and all that was said in it."""
        self.store.erase(brand_id, conversation_id)

    def purge(self, brand_id: str, older_than: datetime) -> int:
        """Remove a brand's conversations in which nothing was said since a moment, and return how many."""
        return self.store.purge(brand_id, older_than)

    def close(self) -> None:
        """Close the store, if it was opened; it opens again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
