"""Conversations in SQLite or Postgres."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.conversation import Turn
from bot.conversation_database import ConversationDatabase
from bot.conversation_store import KeptReply
from bot.conversation_tables import citations, conversations, feedback, removals, turns
from bot.errors import UnknownConversation, UnknownTurn
from bot.language_model import ModelUsage
from bot.reply import Citation, TextApproval
from bot.sql_handoff_store import SqlHandoffStore
from bot.sql_safety_record_store import SqlSafetyRecordStore
from brands import VehicleContext

# Made once: to make a statement costs more than to run it.
_OF_CONVERSATION = and_(
    turns.c.brand_id == bindparam("brand_id"), turns.c.conversation_id == bindparam("conversation_id")
)
_NEWEST_FIRST = select(turns).where(_OF_CONVERSATION).order_by(turns.c.number.desc())
_NEWEST = _NEWEST_FIRST.limit(bindparam("newest"))
_SINCE = _OF_CONVERSATION & (turns.c.number >= bindparam("first"))
_CONVERSATION = select(conversations.c.brand_id).where(
    conversations.c.brand_id == bindparam("brand_id"),
    conversations.c.conversation_id == bindparam("conversation_id"),
)


def _parts_of(chosen: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """What reads the citations and the removed sentences of turns."""
    cited, removed = (
        select(table)
        .join(turns, turns.c.number == table.c.turn_number)
        .where(chosen)
        .order_by(table.c.turn_number, table.c.place)
        for table in (citations, removals)
    )
    return cited, removed


_PARTS_SINCE = _parts_of(_SINCE)
_INSERT_CITATIONS = insert(citations)


class SqlConversationStore:
    """A conversation store in a database; safe for use by several threads and processes.

    Args:
        database: an open database.
    """

    def __init__(self, database: ConversationDatabase) -> None:
        self._database = database
        self.handoffs = SqlHandoffStore(database)
        self.safety_records = SqlSafetyRecordStore(database)
        dialect = sqlite if database.is_sqlite else postgresql
        self._insert_turn = dialect.insert(turns).on_conflict_do_nothing().returning(turns.c.number)
        self._upsert_feedback = dialect.insert(feedback)
        self._upsert_feedback = self._upsert_feedback.on_conflict_do_update(
            index_elements=[feedback.c.turn_number],
            set_={name: self._upsert_feedback.excluded[name] for name in ("helpful", "reason", "at")},
        )

    def together(self) -> AbstractContextManager[None]:
        """Keep what this thread writes inside all or none."""
        return self._database.together()

    def open(self, brand_id: str) -> str:
        """Begin a conversation and return its id."""
        # Letters and digits: a sign at its begin would be an option to a command.
        conversation_id = token_hex(16)
        row = {"brand_id": brand_id, "conversation_id": conversation_id, "opened_at": datetime.now(UTC)}
        with self._database.writing() as connection:
            connection.execute(insert(conversations), row)
        return conversation_id

    def turns(self, brand_id: str, conversation_id: str, newest: int | None = None) -> tuple[Turn, ...]:
        """Read what was said so far, or the newest turns of it, oldest first."""
        wanted = {"brand_id": brand_id, "conversation_id": conversation_id}
        with self._database.reading() as connection:
            found = connection.execute(_NEWEST_FIRST if newest is None else _NEWEST, wanted | {"newest": newest})
            rows = found.all()[::-1]
            if not rows:
                _require_conversation(connection, brand_id, conversation_id)
                return ()
            return _with_parts(connection, rows, _PARTS_SINCE, wanted | {"first": rows[0].number})

    def record(self, brand_id: str, conversation_id: str, *said: Turn) -> None:
        """Add turns at the end, all or none, each once."""
        with self._database.writing() as connection:
            for turn in said:
                self._record(connection, brand_id, conversation_id, turn)

    def _record(self, connection: Connection, brand_id: str, conversation_id: str, turn: Turn) -> None:
        row = _turn_row(turn) | {"brand_id": brand_id, "conversation_id": conversation_id}
        try:
            number = connection.execute(self._insert_turn, row).scalar()
        except IntegrityError:
            raise _unknown_conversation(brand_id, conversation_id) from None
        if number is not None and turn.citations:
            connection.execute(_INSERT_CITATIONS, _citation_rows(number, brand_id, turn.citations))
        if number is not None and turn.removed:
            connection.execute(
                insert(removals),
                [
                    {"turn_number": number, "place": place, "brand_id": brand_id, "sentence": sentence}
                    for place, sentence in enumerate(turn.removed)
                ],
            )

    def feedback(
        self, brand_id: str, conversation_id: str, turn_id: str, helpful: bool, reason: str | None = None
    ) -> None:
        """Keep whether a reply helped."""
        with self._database.writing() as connection:
            number = self._number(connection, brand_id, conversation_id, turn_id)
            row = {"turn_number": number, "brand_id": brand_id, "helpful": helpful, "reason": reason}
            connection.execute(self._upsert_feedback, row | {"at": datetime.now(UTC)})

    def feedback_of(self, brand_id: str, conversation_id: str, turn_id: str) -> tuple[bool, str | None] | None:
        """Read what was said of a reply; None where nothing was."""
        with self._database.reading() as connection:
            number = self._number(connection, brand_id, conversation_id, turn_id)
            query = select(feedback.c.helpful, feedback.c.reason).where(
                feedback.c.turn_number == number, feedback.c.brand_id == brand_id
            )
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.helpful, row.reason)

    def replies_citing(
        self, brand_id: str, *, passage: str | None = None, document: str | None = None
    ) -> tuple[KeptReply, ...]:
        """The replies of a brand that rest on a passage or a document, oldest first."""
        wanted = [citations.c.brand_id == brand_id]
        wanted += [citations.c.passage == passage] if passage is not None else []
        wanted += [citations.c.document == document] if document is not None else []
        chosen = turns.c.number.in_(select(citations.c.turn_number).where(*wanted)) & (turns.c.brand_id == brand_id)
        with self._database.reading() as connection:
            rows = connection.execute(select(turns).where(chosen).order_by(turns.c.number)).all()
            read = _with_parts(connection, rows, _parts_of(chosen))
        return tuple(KeptReply(row.conversation_id, turn) for row, turn in zip(rows, read, strict=True))

    def erase(self, brand_id: str, conversation_id: str) -> None:
        """Remove a conversation and all that was said in it, from the files too."""
        with self._database.writing() as connection:
            _require_conversation(connection, brand_id, conversation_id)
            connection.execute(
                delete(conversations).where(
                    conversations.c.brand_id == brand_id, conversations.c.conversation_id == conversation_id
                )
            )
        self._database.overwrite_deleted()

    def purge(self, brand_id: str, older_than: datetime) -> int:
        """Remove a brand's conversations in which nothing was said since a moment, and return how many."""
        said_since = exists().where(
            turns.c.brand_id == conversations.c.brand_id,
            turns.c.conversation_id == conversations.c.conversation_id,
            turns.c.at >= older_than,
        )
        old = and_(conversations.c.brand_id == brand_id, conversations.c.opened_at < older_than, ~said_since)
        with self._database.writing() as connection:
            removed = connection.execute(delete(conversations).where(old)).rowcount
        if removed:
            self._database.overwrite_deleted()
        return removed

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _number(self, connection: Connection, brand_id: str, conversation_id: str, turn_id: str) -> int:
        wanted = {"brand_id": brand_id, "conversation_id": conversation_id}
        query = select(turns.c.number).where(_OF_CONVERSATION, turns.c.turn_id == turn_id)
        number: int | None = connection.execute(query, wanted).scalar()
        if number is None:
            _require_conversation(connection, brand_id, conversation_id)
            raise UnknownTurn(f"conversation {conversation_id} has no turn {turn_id}")
        return number


def _with_parts(
    connection: Connection,
    rows: Sequence[Row[Any]],
    parts: tuple[Select[Any], Select[Any]],
    wanted: Mapping[str, Any] | None = None,
) -> tuple[Turn, ...]:
    """The turns of these rows with their citations and what was removed from them."""
    cited: dict[int, list[Citation]] = {}
    removed: dict[int, list[str]] = {}
    of_citations, of_removals = parts
    for row in connection.execute(of_citations, wanted):
        cited.setdefault(row.turn_number, []).append(_citation(row))
    for row in connection.execute(of_removals, wanted):
        removed.setdefault(row.turn_number, []).append(row.sentence)
    return tuple(_turn(row, cited.get(row.number, ()), removed.get(row.number, ())) for row in rows)


def _require_conversation(connection: Connection, brand_id: str, conversation_id: str) -> None:
    wanted = {"brand_id": brand_id, "conversation_id": conversation_id}
    if connection.execute(_CONVERSATION, wanted).one_or_none() is None:
        raise _unknown_conversation(brand_id, conversation_id)


def _unknown_conversation(brand_id: str, conversation_id: str) -> UnknownConversation:
    return UnknownConversation(f"{brand_id} has no conversation {conversation_id!r}; open a new one")


def _turn_row(turn: Turn) -> dict[str, Any]:
    usage, approval = turn.usage, turn.approval
    signed_on = approval.signed_off_on if approval else None
    return {
        "turn_id": turn.turn_id,
        "role": turn.role,
        "text": turn.text,
        "at": turn.at,
        "kind": turn.kind,
        "release": turn.release,
        "language": turn.language,
        "vehicle_model": turn.vehicle.model,
        "vehicle_model_year": turn.vehicle.model_year,
        "vehicle_market": turn.vehicle.market,
        "composer": turn.composer,
        "usage_model": usage.model if usage else None,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cost": usage.cost if usage else None,
        "checks": ",".join(turn.checks) or None,
        "choices": json.dumps(turn.choices, ensure_ascii=False) if turn.choices else None,
        "text_version": approval.version if approval else None,
        "signed_off_by": approval.signed_off_by if approval else None,
        "signed_off_on": signed_on.isoformat() if signed_on else None,
    }


def _citation_rows(number: int, brand_id: str, cited: Iterable[Citation]) -> list[dict[str, Any]]:
    return [
        {
            "turn_number": number,
            "place": place,
            "brand_id": brand_id,
            "passage": one.passage,
            "document": one.document,
            "title": one.title,
            "heading": one.heading,
            "page": one.page,
            "quote": one.quote,
        }
        for place, one in enumerate(cited)
    ]


def _citation(row: Row[Any]) -> Citation:
    return Citation(row.document, row.title, row.heading, row.page, row.quote, row.passage)


def _turn(row: Row[Any], cited: Sequence[Citation], removed: Sequence[str]) -> Turn:
    usage = approval = None
    if row.usage_model is not None:
        usage = ModelUsage(row.usage_model, row.input_tokens, row.output_tokens, row.cost)
    if row.text_version is not None:
        signed_on = date.fromisoformat(row.signed_off_on) if row.signed_off_on else None
        approval = TextApproval(row.text_version, row.signed_off_by, signed_on)
    return Turn(
        turn_id=row.turn_id,
        role=row.role,
        text=row.text,
        at=row.at,
        kind=row.kind,
        citations=tuple(cited),
        release=row.release,
        language=row.language,
        vehicle=VehicleContext(row.vehicle_model, row.vehicle_model_year, row.vehicle_market),
        composer=row.composer,
        usage=usage,
        checks=tuple(row.checks.split(",")) if row.checks else (),
        removed=tuple(removed),
        approval=approval,
        choices=tuple(json.loads(row.choices)) if row.choices else (),
    )
