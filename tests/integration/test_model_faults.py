"""Whatever the language model does, the customer gets a useful reply in time, from the same chain as always."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import Question, Reply
from bot.assistant import Assistant
from bot.bootstrap import build_assistant, build_language_model
from bot.errors import ModelFailed
from bot.settings import BotSettings
from brands import Group, load_group
from evals.trust.fault_server import BEHAVIOURS, FaultServer, free_address
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from tests.conftest import write_small_group
from tests.model_servers.llama_server import KEY, MODEL, LlamaServer, start_llama_server

QUESTION = "What is the maximum braked trailer weight?"
ANSWER = ("The maximum weight ", "is 2,000 kg [1]. ", "It is the weight of a ", "braked trailer [1].")
FAULTS = sorted(set(BEHAVIOURS) - {"good", "unavailable once", "endless"})
FIRST_WORDS_SECONDS, WHOLE_SECONDS = 0.4, 0.8
# On top of the deadlines: search, extract and checks on a busy machine.
REST_SECONDS = 1.5


@dataclass(frozen=True)
class World:
    """A group with its published knowledge."""

    group: Group
    knowledge_base: KnowledgeBase


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("faults")
    group = load_group(write_small_group(folder / "group"))
    knowledge_base = build_knowledge_base(folder / "data")
    build_pipeline(group, knowledge_base).ingest("alder", publish=True, created_by="test")
    return World(group, knowledge_base)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LlamaServer:
    return start_llama_server(tmp_path_factory.mktemp("model"))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    server.words = ANSWER
    yield server
    server.stop()


def settings_for(address: str, **more: object) -> BotSettings:
    given: dict[str, object] = {
        "model": "m",
        "model_base_url": address,
        "model_first_words_seconds": FIRST_WORDS_SECONDS,
        "model_whole_seconds": WHOLE_SECONDS,
    }
    return BotSettings.model_validate(given | more)


def assistant_for(world: World, settings: BotSettings) -> Assistant:
    assistant = build_assistant(world.group, world.knowledge_base, settings)
    assistant.warm("alder")
    return assistant


def asked(assistant: Assistant) -> tuple[str, Reply, float]:
    """The text as it was streamed, the reply, and how long both took."""
    began = time.monotonic()
    *pieces, reply = assistant.stream(Question("alder", QUESTION))
    assert isinstance(reply, Reply)
    return "".join(str(one) for one in pieces), reply, time.monotonic() - began


def assert_useful(text: str, reply: Reply) -> None:
    assert reply.kind == "answer"
    assert text == reply.text, "what was streamed is what the reply says"
    assert "2,000 kg" in text
    assert reply.citations
    assert reply.citations[0].document == "grove-manual.md"


def test_a_good_model_writes_the_answer(world: World, server: FaultServer) -> None:
    text, reply, _ = asked(assistant_for(world, settings_for(server.address, model_output_price=1_000_000)))
    assert_useful(text, reply)
    assert reply.composer == "model"
    assert text == "The maximum weight is 2,000 kg. It is the weight of a braked trailer."
    assert reply.usage is not None
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost) == (120, 9, 9)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_the_extract_within_the_deadline(world: World, server: FaultServer, fault: str) -> None:
    server.behaviour = fault
    text, reply, seconds = asked(assistant_for(world, settings_for(server.address)))
    assert_useful(text, reply)
    assert reply.composer == "extract"
    assert seconds < WHOLE_SECONDS + REST_SECONDS


def test_an_unreachable_model_ends_in_the_extract(world: World) -> None:
    text, reply, seconds = asked(assistant_for(world, settings_for(free_address())))
    assert_useful(text, reply)
    assert reply.composer == "extract"
    assert seconds < WHOLE_SECONDS + REST_SECONDS


def test_a_model_that_never_ends_is_cut_off_and_the_extract_follows(world: World, server: FaultServer) -> None:
    server.behaviour = "endless"
    text, reply, seconds = asked(assistant_for(world, settings_for(server.address)))
    assert_useful(text, reply)
    assert reply.composer == "extract"
    assert seconds < WHOLE_SECONDS + REST_SECONDS


def test_in_an_outage_the_model_is_asked_no_more_than_once_a_question(world: World, server: FaultServer) -> None:
    server.behaviour = "unavailable"
    assistant = assistant_for(world, settings_for(server.address))
    for _ in range(20):
        text, reply, _ = asked(assistant)
        assert_useful(text, reply)
    assert len(server.requests) <= 20 * 1.1
    assert len(server.requests) <= 4, "after three failures it is left alone"


def test_the_first_sentence_is_shown_before_the_model_is_done(world: World, server: FaultServer) -> None:
    server.behaviour = "silent after words"
    assistant = assistant_for(world, settings_for(server.address, model_whole_seconds=3))
    began = time.monotonic()
    stream = assistant.stream(Question("alder", QUESTION))
    assert next(stream) == "The maximum weight is 2,000 kg."
    assert time.monotonic() - began < 2.5
    *_, reply = stream
    assert isinstance(reply, Reply)
    assert reply.composer == "extract"
    assert reply.text.startswith("The maximum weight is 2,000 kg.\n\n")


def test_a_model_that_lies_is_not_shown(world: World, server: FaultServer) -> None:
    server.words = ("The maximum weight is 9,900 kg [1]. ", "You get a refund of 500 euros [1].")
    text, reply, _ = asked(assistant_for(world, settings_for(server.address)))
    assert_useful(text, reply)
    assert reply.composer == "extract"
    assert "9,900" not in text
    assert "refund" not in text
    assert len(reply.removed) == 2


def test_a_model_that_finds_no_answer_declines(world: World, server: FaultServer) -> None:
    server.words = ("NO_", "ANSWER")
    text, reply, _ = asked(assistant_for(world, settings_for(server.address)))
    assert reply.kind == "decline"
    assert "NO_ANSWER" not in text
    assert reply.citations == ()


def test_danger_never_reaches_the_model(world: World, server: FaultServer) -> None:
    assistant = assistant_for(world, settings_for(server.address))
    reply = assistant.ask(Question("alder", "My car is on fire!"))
    assert reply.kind == "safety"
    assert server.requests == []


def test_personal_data_never_reaches_the_model(world: World, server: FaultServer) -> None:
    assistant = assistant_for(world, settings_for(server.address))
    conversation = assistant.conversations.open("alder")
    for text in ("I am at jane.roe@example.com. " + QUESTION, QUESTION):
        assistant.ask(Question("alder", text, conversation_id=conversation))
    sent = str(server.requests)
    assert len(server.requests) == 2
    assert "jane.roe" not in sent
    assert "[e-mail 1]" in sent


def test_what_the_model_took_is_recorded_with_the_turn(world: World, server: FaultServer) -> None:
    assistant = assistant_for(world, settings_for(server.address))
    conversation = assistant.conversations.open("alder")
    reply = assistant.ask(Question("alder", QUESTION, conversation_id=conversation))
    _, turn = assistant.conversations.turns("alder", conversation)
    assert turn.composer == "model"
    assert turn.usage == reply.usage
    assert turn.citations == reply.citations


def test_a_real_server_that_talks_nonsense_ends_in_the_extract(world: World, llama: LlamaServer) -> None:
    settings = settings_for(
        llama.address,
        model=MODEL,
        model_api_key=SecretStr(KEY),
        model_first_words_seconds=5,
        model_whole_seconds=10,
        model_max_tokens=64,
    )
    model = build_language_model(settings)
    assert model is not None
    model.check()
    text, reply, _ = asked(assistant_for(world, settings))
    assert_useful(text, reply)
    assert reply.composer == "extract"


def test_a_wrong_key_is_named_by_the_check(llama: LlamaServer) -> None:
    model = build_language_model(settings_for(llama.address, model=MODEL, model_api_key=SecretStr("wrong")))
    assert model is not None
    with pytest.raises(ModelFailed, match="MARQUE_BOT_MODEL_API_KEY"):
        model.check()


def test_conversations_lie_beside_the_releases(world: World, server: FaultServer) -> None:
    assistant = assistant_for(world, settings_for(server.address))
    assistant.conversations.open("alder")
    assert Path(world.knowledge_base.data_folder / "conversations.sqlite3").is_file()
