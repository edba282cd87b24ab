"""Erases from conversations what was erased from a brand's documents."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bot.conversation_database import ConversationDatabase, sqlite_url
from bot.conversation_tables import citations, feedback, removals, turns
from bot.settings import BotSettings

ERASED = "[erased]"
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ConversationErasure:
    """What was erased from conversations, or would be.

    Args:
        turns: turns whose text was erased.
        citations: citations whose document, place and quote were erased.
        feedback: reasons of customers that were erased.
    """

    turns: int = 0
    citations: int = 0
    feedback: int = 0


@dataclass(frozen=True, slots=True)
class ErasedContent:
    """What is to be erased from conversations.

    Args:
        brands: whose conversations.
        passages: ids of passages; replies that cite them lose their text, and the citations their quote.
        documents: ids of documents; the same holds for what cites them.
        names: whether a text holds what is erased.
    """

    brands: Sequence[str]
    passages: Collection[str]
    documents: Collection[str]
    names: Callable[[str], bool]


def conversation_file(data_folder: Path, settings: BotSettings | None = None) -> Path | None:
    """The SQLite file of the conversations; None where the settings name another database.

    Args:
        data_folder: where it lies.
        settings: by default those of the environment.
    """
    settings = settings or BotSettings()
    return None if settings.conversations_url else data_folder / "conversations.sqlite3"


def erase_from_conversations(
    data_folder: Path, content: ErasedContent, *, dry_run: bool = False, settings: BotSettings | None = None
) -> ConversationErasure:
    """Put `[erased]` in the place of every turn, citation and reason that holds what is erased, on disk too.

    Args:
        data_folder: where the SQLite file of the conversations lies, unless the settings name another database.
        content: what is to be erased.
        dry_run: only count.
        settings: by default those of the environment.

    Raises:
        ConversationsUnavailable: the database cannot be used.
    """
    settings = settings or BotSettings()
    path = conversation_file(data_folder, settings)
    if path is not None and not path.exists():
        return ConversationErasure()
    url = (
        settings.conversations_url.get_secret_value() if settings.conversations_url else sqlite_url(path or data_folder)
    )
    database = ConversationDatabase(url)
    try:
        with database.writing() as connection:
            found = _erase(connection, content, dry_run)
        if not dry_run and found != ConversationErasure():
            database.overwrite_deleted()
        return found
    finally:
        database.close()


def _erase(connection: Connection, content: ErasedContent, dry_run: bool) -> ConversationErasure:
    passages, documents, names = set(content.passages), set(content.documents), content.names
    citing: set[int] = set()
    cited = 0
    for row in _rows(connection, select(citations).where(citations.c.brand_id.in_(content.brands))):
        held = row.passage in passages or row.document in documents
        held = held or any(names(one) for one in (row.document, row.title, row.heading, row.quote))
        if not held or row.document == ERASED:
            continue
        citing.add(row.turn_number)
        cited += 1
        if not dry_run:
            place = (citations.c.turn_number == row.turn_number) & (citations.c.place == row.place)
            gone = dict.fromkeys(("document", "title", "heading", "quote"), ERASED)
            connection.execute(update(citations).where(place).values(**gone, page=None))
    said = 0
    query = select(turns.c.number, turns.c.text, turns.c.choices).where(turns.c.brand_id.in_(content.brands))
    for row in _rows(connection, query):
        offered = any(names(one) for one in json.loads(row.choices or "[]"))
        if row.text != ERASED and (row.number in citing or offered or names(row.text)):
            said += 1
            if not dry_run:
                chosen = turns.c.number == row.number
                connection.execute(update(turns).where(chosen).values(text=ERASED, choices=None))
    for row in _rows(connection, select(removals).where(removals.c.brand_id.in_(content.brands))):
        if row.sentence != ERASED and (row.turn_number in citing or names(row.sentence)) and not dry_run:
            place = (removals.c.turn_number == row.turn_number) & (removals.c.place == row.place)
            connection.execute(update(removals).where(place).values(sentence=ERASED))
    reasons = 0
    query = select(feedback.c.turn_number, feedback.c.reason).where(feedback.c.brand_id.in_(content.brands))
    for row in _rows(connection, query):
        if row.reason and row.reason != ERASED and names(row.reason):
            reasons += 1
            if not dry_run:
                chosen = feedback.c.turn_number == row.turn_number
                connection.execute(update(feedback).where(chosen).values(reason=ERASED))
    return ConversationErasure(said, cited, reasons)


def _rows(connection: Connection, query: Any) -> Iterator[Row[Any]]:
    # Read to the end before anything is changed: a cursor must not see its own updates.
    result = connection.execute(query)
    while block := result.fetchmany(_ROWS_AT_ONCE):
        yield from block
