"""The interface's description: every operation has an example that keeps to what is described."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ui.api.app import build_api
from ui.api.openapi import examples_by_operation
from ui.bootstrap import Services


@pytest.fixture
def described(services: Services) -> dict[str, Any]:
    return build_api(services).openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, all_of_path in described["paths"].items():
        for method, one in all_of_path.items():
            yield f"{method.upper()} {path}", one


def examples(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that an operation takes, or gives where it succeeds."""
    for name, one in operations(described):
        for content in one.get("requestBody", {}).get("content", {}).values():
            yield f"request of {name}", content
        answers = [answer for status, answer in one["responses"].items() if status.startswith("2")]
        assert answers, name
        for content in (content for answer in answers for content in answer.get("content", {}).values()):
            yield f"answer of {name}", content


def test_every_operation_has_an_example_of_what_it_takes_and_gives(described: dict[str, Any]) -> None:
    found = dict(examples(described))
    assert len(found) >= 30
    assert [name for name, content in found.items() if not content.get("example")] == []


def test_the_examples_are_what_is_described(described: dict[str, Any]) -> None:
    for name, content in examples(described):
        schema = {**content.get("schema", {}), "components": described["components"]}
        wrong = [one.message for one in Draft202012Validator(schema).iter_errors(content["example"])]
        assert wrong == [], name


def test_only_operations_that_are_there_have_examples(described: dict[str, Any]) -> None:
    assert set(examples_by_operation()) == {name for name, _ in operations(described)}


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
@pytest.mark.parametrize("of", ["MessageRequest", "AgentMessage"])
def test_white_space_alone_is_described_as_no_message(of: str, text: str, described: dict[str, Any]) -> None:
    schema = {"$ref": f"#/components/schemas/{of}", "components": described["components"]}
    assert Draft202012Validator(schema).is_valid({"text": "x"})
    assert not Draft202012Validator(schema).is_valid({"text": text})
