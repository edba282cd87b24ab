"""The keys by which an OpenID Connect issuer signs, as it publishes them."""

import ipaddress
import json
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ui.api.errors import IssuerUnreachable, StaffTokenInvalid

_FETCH_SECONDS = 10
_LARGEST_ANSWER_BYTES = 1_000_000
# The issuer is asked no more often than this, whatever keys are named and whether it answered.
_REFETCH_SECONDS = 30.0
# While the issuer cannot be reached, the keys that are known hold so much longer.
_GRACE_SECONDS = 86_400
# How long the first requests wait while another one asks.
_WAIT_SECONDS = 2.0


class IssuerKeys:
    """The issuer's keys, kept for a while.

    Args:
        issuer: its address.
        kept_seconds: how long they are kept.
    """

    def __init__(self, issuer: str, kept_seconds: float) -> None:
        self._issuer = issuer.rstrip("/")
        self._given = issuer
        self._kept_seconds = kept_seconds
        self._keys: dict[str | None, Any] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        self._fetching = Lock()

    def named(self, key_id: str | None) -> Any:
        """The key of a name.

        An issuer that does not answer keeps nobody waiting who brings a key that is known already.

        Raises:
            StaffTokenInvalid: the issuer has no such key.
            IssuerUnreachable: they cannot be had.
        """
        if self._must_ask(key_id) and self._fetching.acquire(timeout=0 if self._keys else _WAIT_SECONDS):
            try:
                if self._must_ask(key_id):
                    self._ask()
            finally:
                self._fetching.release()
        if not self._keys:
            raise IssuerUnreachable(f"the keys of {self._given} could not be had a moment ago")
        if key_id not in self._keys:
            raise StaffTokenInvalid("this is no token of this server's issuer; sign in again")
        return self._keys[key_id]

    def _must_ask(self, key_id: str | None) -> bool:
        now = monotonic()
        if self._asked_at is not None and now - self._asked_at < _REFETCH_SECONDS:
            return False
        return self._fetched_at is None or now - self._fetched_at > self._kept_seconds or key_id not in self._keys

    def _ask(self) -> None:
        self._asked_at = monotonic()
        try:
            self._keys = self._fetch()
            self._fetched_at = monotonic()
        except IssuerUnreachable:
            if self._fetched_at is None or monotonic() - self._fetched_at > self._kept_seconds + _GRACE_SECONDS:
                self._keys = {}
                raise

    def check(self) -> int:
        """How many keys the issuer has now.

        Raises:
            IssuerUnreachable: they cannot be had.
        """
        return len({id(one) for one in self._fetch().values()})

    def _fetch(self) -> dict[str | None, Any]:
        import jwt

        told = _read_json(f"{self._issuer}/.well-known/openid-configuration")
        address = told.get("jwks_uri")
        if told.get("issuer") != self._given or not isinstance(address, str) or not is_safe(address):
            raise IssuerUnreachable(f"{self._given} does not describe itself as that issuer with keys")
        try:
            keys = jwt.PyJWKSet.from_dict(_read_json(address)).keys
        except jwt.PyJWTError:
            raise IssuerUnreachable(f"{address} holds no keys") from None
        signing = [one for one in keys if one.public_key_use in {None, "sig"}]
        named: dict[str | None, Any] = {one.key_id: one for one in signing}
        return named if len(signing) != 1 else {None: signing[0], **named}


def _read_json(address: str) -> dict[str, Any]:
    request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - the operator's own issuer
    try:
        with urlopen(request, timeout=_FETCH_SECONDS) as answer:  # noqa: S310
            content = json.loads(answer.read(_LARGEST_ANSWER_BYTES))
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise IssuerUnreachable(f"{address} cannot be read: {error}") from None
    return content if isinstance(content, dict) else {}


def is_safe(address: str) -> bool:
    """Whether nobody on the way can change an answer: encrypted, or from this machine.

    Args:
        address: where it comes from.
    """
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
