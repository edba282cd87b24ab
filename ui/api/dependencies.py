"""What routes ask for by name."""

from typing import Annotated, cast

from fastapi import Depends, Request

from ui.api.access import Session, Sessions
from ui.bootstrap import Services


def services_of(request: Request) -> Services:
    """What answers behind the doors."""
    return cast("Services", request.app.state.services)


def sessions_of(request: Request) -> Sessions:
    """What makes and reads session tokens."""
    return cast("Sessions", request.app.state.sessions)


ServicesHere = Annotated[Services, Depends(services_of)]
SessionsHere = Annotated[Sessions, Depends(sessions_of)]


def session_of(request: Request, sessions: SessionsHere) -> Session:
    """The session of a request.

    Raises:
        SessionMissing: there is no bearer token.
        SessionInvalid: it does not hold.
    """
    return sessions.read(request.headers.get("authorization"))


SessionHere = Annotated[Session, Depends(session_of)]
