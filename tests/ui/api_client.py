"""How tests speak to the HTTP interface."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from jsonschema import validate

from bot.question import Question
from bot.reply import Reply
from ui.bootstrap import Services

KEY = "pk_alder_test"
ORIGIN = "https://alder.example"
WARRANTY = "How long does the new vehicle warranty last?"


def with_keys(services: Services) -> None:
    """Give both brands a publishable key."""
    for name, brand in services.group.brands.items():
        services.group.brands[name] = brand.model_copy(update={"publishable_keys": (f"pk_{name}_test",)})


def begin(client: Any, brand: str) -> dict[str, str]:
    """Begin a session as a page of this machine; returns the headers of its requests."""
    answer = client.post("/v1/sessions", json={"brand": brand})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def events_of(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The events of a whole stream: id, name, content."""
    events = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return events


def problem(answer: Any) -> dict[str, Any]:
    """The problem document of an answer."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    content: dict[str, Any] = answer.json()
    assert content["status"] == answer.status_code
    validate(content, schema_of("problem"))
    return content


def kind(answer: Any) -> str:
    """The kind of problem of an answer."""
    return str(problem(answer)["type"]).rpartition(":")[2]


def schema_of(name: str) -> dict[str, Any]:
    """A schema of docs/schemas."""
    path = Path(__file__).parents[2] / "docs" / "schemas" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


class GatedAssistant:
    """The real assistant, which says one word and then waits for a sign."""

    def __init__(self, services: Services) -> None:
        self._assistant = services.assistant
        self.conversations = services.assistant.conversations
        self.group = services.assistant.group
        self.chain = services.assistant.chain
        self.go_on = threading.Event()
        self.asked = 0

    def stream(self, question: Question) -> Iterator[str | Reply]:
        """Answer a question."""
        self.asked += 1
        yield "Well. "
        assert self.go_on.wait(30)
        yield from self._assistant.stream(question)


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of this machine; yields its address."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()
