"""Handoffs in the conversations' database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, insert, select, update

from bot.conversation_database import ConversationDatabase
from bot.conversation_tables import conversations, handoffs
from bot.errors import UnknownConversation
from bot.handoff_store import Handoff, HandoffReason, in_order

_NAME_LENGTH = 100
# Made once: to make a statement costs more than to run it.
_FIND = select(handoffs).where(
    handoffs.c.brand_id == bindparam("brand_id"), handoffs.c.conversation_id == bindparam("conversation_id")
)
# In Postgres the row's lock makes others wait; SQLite has one writer anyway.
_HOLD = (
    select(conversations.c.opened_at)
    .where(
        conversations.c.brand_id == bindparam("brand_id"),
        conversations.c.conversation_id == bindparam("conversation_id"),
    )
    .with_for_update(key_share=True)
)


class SqlHandoffStore:
    """A handoff store in a database; safe for use by several threads and processes.

    Args:
        database: the conversations' database.
    """

    def __init__(self, database: ConversationDatabase) -> None:
        self._database = database

    def ask(self, brand_id: str, conversation_id: str, reason: HandoffReason = "person") -> Handoff:
        """Ask for a person; asking again changes nothing, unless it was closed or danger is told of now."""
        with self._database.writing() as connection:
            return self._asked(connection, brand_id, conversation_id, reason)

    def _asked(self, connection: Connection, brand_id: str, conversation_id: str, reason: HandoffReason) -> Handoff:
        _hold(connection, brand_id, conversation_id)
        known = _find(connection, brand_id, conversation_id)
        if known is None:
            made = Handoff(brand_id, conversation_id, datetime.now(UTC), reason=reason)
            connection.execute(insert(handoffs), _row(made))
            return made
        if known.state == "closed":
            return self._changed(connection, Handoff(brand_id, conversation_id, datetime.now(UTC), reason=reason))
        if reason == "hazard" != known.reason:
            return self._changed(connection, replace(known, reason=reason))
        return known

    def of(self, brand_id: str, conversation_id: str) -> Handoff | None:
        """The handoff of a conversation; None where nobody asked for a person."""
        with self._database.reading() as connection:
            return _find(connection, brand_id, conversation_id)

    def open_ones(self, brand_id: str) -> tuple[Handoff, ...]:
        """The handoffs of a brand that are not closed: hazards first, then the longest waiting."""
        query = select(handoffs).where(handoffs.c.brand_id == brand_id, handoffs.c.state != "closed")
        with self._database.reading() as connection:
            return in_order(tuple(_handoff(row) for row in connection.execute(query)))

    def waiting(self, brand_id: str) -> tuple[Handoff, ...]:
        """Those among them that nobody joined yet."""
        return tuple(one for one in self.open_ones(brand_id) if one.state == "waiting")

    def join(self, brand_id: str, conversation_id: str, agent: str, subject: str | None = None) -> Handoff:
        """Take a conversation over."""
        with self._database.writing() as connection:
            asked = self._asked(connection, brand_id, conversation_id, "person")
            now = datetime.now(UTC)
            joined = replace(asked, state="joined", agent=agent[:_NAME_LENGTH], agent_subject=subject, joined_at=now)
            return self._changed(connection, joined)

    def close_one(self, brand_id: str, conversation_id: str) -> Handoff:
        """Close a handoff: the bot answers again, and counts declines anew."""
        with self._database.writing() as connection:
            _hold(connection, brand_id, conversation_id)
            known = _find(connection, brand_id, conversation_id)
            now = datetime.now(UTC)
            if known is None:
                made = Handoff(brand_id, conversation_id, now, "closed", closed_at=now)
                connection.execute(insert(handoffs), _row(made))
                return made
            return self._changed(connection, replace(known, state="closed", closed_at=now))

    def _changed(self, connection: Connection, handoff: Handoff) -> Handoff:
        connection.execute(
            update(handoffs).where(_is(handoff.brand_id, handoff.conversation_id)).values(**_row(handoff))
        )
        return handoff


def _is(brand_id: str, conversation_id: str) -> ColumnElement[bool]:
    return and_(handoffs.c.brand_id == brand_id, handoffs.c.conversation_id == conversation_id)


def _find(connection: Connection, brand_id: str, conversation_id: str) -> Handoff | None:
    row = connection.execute(_FIND, {"brand_id": brand_id, "conversation_id": conversation_id}).first()
    return None if row is None else _handoff(row)


def _hold(connection: Connection, brand_id: str, conversation_id: str) -> None:
    """Let nobody else change the handoff meanwhile, which may not be there yet; turns may be added."""
    if connection.execute(_HOLD, {"brand_id": brand_id, "conversation_id": conversation_id}).first() is None:
        raise UnknownConversation(f"{brand_id} has no conversation {conversation_id!r}; open a new one")


def _row(handoff: Handoff) -> dict[str, Any]:
    return {name: getattr(handoff, name) for name in (one.name for one in handoffs.columns)}


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(**row._mapping)
