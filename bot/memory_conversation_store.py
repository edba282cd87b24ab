"""Conversations kept in memory: for tests, trials and previews."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from secrets import token_hex
from threading import Lock

from bot.conversation import Turn
from bot.conversation_store import KeptReply
from bot.errors import UnknownConversation, UnknownTurn
from bot.memory_handoff_store import MemoryHandoffStore
from bot.memory_safety_record_store import MemorySafetyRecordStore


class MemoryConversationStore:
    """A conversation store that forgets everything when the process ends; safe for use by several threads."""

    def __init__(self) -> None:
        self._turns: dict[tuple[str, str], list[Turn]] = {}
        self._opened: dict[tuple[str, str], datetime] = {}
        self._feedback: dict[tuple[str, str, str], tuple[bool, str | None]] = {}
        self._lock = Lock()
        self.handoffs = MemoryHandoffStore(self._of)
        self.safety_records = MemorySafetyRecordStore()

    def together(self) -> AbstractContextManager[None]:
        """Nothing is undone here: what fails was refused before it wrote anything."""
        return nullcontext()

    def open(self, brand_id: str) -> str:
        """Begin a conversation and return its id."""
        # Letters and digits: a sign at its begin would be an option to a command.
        conversation_id = token_hex(16)
        with self._lock:
            self._turns[brand_id, conversation_id] = []
            self._opened[brand_id, conversation_id] = datetime.now(UTC)
        return conversation_id

    def turns(self, brand_id: str, conversation_id: str, newest: int | None = None) -> tuple[Turn, ...]:
        """Read what was said so far, or the newest turns of it, oldest first."""
        with self._lock:
            turns = self._of(brand_id, conversation_id)
            return tuple(turns if newest is None else turns[max(0, len(turns) - newest) :])

    def record(self, brand_id: str, conversation_id: str, *said: Turn) -> None:
        """Add turns at the end, each once."""
        with self._lock:
            turns = self._of(brand_id, conversation_id)
            for turn in said:
                if all(known.turn_id != turn.turn_id for known in turns):
                    turns.append(turn)

    def feedback(
        self, brand_id: str, conversation_id: str, turn_id: str, helpful: bool, reason: str | None = None
    ) -> None:
        """Keep whether a reply helped."""
        with self._lock:
            self._require_turn(brand_id, conversation_id, turn_id)
            self._feedback[brand_id, conversation_id, turn_id] = (helpful, reason)

    def feedback_of(self, brand_id: str, conversation_id: str, turn_id: str) -> tuple[bool, str | None] | None:
        """Read what was said of a reply; None where nothing was."""
        with self._lock:
            self._require_turn(brand_id, conversation_id, turn_id)
            return self._feedback.get((brand_id, conversation_id, turn_id))

    def replies_citing(
        self, brand_id: str, *, passage: str | None = None, document: str | None = None
    ) -> tuple[KeptReply, ...]:
        """The replies of a brand that rest on a passage or a document, oldest first."""
        with self._lock:
            said = [(key[1], turn) for key, turns in self._turns.items() if key[0] == brand_id for turn in turns]
        citing = [
            KeptReply(conversation_id, turn)
            for conversation_id, turn in said
            if any(passage in {None, one.passage} and document in {None, one.document} for one in turn.citations)
        ]
        return tuple(sorted(citing, key=lambda one: one.turn.at))

    def erase(self, brand_id: str, conversation_id: str) -> None:
        """Remove a conversation and all that was said in it."""
        with self._lock:
            self._of(brand_id, conversation_id)
            self._remove(brand_id, conversation_id)

    def purge(self, brand_id: str, older_than: datetime) -> int:
        """Remove a brand's conversations in which nothing was said since a moment, and return how many."""
        with self._lock:
            old = [
                key
                for key, turns in self._turns.items()
                if key[0] == brand_id and max((self._opened[key], *(turn.at for turn in turns))) < older_than
            ]
            for key in old:
                self._remove(*key)
        return len(old)

    def close(self) -> None:
        """Nothing is open."""

    def _remove(self, brand_id: str, conversation_id: str) -> None:
        del self._turns[brand_id, conversation_id]
        del self._opened[brand_id, conversation_id]
        self.handoffs.forget(brand_id, conversation_id)
        for key in [key for key in self._feedback if key[:2] == (brand_id, conversation_id)]:
            del self._feedback[key]

    def _require_turn(self, brand_id: str, conversation_id: str, turn_id: str) -> None:
        if all(known.turn_id != turn_id for known in self._of(brand_id, conversation_id)):
            raise UnknownTurn(f"conversation {conversation_id} has no turn {turn_id}")

    def _of(self, brand_id: str, conversation_id: str) -> list[Turn]:
        try:
            return self._turns[brand_id, conversation_id]
        except KeyError:
            raise UnknownConversation(f"{brand_id} has no conversation {conversation_id!r}; open a new one") from None
