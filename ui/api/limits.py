"""What is refused before a route sees it: foreign hosts and bodies that are too large."""

from collections.abc import Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.error_responses import is_openai_path, problem_response
from ui.api.errors import BodyTooLarge, HostRefused
from ui.api.origins import LOCAL_HOSTS, host_name, is_local_address

# What a balancer or an orchestrator asks by a machine's address; nothing in it belongs to anybody.
PROBES = frozenset({"/healthz", "/readyz"})


class HostGuard:
    """Refuses requests that name another host, so that no foreign page reaches a local server by a name of its own.

    This machine's own names count only for who is on it: from elsewhere they can be written into any request.

    Args:
        app: what is guarded.
        public_hosts: names, in lower case, under which a proxy offers some paths, and where those begin; everything
            else is for this machine's own names.
        free_paths: what is asked for by any name.
    """

    def __init__(
        self, app: ASGIApp, public_hosts: Mapping[str, tuple[str, ...]], free_paths: Collection[str] = PROBES
    ) -> None:
        self._app = app
        self._public_hosts = public_hosts
        self._free_paths = free_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] in {"http", "websocket"} and not self._may_pass(scope):
            names = ", ".join(sorted(LOCAL_HOSTS))
            error = HostRefused(
                f"this server answers to {names} only, and on its own machine; a name for others stands in "
                "MARQUE_UI_PUBLIC_HOSTS, or in MARQUE_UI_CONSOLE_ORIGIN"
            )
            await problem_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path, host = str(scope["path"]), host_name(Headers(scope=scope).get("host", ""))
        if path in self._free_paths:
            return True
        if host in LOCAL_HOSTS and is_local_address((scope.get("client") or (None,))[0]):
            return True
        return path.startswith(self._public_hosts.get(host, ()))


class BodyLimit:
    """Reads the body of a request up to a limit and refuses a larger one.

    Args:
        app: what is guarded.
        limit_bytes: the largest body.
        prefixes: where the paths begin that it holds for.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        read: list[Message] = []
        size = 0
        while True:
            message = await receive()
            read.append(message)
            size += len(message.get("body", b""))
            if size > self._limit_bytes:
                error = BodyTooLarge(f"the body is larger than {self._limit_bytes // 1000} kB; send less at once")
                refused = problem_response(error, for_openai=is_openai_path(scope["path"]))
                await refused(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body", False):
                break

        async def replay() -> Message:
            return read.pop(0) if read else await receive()

        await self._app(scope, replay, send)
