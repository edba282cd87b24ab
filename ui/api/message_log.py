"""Messages that were taken: each once, whichever worker it came to, and although a worker was killed."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, delete, func, insert, select, update

from bot.conversation_database import ConversationDatabase
from bot.conversation_tables import conversations, turns
from bot.errors import UnknownConversation
from ui.api.door_tables import taken_messages as table
from ui.api.errors import ConversationFull, TurnInFlight
from ui.api.process_name import has_ended, own_name

Place = tuple[str, str]  # brand and conversation
# A process that told nothing for so long has ended, or its machine is out of reach; it tells every two seconds.
_SILENT_SECONDS = 20.0
# A message that ended its process so often is not answered again by itself.
_ATTEMPTS = 3
_ORPHANS_AT_ONCE = 50


def _here(of: Table) -> ColumnElement[bool]:
    return and_(of.c.brand_id == bindparam("brand_id"), of.c.conversation_id == bindparam("conversation_id"))


# Made once: to make a statement costs more than to run it.
_TAKEN_BEFORE = select(table.c.message_id).where(
    _here(table), (table.c.state == "working") | (table.c.message_key == bindparam("key"))
)
_TURNS = select(func.count()).select_from(turns).where(_here(turns))
# In Postgres the row's lock makes others wait; SQLite has one writer anyway.
_LOCK = select(conversations.c.opened_at).where(_here(conversations)).with_for_update()
_TAKE = insert(table)
_WORKING = select(table).where(table.c.state == "working")
_END = (
    update(table)
    .where(table.c.message_id == bindparam("ended"), table.c.attempt == bindparam("of_attempt"))
    .values(state=bindparam("now"), outcome=bindparam("with_outcome"), content=None)
)


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that was taken.

    Args:
        place: whose conversation.
        message_id: its id; the turns that it leads to have their ids of it.
        key: hash of what the client calls it; its own id where the client calls it nothing.
        fingerprint: of the message.
        state: being answered, answered, or not answered because answering failed.
        attempt: how often answering it was begun.
        owner: the process that answers it.
        seen_at: when that process last told that it does.
        content: the message, personal data replaced, until it is answered.
        outcome: what the conversation does not keep of the reply; None until there is one.
    """

    place: Place
    message_id: str
    key: str
    fingerprint: str
    state: Literal["working", "answered", "failed"]
    attempt: int
    owner: str
    seen_at: datetime
    content: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None

    @property
    def run_id(self) -> str:
        """Begins the ids of its events; a new attempt has events of its own."""
        return f"{self.message_id}-{self.attempt}"

    def is_left(self) -> bool:
        """Whether nobody answers it any more."""
        silent_since = datetime.now(UTC) - timedelta(seconds=_SILENT_SECONDS)
        return self.state == "failed" or (
            self.state == "working" and (has_ended(self.owner) or self.seen_at < silent_since)
        )


class MessageLog:
    """Keeps which messages were taken, beside the conversations; safe for use by several threads and processes.

    Args:
        database: opens the database, with the tables of the doors; called with the first message.
    """

    def __init__(self, database: Callable[[], ConversationDatabase]) -> None:
        self._database = database

    def find(self, place: Place, key: str | None, message_id: str | None) -> TakenMessage | None:
        """A message that was taken before.

        Args:
            place: whose conversation.
            key: hash of what the client calls it.
            message_id: its id, which counts where there is no key.
        """
        named = table.c.message_id == message_id if key is None else table.c.message_key == key
        with self._database().reading() as connection:
            here = {"brand_id": place[0], "conversation_id": place[1]}
            row = connection.execute(select(table).where(_here(table), named), here).first()
        return None if row is None else _message(row)

    def take(
        self, place: Place, key: str | None, fingerprint: str, content: Mapping[str, Any], limit_turns: int
    ) -> TakenMessage:
        """Take a message that is to be answered by this process.

        Args:
            place: whose conversation.
            key: hash of what the client calls it.
            fingerprint: of the message.
            content: the message, personal data replaced.
            limit_turns: how many turns a conversation may have.

        Raises:
            TurnInFlight: another message of the conversation, or this one, is being answered.
            ConversationFull: the conversation is as long as it may become.
            UnknownConversation: the brand has no such conversation.
        """
        made = replace(unkept_message(place, fingerprint), content=content)
        made = made if key is None else replace(made, key=key)
        here = {"brand_id": place[0], "conversation_id": place[1]}
        with self._database().writing() as connection:
            if connection.execute(_LOCK, here).first() is None:
                raise UnknownConversation("this brand has no such conversation")
            if connection.execute(_TAKEN_BEFORE, here | {"key": made.key}).first() is not None:
                raise TurnInFlight("a message of this conversation is being answered; wait for its reply")
            if connection.execute(_TURNS, here).scalar_one() >= limit_turns:
                told = f"the conversation has {limit_turns} turns; begin a new one with POST /v1/sessions"
                raise ConversationFull(told)
            connection.execute(_TAKE, _row(made))
        return made

    def take_over(self, left: TakenMessage) -> TakenMessage | None:
        """Begin again to answer a message, in this process; None where another process does.

        Args:
            left: a message that nobody answers any more.
        """
        mine = replace(left, state="working", attempt=left.attempt + 1, owner=own_name(), seen_at=datetime.now(UTC))
        same = (
            table.c.message_id == left.message_id,
            table.c.attempt == left.attempt,
            table.c.state == left.state,
            table.c.seen_at == left.seen_at,  # or its process, kept waiting, has told since that it does answer
        )
        values = {"state": mine.state, "attempt": mine.attempt, "owner": mine.owner, "seen_at": mine.seen_at}
        with self._database().writing() as connection:
            changed = connection.execute(update(table).where(*same).values(values)).rowcount
        return mine if changed else None

    def answered(self, message: TakenMessage, outcome: Mapping[str, Any]) -> None:
        """Tell that a message is answered and recorded; its words are dropped here.

        Args:
            message: the message.
            outcome: what the conversation does not keep of the reply.
        """
        self._end(message, "answered", json.dumps(outcome))

    def failed(self, message: TakenMessage) -> None:
        """Tell that answering a message failed, so that the client may send it again."""
        self._end(message, "failed", None)

    def drop(self, message: TakenMessage) -> None:
        """Forget a message that was not answered and is not to be."""
        with self._database().writing() as connection:
            connection.execute(delete(table).where(table.c.message_id == message.message_id))

    def still_working(self, message_ids: Collection[str]) -> None:
        """Tell other processes that this one still answers messages."""
        with self._database().writing() as connection:
            wanted = and_(table.c.message_id.in_(message_ids), table.c.owner == own_name())
            connection.execute(update(table).where(wanted).values(seen_at=datetime.now(UTC)))

    def left_behind(self) -> tuple[TakenMessage, ...]:
        """Messages that were taken and that nobody answers any more; those that ended process after process aside."""
        with self._database().reading() as connection:
            found = connection.execute(_WORKING).all()
        left = [one for one in map(_message, found) if one.is_left()]
        for one in left:
            if one.attempt >= _ATTEMPTS or one.content is None:
                self.failed(one)
        return tuple(one for one in left if one.attempt < _ATTEMPTS and one.content is not None)[:_ORPHANS_AT_ONCE]

    def _end(self, message: TakenMessage, state: str, outcome: str | None) -> None:
        mine = {"ended": message.message_id, "of_attempt": message.attempt}
        with self._database().writing() as connection:
            connection.execute(_END, {**mine, "now": state, "with_outcome": outcome})


def unkept_message(place: Place, fingerprint: str) -> TakenMessage:
    """A message that this process begins to answer, before anything is kept of it.

    Args:
        place: whose conversation.
        fingerprint: of the message.
    """
    message_id = uuid4().hex
    return TakenMessage(place, message_id, message_id, fingerprint, "working", 1, own_name(), datetime.now(UTC))


def key_hash(key: str) -> str:
    """What is kept of an Idempotency-Key.

    Args:
        key: as the client sent it.
    """
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def _row(message: TakenMessage) -> dict[str, Any]:
    return {
        "brand_id": message.place[0],
        "conversation_id": message.place[1],
        "message_key": message.key,
        "message_id": message.message_id,
        "fingerprint": message.fingerprint,
        "state": message.state,
        "attempt": message.attempt,
        "owner": message.owner,
        "seen_at": message.seen_at,
        "content": json.dumps(message.content),
    }


def _message(row: Row[Any]) -> TakenMessage:
    return TakenMessage(
        place=(row.brand_id, row.conversation_id),
        message_id=row.message_id,
        key=row.message_key,
        fingerprint=row.fingerprint,
        state=row.state,
        attempt=row.attempt,
        owner=row.owner,
        seen_at=row.seen_at,
        content=json.loads(row.content) if row.content else None,
        outcome=json.loads(row.outcome) if row.outcome else None,
    )
