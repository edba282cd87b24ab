"""What routes ask for by name."""

from typing import Annotated, Any

from fastapi import Depends, Request

from ui.api.access import Session, Sessions
from ui.bootstrap import Services


def services_of(request: Request) -> Services:
    """What answers behind the doors."""
    found: Any = request.app.state.services
    assert isinstance(found, Services)
    return found


def sessions_of(request: Request) -> Sessions:
    """What makes and reads session tokens."""
    found: Any = request.app.state.sessions
    assert isinstance(found, Sessions)
    return found


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
