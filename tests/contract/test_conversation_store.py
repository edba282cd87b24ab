"""What every conversation store must do: in memory, in SQLite, in Postgres."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from secrets import token_hex
from threading import Barrier

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text

from bot.conversation import Turn
from bot.conversation_database import ConversationDatabase, sqlite_url
from bot.conversation_store import ConversationStore
from bot.conversation_store_on_demand import ConversationStoreOnDemand
from bot.errors import ConversationsUnavailable, UnknownConversation, UnknownTurn
from bot.handoff_store import Handoff
from bot.language_model import ModelUsage
from bot.memory_conversation_store import MemoryConversationStore
from bot.reply import Citation, TextApproval
from bot.safety_record import SafetyEvent, SafetyRecord, find_break, link
from bot.sql_conversation_store import SqlConversationStore
from brands import VehicleContext
from tests.postgres_server import postgres_url

NOW = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=UTC)
CITATION = Citation("manual.md", "Manual", "Wheels > Tyres", 12, "Normal | 2.3 bar", "0123456789abcdef")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "sqlite on demand", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ConversationStore]:
    def sqlite() -> ConversationStore:
        return SqlConversationStore(ConversationDatabase(sqlite_url(tmp_path / "conversations.sqlite3")))

    opened: ConversationStore
    match request.param:
        case "memory":
            opened = MemoryConversationStore()
        case "sqlite":
            opened = sqlite()
        case "sqlite on demand":
            opened = ConversationStoreOnDemand(sqlite)
        case _:
            opened = SqlConversationStore(ConversationDatabase(request.getfixturevalue("postgres")))
    yield opened
    opened.close()


def turn(turn_id: str, text: str = "How much air?", at: datetime = NOW) -> Turn:
    return Turn(turn_id, "customer", text, at, language="en")


def reply(turn_id: str) -> Turn:
    return Turn(
        turn_id=turn_id,
        role="bot",
        text="2.3 bar.",
        at=NOW,
        kind="answer",
        citations=(CITATION, replace(CITATION, page=None, passage="fedcba9876543210")),
        release="20261123T093015.123456Z-abcdef",
        language="en",
        vehicle=VehicleContext("grove", 2025, "gb"),
        composer="model",
        usage=ModelUsage("m at host", 120, 9, 0.25),
    )


def test_turns_come_back_as_they_were_said(store: ConversationStore) -> None:
    conversation = store.open("alder")
    said = (
        turn("t1"),
        reply("t2"),
        turn("t3", "{q} %s ' \" \\ ü 漢 🚗\n"),
        replace(reply("t4"), usage=None, citations=()),
    )
    for one in said:
        store.record("alder", conversation, one)
    assert store.turns("alder", conversation) == said


def test_the_choices_of_a_clarifying_question_are_kept_letter_for_letter_and_in_their_order(
    store: ConversationStore,
) -> None:
    conversation = store.open("alder")
    choices = ("Grove 2025", 'Grove, "Été" 2024', "漢 🚗 \\", "2024")
    asked_back = replace(reply("t1"), kind="clarify", choices=choices)
    for one in (asked_back, turn("t2", "2024"), reply("t3")):
        store.record("alder", conversation, one)
    assert [one.choices for one in store.turns("alder", conversation)] == [choices, (), ()]


def test_a_new_conversation_is_empty(store: ConversationStore) -> None:
    assert store.turns("alder", store.open("alder")) == ()


def test_an_id_is_no_option_of_a_command(store: ConversationStore) -> None:
    assert all(store.open("alder").isalnum() for _ in range(100))


def test_the_newest_turns_are_read_oldest_first(store: ConversationStore) -> None:
    conversation = store.open("alder")
    for number in range(5):
        store.record("alder", conversation, reply(f"t{number}"))
    assert [one.turn_id for one in store.turns("alder", conversation, 2)] == ["t3", "t4"]
    assert len(store.turns("alder", conversation, 9)) == 5
    assert all(len(one.citations) == 2 for one in store.turns("alder", conversation, 2))


def test_a_turn_is_recorded_once(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.record("alder", conversation, reply("t1"))
    store.record("alder", conversation, replace(reply("t1"), text="something else"))
    assert store.turns("alder", conversation) == (reply("t1"),)


def test_turns_of_one_call_are_kept_in_order_and_each_once(store: ConversationStore) -> None:
    conversation_id = store.open("alder")
    asked, told = turn("t1"), replace(turn("t2", "2.3 bar."), role="bot", citations=(CITATION,))
    store.record("alder", conversation_id, asked)
    store.record("alder", conversation_id, asked, told)
    store.record("alder", conversation_id, asked, told)
    assert store.turns("alder", conversation_id) == (asked, told)
    with pytest.raises(UnknownConversation):
        store.record("birch", conversation_id, asked, told)
    assert store.turns("alder", conversation_id) == (asked, told)


@pytest.mark.parametrize("store", ["sqlite", "sqlite on demand", "postgres"], indirect=True)
def test_what_is_written_together_is_kept_all_or_none(store: ConversationStore) -> None:
    conversation = store.open("alder")

    def write_and_fail() -> None:
        with store.together():
            store.record("alder", conversation, turn("t1"))
            store.handoffs.ask("alder", conversation)
            store.feedback("alder", conversation, "t9", True)

    with pytest.raises(UnknownTurn):
        write_and_fail()
    assert store.turns("alder", conversation) == ()
    assert store.handoffs.of("alder", conversation) is None
    with store.together(), ThreadPoolExecutor(1) as elsewhere:
        store.record("alder", conversation, turn("t1"))
        with store.together():
            store.record("alder", conversation, turn("t2"))
        assert len(store.turns("alder", conversation)) == 2
        assert elsewhere.submit(store.turns, "alder", conversation).result() == ()
    assert [one.turn_id for one in store.turns("alder", conversation)] == ["t1", "t2"]


def test_a_turn_id_may_come_again_in_another_conversation(store: ConversationStore) -> None:
    first, second = store.open("alder"), store.open("alder")
    store.record("alder", first, turn("t1"))
    store.record("alder", second, turn("t1"))
    assert store.turns("alder", second) == (turn("t1"),)


def test_moments_keep_their_instant_from_any_time_zone(store: ConversationStore) -> None:
    conversation = store.open("alder")
    at = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    store.record("alder", conversation, turn("t1", at=at))
    assert store.turns("alder", conversation)[0].at == at


def test_conversation_ids_cannot_be_guessed(store: ConversationStore) -> None:
    ids = [store.open("alder") for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(one) >= 22 for one in ids), "128 bits in base 64"


def test_another_brand_reaches_nothing(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.record("alder", conversation, reply("t1"))
    for brand in ("birch", "Alder", "alder ", "", "alder' OR '1'='1"):
        with pytest.raises(UnknownConversation):
            store.turns(brand, conversation)
        with pytest.raises(UnknownConversation):
            store.record(brand, conversation, turn("t2"))
        with pytest.raises(UnknownConversation):
            store.feedback(brand, conversation, "t1", helpful=True)
        with pytest.raises(UnknownConversation):
            store.feedback_of(brand, conversation, "t1")
        with pytest.raises(UnknownConversation):
            store.erase(brand, conversation)
    assert store.turns("alder", conversation) == (reply("t1"),)


def test_an_unknown_conversation_is_refused(store: ConversationStore) -> None:
    for forged in ("", "1", "../../etc/passwd", "' OR 1=1 --"):
        with pytest.raises(UnknownConversation, match="open a new one"):
            store.turns("alder", forged)
        with pytest.raises(UnknownConversation):
            store.record("alder", forged, turn("t1"))


def test_the_last_word_of_feedback_holds(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.record("alder", conversation, reply("t1"))
    assert store.feedback_of("alder", conversation, "t1") is None
    store.feedback("alder", conversation, "t1", helpful=False, reason="wrong year")
    store.feedback("alder", conversation, "t1", helpful=True)
    assert store.feedback_of("alder", conversation, "t1") == (True, None)


def test_feedback_on_an_unknown_turn_is_refused(store: ConversationStore) -> None:
    conversation, other = store.open("alder"), store.open("alder")
    store.record("alder", other, reply("t1"))
    with pytest.raises(UnknownTurn):
        store.feedback("alder", conversation, "t1", helpful=True)
    with pytest.raises(UnknownTurn):
        store.feedback_of("alder", conversation, "t1")


def test_an_erased_conversation_is_gone_and_others_stay(store: ConversationStore) -> None:
    erased, kept = store.open("alder"), store.open("alder")
    for conversation in (erased, kept):
        store.record("alder", conversation, reply("t1"))
        store.feedback("alder", conversation, "t1", helpful=True)
    store.erase("alder", erased)
    with pytest.raises(UnknownConversation):
        store.turns("alder", erased)
    with pytest.raises(UnknownConversation):
        store.erase("alder", erased)
    assert store.turns("alder", kept) == (reply("t1"),)
    assert store.feedback_of("alder", kept, "t1") == (True, None)


def test_purge_removes_one_brands_old_conversations_only(store: ConversationStore) -> None:
    now = datetime.now(UTC)
    brand, sister_brand = f"alder-{token_hex(4)}", f"birch-{token_hex(4)}"
    old, live, empty, sister = store.open(brand), store.open(brand), store.open(brand), store.open(sister_brand)
    store.record(brand, old, turn("t1", at=now - timedelta(days=91)))
    store.record(brand, live, turn("t1", at=now - timedelta(days=91)))
    store.record(brand, live, turn("t2", at=now + timedelta(minutes=5)))
    store.record(sister_brand, sister, turn("t1", at=now - timedelta(days=91)))
    assert store.purge(brand, now - timedelta(days=90)) == 0, "a conversation is as old as it was opened, at most"
    assert store.purge(brand, now + timedelta(minutes=1)) == 2
    for gone in (old, empty):
        with pytest.raises(UnknownConversation):
            store.turns(brand, gone)
    assert len(store.turns(brand, live)) == 2
    assert len(store.turns(sister_brand, sister)) == 1


def test_who_opens_a_new_postgres_database_at_once_all_find_the_tables(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = f"marque_{token_hex(4)}"
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: SqlConversationStore(ConversationDatabase(url)), range(4)))
    for store in opened:
        assert store.turns("alder", store.open("alder")) == ()
        store.close()


def test_turns_of_many_threads_are_all_kept_in_their_order(store: ConversationStore) -> None:
    conversations = [store.open("alder") for _ in range(4)]

    def talk(conversation: str) -> None:
        for number in range(15):
            store.record("alder", conversation, reply(f"t{number}"))
            store.turns("alder", conversation, 3)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(talk, conversations))
    for conversation in conversations:
        assert [one.turn_id for one in store.turns("alder", conversation)] == [f"t{number}" for number in range(15)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_any_text_comes_back_letter_for_letter(store: ConversationStore, text: str) -> None:
    conversation = store.open("alder")
    store.record("alder", conversation, turn("t1", text))
    assert store.turns("alder", conversation)[0].text == text


def test_what_no_database_keeps_is_replaced_and_not_refused(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.record("alder", conversation, turn("t1", "a\x00b\ud800c"))
    assert store.turns("alder", conversation)[0].text.replace("\x00", "").startswith("a")


def test_checks_removals_and_approval_are_kept_with_a_reply(store: ConversationStore) -> None:
    conversation = store.open("alder")
    checked = replace(reply("t1"), checks=("quotes", "facts"), removed=("It costs 1 dollar.: stands in no passage",))
    signed = replace(reply("t2"), kind="safety", approval=TextApproval("3", "Ada Example", NOW.date()))
    unsigned = replace(reply("t3"), kind="safety", approval=TextApproval("bot-2"))
    for one in (checked, signed, unsigned):
        store.record("alder", conversation, one)
    assert store.turns("alder", conversation) == (checked, signed, unsigned)


def test_the_replies_that_rest_on_a_passage_are_found(store: ConversationStore) -> None:
    brand = f"alder-{token_hex(4)}"
    first, second = store.open(brand), store.open(brand)
    other = replace(reply("t2"), citations=(replace(CITATION, passage="other", document="other.md"),))
    store.record(brand, first, reply("t1"))
    store.record(brand, first, other)
    store.record(brand, second, reply("t1"))
    found = store.replies_citing(brand, passage=CITATION.passage)
    assert [(one.conversation_id, one.turn) for one in found] == [(first, reply("t1")), (second, reply("t1"))]
    assert [one.turn for one in store.replies_citing(brand, document="other.md")] == [other]
    assert store.replies_citing(brand, passage=CITATION.passage, document="other.md") == ()
    assert store.replies_citing("birch", passage=CITATION.passage) == ()


def test_a_handoff_waits_is_joined_closed_and_may_be_asked_for_anew(store: ConversationStore) -> None:
    brand = f"alder-{token_hex(4)}"
    conversation, danger = store.open(brand), store.open(brand)
    asked = store.handoffs.ask(brand, conversation, "declines")
    assert (asked.state, asked.reason) == ("waiting", "declines")
    assert store.handoffs.ask(brand, conversation) == asked
    store.handoffs.ask(brand, danger, "hazard")
    assert [one.conversation_id for one in store.handoffs.waiting(brand)] == [danger, conversation]
    joined = store.handoffs.join(brand, conversation, "Kim", "kim@issuer")
    assert (joined.state, joined.agent, joined.asked_at) == ("joined", "Kim", asked.asked_at)
    assert store.handoffs.of(brand, conversation) == joined
    assert joined.agent_subject == "kim@issuer"
    assert [one.conversation_id for one in store.handoffs.waiting(brand)] == [danger]
    assert len(store.handoffs.open_ones(brand)) == 2
    closed = store.handoffs.close_one(brand, conversation)
    assert closed.closed_at is not None
    assert store.handoffs.of(brand, conversation) == closed
    assert [one.conversation_id for one in store.handoffs.open_ones(brand)] == [danger]
    again = store.handoffs.ask(brand, conversation, "anger")
    assert (again.state, again.reason, again.agent, again.agent_subject) == ("waiting", "anger", None, None)


@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
def test_who_asks_for_a_person_at_once_asks_once(store: ConversationStore) -> None:
    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            conversation_id, together = store.open("alder"), Barrier(4)

            def ask(number: int, place: str = conversation_id, together: Barrier = together) -> Handoff:
                together.wait(30)
                if number == 0:
                    return store.handoffs.join("alder", place, "Kim")
                return store.handoffs.ask("alder", place, "hazard" if number == 1 else "person")

            list(threads.map(ask, range(4)))
            kept = store.handoffs.of("alder", conversation_id)
            assert kept is not None
            assert (kept.state, kept.reason, kept.agent) == ("joined", "hazard", "Kim")


def test_a_hazard_makes_a_waiting_handoff_urgent(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.handoffs.ask("alder", conversation)
    assert store.handoffs.ask("alder", conversation, "hazard").reason == "hazard"
    assert store.handoffs.ask("alder", conversation, "person").reason == "hazard"


def test_a_handoff_goes_with_its_conversation_and_belongs_to_one_brand(store: ConversationStore) -> None:
    conversation = store.open("alder")
    store.handoffs.ask("alder", conversation)
    assert store.handoffs.of("birch", conversation) is None
    for act in (store.handoffs.ask, store.handoffs.close_one):
        with pytest.raises(UnknownConversation):
            act("birch", conversation)
    with pytest.raises(UnknownConversation):
        store.handoffs.join("birch", conversation, "Kim")
    store.erase("alder", conversation)
    assert store.handoffs.of("alder", conversation) is None


def event(brand: str, words: str, conversation: str | None = None) -> SafetyEvent:
    return SafetyEvent(
        brand, NOW, "fire", "life", "en", "gb", "grove", 2025, conversation, True, "3", "Ada", "2026-11-02", words
    )


def test_safety_records_are_a_chain_that_outlives_the_conversation(store: ConversationStore) -> None:
    brand = f"alder-{token_hex(4)}"
    conversation = store.open(brand)
    first = store.safety_records.append(event(brand, "1", conversation))
    second = store.safety_records.append(event(brand, "2"))
    assert store.safety_records.append(event(brand, "1", conversation)) == first, "recorded once"
    store.erase(brand, conversation)
    kept = store.safety_records.of(brand)
    assert kept == (first, second)
    assert [one.number for one in kept] == [1, 2]
    assert find_break(kept) is None
    assert store.safety_records.of("birch-none") == ()


def test_safety_records_of_many_threads_make_one_chain(store: ConversationStore) -> None:
    brand = f"alder-{token_hex(4)}"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: store.safety_records.append(event(brand, str(number))), range(12)))
    kept = store.safety_records.of(brand)
    assert len(kept) == 12
    assert find_break(kept) is None


def test_a_changed_or_missing_safety_record_is_found() -> None:
    chain: list[SafetyRecord] = []
    for number in range(3):
        chain.append(link(event("alder", str(number)), chain[-1] if chain else None))
    changed = replace(chain[1], content=chain[1].content.replace("fire", "smoke"))
    assert find_break(chain) is None
    assert find_break((chain[0], changed, chain[2])) == 2
    assert find_break((chain[0], chain[2])) == 2
    assert find_break(chain[1:]) == 1


def test_the_database_refuses_to_change_a_safety_record(tmp_path: Path, postgres: str) -> None:
    for url in (sqlite_url(tmp_path / "conversations.sqlite3"), postgres):
        database = ConversationDatabase(url)
        brand = f"alder-{token_hex(4)}"
        SqlConversationStore(database).safety_records.append(event(brand, "1"))
        for statement in ("UPDATE safety_records SET content = 'x'", "DELETE FROM safety_records"):
            with pytest.raises(ConversationsUnavailable, match="never changed"), database.writing() as connection:
                connection.execute(text(statement))
        database.close()
