"""A real OpenID Connect issuer on this machine, and people who sign in there."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the mock uses a module that its own library is about to replace
    import oidc_provider_mock  # type: ignore[import-untyped]

AUDIENCE = "marque-test"


@contextmanager
def run_issuer() -> Iterator[str]:
    """Run an issuer that lets everybody in; yields its address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def add_person(issuer: str, subject: str, **claims: Any) -> None:
    """Let the issuer know somebody.

    Args:
        issuer: from `run_issuer`.
        subject: who they are there.
        claims: what its tokens tell of them.
    """
    told = httpx.put(f"{issuer}/users/{subject}", json={"name": subject.title(), **claims})
    assert told.is_success, told.text


def sign_in(issuer: str, subject: str, audience: str = AUDIENCE, **claims: Any) -> str:
    """The ID token of a person, by the authorization code flow.

    Args:
        issuer: from `run_issuer`.
        subject: who they are there.
        audience: whom the token is for.
        claims: what it tells of them.
    """
    add_person(issuer, subject, **claims)
    back = "https://care.example/back"
    query = {"client_id": audience, "redirect_uri": back, "response_type": "code", "scope": "openid profile"}
    sent = httpx.post(f"{issuer}/oauth2/authorize", params=query, data={"sub": subject})
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    answer = httpx.post(f"{issuer}/oauth2/token", data=form, auth=(audience, "secret"))
    return str(answer.json()["id_token"])
