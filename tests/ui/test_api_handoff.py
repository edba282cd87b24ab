"""Handoffs: asking for a person, what they receive, and hearing from them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from jsonschema import validate

from bot.conversation import Turn
from bot.errors import UnknownConversation
from tests.ui.api_client import WARRANTY, begin, events_of, kind, schema_of, serve
from ui.api.app import build_api
from ui.bootstrap import Services
from ui.settings import UiSettings


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as found:
        yield found
    services.assistant.conversations.close()


def say(client: Any, headers: dict[str, str], text: str) -> dict[str, Any]:
    return events_of(client.post("/v1/messages", json={"text": text}, headers=headers).text)[-1][2]


def write_as_agent(services: Services, conversation_id: str, text: str, turn_id: str) -> None:
    turn = Turn(turn_id, "agent", text, datetime.now(UTC), language="en")
    services.assistant.conversations.record("alder", conversation_id, turn)


def test_a_person_is_asked_for_once(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    assert client.get("/v1/handoff", headers=headers).json() is None
    assert client.get("/v1/conversation", headers=headers).json()["handoff"] is None
    asked = client.post("/v1/handoff", headers=headers).json()
    assert asked["state"] == "waiting"
    assert client.post("/v1/handoff", headers=headers).json() == asked
    assert client.post("/v1/handoff", json={}, headers=headers).json() == asked
    assert client.get("/v1/conversation", headers=headers).json()["handoff"] == asked
    assert len(services.handoffs.waiting("alder")) == 1
    assert services.handoffs.waiting("birch") == ()


def test_who_writes_has_joined(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    client.post("/v1/handoff", headers=headers)
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    write_as_agent(services, conversation_id, "Hello, this is Kim.", "a1")
    assert client.get("/v1/handoff", headers=headers).json()["state"] == "joined"
    services.handoffs.join("alder", conversation_id, "Kim")
    told = client.get("/v1/conversation", headers=headers).json()
    assert told["handoff"]["agent"] == "Kim"
    assert told["turns"][-1]["agent"] == "Kim"
    assert services.handoffs.waiting("alder") == ()


@pytest.mark.parametrize("text", ["I want to talk to a person", "My car is on fire"])
def test_a_reply_that_hands_over_asks_for_a_person(client: TestClient, text: str) -> None:
    headers = begin(client, "alder")
    assert say(client, headers, text)["kind"] in {"handoff", "safety"}
    assert client.get("/v1/handoff", headers=headers).json()["state"] == "waiting"


def test_the_packet_tells_what_was_asked_and_tried(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    say(client, headers, WARRANTY)
    say(client, headers, "I want to talk to a person")
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    packet = services.assistant.handoff("alder", conversation_id)
    assert packet.question == WARRANTY
    assert packet.language == "en"
    assert "5 years" in packet.steps[0].citations[0].quote
    assert len(packet.transcript) == 4
    assert packet.hazard is None
    assert packet.handoff is not None
    assert (packet.handoff.state, packet.handoff.reason) == ("waiting", "person")
    say(client, headers, "My car is on fire")
    packet = services.assistant.handoff("alder", conversation_id)
    assert packet.hazard is not None
    assert packet.handoff is not None
    assert packet.handoff.reason == "hazard"


def test_erasing_a_conversation_erases_its_handoff(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    client.post("/v1/handoff", headers=headers)
    assert client.delete("/v1/conversation", headers=headers).json()["clean"]
    assert services.handoffs.waiting("alder") == ()
    for answer in (client.post("/v1/handoff", headers=headers), client.get("/v1/events", headers=headers)):
        assert kind(answer) == "unknown-conversation"
    with pytest.raises(UnknownConversation):
        services.handoffs.ask("alder", "nothing")


def test_a_sisters_handoff_is_not_there(client: TestClient, services: Services) -> None:
    client.post("/v1/handoff", headers=begin(client, "alder"))
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    assert services.handoffs.of("birch", conversation_id) is None
    with pytest.raises(UnknownConversation):
        services.handoffs.join("birch", conversation_id, "Kim")


def next_event(lines: Iterator[str]) -> tuple[str, str, Any]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if not line and fields:
            break
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
    return fields.get("id", ""), fields["event"], json.loads(fields["data"])


def test_an_agents_words_arrive_live_and_once(services: Services) -> None:
    services.settings = UiSettings(events_poll_seconds=0.05)
    with serve(build_api(services)) as address, httpx.Client(base_url=address, timeout=30) as client:
        headers = begin(client, "alder")
        client.post("/v1/handoff", headers=headers)
        conversation_id = services.handoffs.waiting("alder")[0].conversation_id
        write_as_agent(services, conversation_id, "Before.", "a0")
        with client.stream("GET", "/v1/events", headers=headers) as stream:
            lines = stream.iter_lines()
            assert next_event(lines)[1] == "handoff"
            write_as_agent(services, conversation_id, "Hello.", "a1")
            turn_id, name, content = next_event(lines)
            assert (turn_id, name, content["text"], content["role"]) == ("a1", "turn", "Hello.", "agent")
            services.handoffs.join("alder", conversation_id, "Kim")
            assert next_event(lines)[2]["handoff"]["agent"] == "Kim"
        write_as_agent(services, conversation_id, "Are you there?", "a2")
        with client.stream("GET", "/v1/events", headers={**headers, "Last-Event-ID": "a1"}) as stream:
            lines = stream.iter_lines()
            assert next_event(lines)[1] == "handoff"
            assert next_event(lines)[2]["text"] == "Are you there?"
            client.delete("/v1/conversation", headers=headers)
            assert next_event(lines)[2]["type"].endswith("unknown-conversation")
    services.assistant.conversations.close()


def test_the_bot_is_silent_while_a_person_answers(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    client.post("/v1/handoff", headers=headers)
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    assert say(client, headers, WARRANTY)["kind"] == "answer"  # nobody has written yet
    write_as_agent(services, conversation_id, "Hello, this is Kim.", "a1")
    reply = say(client, headers, "Thanks. Write to me at me@mail.example")
    validate({name: reply[name] for name in schema_of("reply")["required"]}, schema_of("reply"))
    assert (reply["kind"], reply["text"], reply["turn"]) == ("handoff", "", None)
    last = client.get("/v1/conversation", headers=headers).json()["turns"][-1]
    assert last["role"] == "customer"
    assert "me@mail.example" not in last["text"]
    assert say(client, headers, "My car is on fire")["kind"] == "safety"


def test_the_bot_answers_again_when_the_person_has_left(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    client.post("/v1/handoff", headers=headers)
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    long_ago = Turn("a1", "agent", "Hello.", datetime.now(UTC) - timedelta(minutes=31), language="en")
    services.assistant.conversations.record("alder", conversation_id, long_ago)
    assert say(client, headers, WARRANTY)["kind"] == "answer"


def test_after_an_agent_closes_the_bot_answers_and_hands_over_only_anew(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    say(client, headers, "I want to talk to a person")
    conversation_id = services.handoffs.waiting("alder")[0].conversation_id
    services.handoffs.join("alder", conversation_id, "Kim")
    write_as_agent(services, conversation_id, "Hello, this is Kim.", "a1")
    assert say(client, headers, WARRANTY)["text"] == ""
    services.handoffs.close_one("alder", conversation_id)
    assert client.get("/v1/handoff", headers=headers).json()["state"] == "closed"
    assert services.handoffs.open_ones("alder") == ()
    assert say(client, headers, WARRANTY)["kind"] == "answer"
    assert say(client, headers, "Which colour has the moon of Jupiter on Tuesdays?")["kind"] == "decline"
    assert client.get("/v1/handoff", headers=headers).json()["state"] == "closed"
    assert say(client, headers, "I want to talk to a person")["kind"] == "handoff"
    assert client.get("/v1/handoff", headers=headers).json()["state"] == "waiting"


def test_too_many_listeners_are_refused(services: Services) -> None:
    services.settings = UiSettings(event_streams_at_once=1)
    app = build_api(services)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        app.state.listeners[object()] = ("alder", "another")
        refused = client.get("/v1/events", headers=headers)
        assert kind(refused) == "above-capacity"
        assert refused.headers["retry-after"]
    services.assistant.conversations.close()


def test_one_conversation_does_not_hold_every_stream(services: Services) -> None:
    app = build_api(services)
    with serve(app) as address, httpx.Client(base_url=address, timeout=30) as client, ExitStack() as open_streams:
        headers = begin(client, "alder")
        for _ in range(8):
            stream = open_streams.enter_context(client.stream("GET", "/v1/events", headers=headers))
            assert stream.status_code == 200
        refused = client.get("/v1/events", headers=headers)
        assert (refused.status_code, kind(refused)) == (429, "too-many-requests")
        assert refused.headers["retry-after"]
        other = open_streams.enter_context(client.stream("GET", "/v1/events", headers=begin(client, "alder")))
        assert other.status_code == 200
    services.assistant.conversations.close()


def test_a_listener_who_leaves_is_counted_no_more(services: Services) -> None:
    app = build_api(services)
    with serve(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        headers = begin(client, "alder")
        with client.stream("GET", "/v1/events", headers=headers) as stream:
            assert stream.status_code == 200
            assert len(app.state.listeners) == 1
        until = monotonic() + 30
        while app.state.listeners and monotonic() < until:
            sleep(0.02)
        assert not app.state.listeners
        client.delete("/v1/conversation", headers=headers)
        assert kind(client.get("/v1/events", headers=headers)) == "unknown-conversation"
        assert not app.state.listeners
    services.assistant.conversations.close()
