"""A brand's language model takes no more than its budget of the day, over all workers; above it, extracts answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.bootstrap import build_assistant
from bot.chat_model import ChatModel
from bot.deployment import Deployment
from bot.fallback_model import FallbackModel
from bot.language_model import LanguageModel, ModelUsage
from evals.trust.fault_server import FaultServer, free_address
from tests.ui.api_client import WARRANTY, begin, events_of
from ui.api.app import build_api
from ui.bootstrap import Services
from ui.commands.doctor import examine
from ui.model_spending import SharedModelSpending
from ui.settings import UiSettings


class SpendingModel:
    """A model that says the same each time, and what it took."""

    name = "scripted"

    def __init__(self, tokens: int | None) -> None:
        self.tokens = tokens
        self.asked = 0

    def stream(self, _messages: Any, *, on_usage: Any = None) -> Iterator[str]:
        """Write an answer."""
        self.asked += 1
        yield "The new vehicle warranty lasts 5 years. [1]"
        if on_usage is not None and self.tokens is not None:
            on_usage(ModelUsage(self.name, self.tokens - 50, 50))

    def check(self) -> None:
        """Answer."""


def compose_with(services: Services, model: LanguageModel) -> None:
    services._assistant = build_assistant(
        services.group,
        services.knowledge_base,
        conversations=services._conversations(),
        model=model,
        spending=services.model_spending,
    )


def with_model(services: Services, tokens: int | None, **settings: Any) -> SpendingModel:
    services.settings = UiSettings(**settings)
    model = SpendingModel(tokens)
    compose_with(services, model)
    return model


def spent_on(services: Services, model: LanguageModel, questions: int) -> int:
    services.settings = UiSettings(model_tokens_per_day=100_000)
    compose_with(services, model)
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        for _ in range(questions):
            reply = say(client, "alder")
            assert "5 years" in reply["text"]
    return services.model_spending.tokens_today("alder")


def say(client: TestClient, brand: str) -> dict[str, Any]:
    answer = client.post("/v1/messages", json={"text": WARRANTY}, headers=begin(client, brand))
    return events_of(answer.text)[-1][2]


@pytest.mark.parametrize(("tokens", "answers"), [(1_000, 5), (None, 1)])
def test_above_the_budget_extracts_answer(services: Services, tokens: int | None, answers: int) -> None:
    model = with_model(services, tokens, model_tokens_per_day=20_500)
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        texts = [say(client, "alder")["text"] for _ in range(7)]
        told = client.get("/metrics").text
    assert model.asked == answers  # as much as an answer can take, 16,000 tokens, must be left
    assert all("5 years" in one for one in texts)
    spent = services.model_spending.tokens_today("alder")
    assert spent == (5_000 if tokens else 16_000)
    assert f'marque_model_tokens_today{{brand="alder"}} {float(spent)}' in told
    assert 'marque_model_tokens_per_day{brand="alder"} 20500.0' in told


@pytest.mark.parametrize(("behaviour", "tokens"), [("unavailable", 0), ("wrong key", 0), ("hangs up", 16_000)])
def test_a_model_that_is_away_spends_nothing(services: Services, behaviour: str, tokens: int) -> None:
    server = FaultServer(behaviour)
    away = Deployment("m", server.address, failures_to_pause=1, retries=0, first_words_seconds=25, whole_seconds=30)
    try:
        # After the first question nothing is sent to it any more.
        assert spent_on(services, ChatModel(away), 3) == tokens
        assert len(server.requests) == 1
    finally:
        server.stop()


def test_a_model_that_cannot_be_reached_spends_nothing_before_the_next(services: Services) -> None:
    nowhere, server = Deployment("m", free_address(), first_words_seconds=25, whole_seconds=30), FaultServer("silent")
    quick = Deployment("n", server.address, failures_to_pause=1, first_words_seconds=1, whole_seconds=2)
    try:
        assert spent_on(services, FallbackModel([ChatModel(nowhere), ChatModel(nowhere)]), 3) == 0
        # Who is silent may have read the question.
        assert spent_on(services, FallbackModel([ChatModel(quick), ChatModel(nowhere)]), 3) == 16_000
    finally:
        server.stop()


def test_a_profile_has_the_last_word(services: Services) -> None:
    model = with_model(services, 1_000, model_tokens_per_day=0)
    birch = services.group.brand("birch")
    services.group.brands["birch"] = birch.model_copy(update={"model_tokens_per_day": 50_000})
    with TestClient(build_api(services), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        say(client, "alder")
        assert model.asked == 0
        say(client, "birch")
        assert model.asked == 1


def test_workers_together_never_take_more(services: Services) -> None:
    workers = [Services(services.group, services.settings) for _ in range(3)]
    shared = [SharedModelSpending(10_000, lambda one=one: one.database) for one in workers]  # type: ignore[misc]
    alder = services.group.brand("alder")
    with ThreadPoolExecutor(6) as threads:
        days = list(threads.map(lambda number: shared[number % 3].reserve(alder, 1_000), range(30)))
    assert sum(one is not None for one in days) == 10
    assert shared[0].tokens_today("alder") == 10_000
    assert shared[0].tokens_today("birch") == 0
    shared[1].settle(alder, next(one for one in days if one is not None), 1_000, 10)
    assert shared[2].tokens_today("alder") == 9_010
    for one in workers:
        one.database.close()


def test_each_day_has_its_own_budget(services: Services) -> None:
    now = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    spending = SharedModelSpending(1_000, lambda: services.database, lambda: now)
    alder = services.group.brand("alder")
    today = spending.reserve(alder, 1_000)
    assert today is not None
    assert spending.reserve(alder, 1) is None
    now += timedelta(minutes=2)
    assert spending.reserve(alder, 1_000) == today + 1
    spending.settle(alder, today, 1_000, 0)
    assert spending.tokens_today("alder") == 1_000


def test_doctor_tells_how_much_is_left(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_UI_MODEL_TOKENS_PER_DAY", "1000")
    services.model_spending.reserve(services.group.brand("alder"), 1_000)
    told = {one.check: one for one in examine(services.group.folder)}["model budget"]
    assert told.state == "warning"
    assert "alder 1,000 of 1,000 tokens" in told.text
    assert "birch 0 of 1,000" in told.text
