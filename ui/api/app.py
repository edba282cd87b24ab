"""The HTTP interface as one application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import Route

from ui.api.access import Sessions
from ui.api.api_keys import ApiKeys
from ui.api.cross_origin import BrandOrigins
from ui.api.error_responses import DESCRIBED_PROBLEMS, install_error_responses
from ui.api.limits import PROBES, BodyLimit, HostGuard
from ui.api.mcp_door import McpDoor
from ui.api.messages import Messages
from ui.api.metrics import Metrics
from ui.api.openapi import install_openapi
from ui.api.origins import host_name
from ui.api.rates import Rates
from ui.api.readiness import Readiness
from ui.api.reply_runs import Place, ReplyRuns
from ui.api.routes import brands, completions, conversation, handoff, health, staff, widget
from ui.bootstrap import Services

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
# What a proxy may offer under a public name; the console, the demo pages and the figures are not among it.
PUBLIC_PATHS = ("/v1/", "/widget.js", "/widget.json", "/widget/", "/mcp", "/healthz", "/readyz")
# What staff may open at the console's address; a login is asked for there.
CONSOLE_PATHS = ("/console", "/v1/staff/")
MCP_PATH = "/mcp"
# What the widget asks for from a brand's own pages.
CROSS_ORIGIN_PATHS = frozenset(
    f"/v1/{name}" for name in ("sessions", "messages", "conversation", "feedback", "handoff", "events", "brand")
)


def build_api(
    services: Services,
    *,
    readiness: Readiness | None = None,
    lifespan: Lifespan | None = None,
    console_origin: str | None = None,
) -> FastAPI:
    """Put the HTTP interface together.

    Args:
        services: what answers.
        readiness: what `/readyz` tells; without it, the interface is ready at once.
        lifespan: what begins and ends with the server.
        console_origin: where others may open the console, after a login.
    """
    keys = ApiKeys(services.settings.api_keys, services.group)
    secret = services.session_key
    rates = Rates(services.settings, lambda: services.database, secret)
    runs, listeners = ReplyRuns(services.settings.replies_at_once), dict[object, Place]()
    names = {brand_id: profile.name for brand_id, profile in services.group.brands.items()}
    metrics = Metrics(lambda: runs.working, lambda: len(listeners), lambda: _budgets(services), names)
    door = McpDoor(services, keys, runs, rates, metrics)
    messages = Messages(services, runs, rates, metrics)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with door.running(), (lifespan or _nothing)(app):
            stopping = asyncio.Event()
            watching = asyncio.create_task(messages.watch(stopping))
            try:
                yield
            finally:
                stopping.set()
                await runs.drain(services.settings.drain_seconds)
                watching.cancel()  # last, or other workers would take over what this one still answers

    app = FastAPI(
        title="Marque",
        summary="Customer care for companies with many brands.",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.state.services = services
    app.state.sessions = Sessions(services.settings, secret)
    app.state.api_keys = keys
    app.state.staff_tokens = services.staff_tokens
    app.state.runs = runs
    app.state.messages = messages
    app.state.listeners = listeners
    app.state.rates = rates
    app.state.metrics = metrics
    app.state.readiness = readiness or Readiness(warm=True)
    for part in (health, brands, conversation, handoff, completions, staff):
        app.include_router(part.router, responses=DESCRIBED_PROBLEMS)
    app.include_router(widget.router, responses={**DESCRIBED_PROBLEMS, 304: {"description": "Not modified."}})
    # POST alone: nothing is ever sent unasked, so the protocol's GET would hold a stream open for nothing.
    app.router.routes.append(Route(MCP_PATH, endpoint=door, methods=["POST"]))
    install_error_responses(app)
    install_openapi(app)
    app.add_middleware(BodyLimit, limit_bytes=services.settings.body_limit_kb * 1000, prefixes=("/v1/", MCP_PATH))
    app.add_middleware(BrandOrigins, group=services.group, paths=CROSS_ORIGIN_PATHS)
    hosts = {one.strip().lower(): PUBLIC_PATHS for one in services.settings.public_hosts.split(",") if one.strip()}
    if console_origin is not None:
        host = host_name(urlsplit(console_origin).netloc)
        hosts[host] = (*hosts.get(host, ()), *CONSOLE_PATHS)
    free = PROBES if services.settings.metrics_key is None else {*PROBES, "/metrics"}
    app.add_middleware(HostGuard, public_hosts=hosts, free_paths=free)
    return app


def _budgets(services: Services) -> dict[str, tuple[int, int | None]]:
    """What each brand's language model took today, and what it may take."""
    spending = services.model_spending
    brands_here = services.group.brands.items()
    return {name: (spending.tokens_today(name), spending.limit_of(profile)) for name, profile in brands_here}


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield
