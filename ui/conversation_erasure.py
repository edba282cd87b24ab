"""Erases one conversation for the doors, and proves it: the same receipt for a customer, an agent and an operator."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.reply_json import reply_json

if TYPE_CHECKING:
    from bot.conversation import Turn
    from bot.conversation_store import ConversationStore

# Shorter words stand in other conversations too.
_SHORTEST_NEEDLE = 12
_BLOCK_BYTES = 1 << 20
# Whether what others said, or were told, holds the same words.
_SAID_ELSEWHERE = """
SELECT EXISTS (SELECT 1 FROM turns WHERE instr(text, :said))
OR EXISTS (SELECT 1 FROM citations WHERE instr(quote, :said))
"""


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was erased of a conversation: the content of docs/schemas/conversation_erasure.json.

    Args:
        brand: id of the brand.
        conversation: id of the conversation.
        at: when.
        by: who asked for it.
        turns: how many turns were erased.
        citations: how many citations.
        handoff: whether a handoff was erased.
        content_sha256: of what an export would have told.
        safety_records_kept: safety records of it, which hold no words and stay.
        searched: the database's files whose every byte was searched; none where it is no SQLite file.
        clean: whether nothing of it was found again.
        found_again_in: files that still hold it.
    """

    brand: str
    conversation: str
    at: str
    by: str
    turns: int
    citations: int
    handoff: bool
    content_sha256: str
    safety_records_kept: int
    searched: tuple[str, ...]
    clean: bool
    found_again_in: tuple[str, ...]


def erase_conversation(
    store: "ConversationStore", file: Path | None, brand_id: str, conversation_id: str, by: str
) -> ErasureReceipt:
    """Erase a conversation with all that was said in it, and look for it in every byte of its database.

    Args:
        store: where it is kept.
        file: the SQLite file of the conversations; None where they are elsewhere.
        brand_id: whose.
        conversation_id: which one.
        by: who asks for it.

    Raises:
        UnknownConversation: the brand has no such conversation.
        ConversationsUnavailable: it could not be erased; do it again.
    """
    content = conversation_content(store, brand_id, conversation_id)
    turns = store.turns(brand_id, conversation_id)
    store.erase(brand_id, conversation_id)
    searched = _files(file)
    found = tuple(one.name for one in searched if _holds(one, file or one, turns))
    return ErasureReceipt(
        brand=brand_id,
        conversation=conversation_id,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        by=by,
        turns=len(turns),
        citations=sum(len(one.citations) for one in turns),
        handoff=content["handoff"] is not None,
        content_sha256=sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        safety_records_kept=len(content["safety_records"]),
        searched=tuple(one.name for one in searched),
        clean=not found,
        found_again_in=found,
    )


def conversation_content(store: "ConversationStore", brand_id: str, conversation_id: str) -> dict[str, Any]:
    """All that is kept of a conversation: the content of docs/schemas/conversation.json.

    Args:
        store: where it is kept.
        brand_id: whose.
        conversation_id: which one.

    Raises:
        UnknownConversation: the brand has no such conversation.
    """
    turns = store.turns(brand_id, conversation_id)
    handoff = store.handoffs.of(brand_id, conversation_id)
    records = [one.as_json() for one in store.safety_records.of(brand_id)]
    return {
        "brand": brand_id,
        "conversation": conversation_id,
        "turns": [reply_json(conversation_id, one) for one in turns],
        "feedback": [
            _feedback(store, brand_id, conversation_id, one.turn_id) for one in turns if one.role != "customer"
        ],
        "handoff": {"state": handoff.state, "reason": handoff.reason, "asked_at": handoff.asked_at.isoformat()}
        if handoff
        else None,
        "safety_records": [one for one in records if one["conversation_id"] == conversation_id],
    }


def _feedback(store: "ConversationStore", brand_id: str, conversation_id: str, turn_id: str) -> dict[str, Any]:
    said = store.feedback_of(brand_id, conversation_id, turn_id)
    return {"turn": turn_id, "helpful": said[0] if said else None, "reason": said[1] if said else None}


def _files(file: Path | None) -> tuple[Path, ...]:
    """The database's file with its logs."""
    if file is None:
        return ()
    return tuple(sorted(one for one in file.parent.glob(f"{file.name}*") if one.is_file()))


def _holds(path: Path, database: Path, turns: "Sequence[Turn]") -> bool:
    """Whether a file holds a turn's id, or words of the customer that nobody else said."""
    ids = [one.turn_id.encode() for one in turns]
    said = [one.text for one in turns if one.role == "customer" and len(one.text) >= _SHORTEST_NEEDLE]
    found = set(_found_bytes(path, [*ids, *(one.encode() for one in said)]))
    if found.intersection(ids):
        return True
    return any(one.encode() in found and not _is_said_elsewhere(database, one) for one in said)


def _found_bytes(path: Path, needles: Sequence[bytes]) -> Iterator[bytes]:
    overlap = max(map(len, needles), default=1)
    try:
        with path.open("rb") as file:
            tail = b""
            while block := file.read(_BLOCK_BYTES):
                block = tail + block
                yield from (one for one in needles if one in block)
                tail = block[-overlap:]
    except FileNotFoundError:
        return  # a log of SQLite that was removed meanwhile


def _is_said_elsewhere(database: Path, said: str) -> bool:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return bool(connection.execute(_SAID_ELSEWHERE, {"said": said}).fetchone()[0])
