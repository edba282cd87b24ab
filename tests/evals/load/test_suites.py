"""The short form of each suite of load; `marque bench load` and its sisters run the long ones."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evals.faults.suite_result import SuiteResult
from evals.load.chat_load import Plan, measure_chat_load
from evals.load.flood import measure_flood
from evals.load.restarts import measure_restarts
from evals.load.soak import measure_soak
from evals.results_file import describe_run
from tests.conftest import write_small_group

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"
GOLDEN = """\
questions:
  - {id: q1, question: "What is the maximum braked trailer weight?", document: manual.md}
  - {id: q2, question: "How long does the new vehicle warranty last?", document: faq.csv}
"""

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def group(tmp_path: Path) -> Path:
    folder = write_small_group(tmp_path / "group")
    for brand in ("alder", "birch"):
        (folder / "brands" / brand / "golden_questions.yaml").write_text(GOLDEN, encoding="utf-8")
    return folder


def checked(found: SuiteResult) -> dict[str, Any]:
    content = {**describe_run(), **found.as_json()}
    jsonschema.validate(content, json.loads((SCHEMAS / f"{found.name}.json").read_text(encoding="utf-8")))
    assert content["failures"] == 0, content["examples"]
    return content


def test_chats_are_answered_by_the_model_and_its_time_is_taken_off(group: Path) -> None:
    found = checked(measure_chat_load(group, Plan(((4, 2.0),), pause_seconds=0.2, extract_seconds=0)))
    (stage,) = found["ours"]["stages"]
    assert stage["by_model"] == stage["replies"] == found["trials"] > 0
    assert stage["own_p95_ms"] >= stage["own_p50_ms"] > 0


def test_no_message_is_lost_or_doubled_when_the_server_is_killed(group: Path) -> None:
    found = checked(measure_restarts(group, terms=0, kills=1, chats=3))
    assert found["messages"] >= 3


def test_a_long_run_tells_memory_and_descriptors(group: Path) -> None:
    found = checked(measure_soak(group, turns=100, chats=2))
    assert found["trials"] == 100
    assert len(found["samples"]) > 50
    assert all(memory > 50 and descriptors > 5 for _, memory, descriptors in found["samples"])


def test_a_flooded_brand_is_held_to_its_cap_and_the_other_goes_on(group: Path) -> None:
    found = checked(measure_flood(group, messages=60, seconds=2, cap_per_minute=10, chats=2))
    assert found["flood"]["refused with 429 and Retry-After"] >= 40
    assert found["flood"]["answered"] <= found["cap_messages"]
    assert 0 < found["tokens_spent"] <= found["tokens_cap"]
    assert found["others_replies_in_flood"] > 0
