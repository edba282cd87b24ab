"""Corrected passages, safety records, export, erasure and retention by command."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.bootstrap import build_assistant
from bot.conversation import Turn
from bot.conversation_database import ConversationDatabase, sqlite_url
from bot.question import Question
from bot.reply import Reply
from bot.settings import BotSettings
from brands import load_group
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.byte_search import find_bytes
from tests.conftest import write_small_group
from tests.ui.test_release_commands import run, run_json
from ui.exit_codes import ExitCode

SAID = "my colleague Marisol asked: how long does the new vehicle warranty last?"
DANGER = "flames are coming out of the engine bay near Bramblecombe"


@pytest.fixture
def talked(tmp_path: Path) -> tuple[Path, str, Reply]:
    """A group, a conversation with an answer and danger in it, and the answer."""
    folder = write_small_group(tmp_path / "group")
    run_json("ingest", "ingest", str(folder))
    assistant = build_assistant(load_group(folder), build_knowledge_base(folder / ".marque"), BotSettings(model=None))
    talk = assistant.conversations.open("alder")
    reply = assistant.ask(Question("alder", SAID, conversation_id=talk))
    assistant.ask(Question("alder", DANGER, conversation_id=talk))
    old = Turn("old", "customer", "An old question", datetime.now(UTC) - timedelta(days=400))
    assistant.conversations.record("alder", assistant.conversations.open("alder"), old)
    assistant.conversations.close()
    return folder, talk, reply


def test_the_replies_that_used_a_corrected_passage_are_listed(talked: tuple[Path, str, Reply]) -> None:
    folder, talk, reply = talked
    passage, document = reply.citations[0].passage, reply.citations[0].document
    for option in (("--citing", passage), ("--document", document)):
        told = run_json("replies", "replies", str(folder), *option)
        by_brand = {row["brand"]: row["replies"] for row in told["brands"]}
        assert by_brand["birch"] == []
        (found,) = by_brand["alder"]
        assert (found["conversation"], found["text"], found["release"]) == (talk, reply.text, reply.release)
        assert {"quotes", "facts", "commitments"} <= set(found["checks"])
    assert run_json("replies", "replies", str(folder), "--citing", "nothing", "--brand", "alder")["brands"][0] == {
        "brand": "alder",
        "replies": [],
    }
    assert "1 reply" in run("replies", str(folder), "--citing", passage)
    assert "--citing" in run("replies", str(folder), exit_code=ExitCode.USAGE)


def test_danger_is_exported_from_a_chain_that_shows_every_change(talked: tuple[Path, str, Reply]) -> None:
    folder, talk, _ = talked
    told = run_json("safety", "safety", str(folder), "--brand", "alder")
    (record,) = told["brands"][0]["records"]
    assert (record["hazard"], record["danger"], record["conversation_id"]) == ("fire", "life", talk)
    assert record["handed_over"] is True
    assert record["text_version"].startswith("bot-")
    assert "Bramblecombe" not in json.dumps(told)
    database = ConversationDatabase(sqlite_url(folder / ".marque" / "conversations.sqlite3"))
    with database.writing() as connection:
        connection.execute(text("DROP TRIGGER safety_records_no_update"))
        connection.execute(text("UPDATE safety_records SET content = replace(content, 'fire', 'smoke')"))
    database.close()
    changed = run_json("safety", "safety", str(folder), exit_code=ExitCode.FINDINGS)
    assert (changed["intact"], changed["brands"][0]["broken_at"]) == (False, 1)


def test_a_conversation_is_exported_and_erased_with_a_receipt(talked: tuple[Path, str, Reply]) -> None:
    folder, talk, _ = talked
    content: dict[str, Any] = run_json("conversation", "conversation", "export", str(folder), talk, "--brand", "alder")
    assert [one["text"] for one in content["turns"] if one["role"] == "customer"] == [SAID, DANGER]
    assert content["turns"][3]["approval"]["version"].startswith("bot-")
    assert (content["handoff"]["state"], content["handoff"]["reason"]) == ("waiting", "hazard")
    assert len(content["safety_records"]) == 1
    receipt = run_json(
        "conversation_erasure", "conversation", "erase", str(folder), talk, "--brand", "alder", "--by", "Kim"
    )
    assert (receipt["turns"], receipt["by"], receipt["clean"], receipt["safety_records_kept"]) == (4, "Kim", True, 1)
    assert find_bytes(folder / ".marque", ["Marisol", "Bramblecombe"]) == ()
    run("conversation", "export", str(folder), talk, "--brand", "alder", exit_code=ExitCode.ANSWER)
    run("conversation", "erase", str(folder), talk, "--brand", "birch", exit_code=ExitCode.ANSWER)
    assert len(run_json("safety", "safety", str(folder), "--brand", "alder")["brands"][0]["records"]) == 1


def test_purging_leaves_what_the_brand_still_keeps(talked: tuple[Path, str, Reply]) -> None:
    folder, talk, _ = talked
    # The store counts from the opening of a conversation on: it is moved back here, with the clock of the test.
    database = ConversationDatabase(sqlite_url(folder / ".marque" / "conversations.sqlite3"))
    long_ago = (datetime.now(UTC) - timedelta(days=400)).replace(tzinfo=None).isoformat(" ")
    with database.writing() as connection:
        connection.execute(
            text("UPDATE conversations SET opened_at = :at WHERE conversation_id != :id"), {"at": long_ago, "id": talk}
        )
    database.close()
    told = run_json("purge", "purge", str(folder))
    assert {row["brand"]: row["removed"] for row in told["brands"]} == {"alder": 1, "birch": 0}
    assert run_json("purge", "purge", str(folder))["brands"][0]["removed"] == 0
    run("conversation", "export", str(folder), talk, "--brand", "alder")
