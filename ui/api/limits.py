"""What is refused before a route sees it: foreign hosts and bodies that are too large."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.error_responses import problem_response
from ui.api.errors import BodyTooLarge, HostRefused


class HostGuard:
    """Refuses requests that name another host, so that no foreign page reaches a local server by a name of its own.

    Args:
        app: what is guarded.
        hosts: the host names that are served, in lower case; none given, every name is.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] in {"http", "websocket"} and self._hosts:
            host = _host_name(Headers(scope=scope).get("host", ""))
            if host not in self._hosts:
                names = ", ".join(sorted(self._hosts))
                error = HostRefused(f"this server answers to {names} only; open it by one of these names")
                await problem_response(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Reads the body of a request up to a limit and refuses a larger one.

    Args:
        app: what is guarded.
        limit_bytes: the largest body.
        prefix: paths that it holds for.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, prefix: str) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
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
                await problem_response(error)(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body", False):
                break

        async def replay() -> Message:
            return read.pop(0) if read else await receive()

        await self._app(scope, replay, send)


def _host_name(header: str) -> str:
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.rpartition(":")[0] if ":" in name else name
