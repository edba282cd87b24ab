"""What is refused before a route sees it: foreign hosts and bodies that are too large."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.error_responses import problem_response
from ui.api.errors import BodyTooLarge, HostRefused
from ui.api.origins import LOCAL_HOSTS, host_name


class HostGuard:
    """Refuses requests that name another host, so that no foreign page reaches a local server by a name of its own.

    Args:
        app: what is guarded.
        public_hosts: names, in lower case, under which a proxy offers some paths, and where those begin; everything
            else is for this machine's own names.
    """

    def __init__(self, app: ASGIApp, public_hosts: Mapping[str, tuple[str, ...]]) -> None:
        self._app = app
        self._public_hosts = public_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] in {"http", "websocket"} and not self._may_pass(scope):
            names = ", ".join(sorted(LOCAL_HOSTS))
            error = HostRefused(f"this server answers to {names} only; open it by one of these names")
            await problem_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        host = host_name(Headers(scope=scope).get("host", ""))
        if host in LOCAL_HOSTS:
            return True
        return str(scope["path"]).startswith(self._public_hosts.get(host, ()))


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
