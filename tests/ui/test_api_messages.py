"""Messages: each is answered once, its reply can be read again, and too many are refused at once."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from bot.question import Question
from knowledge_base.errors import KnowledgeBaseError
from tests.ui.api_client import WARRANTY, GatedAssistant, begin, events_of, kind, serve
from ui.api.app import build_api
from ui.api.event_stream import tell_reply
from ui.api.message_log import MessageLog, key_hash
from ui.api.reply_runs import Event, ReplyRun
from ui.api.schemas import MessageRequest
from ui.bootstrap import Services
from ui.settings import UiSettings


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as found:
        yield found


@pytest.fixture
def gated(services: Services) -> Iterator[GatedAssistant]:
    """The services answer when they are told to."""
    made = GatedAssistant(services)
    services._assistant = made  # type: ignore[assignment]
    yield made
    made.go_on.set()


def say(client: Any, headers: dict[str, str], text: str = WARRANTY, **named: str) -> Any:
    more = {name.replace("_", "-"): value for name, value in named.items()}
    return client.post("/v1/messages", json={"text": text}, headers={**headers, **more})


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_every_event_has_an_id_of_its_own(client: TestClient) -> None:
    headers = begin(client, "alder")
    events = events_of(say(client, headers).text) + events_of(say(client, headers, "How do I pair my phone?").text)
    ids = [one[0] for one in events]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_the_same_key_and_message_is_answered_once(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    first = say(client, headers, Idempotency_Key="k1")
    again = say(client, headers, Idempotency_Key="k1")
    assert events_of(first.text) == events_of(again.text)
    assert len(client.get("/v1/conversation", headers=headers).json()["turns"]) == 2
    other = say(client, headers, "How do I pair my phone?", Idempotency_Key="k1")
    assert kind(other) == "key-reused"
    assert other.status_code == 422


def test_a_key_of_another_conversation_is_another_key(client: TestClient) -> None:
    first = say(client, begin(client, "alder"), Idempotency_Key="k1")
    second = say(client, begin(client, "birch"), "How do I pair my phone?", Idempotency_Key="k1")
    assert second.status_code == 200
    assert events_of(first.text)[-1][2]["turn"] != events_of(second.text)[-1][2]["turn"]


@pytest.mark.parametrize("key", ["k1", None])
def test_a_reply_is_read_on_from_where_it_broke_off(client: TestClient, key: str | None) -> None:
    headers = begin(client, "alder")
    named = {} if key is None else {"Idempotency_Key": key}
    events = events_of(say(client, headers, **named).text)
    for at, (event_id, _, _) in enumerate(events):
        rest = events_of(say(client, headers, **named, Last_Event_ID=event_id).text)
        assert rest == events[at + 1 :]
    assert len(client.get("/v1/conversation", headers=headers).json()["turns"]) == 2


def test_a_clarifying_question_is_read_again_with_its_choices(client: TestClient, asked_back: str) -> None:
    headers = begin(client, "alder")
    told = events_of(say(client, headers, asked_back, Idempotency_Key="k1").text)
    assert told[-1][2]["choices"] == ["2024", "2025"]
    assert events_of(say(client, headers, asked_back, Idempotency_Key="k1").text) == told


def test_a_foreign_event_id_reads_nothing_of_another_conversation(client: TestClient) -> None:
    event_id = events_of(say(client, begin(client, "alder")).text)[0][0]
    mine = events_of(say(client, begin(client, "alder"), Last_Event_ID=event_id).text)
    assert mine[0][1] == "status"
    assert not mine[0][0].startswith(event_id.rpartition(".")[0])


def test_an_erased_conversation_cannot_be_read_again(client: TestClient) -> None:
    headers = begin(client, "alder")
    event_id = events_of(say(client, headers, Idempotency_Key="k1").text)[0][0]
    assert client.delete("/v1/conversation", headers=headers).json()["clean"]
    assert kind(say(client, headers, Idempotency_Key="k1", Last_Event_ID=event_id)) == "unknown-conversation"


def test_a_message_in_flight_is_not_answered_twice(services: Services, gated: GatedAssistant) -> None:
    with serve(build_api(services)) as address, httpx.Client(base_url=address) as client:
        headers = begin(client, "alder")
        with client.stream(
            "POST", "/v1/messages", json={"text": WARRANTY}, headers={**headers, "Idempotency-Key": "k1"}
        ) as stream:
            lines = stream.iter_lines()
            seen = [next(lines) for _ in range(4)]
            event_id = next(line.removeprefix("id: ") for line in seen if line.startswith("id: "))
            for named in ({"Idempotency_Key": "k1"}, {"Idempotency_Key": "k2"}, {}):
                refused = say(client, headers, **named)
                assert refused.status_code == 409
                assert kind(refused) == "turn-in-flight"
                assert refused.headers["retry-after"] == "1"
        # The listener has left; another one goes on where it was.
        threading.Timer(0.2, gated.go_on.set).start()
        rest = events_of(say(client, headers, Idempotency_Key="k1", Last_Event_ID=event_id).text)
        assert rest[-1][1] == "reply"
        assert gated.asked == 1
        turns = client.get("/v1/conversation", headers=headers).json()["turns"]
        assert [one["role"] for one in turns] == ["customer", "bot"]


def test_a_reply_is_recorded_although_its_listener_left(
    services: Services, gated: GatedAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with serve(build_api(services)) as address, httpx.Client(base_url=address) as client:
        headers = begin(client, "alder")
        with client.stream("POST", "/v1/messages", json={"text": WARRANTY}, headers=headers) as stream:
            next(stream.iter_lines())
        gated.go_on.set()
        wait_for(lambda: len(client.get("/v1/conversation", headers=headers).json()["turns"]) == 2)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info] == []


def test_above_capacity_is_refused_at_once(services: Services) -> None:
    services.settings = UiSettings(replies_at_once=2)
    gated = GatedAssistant(services)
    services._assistant = gated  # type: ignore[assignment]
    with serve(build_api(services)) as address, httpx.Client(base_url=address) as client:
        sessions = [begin(client, "alder") for _ in range(3)]
        threads = [threading.Thread(target=lambda one=one: say(client, one), daemon=True) for one in sessions[:2]]
        for thread in threads:
            thread.start()
        wait_for(lambda: gated.asked == 2)
        took = []
        for _ in range(20):
            begun = time.perf_counter()
            refused = say(client, sessions[2])
            took.append(time.perf_counter() - begun)
            assert refused.status_code == 503
            assert kind(refused) == "above-capacity"
            assert refused.headers["retry-after"]
        assert min(took) < 0.05, took
        gated.go_on.set()
        for thread in threads:
            thread.join(30)
        wait_for(lambda: say(client, sessions[2]).status_code == 200)


def test_a_conversation_has_an_end(services: Services) -> None:
    services.settings = UiSettings(conversation_limit_turns=2)
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        assert say(client, headers).status_code == 200
        assert kind(say(client, headers)) == "conversation-full"


def test_a_database_that_cannot_be_used_is_told_as_a_wait_and_danger_is_answered(
    client: TestClient, services: Services
) -> None:
    headers = begin(client, "alder")
    assert say(client, headers).status_code == 200
    with services.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE turns RENAME TO away")
    refused = say(client, headers)
    assert (refused.status_code, kind(refused)) == (503, "conversations-unavailable")
    assert refused.headers["retry-after"]
    assert "turns" not in refused.text  # what the database said is for the log
    assert events_of(say(client, headers, "My car is on fire and I am in it!").text)[-1][2]["kind"] == "safety"


def test_a_message_of_danger_that_cannot_be_taken_leaves_its_room_to_others(services: Services) -> None:
    app = build_api(services)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = {**begin(client, "alder"), "Idempotency-Key": "k1"}
        with services.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE taken_messages RENAME TO away")
        said = {"text": "My car is on fire and I am in it!", "vehicle": {"model": "none of ours"}}
        refused = client.post("/v1/messages", json=said, headers=headers)
        assert kind(refused) == "unknown-vehicle"
        assert app.state.runs.working == 0


def test_a_message_of_danger_that_is_answered_and_cannot_be_kept_may_be_sent_again(
    client: TestClient, services: Services
) -> None:
    headers = {**begin(client, "alder"), "Idempotency-Key": "k1"}
    with services.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    fire = "My car is on fire and I am in it!"
    reply = events_of(say(client, headers, fire).text)[-1][2]
    assert (reply["kind"], reply["turn"]) == ("safety", None)
    with services.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    again = events_of(say(client, headers, fire).text)[-1][2]
    assert (again["kind"], again["text"]) == ("safety", reply["text"])
    kept = client.get("/v1/conversation", headers=headers).json()["turns"]
    assert [one["turn"] for one in kept if one["role"] == "bot"] == [again["turn"]]


def test_a_reply_of_another_worker_that_cannot_be_read_ends_with_an_error(services: Services) -> None:
    with serve(build_api(services)) as address, httpx.Client(base_url=address) as client:
        headers = begin(client, "alder")
        place = ("alder", services.running.of("alder")[0].conversation_id)
        fingerprint = sha256(MessageRequest(text=WARRANTY).model_dump_json().encode()).hexdigest()
        services.messages.take(place, key_hash("k1"), fingerprint, {"text": WARRANTY}, 10)

        def break_off() -> None:
            with services.database.writing() as connection:
                connection.exec_driver_sql("ALTER TABLE taken_messages RENAME TO away")

        threading.Timer(0.5, break_off).start()
        told = events_of(say(client, headers, Idempotency_Key="k1", Last_Event_ID="x.1").text)
        assert told[-1][1] == "error"
        assert told[-1][2]["type"] == "urn:marque:problem:conversations-unavailable"


def test_a_reply_that_was_recorded_and_cannot_be_read_is_told_as_an_error(services: Services) -> None:
    app = build_api(services)
    conversation_id = services.assistant.conversations.open("alder")
    taken = services.messages.take(("alder", conversation_id), None, "", {"text": WARRANTY}, 10)
    with services.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE turns RENAME TO away")
    question = Question("alder", WARRANTY, conversation_id=conversation_id, message_id=taken.message_id)
    told = list(app.state.messages._work(replace(taken, attempt=2), question, attended=False))
    assert [one.name for one in told] == ["status", "error"]


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_reply_for_which_nobody_can_be_built_ends_with_an_error(
    services: Services, monkeypatch: pytest.MonkeyPatch, attempt: int
) -> None:
    app = build_api(services)
    conversation_id = services.assistant.conversations.open("alder")
    taken = services.messages.take(("alder", conversation_id), None, "", {"text": WARRANTY}, 10)

    def unbuilt(_services: Services) -> None:
        raise KnowledgeBaseError("no embedder")

    monkeypatch.setattr(Services, "assistant", property(unbuilt))
    question = Question("alder", WARRANTY, conversation_id=conversation_id, message_id=taken.message_id)
    told = list(app.state.messages._work(replace(taken, attempt=attempt), question, attended=False))
    assert [one.name for one in told] == ["status", "error"]
    assert told[1].content["type"] == "urn:marque:problem:knowledge-unavailable"


def test_what_a_full_conversation_refuses_is_counted_all_the_same(services: Services) -> None:
    services.settings = UiSettings(conversation_limit_turns=2, rate_session="3/hour")
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        assert say(client, headers).status_code == 200
        assert [kind(say(client, headers)) for _ in range(3)] == ["conversation-full"] * 2 + ["too-many-requests"]


def test_a_key_that_stands_for_another_message_is_counted_all_the_same(services: Services) -> None:
    services.settings = UiSettings(rate_requests="3/hour")
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        say(client, headers, Idempotency_Key="k1")
        kinds = [kind(say(client, headers, "How do I pair my phone?", Idempotency_Key="k1")) for _ in range(3)]
        assert kinds == ["key-reused"] * 2 + ["too-many-requests"]


def test_what_is_refused_by_itself_costs_no_look_into_the_database(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.settings = UiSettings(rate_session="1/hour", message_limit_characters=100)
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        assert [say(client, headers).status_code for _ in range(2)] == [200, 429]
        looked: list[str] = []
        for name in ("find", "take"):
            monkeypatch.setattr(MessageLog, name, lambda *_, name=name: looked.append(name))
        assert kind(say(client, headers, "a" * 101, Idempotency_Key="k1")) == "question-refused"
        assert looked == []
        assert kind(say(client, headers, Last_Event_ID="of-no.1")) == "too-many-requests"
        assert looked == ["find"]


def test_events_that_come_while_the_loop_is_busy_are_told_together() -> None:
    async def told() -> list[list[str]]:
        run, loop = ReplyRun(), asyncio.get_running_loop()

        def bring(numbers: str) -> None:
            for number in numbers:
                run.bring(loop, Event("delta", {"text": number}))

        answering = threading.Thread(target=bring, args=("012",))
        answering.start()
        answering.join()  # the loop is busy
        found = []
        async for batch in run.follow():
            found.append([one.content["text"] for _, one in batch])
            if len(found) == 1:
                await asyncio.to_thread(bring, "345")
                run.end()
        return found

    assert [text for batch in asyncio.run(told()) for text in batch] == list("012345")
    assert asyncio.run(told())[0] == list("012")


def test_a_place_in_a_reply_is_read_with_care() -> None:
    run = ReplyRun()
    for number in range(5):
        run.add(Event("delta", {"text": str(number)}))
    assert run.place_after(f"{run.run_id}.3") == 3
    assert run.place_after(f"{run.run_id}.99999999999999999999") == 5
    for event_id in (None, "", "3", "other.3", f"{run.run_id}.", f"{run.run_id}.-1", f"{run.run_id}.x"):
        assert run.place_after(event_id) == 0


def test_the_reply_is_told_to_who_counts(services: Services) -> None:
    told: list[Any] = []
    names = [one.name for one in tell_reply(services.assistant.stream(Question("alder", WARRANTY)), told.append)]
    assert names[-1] == "reply"
    assert told[0].kind == "answer"
