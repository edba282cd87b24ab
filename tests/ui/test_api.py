"""The HTTP interface: what it answers, and what it refuses."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner
from jsonschema import validate

from bot.errors import BotError, QuestionRefused
from brands import BrandsError
from ingest.errors import IngestError
from knowledge_base.errors import KnowledgeBaseError
from ui.api.access import Session, Sessions
from ui.api.app import build_api
from ui.api.error_responses import problem_of, rule_of
from ui.api.errors import SessionInvalid, SessionMissing
from ui.api.event_stream import tell_reply
from ui.api.readiness import Readiness
from ui.bootstrap import Services
from ui.errors import DoorError
from ui.settings import UiSettings

TYRES = "What is the pressure of the front tyre at normal load?"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as found:
        yield found


def begin(client: TestClient, brand: str) -> dict[str, str]:
    answer = client.post("/v1/sessions", json={"brand": brand})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def say(client: TestClient, headers: dict[str, str], text: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    answer = client.post("/v1/messages", json={"text": text, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert content["status"] == answer.status_code
    validate(content, schema_of("problem"))
    return content


def schema_of(name: str) -> dict[str, Any]:
    path = Path(__file__).parents[2] / "docs" / "schemas" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_message_is_answered_event_by_event(client: TestClient) -> None:
    events = say(client, begin(client, "alder"), "How long does the new vehicle warranty last?")
    names = [name for name, _ in events]
    assert names[0] == "status"
    assert names[-1] == "reply"
    assert names.index("delta") < names.index("citation") < names.index("reply")
    reply = events[-1][1]
    assert reply["kind"] == "answer"
    assert reply["brand"] == "alder"
    assert "5 years" in reply["text"]
    assert "".join(content["text"] for name, content in events if name == "delta").strip() == reply["text"].strip()
    assert [content["passage"] for name, content in events if name == "citation"] == [
        one["passage"] for one in reply["citations"]
    ]


def test_the_reply_keeps_its_contract(client: TestClient) -> None:
    schema = schema_of("reply")
    reply = say(client, begin(client, "alder"), "How do I pair my phone?")[-1][1]
    validate({name: reply[name] for name in schema["required"]}, schema)
    assert {"turn", "choices"} <= set(reply)


def test_the_choices_of_a_clarifying_question_are_read_again_with_it(client: TestClient, asked_back: str) -> None:
    headers = begin(client, "alder")
    reply = say(client, headers, asked_back)[-1][1]
    say(client, headers, "2025")
    turns = client.get("/v1/conversation", headers=headers).json()["turns"]
    assert reply["choices"] == ["2024", "2025"]
    assert [one["choices"] for one in turns] == [[], ["2024", "2025"], [], []]


def test_each_session_answers_from_its_own_brand(client: TestClient) -> None:
    question = "How long does the new vehicle warranty last?"
    assert "5 years" in say(client, begin(client, "alder"), question)[-1][1]["text"]
    assert "4 years" in say(client, begin(client, "birch"), question)[-1][1]["text"]


def test_the_brand_of_a_message_cannot_be_chosen_in_its_body(client: TestClient) -> None:
    answer = client.post("/v1/messages", json={"text": "hi", "brand": "birch"}, headers=begin(client, "alder"))
    assert problem(answer)["status"] == 422


def test_a_conversation_is_kept_and_can_be_erased(client: TestClient) -> None:
    headers = begin(client, "alder")
    reply = say(client, headers, "How do I pair my phone?")[-1][1]
    turns = client.get("/v1/conversation", headers=headers).json()["turns"]
    assert [one["role"] for one in turns] == ["customer", "bot"]
    assert turns[1]["turn"] == reply["turn"]
    receipt = client.delete("/v1/conversation", headers=headers).json()
    validate(receipt, schema_of("conversation_erasure"))
    assert (receipt["turns"], receipt["by"], receipt["clean"]) == (2, "customer", True)
    assert "conversations.sqlite3" in receipt["searched"]
    assert problem(client.get("/v1/conversation", headers=headers))["status"] == 404
    assert problem(client.post("/v1/messages", json={"text": "hi"}, headers=headers))["status"] == 404


async def erased_at_once(services: Services, count: int) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(build_api(services)), base_url="http://localhost"
    ) as one:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(2))
        begun = [await one.post("/v1/sessions", json={"brand": "alder"}) for _ in range(count)]
        sessions = [{"Authorization": f"Bearer {answer.json()['token']}"} for answer in begun]
        with services.database._rebuilding:
            erasing = [asyncio.create_task(one.delete("/v1/conversation", headers=headers)) for headers in sessions]
            await asyncio.sleep(0.5)
            # What live events, the console and MCP wait in.
            await asyncio.wait_for(asyncio.to_thread(int), 5)
            assert (await one.get("/v1/conversation", headers=sessions[-1])).status_code in {200, 404}
            assert not any(task.done() for task in erasing)
        assert {(await task).status_code for task in erasing} == {200}


def test_erasures_that_wait_keep_nothing_else_waiting(services: Services) -> None:
    asyncio.run(erased_at_once(services, 20))


def test_feedback_is_taken_for_a_turn_of_the_conversation_only(client: TestClient) -> None:
    headers = begin(client, "alder")
    turn = say(client, headers, "How do I pair my phone?")[-1][1]["turn"]
    given_feedback = {"turn": turn, "helpful": False, "reason": "Wrong"}
    assert client.post("/v1/feedback", json=given_feedback, headers=headers).status_code == 204
    other = client.post("/v1/feedback", json=given_feedback, headers=begin(client, "alder"))
    assert problem(other)["type"].endswith("unknown-turn")


def test_personal_data_in_the_reason_of_feedback_is_replaced(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    turn = say(client, headers, "How do I pair my phone?")[-1][1]["turn"]
    given = {"turn": turn, "helpful": False, "reason": "Wrong, mail me at me@mail.example"}
    assert client.post("/v1/feedback", json=given, headers=headers).status_code == 204
    conversation_id = services.running.of("alder")[0].conversation_id
    kept = services.assistant.conversations.feedback_of("alder", conversation_id, turn)
    assert kept is not None
    assert (kept[1] or "").startswith("Wrong, mail me at")
    assert "me@mail.example" not in (kept[1] or "")


@pytest.mark.parametrize("turn", ["\0", "a\0b", "a b", "x" * 65])
def test_an_id_that_no_database_takes_is_refused_as_the_clients(client: TestClient, turn: str) -> None:
    given = {"turn": turn, "helpful": True}
    refused = client.post("/v1/feedback", json=given, headers=begin(client, "alder"))
    assert problem(refused)["type"].endswith("invalid-request")
    assert problem(client.get("/v1/staff/alder/conversations/a%00"))["type"].endswith("invalid-request")


def test_feedback_is_for_replies(client: TestClient) -> None:
    headers = begin(client, "alder")
    client.post("/v1/messages", json={"text": "How do I pair my phone?"}, headers=headers)
    said, reply = (one["turn"] for one in client.get("/v1/conversation", headers=headers).json()["turns"])
    assert client.post("/v1/feedback", json={"turn": said, "helpful": "yes"}, headers=headers).status_code == 422
    refused = client.post("/v1/feedback", json={"turn": said, "helpful": True}, headers=headers)
    assert problem(refused)["type"] == "urn:marque:problem:unknown-turn"
    taken = client.post("/v1/feedback", json={"turn": reply, "helpful": True}, headers=headers)
    assert (taken.status_code, taken.content, "content-type" in taken.headers) == (204, b"", False)


def test_a_session_for_an_unknown_brand_is_refused(client: TestClient) -> None:
    assert problem(client.post("/v1/sessions", json={"brand": "cedar"}))["type"].endswith("unknown-brand")
    assert problem(client.post("/v1/sessions", json={"brand": "../alder"}))["status"] == 422
    assert problem(client.post("/v1/sessions", content=b"{"))["status"] == 422


def test_a_form_of_a_foreign_page_is_not_read_as_json(client: TestClient) -> None:
    answer = client.post("/v1/sessions", content=b'{"brand": "alder"}', headers={"Content-Type": "text/plain"})
    assert problem(answer)["status"] == 422
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/conversation", "/v1/brand"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}])
def test_a_request_without_a_session_is_refused(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert problem(answer)["type"].endswith("session-missing")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_session_ends(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = begin(client, "alder")
    now = TimestampSigner("x").get_timestamp()
    lifetime = UiSettings().session_minutes * 60
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: now + lifetime + 2)
    assert "has ended" in problem(client.get("/v1/brand", headers=headers))["detail"]


@given(at=st.integers(min_value=0, max_value=10_000), letter=st.sampled_from("abcXYZ019-_."))
def test_a_changed_token_is_refused(at: int, letter: str) -> None:
    sessions = Sessions(UiSettings(), "k" * 40)
    token = sessions.token(Session("alder", "c" * 22))
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed[:-1] != token[:-1]:  # the last letter of base64 carries bits that nothing reads
        with pytest.raises(SessionInvalid):
            sessions.read(f"Bearer {changed}")
    assert sessions.read(f"bearer {token}") == Session("alder", "c" * 22)


def test_a_token_of_another_key_is_refused() -> None:
    token = Sessions(UiSettings(), "k" * 40).token(Session("alder", "x"))
    with pytest.raises(SessionInvalid):
        Sessions(UiSettings(), "l" * 40).read(f"Bearer {token}")
    with pytest.raises(SessionMissing):
        Sessions(UiSettings(), "l" * 40).read(None)


def test_a_short_session_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        UiSettings(session_key="secret")


def test_a_vehicle_the_brand_does_not_make_is_refused(client: TestClient) -> None:
    headers = begin(client, "alder")
    answer = client.post("/v1/messages", json={"text": "hi", "vehicle": {"model": "copse"}}, headers=headers)
    assert problem(answer)["type"].endswith("unknown-vehicle")
    assert "grove" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_empty_or_long_message_is_refused(client: TestClient, text: str) -> None:
    assert problem(client.post("/v1/messages", json={"text": text}, headers=begin(client, "alder")))["status"] == 422


def test_a_large_body_is_refused_before_it_is_parsed(client: TestClient) -> None:
    answer = client.post("/v1/messages", content=b"[" * 70_000, headers=begin(client, "alder"))
    assert problem(answer)["status"] == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(10):
            yield b"x" * 10_000

    assert problem(client.post("/v1/sessions", content=pieces()))["status"] == 413


def test_another_host_name_is_refused(client: TestClient) -> None:
    for host in ("evil.example", "evil.example:8501", "localhost.evil.example", ""):
        assert problem(client.get("/v1/brands", headers={"Host": host}))["status"] == 421
    for host in ("localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"):
        assert client.get("/v1/brands", headers={"Host": host}).status_code == 200


def test_the_public_profile_tells_what_a_page_needs_and_no_more(client: TestClient, services: Services) -> None:
    logo = services.group.brand_folder("alder") / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    services.group.brands["alder"] = services.group.brand("alder").model_copy(update={"logo": "logo.svg"})
    told = client.get("/v1/brand", headers=begin(client, "alder"), params={"language": "de"}).json()
    assert told["greeting"]["de"] == "Hallo von Alder."
    assert "KI-Assistenten" in told["notice"]
    assert told["logo"].startswith("data:image/svg+xml;base64,")
    assert not {"allowed_origins", "allowed_links", "vin_prefixes", "retention_days"} & set(told)
    assert client.get("/v1/brands").json() == [{"id": "alder", "name": "Alder"}, {"id": "birch", "name": "Birch"}]


def test_readiness_is_told_apart_from_life(services: Services) -> None:
    readiness = Readiness()
    app = build_api(services, readiness=readiness)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        answer = client.get("/readyz")
        assert problem(answer)["status"] == 503
        assert answer.headers["retry-after"]
        readiness.warm = True
        readiness.silent = {"birch": "nothing published"}
        assert client.get("/readyz").json() == {"status": "ready", "silent": {"birch": "nothing published"}}


def test_unknown_paths_and_methods_are_problems_too(client: TestClient) -> None:
    nowhere = problem(client.get("/v1/nothing"))
    assert nowhere["status"] == 404
    assert "/v1/openapi.json" in nowhere["detail"]
    assert problem(client.delete("/v1/brands"))["status"] == 405
    refused = client.put("/v1/conversation")
    assert refused.headers["allow"] == "DELETE, GET"
    assert problem(refused)["detail"] == "this address does not take PUT; it takes DELETE, GET"


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"{", "application/json", "it is no JSON"),
        (b'{"brand": "alder"}', "text/plain", "Content-Type: application/json"),
        (b"", "application/json", "send a JSON object"),
        (b"[]", "application/json", "send a JSON object"),
        (b"{}", "application/json", "name either a key or a brand"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_in_plain_words(
    client: TestClient, content: bytes, media_type: str, words: str
) -> None:
    answer = client.post("/v1/sessions", content=content, headers={"Content-Type": media_type})
    told = problem(answer)
    assert told["status"] == 422
    assert words in told["detail"]
    assert told["errors"][0]["field"] == "body"
    assert "Value error" not in answer.text


def test_what_fails_while_streaming_becomes_an_error_event_without_inner_words() -> None:
    def broken() -> Iterator[str]:
        yield "The"
        raise RuntimeError("password of the database")

    events = list(tell_reply(broken()))
    assert [one.name for one in events] == ["status", "delta", "error"]
    assert "password" not in events[-1].data


def every_kind(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for kind in base.__subclasses__():
        yield from every_kind(kind)


@pytest.mark.parametrize("base", [BrandsError, KnowledgeBaseError, IngestError, BotError, DoorError])
def test_every_error_has_a_response(base: type[Exception]) -> None:
    for kind in every_kind(base):
        assert rule_of(kind("words")).error is not Exception, kind
        assert problem_of(kind("words"))["detail"]


def test_words_of_inner_errors_stay_inside() -> None:
    assert problem_of(QuestionRefused("too long"))["detail"] == "too long"
    assert "secret" not in problem_of(RuntimeError("secret"))["detail"]
    assert "secret" not in problem_of(KnowledgeBaseError("/home/secret"))["detail"]


def test_the_interface_describes_itself(client: TestClient) -> None:
    told = client.get("/v1/openapi.json").json()
    assert {"/v1/sessions", "/v1/messages", "/v1/conversation", "/v1/feedback", "/v1/brand"} <= set(told["paths"])
