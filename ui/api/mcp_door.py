"""`/mcp`: the Model Context Protocol over HTTP, for the one brand of a secret key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.reply import Reply
from ui.api.api_keys import ApiKeys
from ui.api.errors import ReplyFailed
from ui.api.event_stream import ReplyEvent, tell_reply
from ui.api.metrics import Metrics
from ui.api.rates import Rates
from ui.api.reply_runs import ReplyRun, ReplyRuns
from ui.api.stateless_answer import Inquiry, answer_inquiry
from ui.bootstrap import Services

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class McpDoor:
    """Hands each request to the server of its key's brand, which is built with the first of them.

    Nothing of the protocol's SDK is loaded before: it takes longer than all the rest of a start.

    Args:
        services: what answers.
        keys: who may ask which brand.
        runs: answers the questions, so that all doors share one capacity.
        rates: counts requests.
        metrics: counts replies.
    """

    def __init__(self, services: Services, keys: ApiKeys, runs: ReplyRuns, rates: Rates, metrics: Metrics) -> None:
        self._services = services
        self._keys = keys
        self._runs = runs
        self._rates = rates
        self._metrics = metrics
        self._servers: dict[str, asyncio.Future[StreamableHTTPSessionManager]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            ApiKeyMissing: it carries no secret key.
            ApiKeyInvalid: the key is not known.
            TooManyRequests: the key asks too often.
        """
        request = Request(scope)
        key = self._keys.read(request.headers.get("authorization"))
        address = request.client.host if request.client else None
        await run_in_threadpool(self._rates.count_message, key.brand_id, key.name, address)
        manager = await asyncio.shield(self._server(key.brand_id))
        await manager.handle_request(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """End the servers with the block."""
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            for task in tuple(self._tasks):
                with suppress(asyncio.CancelledError):
                    await task
            self._servers.clear()

    def _server(self, brand_id: str) -> "asyncio.Future[StreamableHTTPSessionManager]":
        if brand_id not in self._servers:
            ready: asyncio.Future[StreamableHTTPSessionManager] = asyncio.get_running_loop().create_future()
            self._servers[brand_id] = ready
            task = asyncio.create_task(self._serve(brand_id, ready))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return self._servers[brand_id]

    async def _serve(self, brand_id: str, ready: "asyncio.Future[StreamableHTTPSessionManager]") -> None:
        """Run a brand's server until it is cancelled; begin and end of it must be one task's."""
        try:
            manager = await asyncio.to_thread(self._build, brand_id)
            async with manager.run():
                ready.set_result(manager)
                await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 - who waits is told, and the next request tries again
            self._servers.pop(brand_id, None)
            if not ready.done():
                ready.set_exception(error)

    def _build(self, brand_id: str) -> "StreamableHTTPSessionManager":
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from ui.api.mcp_server import build_mcp_server

        server = build_mcp_server(self._services, brand_id, answer=self._answer)
        return StreamableHTTPSessionManager(
            server._lowlevel_server,
            json_response=True,
            stateless=True,
            max_request_body_size=self._services.settings.body_limit_kb * 1000,
        )

    async def _answer(self, inquiry: Inquiry) -> Reply:
        place = (inquiry.brand_id, f"mcp-{token_hex(16)}")
        pieces = answer_inquiry(self._services, inquiry)
        self._runs.take_room()
        work = partial(tell_reply, pieces, partial(self._metrics.count_reply, "mcp"))
        run = self._runs.begin(place, ReplyRun(), work)
        async for told in run.follow():
            for _, event in told:
                if isinstance(event, ReplyEvent):
                    return event.reply
                if event.name == "error":
                    raise ReplyFailed(str(event.content["detail"]))
        raise ReplyFailed("the answer broke off; ask again")
