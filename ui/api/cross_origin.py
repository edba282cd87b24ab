"""Tells browsers which brand's pages may read an answer (CORS); the list differs from brand to brand."""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brands import Group
from ui.api.origins import is_allowed

_METHODS = "GET, POST, DELETE"
_HEADERS = "authorization, content-type, idempotency-key, last-event-id"
_READABLE = "Retry-After"
_PREFLIGHT_SECONDS = "600"
# Where a route puts the brand of a request, once it knows it.
BRAND_STATE = "brand_id"


class BrandOrigins:
    """Answers preflights, and names the origin in answers to it.

    A preflight tells no brand, so it is answered for the origins of every brand; the request itself is held to the
    origins of its own brand, by its route and here.

    Args:
        app: what is guarded.
        group: whose brands.
        paths: where browsers on brands' sites send requests to.
    """

    def __init__(self, app: ASGIApp, group: Group, paths: Iterable[str]) -> None:
        self._app = app
        self._group = group
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer a preflight."""
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(origin)(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = MutableHeaders(scope=message)
                named.add_vary_header("Origin")
                if origin is not None and self._may_read(origin, state.get(BRAND_STATE)):
                    named["Access-Control-Allow-Origin"] = origin
                    named["Access-Control-Expose-Headers"] = _READABLE
            await send(message)

        await self._app(scope, receive, send_named)

    def _preflight(self, origin: str | None) -> Response:
        headers = {"Vary": "Origin"}
        if origin is not None and self._may_read(origin, None):
            headers |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _HEADERS,
                "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            }
        return Response(status_code=204, headers=headers)

    def _may_read(self, origin: str, brand_id: str | None) -> bool:
        profiles = self._group.brands.values() if brand_id is None else (self._group.brand(brand_id),)
        return any(is_allowed(one, origin) for one in profiles)
