"""How quotations are introduced."""

from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.memory_conversation_store import MemoryConversationStore
from bot.question import Question
from bot.settings import BotSettings
from brands import load_group
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import build_knowledge_base
from tests.conftest import write_small_group

COVER = """---
title: Cover in short
language: en
---
# Cover in short

## What is not covered

- Upholstery, carpets and floor mats
- Accidents and misuse

## What is covered

- Gearbox, clutch and axles

## Not insured: see www.elsewhere.example

- Canoes on the roof rack are no part of the cover
- The sliding roof and its motor
"""


@pytest.fixture(scope="module")
def with_exclusions(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = write_small_group(tmp_path_factory.mktemp("exclusions") / "group")
    (folder / "brands" / "alder" / "documents" / "cover.md").write_text(COVER, encoding="utf-8")
    group = load_group(folder)
    knowledge_base = build_knowledge_base(tmp_path_factory.mktemp("exclusions-data"))
    build_pipeline(group, knowledge_base).ingest("alder", publish=True, created_by="test")
    return build_assistant(group, knowledge_base, BotSettings(_env_file=None), conversations=MemoryConversationStore())


@pytest.mark.parametrize(
    ("question", "beginning"),
    [
        ("Are floor mats and carpets covered?", "From “Cover in short: What is not covered”:"),
        ("Is the gearbox covered?", "From “Cover in short”:"),
        ("Are canoes on the roof rack insured?", "From “Cover in short”:"),
    ],
)
def test_what_a_heading_takes_back_is_quoted_under_it(
    with_exclusions: Assistant, question: str, beginning: str
) -> None:
    reply = with_exclusions.ask(Question("alder", question))
    assert reply.kind == "answer"
    assert reply.text.startswith(beginning)
