"""While the assistant is being built, which takes seconds after a start, nobody else waits for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.assistant import Assistant
from tests.ui.api_client import WARRANTY, begin, serve
from ui.api.api_keys import hash_of, new_api_key
from ui.api.app import build_api
from ui.bootstrap import Services

KEY = new_api_key()
MCP = {"Accept": "application/json, text/event-stream"}


class SlowServices(Services):
    """The real services, whose assistant is there once the gate is open."""

    gate: threading.Event
    waited_for: threading.Event

    @property
    def assistant(self) -> Assistant:
        """Who answers."""
        self.waited_for.set()
        assert self.gate.wait(30)
        return super().assistant


@pytest.fixture
def slow(services: Services) -> Iterator[tuple[SlowServices, str]]:
    settings = services.settings.model_copy(update={"api_keys": {hash_of(KEY): "alder"}})
    found = SlowServices(services.group, settings, knowledge_base=services.knowledge_base)
    found.gate, found.waited_for = threading.Event(), threading.Event()
    found.gate.set()
    with serve(build_api(found)) as address:
        yield found, address
        found.gate.set()


@pytest.mark.parametrize("door", ["messages", "completions", "mcp", "events", "erasure"])
def test_whoever_asks_first_holds_up_nobody(slow: tuple[SlowServices, str], door: str) -> None:
    services, address = slow
    with httpx.Client(base_url=address, timeout=20) as client, ThreadPoolExecutor() as pool:
        session = begin(client, "alder")
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
        if door == "completions":
            wanted: dict[str, Any] = {"model": "alder", "messages": [{"role": "user", "content": WARRANTY}]}
            return client.post("/v1/chat/completions", json=wanted, headers=key).status_code
        call = {"name": "ask", "arguments": {"question": WARRANTY}}
        wanted = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        return client.post("/mcp", json=wanted, headers=key | MCP).status_code
