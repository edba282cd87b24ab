"""The HTTP interface as one application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from ui.api.access import Sessions
from ui.api.error_responses import install_error_responses
from ui.api.limits import BodyLimit, HostGuard
from ui.api.readiness import Readiness
from ui.api.routes import brands, conversation, health
from ui.bootstrap import Services

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
# Names by which a local server may be called; a page elsewhere cannot take one of these for itself.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


def build_api(
    services: Services,
    *,
    hosts: frozenset[str] = LOCAL_HOSTS,
    readiness: Readiness | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Put the HTTP interface together.

    Args:
        services: what answers.
        hosts: names of this server that requests may use; none given, any.
        readiness: what `/readyz` tells; without it, the interface is ready at once.
        lifespan: what begins and ends with the server.
    """
    app = FastAPI(
        title="Marque",
        summary="Customer care for companies with many brands.",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan or _nothing,
    )
    app.state.services = services
    app.state.sessions = Sessions(services.settings)
    app.state.readiness = readiness or Readiness(warm=True)
    for part in (health, brands, conversation):
        app.include_router(part.router)
    install_error_responses(app)
    app.add_middleware(BodyLimit, limit_bytes=services.settings.body_limit_kb * 1000, prefix="/v1/")
    app.add_middleware(HostGuard, hosts=hosts)
    return app


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield
