"""Rates and figures: who asks too often is told when to come back, and what is counted."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.conversation_database import ConversationDatabase
from bot.language_model import ModelUsage
from bot.reply import Reply
from tests.ui.api_client import KEY, ORIGIN, WARRANTY, begin, kind, with_keys
from ui.api.app import build_api
from ui.api.errors import TooManyRequests
from ui.api.metrics import Metrics
from ui.api.rates import Rates
from ui.bootstrap import Services
from ui.settings import UiSettings


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    services.settings = UiSettings(rate_session="2/minute", rate_address="3/minute", public_hosts="care.example")
    with_keys(services)
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as found:
        yield found


def say(client: Any, headers: dict[str, str]) -> Any:
    return client.post("/v1/messages", json={"text": WARRANTY}, headers=headers)


def test_a_session_that_asks_too_often_is_told_when_to_come_back(client: TestClient) -> None:
    headers = begin(client, "alder")
    assert [say(client, headers).status_code for _ in range(3)] == [200, 200, 429]
    refused = say(client, headers)
    assert kind(refused) == "too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert "2 a minute" in refused.json()["detail"]
    assert say(client, begin(client, "alder")).status_code == 200


def test_reading_a_reply_again_counts_no_message(client: TestClient) -> None:
    headers = {**begin(client, "alder"), "Idempotency-Key": "k1"}
    assert [say(client, headers).status_code for _ in range(5)] == [200] * 5


def test_an_address_may_begin_so_many_sessions(services: Services, client: TestClient) -> None:
    app = build_api(services)
    answers = []
    with TestClient(app, base_url="https://care.example", client=("203.0.113.7", 1)) as far:
        answers = [far.post("/v1/sessions", json={"key": KEY}, headers={"Origin": ORIGIN}) for _ in range(4)]
    assert [one.status_code for one in answers] == [201, 201, 201, 429]
    assert answers[3].headers["access-control-allow-origin"] == ORIGIN
    assert answers[3].headers["retry-after"]
    with TestClient(app, base_url="https://care.example", client=("203.0.113.8", 1)) as other:
        assert other.post("/v1/sessions", json={"key": KEY}, headers={"Origin": ORIGIN}).status_code == 201


@pytest.mark.parametrize(
    ("mine", "another"),
    [
        ("2001:db8:1:2::{}", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("203.0.113.7", "::1"),
        ("unknown", "203.0.113.7"),
    ],
)
def test_who_has_many_addresses_is_counted_as_one(services: Services, mine: str, another: str) -> None:
    rates = rates_of(services, rate_address="2/hour")
    for number in (1, 2):
        rates.count_session(None, mine.format(number))
    with pytest.raises(TooManyRequests, match="this address"):
        rates.count_session(None, mine.format(3))
    rates.count_session(None, another)


def rates_of(services: Services, **settings: Any) -> Rates:
    return Rates(UiSettings(**settings), lambda: services.database, "k" * 40)


def test_a_request_that_is_refused_counts_nowhere_else(services: Services) -> None:
    rates = rates_of(services, rate_session="1/hour", rate_brand="2/hour")
    rates.count_message("alder", None, None, "c1")
    for _ in range(5):
        with pytest.raises(TooManyRequests, match="this session"):
            rates.count_message("alder", None, None, "c1")
    rates.count_message("alder", None, None, "c2")
    with pytest.raises(TooManyRequests, match="this brand"):
        rates.count_message("alder", None, None, "c3")
    rates.count_message("birch", None, None, "c1")


def test_who_was_refused_is_refused_again_without_the_database_until_the_time_is_over(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    def database() -> ConversationDatabase:
        opened.append(1)
        return services.database

    now = [1_000_000_000.0]
    monkeypatch.setattr("ui.api.rates.time", lambda: now[0])
    rates = Rates(UiSettings(rate_brand="1/minute"), database, "k" * 40)
    rates.count_message("alder", None, None)
    with pytest.raises(TooManyRequests) as first:
        rates.count_message("alder", None, None)
    asked = len(opened)
    with pytest.raises(TooManyRequests) as second:
        rates.count_message("alder", None, None)
    assert (str(second.value), second.value.retry_after_seconds) == (str(first.value), first.value.retry_after_seconds)
    assert len(opened) == asked
    now[0] += first.value.retry_after_seconds
    rates.count_message("alder", None, None)


def test_a_key_is_counted_over_its_sessions(services: Services) -> None:
    rates = rates_of(services, rate_key="2/hour")
    rates.count_session(KEY, "203.0.113.7")
    rates.count_message("alder", KEY, "203.0.113.8", "c")
    with pytest.raises(TooManyRequests, match="this key"):
        rates.count_message("alder", KEY, "203.0.113.9", "d")


def test_any_request_of_a_session_is_counted(services: Services) -> None:
    services.settings = UiSettings(rate_requests="2/minute")
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        headers = begin(client, "alder")
        codes = [client.get("/v1/conversation", headers=headers).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize("rate", ["", "0/minute", "5", "many/minute", "5/fortnight"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="rate_brand"):
        UiSettings(rate_brand=rate or "x")


def test_what_happened_is_told_to_prometheus(client: TestClient) -> None:
    headers = begin(client, "alder")
    say(client, headers)
    client.post("/v1/messages", json={}, headers=headers)
    client.get("/v1/conversation")
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    for line in (
        'marque_turns_total{brand="alder",composer="extract",door="api",kind="answer"} 1.0',
        'marque_reply_seconds_count{brand="alder"} 1.0',
        'marque_problems_total{kind="invalid-request"} 1.0',
        'marque_problems_total{kind="session-missing"} 1.0',
        "marque_replies_working 0.0",
    ):
        assert line in told.text, line
    assert WARRANTY not in told.text


def test_figures_are_told_although_the_database_cannot_be_used(client: TestClient, services: Services) -> None:
    headers = begin(client, "alder")
    with services.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE counts RENAME TO away")
    assert say(client, headers).status_code == 503
    told = client.get("/metrics")
    assert told.status_code == 200
    assert 'marque_problems_total{kind="conversations-unavailable"} 1.0' in told.text


def test_tokens_cost_and_what_was_taken_out_are_counted() -> None:
    metrics = Metrics(lambda: 3, lambda: 0)
    reply = Reply(
        "answer", "Yes.", "en", (), "r1", "alder", {"total": 40.0}, removed=("a", "b"), composer="model",
        usage=ModelUsage("m", 100, 20, 0.5),
    )  # fmt: skip
    metrics.count_reply("openai", reply)
    told = metrics.as_text().decode()
    for line in (
        'marque_model_tokens_total{brand="alder",direction="input"} 100.0',
        'marque_model_tokens_total{brand="alder",direction="output"} 20.0',
        'marque_model_cost_total{brand="alder"} 0.5',
        'marque_sentences_removed_total{brand="alder"} 2.0',
        "marque_replies_working 3.0",
    ):
        assert line in told, line
