"""Safety records in the conversations' database, which refuses every change of them."""

from typing import Any

from sqlalchemy import Row, insert, select, text

from bot.conversation_database import ConversationDatabase
from bot.conversation_tables import safety_records
from bot.safety_record import SafetyEvent, SafetyRecord, link

# Key of the lock that lets one process at a time add a record in Postgres; SQLite has one writer anyway.
_CHAIN_LOCK = 7_105_116_002


class SqlSafetyRecordStore:
    """A store of safety records; safe for use by several threads and processes.

    Args:
        database: the conversations' database.
    """

    def __init__(self, database: ConversationDatabase) -> None:
        self._database = database

    def append(self, event: SafetyEvent) -> SafetyRecord:
        """Add an event at the end of its brand's chain, once."""
        own = safety_records.c.brand_id == event.brand_id
        with self._database.writing() as connection:
            if not self._database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
            same = connection.execute(
                select(safety_records).where(own, safety_records.c.words_sha256 == event.words_sha256)
            ).first()
            if same is not None:
                return _record(same)
            newest = connection.execute(
                select(safety_records).where(own).order_by(safety_records.c.number.desc()).limit(1)
            ).first()
            record = link(event, _record(newest) if newest else None)
            row = {
                "number": record.number,
                "content": record.content,
                "sha256": record.sha256,
                "words_sha256": event.words_sha256,
            }
            connection.execute(insert(safety_records), row | {"brand_id": event.brand_id})
        return record

    def of(self, brand_id: str) -> tuple[SafetyRecord, ...]:
        """The chain of a brand, oldest first."""
        query = select(safety_records).where(safety_records.c.brand_id == brand_id).order_by(safety_records.c.number)
        with self._database.reading() as connection:
            return tuple(_record(row) for row in connection.execute(query))


def _record(row: Row[Any]) -> SafetyRecord:
    return SafetyRecord(row.number, row.content, row.sha256)
