"""The console as part of the server: loaded late, at its own paths and address, with the staff's login."""

import asyncio
import hmac
import json
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.error_responses import problem_response
from ui.api.errors import ApiError, NotReady, RoleMissing, StaffTokenMissing
from ui.api.issuer_keys import is_safe
from ui.bootstrap import Services
from ui.console.roles import ROLES
from ui.errors import ServerError
from ui.settings import UiSettings

if TYPE_CHECKING:
    from streamlit import App

CONSOLE_PATH = "/console"
CONSOLE_SCRIPT = Path(__file__).parent / "console" / "app.py"
_UPLOADS = f"{CONSOLE_PATH}/_stcore/upload_file"


def console_origin(settings: UiSettings, port: int) -> str:
    """Where people open the console: the address to which the issuer sends them back.

    Args:
        settings: of the doors.
        port: at which this machine reaches it.

    Raises:
        ServerError: others would read what is sent there.
    """
    origin = (settings.console_origin or f"http://localhost:{port}").rstrip("/")
    if not is_safe(origin):
        raise ServerError("MARQUE_UI_CONSOLE_ORIGIN must begin with https://, unless it is on this machine")
    return origin


class LateConsole:
    """The console, loaded after the port answers: importing Streamlit takes longer than everything else.

    Args:
        services: whose staff sign in.
        origin: where people open it.

    Raises:
        ServerError: there is an issuer of logins and no secret to ask it with.
    """

    def __init__(self, services: Services, origin: str) -> None:
        self._services = services
        self._origin = origin
        self._app: ASGIApp | None = None
        self._loaded = asyncio.Event()
        self.needs_login = services.staff_tokens.is_used
        if self.needs_login and services.settings.oidc_client_secret is None:
            raise ServerError(
                "staff sign in at the console by MARQUE_UI_OIDC_ISSUER, which needs MARQUE_UI_OIDC_CLIENT_SECRET; "
                "set it, or serve the HTTP interface alone (--api-only)"
            )

    async def load(self, stack: AsyncExitStack) -> None:
        """Load the console and keep it running until the stack is closed.

        Raises:
            ServerError: Streamlit did not read the console's configuration.
        """
        try:
            app = await asyncio.to_thread(self._build)
            await stack.enter_async_context(app.lifespan()(app))
            self._app = app
        finally:
            self._loaded.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the console, as soon as it is loaded."""
        await self._loaded.wait()
        if self._app is None:
            await problem_response(NotReady("the console could not be loaded; the log says why"))(scope, receive, send)
            return
        if not self.needs_login:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            refused = await asyncio.to_thread(self._why_refused, Request(scope))
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, self._guarding_cookies(send))

    def _build(self) -> "App":
        import streamlit
        from streamlit import config

        app = streamlit.App(CONSOLE_SCRIPT, secrets=self._secrets())
        if f"/{config.get_option('server.baseUrlPath')}" != CONSOLE_PATH:
            file = CONSOLE_SCRIPT.parent / ".streamlit" / "config.toml"
            raise ServerError(f"{file} is missing or was not read; install Marque again")
        return app

    def _secrets(self) -> dict[str, Any] | None:
        """What Streamlit's login is told; it reads it under these names only."""
        settings = self._services.settings
        if not self.needs_login or settings.oidc_issuer is None or settings.oidc_client_secret is None:
            return None
        key = hmac.new(self._services.session_key.encode(), b"marque-console-1", sha256).hexdigest()
        return {
            "auth": {
                "redirect_uri": f"{self._origin}{CONSOLE_PATH}/oauth2callback",
                "cookie_secret": key,
                "client_id": settings.oidc_audience or "",
                "client_secret": settings.oidc_client_secret.get_secret_value(),
                "server_metadata_url": f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
                "expose_tokens": ["id"],
            }
        }

    def _why_refused(self, request: Request) -> ASGIApp | None:
        """What answers in the console's place: a cookie of a login holds for one address, and uploads take memory."""
        own = urlsplit(self._origin)
        if request.method in {"GET", "HEAD"} and request.headers.get("host", "").lower() != own.netloc.lower():
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{self._origin}{request.url.path}{query}")
        if request.url.path.startswith(_UPLOADS) and request.method != "OPTIONS":
            try:
                self._require_editor(request)
            except ApiError as error:
                return problem_response(error)
        return None

    def _require_editor(self, request: Request) -> None:
        person = self._services.staff_tokens.read_sign_in(_id_token_of(request))
        if not any(person.has(brand_id, ROLES["bring_in"]) for brand_id in self._services.group.brands):
            raise RoleMissing("this needs the role editor; ask who gives out roles")

    def _guarding_cookies(self, send: Send) -> Send:
        """Mark cookies as secure where the console is: Streamlit leaves that out."""
        if not self._origin.startswith("https://"):
            return send

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                cookies = headers.getlist("set-cookie")
                if cookies:
                    del headers["set-cookie"]
                    for one in cookies:
                        headers.append("set-cookie", one if "; secure" in one.lower() else f"{one}; Secure")
                    message = {**message, "headers": headers.raw}
            await send(message)

        return sending


def _id_token_of(request: Request) -> str:
    """The ID token that Streamlit keeps in the browser of who signed in.

    Raises:
        StaffTokenMissing: there is none.
    """
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
    from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME

    def read(name: str) -> bytes | None:
        given = request.cookies.get(name)
        return decode_signed_value(get_cookie_secret(), name, given.encode("latin-1", "replace")) if given else None

    try:
        token = json.loads(get_cookie_with_chunks(read, TOKENS_COOKIE_NAME) or b"{}").get("id_token")
    except (ValueError, AttributeError):
        token = None
    if not isinstance(token, str):
        raise StaffTokenMissing("sign in at the console")
    return token


class ConsoleMount(Mount):
    """The console, mounted at the root as Streamlit wants it, for its own paths only.

    A request that no other route takes is not the console's: its method may be wrong, and that is told.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is the console's."""
        path = str(scope["path"])
        if path != CONSOLE_PATH and not path.startswith(f"{CONSOLE_PATH}/"):
            return Match.NONE, {}
        return super().matches(scope)
