"""The Model Context Protocol, by its SDK's own client, over HTTP and over standard input and output."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from tests.ui.api_client import WARRANTY, kind, serve
from ui.api.api_keys import hash_of, new_api_key
from ui.api.app import build_api
from ui.api.mcp_server import build_mcp_server
from ui.bootstrap import Services
from ui.settings import UiSettings

ALDER, BIRCH = new_api_key(), new_api_key()
ROOT = Path(__file__).parents[2]
Work = Callable[[Client], Awaitable[None]]


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    services.settings = UiSettings(api_keys={hash_of(ALDER): "alder", hash_of(BIRCH): "birch"})
    with serve(build_api(services)) as found:
        yield found


def over_http(address: str, key: str, work: Work) -> None:
    async def run() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            await work(client)

    asyncio.run(run())


def given(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    content: dict[str, Any] = result.structured_content
    return content


async def refusal(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    """What is told of a call that fails."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.content
    (told,) = result.content
    assert isinstance(told, TextContent)
    return told.text


async def use_every_tool(client: Client) -> None:
    tools = {one.name: one for one in (await client.list_tools()).tools}
    assert set(tools) == {"ask", "search", "get_passage"}
    assert all(one.annotations is not None and one.annotations.read_only_hint for one in tools.values())
    told = given(await client.call_tool("ask", {"question": WARRANTY}))
    assert told["kind"] == "answer"
    assert "5 years" in told["text"]
    cited = told["citations"][0]
    found = given(await client.call_tool("search", {"query": WARRANTY, "limit": 3}))
    assert len(found["passages"]) <= 3
    assert cited["passage"] in {one["passage"] for one in found["passages"]}
    passage = given(await client.call_tool("get_passage", {"passage": cited["passage"]}))
    assert "5 years" in passage["text"]
    assert passage["question"] == WARRANTY


def test_an_assistant_uses_a_brands_knowledge_over_http(address: str) -> None:
    over_http(address, ALDER, use_every_tool)
    told = httpx2.get(f"{address}/metrics").text
    assert 'door="mcp"' in told


def test_each_key_reaches_its_own_brand_only(address: str) -> None:
    async def find_alders(client: Client) -> None:
        found = given(await client.call_tool("search", {"query": WARRANTY}))
        ids.append(found["passages"][0]["passage"])

    async def look_from_birch(client: Client) -> None:
        told = given(await client.call_tool("ask", {"question": WARRANTY}))
        assert "4 years" in told["text"]
        result = await client.call_tool("get_passage", {"passage": ids[0]})
        assert result.is_error
        assert "Birch has no passage" in str(result.content)

    ids: list[str] = []
    over_http(address, ALDER, find_alders)
    over_http(address, BIRCH, look_from_birch)


@pytest.mark.parametrize("key", [None, "mq_wrong"])
def test_a_stranger_is_refused(address: str, key: str | None) -> None:
    headers = {"Accept": "application/json, text/event-stream"} | ({"Authorization": f"Bearer {key}"} if key else {})
    answer = httpx2.post(f"{address}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_what_cannot_be_done_is_told_in_plain_words(services: Services) -> None:
    async def run() -> None:
        async with Client(build_mcp_server(services, "alder")) as client:
            for tool, arguments, words in (
                ("ask", {"question": "x" * 2001}, "longer than 2000 characters"),
                ("ask", {"question": WARRANTY, "model": "copse"}, "no model"),
                ("ask", {"question": " "}, "the message is empty; write a question"),
                ("search", {"query": "\n"}, "the message is empty; write a question"),
                ("get_passage", {"passage": "0" * 16}, "search again"),
                (
                    "answer",
                    {"question": WARRANTY},
                    "there is no tool 'answer'; the tools are: ask, search, get_passage",
                ),
            ):
                assert words in await refusal(client, tool, arguments)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask", {}, "`question` is missing: give a text. A question, in the customer's words."),
        ("search", {"question": "x"}, "The arguments are: query, limit, model, model_year, market, language."),
        ("ask", {"question": ""}, "`question` is empty: give a text."),
        ("ask", {"question": ["x"]}, "`question` is not a text: give a text."),
        ("search", {"query": "x", "limit": 0}, "`limit` is too small: give a whole number from 1 to 20"),
        ("search", {"query": "x", "limit": 1000}, "`limit` is too large: give a whole number from 1 to 20"),
        ("search", {"query": "x", "limit": "many"}, "`limit` is not a whole number: give a whole number from 1 to 20"),
        ("search", {"query": "x", "limit": 1e30}, "`limit` is not a whole number"),
        (
            "ask",
            {"question": "x", "model_year": 12},
            "`model_year` is too small: give a whole number from 1900 to 2100",
        ),
        ("ask", {"question": "x", "model_year": 2024.5}, ", or leave it out. Model year of the vehicle."),
        ("ask", {"question": "x", "model": "x" * 101}, "`model` is too long: give a text of at most 100 characters"),
        ("ask", {"question": "x", "language": "English"}, "`language` is not written as it must be: give a text, or"),
        ("ask", {"question": "x", "language": "English"}, "two small letters such as en."),
        ("get_passage", {"passage": "../../etc"}, "as `search` and the citations of `ask` give it"),
    ],
)
def test_what_is_wrong_with_an_argument_and_what_it_takes_is_told_in_plain_words(
    services: Services, tool: str, arguments: dict[str, Any], words: str
) -> None:
    async def run() -> None:
        async with Client(build_mcp_server(services, "alder")) as client:
            told = await refusal(client, tool, arguments)
            assert words in told
            assert not [one for one in ("pydantic", "validation", "input_", "Error", "pattern") if one in told], told

    asyncio.run(run())


def test_all_that_is_wrong_with_a_call_is_told_at_once(services: Services) -> None:
    async def run() -> None:
        async with Client(build_mcp_server(services, "alder")) as client:
            told = await refusal(client, "search", {"limit": 0, "market": "germany", "query": None})
            assert [name for name in ("query", "limit", "market") if f"`{name}` is" in told] == [
                "query",
                "limit",
                "market",
            ]

    asyncio.run(run())


def test_inner_words_stay_inside(services: Services) -> None:
    async def broken(_inquiry: object) -> Any:
        raise RuntimeError("password of the database")

    async def run() -> None:
        async with Client(build_mcp_server(services, "alder", answer=broken)) as client:
            told = await refusal(client, "ask", {"question": WARRANTY})
            assert told == "Something failed on our side; try again, and tell us if it stays."

    asyncio.run(run())


def test_an_assistant_uses_a_brands_knowledge_by_standard_input(services: Services) -> None:
    command = ["-c", "from ui.cli import main; main()", "mcp", str(services.group.folder), "--brand", "alder"]

    async def run() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=command, cwd=ROOT)
        async with Client(parameters, read_timeout_seconds=60) as client:
            await use_every_tool(client)

    asyncio.run(run())


def test_an_unknown_brand_is_told_before_anything_is_said(services: Services) -> None:
    words = ["mcp", str(services.group.folder), "--brand", "cedar"]
    command = [sys.executable, "-c", "from ui.cli import main; main()", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "cedar" in done.stderr


def test_the_sdk_is_not_loaded_before_it_is_used() -> None:
    script = "import sys, ui.api.app, ui.cli; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_only_posts_are_taken_so_that_no_stream_is_held_open(address: str) -> None:
    headers = {"Authorization": f"Bearer {ALDER}", "Accept": "application/json, text/event-stream"}
    for method in ("GET", "DELETE", "PUT"):
        refused = httpx.request(method, f"{address}/mcp", headers=headers, timeout=10)
        assert kind(refused) == "method-not-allowed"
        assert refused.headers["allow"] == "POST"


def test_a_large_request_is_a_problem_document(address: str) -> None:
    large = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"x": "a" * 70_000}}
    refused = httpx.post(f"{address}/mcp", json=large, headers={"Authorization": f"Bearer {ALDER}"}, timeout=10)
    assert kind(refused) == "body-too-large"
