"""What is told of golden questions that miss."""

from pathlib import Path

import pytest

from bot.bootstrap import build_assistant
from bot.memory_conversation_store import MemoryConversationStore
from bot.settings import BotSettings
from brands import Group
from evals.golden import run_golden
from evals.golden_file import GoldenFile
from evals.golden_talk import after_other_questions
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import build_knowledge_base

TORQUE = "What is the torque of the wheel nuts?"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (
            {"questions": [{"question": TORQUE, "document": "grove-manuel.md", "words": ["120 Nm"]}]},
            "the live release has no document grove-manuel.md; did you mean grove-manual.md?",
        ),
        (
            {"questions": [{"question": TORQUE, "document": "grove-manual.md", "words": ["121 Nm"]}]},
            "“121 Nm” stands nowhere in grove-manual.md, letter for letter; correct the words",
        ),
        (
            {"questions": [{"question": "Who sang it?", "document": "grove-manual.md", "words": ["120 Nm"]}]},
            "no document says “sang”, for which glossary.yaml may name another word",
        ),
        (
            {"questions": [{"question": TORQUE, "document": "grove-manual.md", "words": ["15,000 km"]}]},
            "it was answered from",
        ),
        ({"must_decline": [{"question": TORQUE}]}, "where that answers it, move the question to `questions`"),
        ({"must_clarify": [{"question": TORQUE, "choices": ["2024", "2025"]}]}, "asking back needs passages"),
        ({"must_reach_safety": [{"turns": [TORQUE], "words": ["112"]}]}, "it was answered; its text lacks “112”"),
        ({"must_hand_over": [{"turns": [TORQUE]}]}, "it was answered"),
    ],
)
def test_a_miss_says_why_and_what_the_author_may_do(
    small_group: Group, tmp_path: Path, written: dict[str, list[dict[str, object]]], reason: str
) -> None:
    knowledge_base = build_knowledge_base(tmp_path / "data")
    build_pipeline(small_group, knowledge_base).ingest("alder", publish=True, created_by="test")
    settings = BotSettings(_env_file=None)
    assistant = build_assistant(small_group, knowledge_base, settings, conversations=MemoryConversationStore())
    golden = GoldenFile.model_validate({name: [{"id": "a-1", **one} for one in rows] for name, rows in written.items()})
    (miss,) = run_golden(golden, small_group.brand("alder"), assistant, knowledge_base).misses
    assert reason in miss.reason


def test_each_question_is_asked_after_two_others_that_name_no_vehicle(small_group: Group) -> None:
    asked = [TORQUE, "How do I pair my phone?", "What does the orange engine lamp mean?", "How much may the Grove tow?"]
    rows = [{"id": str(place), "question": one, "document": "a.md"} for place, one in enumerate(asked)]
    strange = {"id": "9", "question": "Wie schwer?", "document": "a.md", "language": "de"}
    golden = GoldenFile.model_validate(
        {"questions": [*rows, strange], "must_decline": [{"id": "d", "question": "Who?"}]}
    )

    found = after_other_questions(golden, small_group.brand("alder"))

    assert [one.turns[-1] for one in found.follow_ups] == asked
    assert all(len(set(one.turns)) == 3 and set(one.turns[:2]) <= set(asked[:3]) for one in found.follow_ups)
    assert not found.questions
    assert not found.must_decline
    assert found == after_other_questions(golden, small_group.brand("alder"))
