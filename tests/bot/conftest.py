"""Fixtures of the bot: an assistant over the small group, built from real parts."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.memory_conversation_store import MemoryConversationStore
from bot.settings import BotSettings
from bot.turn_state import TurnState
from brands import Group, VehicleContext, load_group
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from tests.conftest import write_small_group, write_winter_tyres


@pytest.fixture(scope="session")
def bot_group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """The small group, with one document for each of two model years."""
    folder = write_small_group(tmp_path_factory.mktemp("bot") / "group")
    write_winter_tyres(folder)
    return load_group(folder)


@pytest.fixture(scope="session")
def knowledge_base(bot_group: Group, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """Published releases of both brands."""
    data_folder: Path = tmp_path_factory.mktemp("bot-data")
    knowledge_base = build_knowledge_base(data_folder)
    pipeline = build_pipeline(bot_group, knowledge_base)
    for brand_id in bot_group.brands:
        pipeline.ingest(brand_id, publish=True, created_by="test")
    return knowledge_base


@pytest.fixture(scope="session")
def assistant(bot_group: Group, knowledge_base: KnowledgeBase) -> Assistant:
    """An assistant over both brands' releases, with conversations in memory."""
    return build_assistant(
        bot_group, knowledge_base, BotSettings(_env_file=None), conversations=MemoryConversationStore()
    )


@pytest.fixture
def state(small_group: Group) -> TurnState:
    """A state as the first step receives it."""
    return TurnState(
        profile=small_group.brand("alder"),
        said=SecretStr("How much air do the front tyres need?"),
        conversation_id=None,
        vehicle=VehicleContext(),
        page_language=None,
        on=date(2026, 1, 1),
    )
