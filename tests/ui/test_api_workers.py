"""Several workers, or one after another: what one took, counted or signed holds for the others."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from bot.conversation_database import ConversationDatabase
from bot.sql_conversation_store import SqlConversationStore
from knowledge_base.errors import KnowledgeBaseError
from tests.postgres_server import postgres_url
from tests.ui.api_client import WARRANTY, GatedAssistant, begin, events_of, kind, serve
from ui.api.app import build_api
from ui.api.door_tables import make_tables, taken_messages
from ui.api.errors import TooManyRequests, TurnInFlight
from ui.api.message_log import MessageLog
from ui.api.process_name import has_ended, own_name
from ui.api.rates import Rates, parse_rate
from ui.api.session_key import kept_session_key
from ui.bootstrap import Services
from ui.errors import ServerError
from ui.settings import UiSettings

DEAD = own_name().rsplit("/", 2)[0] + "/1/never"


@pytest.fixture
def other(services: Services) -> Services:
    """Another worker of the same group."""
    return Services(services.group, services.settings)


def near(services: Services) -> TestClient:
    return TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1))


def say(client: Any, headers: dict[str, str], text: str = WARRANTY, **named: str) -> Any:
    more = {name.replace("_", "-"): value for name, value in named.items()}
    return client.post("/v1/messages", json={"text": text}, headers={**headers, **more})


def rows(services: Services) -> list[Any]:
    with services.database.reading() as connection:
        return list(connection.execute(select(taken_messages)))


def leave_behind(services: Services, text: str = WARRANTY, model: str | None = None) -> None:
    """Make all messages look as if their process had been killed while it answered them."""
    with services.database.writing() as connection:
        content = json.dumps({"text": text, "vehicle": {"model": model}, "language": None})
        lost = {"state": "working", "owner": DEAD, "outcome": None, "content": content}
        connection.execute(update(taken_messages).values(lost))


def wait_for(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_key_holds_in_another_worker(services: Services, other: Services) -> None:
    with near(services) as first, near(other) as second:
        headers = begin(first, "alder")
        told = events_of(say(first, headers, Idempotency_Key="k1").text)
        assert events_of(say(second, headers, Idempotency_Key="k1").text) == told
        assert events_of(say(second, headers, Idempotency_Key="k1", Last_Event_ID=told[1][0]).text) == told[2:]
        assert kind(say(second, headers, "How do I pair my phone?", Idempotency_Key="k1")) == "key-reused"
        assert len(second.get("/v1/conversation", headers=headers).json()["turns"]) == 2


def test_a_message_that_another_worker_answers_is_in_flight_and_can_be_joined(
    services: Services, other: Services
) -> None:
    gated = GatedAssistant(services)
    services._assistant = gated  # type: ignore[assignment]
    with serve(build_api(services)) as address, httpx.Client(base_url=address) as client, near(other) as second:
        headers = begin(client, "alder")
        named = {**headers, "Idempotency-Key": "k1"}
        with client.stream("POST", "/v1/messages", json={"text": WARRANTY}, headers=named) as stream:
            event_id = next(line for line in stream.iter_lines() if line.startswith("id: ")).removeprefix("id: ")
            for key in ("k1", "k2"):
                refused = say(second, headers, Idempotency_Key=key)
                assert (refused.status_code, kind(refused)) == (409, "turn-in-flight")
                assert refused.headers["retry-after"]
            threading.Timer(0.2, gated.go_on.set).start()
            rest = events_of(say(second, headers, Idempotency_Key="k1", Last_Event_ID=event_id).text)
        assert rest[-1][1] == "reply"
        assert gated.asked == 1
        assert len(second.get("/v1/conversation", headers=headers).json()["turns"]) == 2


@pytest.mark.parametrize("recorded", [True, False])
def test_what_a_killed_worker_took_is_answered_once_by_another(
    services: Services, other: Services, recorded: bool, asked_back: str
) -> None:
    with near(services) as first:
        headers = begin(first, "alder")
        told = events_of(say(first, headers, asked_back, Idempotency_Key="k1").text)
    if not recorded:
        with services.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM turns WHERE role = 'bot'")
    leave_behind(services, asked_back)
    with near(other) as second:
        again = events_of(say(second, headers, asked_back, Idempotency_Key="k1", Last_Event_ID=told[0][0]).text)
        assert again[0][1] == "status"  # another attempt is told from its beginning
        assert again[-1][2]["text"] == told[-1][2]["text"]
        assert again[-1][2]["turn"] == told[-1][2]["turn"]
        assert again[-1][2]["choices"] == told[-1][2]["choices"] == ["2024", "2025"]
        turns = second.get("/v1/conversation", headers=headers).json()["turns"]
        assert [one["role"] for one in turns] == ["customer", "bot"]


def test_what_nobody_asks_for_again_is_answered_all_the_same(services: Services, other: Services) -> None:
    with near(services) as first:
        headers = begin(first, "alder")
        say(first, headers, Idempotency_Key="k1")
    with services.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM turns")
    leave_behind(services)
    with near(other) as second:
        turns = wait_for(lambda: second.get("/v1/conversation", headers=headers).json()["turns"])
        wait_for(lambda: len(second.get("/v1/conversation", headers=headers).json()["turns"]) == 2)
        assert turns[0]["text"] == WARRANTY
    wait_for(lambda: rows(services)[0].state == "answered")


def test_a_message_whose_worker_told_of_itself_meanwhile_is_not_taken_from_it(services: Services) -> None:
    place = ("alder", services.assistant.conversations.open("alder"))
    taken = services.messages.take(place, None, "", {"text": WARRANTY}, 10)
    with services.database.writing() as connection:
        connection.execute(update(taken_messages).values(seen_at=datetime.now(UTC) - timedelta(minutes=1)))
    (left,) = services.messages.left_behind()
    services.messages.still_working([taken.message_id])
    assert services.messages.take_over(left) is None
    assert rows(services)[0].attempt == 1


def test_a_message_that_ends_every_worker_is_left_alone(services: Services) -> None:
    with near(services) as first:
        say(first, begin(first, "alder"), Idempotency_Key="k1")
    leave_behind(services)
    with services.database.writing() as connection:
        connection.execute(update(taken_messages).values(attempt=3))
    assert services.messages.left_behind() == ()
    assert rows(services)[0].state == "failed"


def test_a_message_that_cannot_be_taken_up_again_is_told_as_failed(services: Services) -> None:
    with near(services) as client:
        say(client, begin(client, "alder"))
        leave_behind(services, model="no more built")
        wait_for(lambda: rows(services)[0].state == "failed")
        assert rows(services)[0].attempt == 2


def test_whatever_fails_messages_that_are_left_behind_are_looked_for_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, failures = MessageLog.left_behind, [KnowledgeBaseError("no embedder"), OSError("no space left")]

    def looked(log: MessageLog) -> Any:
        if failures:
            raise failures.pop()
        return look(log)

    def unbuilt(_place: Any) -> bool:
        raise KnowledgeBaseError("no embedder")

    with near(services) as client:
        headers = begin(client, "alder")
        say(client, headers)
        monkeypatch.setattr(MessageLog, "left_behind", looked)
        state = client.app.state  # type: ignore[attr-defined]
        monkeypatch.setattr(state.messages, "_is_attended", unbuilt)
        leave_behind(services)
        wait_for(lambda: rows(services)[0].state == "failed")
        assert state.runs.working == 0


def test_a_worker_that_stops_tells_that_it_still_answers_until_it_has(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services._assistant = gated = GatedAssistant(services)  # type: ignore[assignment]
    monkeypatch.setattr("ui.api.messages._WATCH_SECONDS", 0.05)
    app = build_api(services)
    with ThreadPoolExecutor() as pool, httpx.Client(timeout=60) as client:
        with serve(app) as address:
            client.base_url = httpx.URL(address)
            headers = begin(client, "alder")
            asked = pool.submit(say, client, headers)
            wait_for(lambda: gated.asked)
            threading.Timer(3.0, gated.go_on.set).start()
            stopped = datetime.now(UTC)
        assert rows(services)[0].seen_at > stopped + timedelta(seconds=1.5)
        with suppress(httpx.HTTPError):
            asked.result(30)


def test_words_are_kept_only_until_the_message_is_answered(services: Services) -> None:
    services._assistant = gated = GatedAssistant(services)  # type: ignore[assignment]
    with serve(build_api(services)) as address, httpx.Client(base_url=address, timeout=60) as client:
        headers = begin(client, "alder")
        asked = threading.Thread(target=say, args=(client, headers, "Mail me at me@mail.example"), daemon=True)
        asked.start()
        kept = wait_for(lambda: rows(services))[0]
        assert "Mail me at" in kept.content
        assert "me@mail.example" not in kept.content
        gated.go_on.set()
        asked.join(60)
        kept = rows(services)[0]
        assert kept.content is None
        assert "Mail" not in (kept.outcome or "")
        assert client.delete("/v1/conversation", headers=headers).json()["clean"]
        assert rows(services) == []


def test_a_session_holds_in_another_worker_and_after_a_restart(services: Services, other: Services) -> None:
    with near(services) as first:
        headers = begin(first, "alder")
    with near(other) as second:
        assert second.get("/v1/conversation", headers=headers).status_code == 200
    path = services.knowledge_base.data_folder / "session.key"
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short", encoding="ascii")
    with pytest.raises(ServerError, match="holds no key"):
        kept_session_key(path.parent)


def test_rates_are_counted_over_all_workers(services: Services, other: Services) -> None:
    settings = UiSettings(rate_session="2/day")
    first, second = (Rates(settings, lambda one=one: one.database, "k" * 40) for one in (services, other))  # type: ignore[misc]
    first.count_message("alder", None, "203.0.113.7", "c1")
    second.count_message("alder", None, "203.0.113.7", "c1")
    for rates in (first, second):
        with pytest.raises(TooManyRequests, match="2 a day") as told:
            rates.count_message("alder", None, "203.0.113.7", "c1")
        assert told.value.retry_after_seconds > 1
    with services.database.reading() as connection:
        names = [row.name for row in connection.exec_driver_sql("SELECT name FROM counts")]
    assert names
    assert not any("203" in one or "c1" in one for one in names)


def test_in_postgres_workers_hold_to_the_same_limits() -> None:
    with postgres_url() as url:
        database = ConversationDatabase(url)
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(lambda _: make_tables(database), range(4)))
            conversation_id = SqlConversationStore(database).open("alder")
            log, place = MessageLog(lambda: database), ("alder", conversation_id)
            rates = Rates(UiSettings(rate_session="5/day"), lambda: database, "k" * 40)

            def take(_number: int) -> bool:
                with suppress(TurnInFlight):
                    return log.take(place, "key", "f", {"text": "x"}, 10).attempt == 1
                return False

            def count(_number: int) -> bool:
                with suppress(TooManyRequests):
                    rates.count_message("alder", None, "203.0.113.7", conversation_id)
                    return True
                return False

            assert sum(workers.map(take, range(16))) == 1
            assert sum(workers.map(count, range(16))) == 5
        database.close()


@pytest.mark.parametrize(
    ("before", "now", "passed", "wait"),
    [(0, 0, 0.5, 0), (0, 9, 0.5, 0), (0, 10, 0.5, 36), (10, 5, 0.5, 6), (10, 4, 0.7, 0), (20, 0, 0.0, 33)],
)
def test_who_waits_as_long_as_told_may_ask_again(before: int, now: int, passed: float, wait: float) -> None:
    rate = parse_rate("10/minute")
    told = rate.wait_seconds(before, now, passed)
    assert told == pytest.approx(wait)
    later = passed + told / 60
    assert rate.wait_seconds(*((before, now, later + 1e-9) if later < 1 else (now, 0, later - 1 + 1e-9))) == 0


def test_a_process_is_told_from_another_with_its_number() -> None:
    assert not has_ended(own_name())
    assert has_ended(DEAD)
    assert not has_ended("elsewhere/1/1.00")


@pytest.fixture(autouse=True)
def _closed(services: Services, other: Services) -> Iterator[None]:
    yield
    for one in (services, other):
        one.database.close()
