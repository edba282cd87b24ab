"""Handoffs: who asked for a person, who answers, and what that person is given to read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from bot.conversation import Turn
from bot.errors import UnknownConversation
from bot.reply import Citation
from bot.safety import Hazard, find_hazard
from brands import VehicleContext

if TYPE_CHECKING:
    from sqlalchemy import Table

    from bot.conversation_database import ConversationDatabase

HandoffState = Literal["waiting", "joined"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation for which a person was asked.

    Args:
        brand_id: whose conversation.
        conversation_id: which one.
        asked_at: when, with time zone.
        state: whether somebody joined it.
        agent: the name that the customer reads, once somebody joined.
    """

    brand_id: str
    conversation_id: str
    asked_at: datetime
    state: HandoffState = "waiting"
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class HandoffPacket:
    """What a person who takes over receives; made of the conversation when it is read, so erasing that erases this.

    Args:
        handoff: who asked, and when.
        question: what the customer last asked, the wish for a person aside.
        vehicle: what is known of their vehicle.
        language: language of the conversation.
        hazard: the danger that they told of, if any.
        tried: what the bot replied so far.
        citations: what those replies rest on, each once.
        transcript: all that was said, oldest first, personal data replaced.
    """

    handoff: Handoff
    question: str
    vehicle: VehicleContext
    language: str | None
    hazard: Hazard | None
    tried: tuple[Turn, ...]
    citations: tuple[Citation, ...]
    transcript: tuple[Turn, ...]


def build_packet(handoff: Handoff, turns: tuple[Turn, ...]) -> HandoffPacket:
    """Make the packet of a handoff.

    Args:
        handoff: who asked.
        turns: the whole conversation, oldest first.
    """
    customer = [one for one in turns if one.role == "customer"]
    tried = tuple(one for one in turns if one.role == "bot" and one.kind in {"answer", "clarify", "decline", "safety"})
    asked = {one.turn_id for one, reply in pairwise(turns) if reply.kind == "handoff"}
    questions = [one for one in customer if one.turn_id not in asked] or customer
    hazards = [find_hazard(one.text, one.language or "") for one in customer]
    cited = {(one.document, one.passage, one.quote): one for turn in tried for one in turn.citations}
    return HandoffPacket(
        handoff=handoff,
        question=questions[-1].text if questions else "",
        vehicle=turns[-1].vehicle if turns else VehicleContext(),
        language=next((one.language for one in reversed(customer) if one.language), None),
        hazard=next((one for one in reversed(hazards) if one is not None), None),
        tried=tried,
        citations=tuple(cited.values()),
        transcript=turns,
    )


class HandoffStore:
    """Keeps handoffs beside the conversations that they belong to, and goes with them when they are erased.

    It holds no words of anybody: the packet is read from the conversation. Safe for use by several threads and
    processes.

    Args:
        open_database: opens the conversations' database; called with the first use.
    """

    def __init__(self, open_database: "Callable[[], ConversationDatabase]") -> None:
        self._open_database = open_database
        self._opened: tuple[ConversationDatabase, Table] | None = None
        self._lock = Lock()

    def ask(self, brand_id: str, conversation_id: str) -> Handoff:
        """Ask for a person; asking again changes nothing.

        Raises:
            UnknownConversation: the brand has no such conversation.
            ConversationsUnavailable: the database cannot be used.
        """
        from sqlalchemy import insert, select

        from bot.conversation_tables import conversations

        known = self.of(brand_id, conversation_id)
        if known is not None:
            return known
        database, table = self._open()
        with database.writing() as connection:
            own = (conversations.c.brand_id == brand_id, conversations.c.conversation_id == conversation_id)
            if connection.execute(select(conversations.c.opened_at).where(*own)).first() is None:
                raise UnknownConversation("this brand has no such conversation")
            there = (table.c.brand_id == brand_id, table.c.conversation_id == conversation_id)
            if connection.execute(select(table.c.state).where(*there)).first() is None:
                made = Handoff(brand_id, conversation_id, datetime.now(UTC))
                row = {"brand_id": brand_id, "conversation_id": conversation_id, "asked_at": made.asked_at}
                connection.execute(insert(table), row | {"state": made.state})
        return self.of(brand_id, conversation_id) or Handoff(brand_id, conversation_id, datetime.now(UTC))

    def of(self, brand_id: str, conversation_id: str) -> Handoff | None:
        """The handoff of a conversation; None where nobody asked for a person."""
        from sqlalchemy import select

        database, table = self._open()
        wanted = (table.c.brand_id == brand_id, table.c.conversation_id == conversation_id)
        with database.reading() as connection:
            row = connection.execute(select(table).where(*wanted)).first()
        return None if row is None else _handoff(row)

    def waiting(self, brand_id: str) -> tuple[Handoff, ...]:
        """The handoffs of a brand that nobody joined yet, the longest waiting first."""
        from sqlalchemy import select

        database, table = self._open()
        query = select(table).where(table.c.brand_id == brand_id, table.c.state == "waiting").order_by(table.c.asked_at)
        with database.reading() as connection:
            return tuple(_handoff(row) for row in connection.execute(query))

    def join(self, brand_id: str, conversation_id: str, agent: str) -> Handoff:
        """Take a conversation over.

        Args:
            brand_id: whose conversation.
            conversation_id: which one.
            agent: the name that the customer reads.
        """
        from sqlalchemy import update

        self.ask(brand_id, conversation_id)
        database, table = self._open()
        wanted = (table.c.brand_id == brand_id, table.c.conversation_id == conversation_id)
        with database.writing() as connection:
            connection.execute(update(table).where(*wanted).values(state="joined", agent=agent[:_NAME_LENGTH]))
        return self.ask(brand_id, conversation_id)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._opened is not None:
                self._opened[0].close()
                self._opened = None

    def _open(self) -> "tuple[ConversationDatabase, Table]":
        with self._lock:
            if self._opened is None:
                database, table = self._open_database(), _table()
                with database.writing() as connection:
                    table.create(connection, checkfirst=True)
                self._opened = (database, table)
            return self._opened


_NAME_LENGTH = 100


def _table() -> "Table":
    from sqlalchemy import Column, ForeignKeyConstraint, MetaData, String, Table

    from bot.conversation_tables import Moment, Words, conversations

    metadata = MetaData()
    parent = conversations.to_metadata(metadata)
    return Table(
        "handoffs",
        metadata,
        Column("brand_id", String(64), primary_key=True),
        Column("conversation_id", String(64), primary_key=True),
        Column("asked_at", Moment, nullable=False),
        Column("state", String(16), nullable=False),
        Column("agent", Words),
        ForeignKeyConstraint(
            ["brand_id", "conversation_id"],
            [parent.c.brand_id, parent.c.conversation_id],
            ondelete="CASCADE",
            name="handoffs_belong_to_a_conversation",
        ),
    )


def _handoff(row: Any) -> Handoff:
    return Handoff(row.brand_id, row.conversation_id, row.asked_at, row.state, row.agent)
