"""While what answers is being built, which takes seconds after a start, nobody else waits for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.assistant import Assistant
from bot.conversation_database import ConversationDatabase
from knowledge_base.bootstrap import KnowledgeBase
from tests.ui.api_client import WARRANTY, begin, serve
from ui.api.api_keys import hash_of, new_api_key
from ui.api.app import build_api
from ui.bootstrap import Services

KEY = new_api_key()
MCP = {"Accept": "application/json, text/event-stream"}


class SlowServices(Services):
    """The real services, one part of which is there once the gate is open."""

    gate: threading.Event
    waited_for: threading.Event
    slow_part = "assistant"

    @property
    def database(self) -> ConversationDatabase:
        """Where conversations are kept."""
        self._wait("database")
        return super().database

    @property
    def knowledge_base(self) -> KnowledgeBase:
        """What the brands know."""
        self._wait("knowledge_base")
        return super().knowledge_base

    @property
    def assistant(self) -> Assistant:
        """Who answers."""
        self._wait("assistant")
        return super().assistant

    def _wait(self, part: str) -> None:
        if part == self.slow_part:
            self.waited_for.set()
            assert self.gate.wait(30)


@pytest.fixture
def slow(services: Services) -> Iterator[tuple[SlowServices, str]]:
    settings = services.settings.model_copy(update={"api_keys": {hash_of(KEY): "alder"}})
    found = SlowServices(services.group, settings, knowledge_base=services.knowledge_base)
    found.gate, found.waited_for = threading.Event(), threading.Event()
    found.gate.set()
    with serve(build_api(found)) as address:
        yield found, address
        found.gate.set()


@pytest.mark.parametrize("door", ["messages", "resumed", "completions", "mcp", "search", "events", "erasure"])
def test_whoever_asks_first_holds_up_nobody(slow: tuple[SlowServices, str], door: str) -> None:
    services, address = slow
    with httpx.Client(base_url=address, timeout=20) as client, ThreadPoolExecutor() as pool:
        session = begin(client, "alder")
        services.slow_part = {"resumed": "database", "search": "knowledge_base"}.get(door, "assistant")
        services.gate.clear()
        services.waited_for.clear()
        asked = pool.submit(_ask, door, address, session)
        try:
            assert services.waited_for.wait(10)
            assert client.get("/healthz", timeout=5).status_code == 200
            assert not asked.done()
        finally:
            services.gate.set()
        assert asked.result(30) == 200


def test_a_database_that_is_slow_to_open_holds_up_nobody(slow: tuple[SlowServices, str]) -> None:
    services, address = slow
    services.slow_part = "database"
    services.gate.clear()
    services.waited_for.clear()
    assert services.waited_for.wait(10)  # for messages that a worker left behind is looked by itself
    assert httpx.get(f"{address}/healthz", timeout=5).status_code == 200


def _ask(door: str, address: str, session: dict[str, str]) -> int:
    key = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=address, timeout=30) as client:
        if door == "events":
            with client.stream("GET", "/v1/events", headers=session) as answer:
                return answer.status_code
        if door == "erasure":
            return client.delete("/v1/conversation", headers=session).status_code
        if door == "messages":
            return client.post("/v1/messages", json={"text": WARRANTY}, headers=session).status_code
        if door == "resumed":
            named = session | {"Idempotency-Key": "k1", "Last-Event-ID": "x-1.1"}
            return client.post("/v1/messages", json={"text": WARRANTY}, headers=named).status_code
        if door == "completions":
            wanted: dict[str, Any] = {"model": "alder", "messages": [{"role": "user", "content": WARRANTY}]}
            return client.post("/v1/chat/completions", json=wanted, headers=key).status_code
        call: dict[str, Any] = {"name": "ask", "arguments": {"question": WARRANTY}}
        if door == "search":
            call = {"name": "search", "arguments": {"query": WARRANTY}}
        wanted = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        return client.post("/mcp", json=wanted, headers=key | MCP).status_code
