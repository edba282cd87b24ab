"""What routes ask for by name."""

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from brands.profile import Identifier
from ui.api.access import Session, Sessions
from ui.api.api_keys import ApiKey, ApiKeys
from ui.api.cross_origin import BRAND_STATE
from ui.api.errors import SessionInvalid
from ui.api.messages import Messages
from ui.api.metrics import Metrics
from ui.api.origins import is_allowed, require_local, require_origin
from ui.api.rates import Rates
from ui.api.reply_runs import ReplyRuns
from ui.api.staff import Person, StaffRole, StaffTokens, local_user
from ui.bootstrap import Services


async def services_of(request: Request) -> Services:
    """What answers behind the doors."""
    return cast("Services", request.app.state.services)


async def sessions_of(request: Request) -> Sessions:
    """What makes and reads session tokens."""
    return cast("Sessions", request.app.state.sessions)


async def runs_of(request: Request) -> ReplyRuns:
    """The replies on their way."""
    return cast("ReplyRuns", request.app.state.runs)


async def messages_of(request: Request) -> Messages:
    """What takes messages."""
    return cast("Messages", request.app.state.messages)


async def rates_of(request: Request) -> Rates:
    """What counts requests."""
    return cast("Rates", request.app.state.rates)


async def metrics_of(request: Request) -> Metrics:
    """What counts replies."""
    return cast("Metrics", request.app.state.metrics)


ServicesHere = Annotated[Services, Depends(services_of)]
SessionsHere = Annotated[Sessions, Depends(sessions_of)]
RatesHere = Annotated[Rates, Depends(rates_of)]
MetricsHere = Annotated[Metrics, Depends(metrics_of)]
RunsHere = Annotated[ReplyRuns, Depends(runs_of)]
MessagesHere = Annotated[Messages, Depends(messages_of)]


# For the description of the interface; the tokens themselves are read below, with our own words for what is wrong.
_SESSION = HTTPBearer(scheme_name="session", description="Token of POST /v1/sessions.", auto_error=False)
_SECRET_KEY = HTTPBearer(scheme_name="secret key", description="Secret key of a brand.", auto_error=False)
_STAFF = HTTPBearer(scheme_name="staff", description="Token of the staff's issuer (OpenID Connect).", auto_error=False)
Described = HTTPAuthorizationCredentials | None


async def uncounted_session_of(
    request: Request,
    services: ServicesHere,
    sessions: SessionsHere,
    _described: Annotated[Described, Depends(_SESSION)],
) -> Session:
    """The session of a request that is counted elsewhere.

    Raises:
        SessionMissing: there is no bearer token.
        SessionInvalid: it does not hold, or its publishable key or brand was withdrawn.
        OriginRefused: the page is none of the brand's.
        LocalOnly: a session that began without a key is used from elsewhere.
    """
    session = sessions.read(request.headers.get("authorization"))
    profile = services.group.brands.get(session.brand_id)
    if profile is None:
        raise SessionInvalid(
            "the brand of this session is no longer served here; begin a new one with POST /v1/sessions"
        )
    setattr(request.state, BRAND_STATE, profile.id)
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if session.key is None:
        require_local(origin, host, address_of(request))
    elif session.key not in profile.publishable_keys:
        raise SessionInvalid("the key of this session was withdrawn; begin a new session with POST /v1/sessions")
    elif origin is not None and not is_allowed(profile, origin):  # a GET of the same origin carries none
        require_origin(profile, origin, host)
    return session


UncountedSessionHere = Annotated[Session, Depends(uncounted_session_of)]


async def session_of(session: UncountedSessionHere, rates: RatesHere) -> Session:
    """The session of a request, which is counted.

    Raises:
        TooManyRequests: it asks too often.
    """
    await run_in_threadpool(rates.count_request, session.brand_id, session.conversation_id)
    return session


SessionHere = Annotated[Session, Depends(session_of)]


async def api_key_of(request: Request, _described: Annotated[Described, Depends(_SECRET_KEY)]) -> ApiKey:
    """The secret key of a request.

    Raises:
        ApiKeyMissing: there is none.
        ApiKeyInvalid: it is not known.
    """
    return cast("ApiKeys", request.app.state.api_keys).read(request.headers.get("authorization"))


ApiKeyHere = Annotated[ApiKey, Depends(api_key_of)]


def address_of(request: Request) -> str | None:
    """Where a request comes from."""
    return request.client.host if request.client else None


async def person_of(
    request: Request, services: ServicesHere, rates: RatesHere, _described: Annotated[Described, Depends(_STAFF)]
) -> Person:
    """The member of the staff who sends a request; without an issuer, this machine's own user.

    Raises:
        StaffTokenMissing: there is no token.
        StaffTokenInvalid: it does not hold.
        IssuerUnreachable: it cannot be checked.
        LocalOnly: there is no issuer, and the request comes from elsewhere.
        TooManyRequests: they ask too often.
    """
    tokens = cast("StaffTokens", request.app.state.staff_tokens)
    if not tokens.is_used:
        require_local(request.headers.get("origin"), request.headers.get("host", ""), address_of(request))
        return local_user(services.group)
    person = await run_in_threadpool(tokens.read, request.headers.get("authorization"))
    await run_in_threadpool(rates.count_staff, person.subject)
    return person


PersonHere = Annotated[Person, Depends(person_of)]


def person_with(*roles: StaffRole) -> Callable[[Identifier, Person], Person]:
    """What a route asks for that is for some roles only.

    Args:
        roles: one of them must be held for the brand that the route's path names; an admin holds all.
    """

    def found(brand_id: Identifier, person: PersonHere) -> Person:
        person.require(brand_id, roles)
        return person

    return found


async def require_local_user(request: Request) -> None:
    """Refuse who is not on this machine.

    Raises:
        LocalOnly: the request comes from elsewhere.
    """
    require_local(request.headers.get("origin"), request.headers.get("host", ""), address_of(request))
