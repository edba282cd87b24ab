"""What only the database of the conversations does: migrations, durability, erasure from the files."""

import random
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.migrations
from bot import conversation_database
from bot.conversation import Turn
from bot.conversation_database import NEWEST_MIGRATION, ConversationDatabase, sqlite_url
from bot.conversation_tables import metadata
from bot.errors import ConversationsUnavailable, SettingsInvalid
from bot.reply import Citation
from bot.sql_conversation_store import SqlConversationStore


def store_at(folder: Path) -> SqlConversationStore:
    return SqlConversationStore(ConversationDatabase(sqlite_url(folder / "conversations.sqlite3")))


def turn(turn_id: str, text: str) -> Turn:
    citation = Citation("d.md", "D", "H", 1, text[:60], "0123456789abcdef")
    return Turn(turn_id, "bot", text, datetime.now(UTC), "answer", (citation,), "r", "en")


def test_the_newest_migration_is_the_last_file() -> None:
    config = Config()
    config.set_main_option("script_location", bot.migrations.__path__[0])
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST_MIGRATION


def test_migrations_make_the_tables_that_the_store_knows(tmp_path: Path) -> None:
    database = ConversationDatabase(sqlite_url(tmp_path / "c.sqlite3"))
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()
    assert differences == []


def test_what_was_said_before_choices_were_kept_is_read_and_has_none(tmp_path: Path) -> None:
    database = ConversationDatabase(sqlite_url(tmp_path / "conversations.sqlite3"))
    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", bot.migrations.__path__[0])
        config.attributes["connection"] = connection
        downgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO conversations VALUES ('alder', 'c1', '2026-11-23 09:30:15')")
        connection.exec_driver_sql(
            "INSERT INTO turns (brand_id, conversation_id, turn_id, role, text, at, kind) "
            "VALUES ('alder', 'c1', 't1', 'bot', '2024 or 2025?', '2026-11-23 09:30:15', 'clarify')"
        )
    database.close()
    store = store_at(tmp_path)
    store.record("alder", "c1", replace(turn("t2", "2024 or 2025?"), choices=("2024", "2025")))
    assert [one.choices for one in store.turns("alder", "c1")] == [(), ("2024", "2025")]
    store.close()


def test_conversations_survive_a_restart(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    conversation = store.open("alder")
    store.record("alder", conversation, turn("t1", "hello"))
    store.close()
    again = store_at(tmp_path)
    assert [one.text for one in again.turns("alder", conversation)] == ["hello"]
    again.close()


def test_processes_that_start_at_once_all_find_the_tables(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from bot.conversation_database import *; from bot.sql_conversation_store import *\n"
        "sys.stdin.read(1)\n"
        "store = SqlConversationStore(ConversationDatabase(sqlite_url(Path(sys.argv[1]))))\n"
        "print(store.turns('alder', store.open('alder')))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "c.sqlite3")]
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)
    ]
    for one in started:
        assert one.stdin is not None
        one.stdin.write("g")
        one.stdin.flush()
    assert [one.communicate(timeout=60)[0].strip() for one in started] == ["()"] * 2


def test_a_new_file_that_is_opened_many_times_at_once_turns_nobody_away(tmp_path: Path) -> None:
    for number in range(6):
        url = sqlite_url(tmp_path / f"{number}.sqlite3")
        with ThreadPoolExecutor(8) as threads:
            for database in threads.map(ConversationDatabase, [url] * 8):
                database.close()


def test_a_process_waits_its_turn_to_write_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(tmp_path)
    other = sqlite3.connect(tmp_path / "conversations.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as threads:
        opened = threads.submit(store.open, "alder")
        with pytest.raises(TimeoutError):
            opened.result(timeout=0.3)
        other.execute("COMMIT")
        assert store.turns("alder", opened.result(timeout=60)) == ()
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(conversation_database, "_BUSY_SECONDS", 0.1)
    with pytest.raises(ConversationsUnavailable, match="locked"):
        store.open("alder")
    other.close()
    assert store.open("alder")
    store.close()


def test_nothing_of_an_erased_conversation_is_left_in_the_files(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    chance = random.Random(3)
    conversations = [store.open("alder") for _ in range(12)]
    for number in range(240):
        which = chance.randrange(12)
        text = f"SECRET{which:02d}END " * chance.choice([1, 20, 200, 700])
        store.record("alder", conversations[which], turn(f"t{number}", text))
    for which in range(0, 12, 3):
        store.feedback(
            "alder", conversations[which], store.turns("alder", conversations[which])[0].turn_id, True, "SECRET-WHY"
        )
        store.erase("alder", conversations[which])
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for which in range(12):
        assert (f"SECRET{which:02d}END".encode() in found) == (which % 3 != 0)
        assert (conversations[which].encode() in found) == (which % 3 != 0)
    assert b"SECRET-WHY" not in found
    store.close()


def test_what_is_erased_together_with_other_writing_is_refused_and_stays(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    conversation = store.open("alder")

    def erase() -> None:
        with store.together():
            store.erase("alder", conversation)

    with pytest.raises(RuntimeError, match="outside"):
        erase()
    assert store.turns("alder", conversation) == ()
    store.close()


def test_erasing_waits_for_a_reader_that_is_soon_done(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    conversation = store.open("alder")
    store.record("alder", conversation, turn("t1", "SECRET"))
    reader = sqlite3.connect(tmp_path / "conversations.sqlite3")
    assert reader.execute("SELECT count(*) FROM turns").fetchone() == (1,)
    store.erase("alder", conversation)
    reader.close()
    assert b"SECRET" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = store_at(tmp_path / "new")
    store.open("alder")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    store.close()
    assert modes == {0o600}


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store_at(tmp_path).close()
    with sqlite3.connect(tmp_path / "conversations.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConversationsUnavailable, match="install a newer one"):
        store_at(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"this is no database, it is a letter" * 100)
    with pytest.raises(ConversationsUnavailable, match="cannot be used"):
        store_at(tmp_path)


def test_an_erasure_while_another_process_holds_the_database_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation_database, "_BUSY_SECONDS", 0.2)
    database = ConversationDatabase(sqlite_url(tmp_path / "c.sqlite3"))
    other = sqlite3.connect(tmp_path / "c.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ConversationsUnavailable, match="cannot be used: database is locked"):
        database.overwrite_deleted()
    other.close()
    database.overwrite_deleted()
    database.close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConversationsUnavailable, match="cannot be written"):
        sqlite_url(tmp_path / "file" / "conversations.sqlite3")


@pytest.mark.parametrize("url", ["no address", "oracle://host/x", "mysql://host/x", "unknown+thing://x"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="MARQUE_BOT_CONVERSATIONS_URL"):
        ConversationDatabase(url)


def test_a_postgres_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(ConversationsUnavailable) as raised:
        ConversationDatabase("postgresql://marque:top-secret@127.0.0.1:9/none?connect_timeout=2")
    assert "top-secret" not in str(raised.value)
