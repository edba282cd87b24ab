"""What was erased from documents goes from conversations too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation import Turn
from bot.conversation_database import ConversationDatabase, sqlite_url
from bot.conversation_erasure import ERASED, ConversationErasure, ErasedContent, erase_from_conversations
from bot.reply import Citation
from bot.sql_conversation_store import SqlConversationStore

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LETTER = Citation("letters/doe.md", "Letter", "Complaint", 2, "Jane Doe wrote", "1" * 16)
MANUAL = Citation("manual.md", "Manual", "Tyres", 12, "2.3 bar", "2" * 16)


@pytest.fixture
def store(tmp_path: Path) -> SqlConversationStore:
    return SqlConversationStore(ConversationDatabase(sqlite_url(tmp_path / "conversations.sqlite3")))


def content(passages: set[str] | None = None, documents: set[str] | None = None) -> ErasedContent:
    return ErasedContent(["alder"], passages or set(), documents or set(), lambda text: "jane doe" in text.casefold())


def talk(store: SqlConversationStore, brand_id: str = "alder") -> str:
    conversation = store.open(brand_id)
    turns = (
        Turn("t1", "customer", "What did JANE DOE write?", NOW),
        Turn("t2", "bot", "From the letter: it stalled.", NOW, kind="answer", citations=(LETTER, MANUAL)),
        Turn("t3", "customer", "How much air?", NOW),
        Turn("t4", "bot", "2.3 bar", NOW, kind="answer", citations=(MANUAL,)),
    )
    for turn in turns:
        store.record(brand_id, conversation, turn)
    store.feedback(brand_id, conversation, "t4", False, "ask Jane Doe")
    return conversation


def test_turns_citations_and_reasons_lose_it_and_the_rest_stays(store: SqlConversationStore, tmp_path: Path) -> None:
    conversation = talk(store)
    assert erase_from_conversations(tmp_path, content()) == ConversationErasure(2, 1, 1)
    first, second, third, fourth = store.turns("alder", conversation)
    assert (first.text, second.text) == (ERASED, ERASED)
    assert second.citations == (Citation(ERASED, ERASED, ERASED, None, ERASED, "1" * 16), MANUAL)
    assert (third.text, fourth.text, fourth.citations) == ("How much air?", "2.3 bar", (MANUAL,))
    assert store.feedback_of("alder", conversation, "t4") == (False, ERASED)
    assert erase_from_conversations(tmp_path, content()) == ConversationErasure()


@pytest.mark.parametrize("by", ["passages", "documents"])
def test_reply_that_cites_what_was_erased_loses_its_text(store: SqlConversationStore, tmp_path: Path, by: str) -> None:
    conversation = talk(store)
    named = content(passages={MANUAL.passage}) if by == "passages" else content(documents={MANUAL.document})
    assert erase_from_conversations(tmp_path, named) == ConversationErasure(3, 3, 1)
    assert [one.text for one in store.turns("alder", conversation)] == [ERASED, ERASED, "How much air?", ERASED]


def test_other_brands_and_a_dry_run_change_nothing(store: SqlConversationStore, tmp_path: Path) -> None:
    conversation, other = talk(store), talk(store, "birch")
    before = store.turns("alder", conversation), store.turns("birch", other)
    assert erase_from_conversations(tmp_path, content(), dry_run=True) == ConversationErasure(2, 1, 1)
    assert (store.turns("alder", conversation), store.turns("birch", other)) == before
    erase_from_conversations(tmp_path, content())
    assert store.turns("birch", other) == before[1]


def test_choices_that_hold_it_go_with_the_question(store: SqlConversationStore, tmp_path: Path) -> None:
    conversation = store.open("alder")
    for turn_id, choices in (("t1", ("2024", "The JANE DOE edition")), ("t2", ("2024", "2025"))):
        asked_back = Turn(turn_id, "bot", "Which is yours?", NOW, kind="clarify", choices=choices)
        store.record("alder", conversation, asked_back)
    assert erase_from_conversations(tmp_path, content()) == ConversationErasure(turns=1)
    assert [(one.text, one.choices) for one in store.turns("alder", conversation)] == [
        (ERASED, ()),
        ("Which is yours?", ("2024", "2025")),
    ]
    for path in tmp_path.iterdir():
        assert b"jane doe" not in path.read_bytes().lower()


def test_nothing_is_left_in_the_files(store: SqlConversationStore, tmp_path: Path) -> None:
    talk(store)
    erase_from_conversations(tmp_path, content())
    for path in tmp_path.iterdir():
        assert b"jane doe" not in path.read_bytes().lower()


def test_without_conversations_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert erase_from_conversations(tmp_path, content()) == ConversationErasure()
    assert list(tmp_path.iterdir()) == []
