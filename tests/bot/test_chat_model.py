"""The language model's adapter, against a real llama.cpp server and one that fails in every known way."""

import inspect
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx2
import langchain_core.exceptions
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from openai import _exceptions as openai_exceptions
from pydantic import SecretStr, ValidationError

from bot.bootstrap import build_language_model
from bot.chat_model import ChatModel, build_chat
from bot.circuit_breaker import CircuitBreaker
from bot.deployment import Deployment
from bot.errors import (
    ModelCutShort,
    ModelFailed,
    ModelLate,
    ModelRefused,
    ModelUnavailable,
    SettingsInvalid,
)
from bot.language_model import ModelUsage
from bot.model_errors import failure_of, known_failure
from bot.settings import BotSettings
from evals.trust.fault_server import GOOD_WORDS, FaultServer, free_address
from tests.model_servers.llama_server import KEY, MODEL, LlamaServer, start_llama_server

QUESTION: list[BaseMessage] = [SystemMessage("You know {everything}."), HumanMessage("Is {q} 'a' \"tyre\"?")]


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LlamaServer:
    return start_llama_server(tmp_path_factory.mktemp("model"))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.stop()


def quick(address: str) -> Deployment:
    return Deployment("m", address, SecretStr("k"), first_words_seconds=0.5, whole_seconds=0.9)


def patient(address: str) -> Deployment:
    return Deployment("m", address, SecretStr("k"), first_words_seconds=25, whole_seconds=30)


def answer(model: ChatModel) -> tuple[list[str], ModelFailed | None]:
    pieces: list[str] = []
    try:
        for piece in model.stream(QUESTION):
            pieces.append(piece)  # noqa: PERF402 - what came before a failure counts
    except ModelFailed as error:
        return pieces, error
    return pieces, None


# A real server


def test_a_real_server_answers_and_tells_its_tokens(llama: LlamaServer) -> None:
    usage: list[ModelUsage] = []
    model = ChatModel(Deployment(MODEL, llama.address, SecretStr(KEY), input_price=1_000_000, output_price=2_000_000))
    text = "".join(model.stream(QUESTION, on_usage=usage.append))
    assert text.strip()
    assert len(usage) == 1
    assert usage[0].input_tokens > 10
    assert usage[0].cost == usage[0].input_tokens + 2 * usage[0].output_tokens
    assert usage[0].model.startswith(f"{MODEL} at 127.0.0.1:")


def test_a_real_server_passes_its_check(llama: LlamaServer) -> None:
    ChatModel(Deployment(MODEL, llama.address, SecretStr(KEY))).check()


def test_a_real_server_refuses_a_wrong_key(llama: LlamaServer) -> None:
    model = ChatModel(Deployment(MODEL, llama.address, SecretStr("wrong")))
    with pytest.raises(ModelRefused, match="MARQUE_BOT_MODEL_API_KEY") as raised:
        model.check()
    assert "wrong" not in str(raised.value)


def test_a_real_server_refuses_what_is_longer_than_its_window(llama: LlamaServer) -> None:
    model = ChatModel(Deployment(MODEL, llama.address, SecretStr(KEY)))
    with pytest.raises(ModelRefused, match="MARQUE_BOT_MODEL_CONTEXT_TOKENS"):
        list(model.stream([HumanMessage("tyre " * 8_000)]))


def test_an_answer_cut_by_its_length_is_no_answer(llama: LlamaServer) -> None:
    model = ChatModel(Deployment(MODEL, llama.address, SecretStr(KEY), max_tokens=1))
    with pytest.raises(ModelCutShort):
        list(model.stream(QUESTION))


# What is sent


def test_a_good_answer_comes_piece_by_piece(server: FaultServer) -> None:
    assert answer(ChatModel(quick(server.address))) == (list(GOOD_WORDS), None)


def test_texts_are_sent_as_they_are(server: FaultServer) -> None:
    messages = [*QUESTION, AIMessage("{a} {{b}}"), HumanMessage("{0} %s ${x}")]
    list(ChatModel(quick(server.address)).stream(messages))
    assert [one["content"] for one in server.requests[0]["messages"]] == [one.content for one in messages]


def test_a_compatible_server_is_told_max_tokens_by_the_name_that_all_know(server: FaultServer) -> None:
    list(ChatModel(replace(patient(server.address), max_tokens=77)).stream(QUESTION))
    sent = server.requests[0]
    assert sent["max_tokens"] == 77
    assert "max_completion_tokens" not in sent
    assert "temperature" not in sent
    assert sent["stream_options"] == {"include_usage": True}


def test_token_counts_are_not_asked_for_where_the_server_refuses_it(server: FaultServer) -> None:
    list(ChatModel(replace(patient(server.address), reports_usage=False)).stream(QUESTION))
    assert "stream_options" not in server.requests[0]


def test_a_key_of_the_environment_is_not_shown_to_another_server(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone-else")
    list(ChatModel(replace(patient(server.address), api_key=None)).stream(QUESTION))
    assert server.keys == ["Bearer none"]


# Faults


@pytest.mark.parametrize(
    ("behaviour", "expected", "says", "calls"),
    [
        ("wrong key", ModelRefused, "MARQUE_BOT_MODEL_API_KEY", 1),
        ("forbidden", ModelRefused, "MARQUE_BOT_MODEL_API_KEY", 1),
        ("unknown model", ModelRefused, "check MARQUE_BOT_MODEL and", 1),
        ("busy", ModelUnavailable, "no more requests", 2),
        ("busy, wait 0", ModelUnavailable, "no more requests", 2),
        ("busy, wait 60", ModelUnavailable, "no more requests", 1),
        ("no credit", ModelRefused, "no credit", 1),
        ("internal error", ModelUnavailable, "(500)", 2),
        ("unavailable", ModelUnavailable, "(503)", 2),
        ("bad request", ModelRefused, "Unsupported parameter", 1),
        ("context overflow", ModelRefused, "MARQUE_BOT_MODEL_CONTEXT_TOKENS", 1),
        ("content filter on the question", ModelRefused, "content", 1),
        ("content filter on the answer", ModelRefused, "filtered", 1),
        ("cut by length", ModelCutShort, "'length'", 1),
        ("clean end without finish reason", ModelCutShort, "without saying", 1),
        ("cut mid-chunk", ModelCutShort, "", 1),
        ("garbage JSON", ModelCutShort, "broke off", 1),
        ("error event", ModelCutShort, "broke off", 1),
        ("empty choices", ModelCutShort, "", 1),
        ("null choices", ModelCutShort, "", 1),
        ("HTML page", ModelUnavailable, "ends in /v1", 1),
        ("JSON that is no completion", ModelUnavailable, "no chat completion", 1),
        ("empty answer", ModelUnavailable, "no chat completion", 1),
        ("silent", ModelLate, "in time", 1),
        ("silent after headers", ModelLate, "in time", 1),
        ("silent after words", ModelLate, "in time", 1),
        ("byte by byte", ModelLate, "in time", 1),
        ("headers byte by byte", ModelLate, "in time", 1),
        ("endless", ModelLate, "in time", 1),
        ("hangs up", ModelUnavailable, "cannot be reached", 2),
    ],
)
def test_every_fault_is_named_within_the_deadline(
    server: FaultServer, behaviour: str, expected: type[ModelFailed], says: str, calls: int
) -> None:
    server.behaviour = behaviour
    # What is not late by itself must not become it on a busy machine.
    deployment = quick(server.address) if expected is ModelLate else patient(server.address)
    began = time.monotonic()
    _, error = answer(ChatModel(deployment))
    assert time.monotonic() - began < deployment.whole_seconds + 20
    assert type(error) is expected
    assert says in str(error)
    assert "sk-secret" not in str(error)
    assert len(server.requests) == calls


def test_an_address_where_nothing_listens_is_named() -> None:
    _, error = answer(ChatModel(quick(free_address())))
    assert isinstance(error, ModelUnavailable)
    assert "MARQUE_BOT_MODEL_BASE_URL" in str(error)


def test_a_short_fault_is_tried_again_unseen(server: FaultServer) -> None:
    server.behaviour = "unavailable once"
    assert answer(ChatModel(quick(server.address))) == (list(GOOD_WORDS), None)
    assert len(server.requests) == 2


@pytest.mark.parametrize("behaviour", ["byte by byte", "headers byte by byte", "endless"])
def test_a_late_answer_is_given_up_on_the_wire_too(server: FaultServer, behaviour: str) -> None:
    server.behaviour = behaviour
    model = ChatModel(quick(server.address))
    threads = threading.active_count()
    answer(model)
    until = time.monotonic() + 3
    while server.open_requests and time.monotonic() < until:
        time.sleep(0.02)
    assert server.open_requests == 0
    assert threading.active_count() <= threads + 3, "no thread is left waiting for it"


def test_a_reader_who_leaves_ends_the_request(server: FaultServer) -> None:
    server.behaviour = "endless"
    pieces = ChatModel(quick(server.address)).stream(QUESTION)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    until = time.monotonic() + 3
    while server.open_requests and time.monotonic() < until:
        time.sleep(0.02)
    assert server.open_requests == 0


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [("wrong key", ModelRefused), ("unknown model", ModelRefused), ("unavailable", ModelUnavailable),
     ("HTML page", ModelUnavailable), ("empty answer", ModelFailed)],
)  # fmt: skip
def test_check_names_what_is_wrong(server: FaultServer, behaviour: str, expected: type[ModelFailed]) -> None:
    server.behaviour = behaviour
    with pytest.raises(expected, match=r"MARQUE_BOT_MODEL|later"):
        ChatModel(quick(server.address)).check()


def test_check_gives_up_on_a_silent_server(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat_model.CHECK_SECONDS", 0.3)
    server.behaviour = "silent"
    with pytest.raises(ModelLate):
        ChatModel(quick(server.address)).check()


def test_many_questions_at_once_each_get_their_own_answer(server: FaultServer) -> None:
    model = ChatModel(replace(quick(server.address), first_words_seconds=10, whole_seconds=20))
    found: list[tuple[list[str], ModelFailed | None]] = []
    threads = [threading.Thread(target=lambda: found.append(answer(model))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(list(GOOD_WORDS), None)] * 12


# The breaker


def test_a_failing_endpoint_is_left_alone(server: FaultServer) -> None:
    server.behaviour = "unavailable"
    patient = replace(quick(server.address), first_words_seconds=20, whole_seconds=20)
    model = ChatModel(replace(patient, failures_to_pause=4, pause_seconds=60))
    errors = [answer(model)[1] for _ in range(20)]
    assert all(isinstance(error, ModelUnavailable) for error in errors)
    assert len(server.requests) == 4
    assert "left alone" in str(errors[-1])


def test_an_endpoint_that_recovers_is_used_again(server: FaultServer) -> None:
    server.behaviour = "unavailable"
    model = ChatModel(replace(quick(server.address), failures_to_pause=2, pause_seconds=0.2))
    answer(model)
    server.behaviour = "good"
    assert isinstance(answer(model)[1], ModelUnavailable)
    time.sleep(0.25)
    assert answer(model) == (list(GOOD_WORDS), None)
    assert answer(model) == (list(GOOD_WORDS), None)


def test_one_question_that_is_refused_does_not_close_the_endpoint_to_others(server: FaultServer) -> None:
    server.behaviour = "content filter on the question"
    model = ChatModel(replace(quick(server.address), failures_to_pause=1))
    answer(model)
    server.behaviour = "good"
    assert answer(model)[1] is None


@given(st.lists(st.sampled_from(["ask", "good", "bad", "wait"]), max_size=60))
def test_the_breaker_admits_at_most_one_between_pauses_while_all_fail(steps: list[str]) -> None:
    now = 0.0
    breaker = CircuitBreaker(3, 10, clock=lambda: now)
    failures, admitted_at = 0, -100.0
    for step in steps:
        if step == "wait":
            now += 4
        elif step == "good":
            breaker.report_success()
            failures = 0
        elif step == "bad":
            breaker.report_failure()
            failures += 1
        elif breaker.admits() and failures >= 3:
            assert now - admitted_at >= 10
            admitted_at = now
        elif failures < 3:
            assert breaker.admits()


# Vendors' errors


def _exceptions_of(module: object, base: type[Exception]) -> list[type[Exception]]:
    return [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, base) and one is not base]


def _made(vendor: type[Exception]) -> Exception:
    request = httpx2.Request("POST", "http://127.0.0.1/v1")
    if issubclass(vendor, openai.APIStatusError):
        response = httpx2.Response(getattr(vendor, "status_code", 500) or 500, request=request)
        return (
            vendor("m", response=response, body=None)
            if vendor is not openai.OAuthError
            else vendor(response=response, body=None)
        )
    error = vendor.__new__(vendor)
    Exception.__init__(error, "m")
    return error


VENDOR_EXCEPTIONS = [
    *_exceptions_of(openai_exceptions, openai.OpenAIError),
    openai_exceptions.InvalidWebhookSignatureError,
    *_exceptions_of(langchain_core.exceptions, langchain_core.exceptions.ModelError),
    *_exceptions_of(httpx2, httpx2.HTTPError),
    TimeoutError,
    ConnectionError,
]


@pytest.mark.parametrize("vendor", VENDOR_EXCEPTIONS, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_every_exception_of_a_vendor_is_mapped(vendor: type[Exception]) -> None:
    deployment = Deployment("m", "http://127.0.0.1:9/v1", SecretStr("top-secret"))
    failure = known_failure(_made(vendor), deployment)
    assert failure is not None, f"map {vendor} in bot/model_errors.py"
    assert "m at 127.0.0.1:9" in str(failure.error)
    assert "top-secret" not in repr((deployment, failure))


def test_the_list_of_vendor_exceptions_is_whole() -> None:
    told = set(openai_exceptions.__all__)
    assert told <= {one.__name__ for one in VENDOR_EXCEPTIONS}


def test_an_exception_that_nobody_knows_is_an_answer_that_is_no_completion() -> None:
    failure = failure_of(KeyError("choices"), Deployment("m"), begun=False)
    assert isinstance(failure.error, ModelUnavailable)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("2", 2, 2),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        (None, 30, 90),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(header: str | None, least: float, most: float) -> None:
    header = header or format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    request = httpx2.Request("POST", "http://127.0.0.1/v1")
    response = httpx2.Response(429, headers={"Retry-After": header}, request=request)
    failure = failure_of(openai.RateLimitError("m", response=response, body=None), Deployment("m"), begun=False)
    assert failure.retry_after_seconds is not None
    assert least <= failure.retry_after_seconds <= most


# Settings


def test_no_model_is_built_where_none_is_configured() -> None:
    assert build_language_model(BotSettings()) is None


def test_the_settings_reach_the_model(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_BOT_MODEL", "qwen3:4b")
    monkeypatch.setenv("MARQUE_BOT_MODEL_BASE_URL", server.address.removesuffix("/v1"))
    monkeypatch.setenv("MARQUE_BOT_MODEL_API_KEY", "a-real-key")
    monkeypatch.setenv("MARQUE_BOT_MODEL_TEMPERATURE", "0.2")
    model = build_language_model()
    assert model is not None
    model.check()
    assert server.requests[0]["model"] == "qwen3:4b"
    assert server.requests[0]["temperature"] == 0.2
    assert server.keys == ["Bearer a-real-key"]
    assert "a-real-key" not in repr(BotSettings())


@pytest.mark.parametrize("key", ["changeme", "CHANGE-ME", " secret ", "<your key>", "sk-..."])
def test_a_placeholder_is_refused_as_a_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MARQUE_BOT_MODEL_API_KEY", key)
    with pytest.raises(ValidationError, match="placeholder") as raised:
        BotSettings()
    assert "input_value" not in str(raised.value)


def test_first_words_may_not_be_later_than_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_BOT_MODEL_WHOLE_SECONDS", "1")
    with pytest.raises(ValidationError, match="of which it is a part"):
        BotSettings()


def test_azure_openai_goes_by_its_v1_path() -> None:
    chat = build_chat(Deployment("azure_openai:care-bot", "https://meridian.openai.azure.com/", SecretStr("k")))
    told = dict(chat)
    assert told["openai_api_base"] == "https://meridian.openai.azure.com/openai/v1"
    assert told["model_name"] == "care-bot"
    assert told["max_retries"] == 0


def test_azure_openai_needs_its_address() -> None:
    with pytest.raises(SettingsInvalid, match="MARQUE_BOT_MODEL_BASE_URL"):
        build_chat(Deployment("azure_openai:care-bot", None, SecretStr("k")))


def test_openai_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsInvalid, match="MARQUE_BOT_MODEL_API_KEY"):
        build_chat(Deployment("openai:gpt-5-mini"))


def test_openai_is_asked_by_its_own_name() -> None:
    told = dict(build_chat(Deployment("openai:gpt-5-mini", None, SecretStr("k"))))
    assert told["model_name"] == "gpt-5-mini"
    assert told["max_tokens"] == 700
    assert told["max_retries"] == 0


@pytest.mark.parametrize("model", ["some-model-nobody-knows", "mistralai:mistral-small", "nobody:model"])
def test_a_model_that_cannot_be_built_is_refused_in_one_line(model: str) -> None:
    with pytest.raises(SettingsInvalid, match=model) as raised:
        build_chat(Deployment(model, None, SecretStr("k")))
    assert "\n" not in str(raised.value)


def test_importing_the_adapter_loads_no_vendor_library() -> None:
    import subprocess
    import sys

    program = (
        "import sys, bot.bootstrap, bot.chat_model, bot.model_errors, bot.prompts.messages\n"
        "names = 'langchain langchain_openai openai sqlalchemy alembic'.split()\n"
        "print([one for one in names if one in sys.modules])"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert told.stdout.strip() == "[]"
