"""One process and one port: the HTTP interface at /v1, the console at /console."""

import asyncio
import errno
import ipaddress
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from knowledge_base.errors import KnowledgeBaseError
from ui.api.app import build_api
from ui.api.readiness import Readiness
from ui.api.reply_runs import ReplyRuns
from ui.bootstrap import Services, share
from ui.console_door import CONSOLE_PATH, ConsoleMount, LateConsole, console_origin
from ui.errors import ServerError
from ui.retention import keep_to_retention
from ui.settings import UiSettings

NO_LOGIN = (
    "there is no login: use --host 127.0.0.1, or name a provider of logins for your staff "
    "(MARQUE_UI_OIDC_ISSUER and MARQUE_UI_OIDC_AUDIENCE)"
)
_ANY_PORT = 8501
_NO_MORE = object()
_REST_SECONDS = 0.005
_CUSTOMERS_FIRST_SECONDS = 3.0
# Who is answered meanwhile finds the server ready, whatever is left to read.
_READ_AHEAD_SECONDS = 5.0
_log = logging.getLogger(__name__)


def build_app(services: Services, *, console: bool = True, port: int = _ANY_PORT) -> FastAPI:
    """Put the server together: the HTTP interface, and behind it the console.

    Args:
        services: what answers.
        console: whether the console is served too.
        port: at which this machine reaches it.

    Raises:
        ServerError: staff cannot sign in with these settings.
    """
    readiness = Readiness()
    origin = console_origin(services.settings, port)
    late_console = LateConsole(services, origin) if console else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        take_away = share(services)
        async with AsyncExitStack() as stack:
            runs: ReplyRuns = app.state.runs
            warming = asyncio.create_task(_warm_up(services, readiness, late_console, stack, runs))
            try:
                yield
            finally:
                warming.cancel()
                with suppress(asyncio.CancelledError):
                    await warming
                take_away()

    public_console = late_console is not None and late_console.needs_login
    app = build_api(services, readiness=readiness, lifespan=lifespan, console_origin=origin if public_console else None)
    if late_console is not None:

        @app.get("/", include_in_schema=False)
        async def to_console() -> RedirectResponse:
            return RedirectResponse(f"{CONSOLE_PATH}/")

        app.router.routes.append(ConsoleMount("/", app=late_console))
    return app


async def _warm_up(
    services: Services, readiness: Readiness, console: LateConsole | None, stack: AsyncExitStack, runs: ReplyRuns
) -> None:
    try:
        readiness.silent = await asyncio.to_thread(services.warm)
        # Customers first: those whose messages a restart cut off are waiting already.
        reading = asyncio.create_task(_read_ahead(services, runs))
        try:
            await asyncio.wait((reading,), timeout=_READ_AHEAD_SECONDS)
            if console is not None:
                await runs.drain(_CUSTOMERS_FIRST_SECONDS)  # nothing else runs during imports
                await console.load(stack)
            readiness.warm = True
            await reading
        finally:
            reading.cancel()
    except Exception as error:  # noqa: BLE001 - the start is one request: /readyz tells of it, and the rest goes on
        readiness.failure = f"the server could not warm up: {' '.join(str(error).split())}"
        _log.error("The server could not warm up: %s", error, exc_info=_log.isEnabledFor(logging.DEBUG))
    await keep_to_retention(services)


async def _read_ahead(services: Services, runs: ReplyRuns) -> None:
    """Work out ahead what stands in the passages, with a rest after each while somebody waits for a reply."""
    for brand_id in services.group.brands:
        with suppress(KnowledgeBaseError):  # the brand has nothing live
            steps = await asyncio.to_thread(services.assistant.read_ahead, brand_id)
            while await asyncio.to_thread(next, steps, _NO_MORE) is not _NO_MORE:
                if runs.working:
                    await asyncio.sleep(_REST_SECONDS)


def bind_port(host: str, port: int, *, needs_login: str | None = NO_LOGIN) -> socket.socket:
    """Take the port before anything else is done.

    Args:
        host: a loopback address or `localhost`; any address where everybody who needs a login has one.
        port: the port; 0 takes a free one.
        needs_login: why only this machine may reach the server; None where others may.

    Returns:
        A socket that is bound and does not listen yet.

    Raises:
        ServerError: the host is not this machine alone and must be, or the port cannot be taken.
    """
    if needs_login is not None:
        _require_loopback(host, needs_login)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(0)  # two sockets may be bound to one port, but only one may listen
    except OSError as error:
        bound.close()
        raise ServerError(_why_not_bound(error, host, port)) from None
    return bound


def _require_loopback(host: str, why: str) -> None:
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ServerError(f"{host} can be reached from other machines, and {why}")


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; stop what runs there, or choose another one with --port {_other_port(port)}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system; choose one above 1023, such as --port 8501"
    return f"{host} port {port} cannot be used: {error.strerror or error}"


def _other_port(port: int) -> int:
    return port + 1 if port < 65_535 else port - 1


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()


def run_server(app: FastAPI, bound: socket.socket, settings: UiSettings, on_listening: Callable[[], None]) -> None:
    """Serve until the process is told to stop (SIGINT or SIGTERM), then end quietly.

    Args:
        app: what is served.
        bound: from `bind_port`.
        settings: which proxies are believed, and how long open requests may take to end.
        on_listening: called once, when requests are answered.

    Raises:
        ServerError: the server could not start.
    """
    server = _Server(server_config(app, settings), on_listening)
    # The server passes a signal on to whoever handled it before it; nobody needs to hear of it again.
    before = {number: signal.signal(number, _already_stopping) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[bound])
    except SystemExit:
        raise ServerError("the server could not start; MARQUE_UI_LOG_LEVEL=INFO tells more") from None
    finally:
        bound.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def server_config(
    app: FastAPI | Callable[[], FastAPI], settings: UiSettings, *, workers: int | None = None
) -> uvicorn.Config:
    """How the server serves.

    Args:
        app: what is served; for several workers, what makes it in each of them.
        settings: which proxies are believed, and how long open requests may take to end.
        workers: how many; None for this process alone.
    """
    return uvicorn.Config(
        app,
        factory=workers is not None,
        workers=workers,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def _already_stopping(_number: int, _frame: object) -> None:
    return


def address_of(bound: socket.socket) -> str:
    """The address at which a bound socket is reached.

    Args:
        bound: from `bind_port`.
    """
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
