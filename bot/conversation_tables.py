"""The tables of the conversations, as SQLAlchemy knows them; `bot/migrations` makes them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone, kept in UTC; SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Any text; what no database can keep (NUL, halves of surrogate pairs) is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        if value is None:
            return None
        return str(value).replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("brand_id", String(64), primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    Column("opened_at", Moment, nullable=False),
    Index("conversations_by_age", "brand_id", "opened_at"),
)

turns = Table(
    "turns",
    metadata,
    # SQLite counts up by itself only in an INTEGER primary key.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("brand_id", String(64), nullable=False),
    Column("conversation_id", String(64), nullable=False),
    Column("turn_id", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(16)),
    Column("release", String(64)),
    Column("language", String(8)),
    Column("vehicle_model", String(64)),
    Column("vehicle_model_year", Integer),
    Column("vehicle_market", String(8)),
    Column("composer", String(16)),
    Column("usage_model", Words),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cost", Float),
    Column("text_version", String(40)),
    Column("signed_off_by", Words),
    Column("signed_off_on", String(10)),
    Column("checks", Words),
    # A list as JSON; read and written with its turn only.
    Column("choices", Words),
    ForeignKeyConstraint(
        ["brand_id", "conversation_id"],
        ["conversations.brand_id", "conversations.conversation_id"],
        ondelete="CASCADE",
        name="turns_belong_to_a_conversation",
    ),
    Index("turns_of_a_conversation", "brand_id", "conversation_id", "turn_id", unique=True),
    Index("turns_in_order", "brand_id", "conversation_id", "number"),
)

citations = Table(
    "citations",
    metadata,
    Column("turn_number", ForeignKey("turns.number", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("brand_id", String(64), nullable=False),
    Column("passage", String(64), nullable=False),
    Column("document", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("heading", Words, nullable=False),
    Column("page", Integer),
    Column("quote", Words, nullable=False),
    Index("citations_of_a_passage", "brand_id", "passage"),
    Index("citations_of_a_document", "brand_id", "document"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("turn_number", ForeignKey("turns.number", ondelete="CASCADE"), primary_key=True),
    Column("brand_id", String(64), nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("reason", Words),
    Column("at", Moment, nullable=False),
)

removals = Table(
    "removals",
    metadata,
    Column("turn_number", ForeignKey("turns.number", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("brand_id", String(64), nullable=False),
    Column("sentence", Words, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("brand_id", String(64), primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("agent", Words),
    Column("agent_subject", Words),
    Column("joined_at", Moment),
    Column("closed_at", Moment),
    ForeignKeyConstraint(
        ["brand_id", "conversation_id"],
        ["conversations.brand_id", "conversations.conversation_id"],
        ondelete="CASCADE",
        name="a_handoff_belongs_to_a_conversation",
    ),
)

# The migration adds triggers that refuse every change.
safety_records = Table(
    "safety_records",
    metadata,
    Column("brand_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("words_sha256", String(64), nullable=False),
    UniqueConstraint("brand_id", "words_sha256", name="a_reply_is_recorded_once"),
)
