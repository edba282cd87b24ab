"""The description of the HTTP interface, with an example of each operation's request and answer."""

from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi


def install_openapi(app: FastAPI) -> None:
    """Describe an application when somebody asks, once.

    Args:
        app: with all its routes.
    """

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            told = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            app.openapi_schema = with_examples(told)
        return app.openapi_schema

    # FastAPI's own way to extend what it describes.
    app.openapi = describe  # type: ignore[method-assign]


def with_examples(description: dict[str, Any]) -> dict[str, Any]:
    """A description whose operations have the examples of `openapi_examples.yaml`.

    Args:
        description: OpenAPI, as the framework makes it.
    """
    told = deepcopy(description)
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            example = examples_by_operation().get(f"{method.upper()} {path}", {})
            if "request" in example:
                for content in operation["requestBody"]["content"].values():
                    content["example"] = example["request"]
            if "response" in example:
                answers = (one for status, one in operation["responses"].items() if status.startswith("2"))
                for content in (content for one in answers for content in one.get("content", {}).values()):
                    content["example"] = example["response"]
    return told


@cache
def examples_by_operation() -> dict[str, Any]:
    """The examples of requests and answers, by method and path."""
    found: dict[str, Any] = yaml.safe_load((files("ui.api") / "openapi_examples.yaml").read_text(encoding="utf-8"))
    return found
