"""Where one deployment gives no answer, the next is asked; a failing one is not asked too often."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from langchain_core.messages import HumanMessage
from pydantic import SecretStr, ValidationError

from bot.bootstrap import build_language_model, deployments_of
from bot.circuit_breaker import RetryBudget
from bot.errors import ModelCutShort, ModelFailed, SettingsInvalid
from bot.language_model import LanguageModel, ModelUsage
from bot.settings import BotSettings
from evals.trust.fault_server import GOOD_WORDS, FaultServer


@contextmanager
def servers(first: str, second: str) -> Iterator[tuple[FaultServer, FaultServer, LanguageModel]]:
    one, other = FaultServer(first), FaultServer(second)
    model = build_language_model(
        BotSettings.model_validate(
            {
                "model": "first",
                "model_base_url": one.address,
                "model_first_words_seconds": 2,
                "fallback_model": "second",
                "fallback_model_base_url": other.address,
                "fallback_model_output_price": 1_000_000,
            }
        )
    )
    assert model is not None
    try:
        yield one, other, model
    finally:
        one.stop()
        other.stop()


@pytest.mark.parametrize("fault", ["unavailable", "wrong key", "silent", "garbage JSON at once", "context overflow"])
def test_the_second_deployment_answers_where_the_first_gives_nothing(fault: str) -> None:
    fault = "HTML page" if fault == "garbage JSON at once" else fault
    with servers(fault, "good") as (_, second, model):
        usage: list[ModelUsage] = []
        said = "".join(model.stream([HumanMessage("How much air?")], on_usage=usage.append))
        assert said == "".join(GOOD_WORDS)
        assert len(second.requests) == 1
        assert (usage[0].model.startswith("second"), usage[0].cost) == (True, 9)


def test_an_answer_that_began_is_not_begun_anew_elsewhere() -> None:
    with servers("cut mid-chunk", "good") as (_, second, model):
        with pytest.raises(ModelCutShort):
            list(model.stream([HumanMessage("How much air?")]))
        assert second.requests == []


def test_where_all_fail_the_last_reason_is_told() -> None:
    with servers("unavailable", "wrong key") as (_, _, model):
        assert "first at" in model.name
        assert "then second at" in model.name
        with pytest.raises(ModelFailed, match="refuses the key"):
            list(model.stream([HumanMessage("How much air?")]))
        with pytest.raises(ModelFailed, match="fault of its own"):
            model.check()


def test_what_is_wrong_with_the_second_names_its_own_settings() -> None:
    with servers("unavailable", "wrong key") as (_, _, model), pytest.raises(ModelFailed) as raised:
        list(model.stream([HumanMessage("How much air?")]))
    assert "check MARQUE_BOT_FALLBACK_MODEL_API_KEY" in str(raised.value)
    with pytest.raises(SettingsInvalid, match="MARQUE_BOT_FALLBACK_MODEL 'nobody:x' cannot be used"):
        build_language_model(
            BotSettings(_env_file=None, model="openai:m", model_api_key=SecretStr("k"), fallback_model="nobody:x")
        )


def test_a_second_model_needs_a_first() -> None:
    with pytest.raises(ValidationError, match="set model too"):
        BotSettings(_env_file=None, fallback_model="second")
    assert deployments_of(BotSettings(_env_file=None)) == ()


def test_retries_stay_within_their_share() -> None:
    budget = RetryBudget()
    retries = 0
    for _ in range(50):
        budget.count_request()
        retries += budget.admits_retry()
    assert 1 <= retries <= 5
