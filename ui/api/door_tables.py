"""What the workers of a server share, beside the conversations: messages that were taken, and counts.

No table holds a reply, or an address: what was said stands in the conversation, and names are kept as keyed hashes.
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, MetaData, String, Table, text

from bot.conversation_database import ConversationDatabase
from bot.conversation_tables import Moment, Words, conversations

_metadata = MetaData()
_parent = conversations.to_metadata(_metadata)
# Lets one process at a time make the tables in Postgres; any number that stays the same.
_TABLES_LOCK = 7_105_116_002

taken_messages = Table(
    "taken_messages",
    _metadata,
    Column("brand_id", String(64), primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    # Hash of the Idempotency-Key; the message's own id where the client named none.
    Column("message_key", String(64), primary_key=True),
    Column("message_id", String(32), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    # How often it was begun; another beginning has events of its own.
    Column("attempt", Integer, nullable=False),
    Column("owner", Words, nullable=False),
    Column("seen_at", Moment, nullable=False),
    # The message, personal data replaced, until it is answered.
    Column("content", Words),
    # What the conversation does not keep of the reply: how it was cut into pieces, times.
    Column("outcome", Words),
    ForeignKeyConstraint(
        ["brand_id", "conversation_id"],
        [_parent.c.brand_id, _parent.c.conversation_id],
        ondelete="CASCADE",
        name="taken_messages_belong_to_a_conversation",
    ),
    Index("taken_messages_by_state", "state"),
)

counts = Table(
    "counts",
    _metadata,
    Column("name", String(64), primary_key=True),
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index("counts_by_end", "ends_at"),
)


def make_tables(database: ConversationDatabase) -> None:
    """Make the tables where they are missing.

    Args:
        database: the conversations' database.

    Raises:
        ConversationsUnavailable: it cannot be used.
    """
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TABLES_LOCK})
        _metadata.create_all(connection, tables=[taken_messages, counts], checkfirst=True)
