"""Who of the staff may do what: tokens of an OpenID Connect issuer, checked by the keys that it publishes."""

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, Literal, get_args
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from brands import Group
from ui.api.access import bearer_of
from ui.api.errors import IssuerUnreachable, RoleMissing, StaffTokenInvalid, StaffTokenMissing
from ui.errors import ServerError
from ui.settings import UiSettings

StaffRole = Literal["agent", "editor", "publisher", "auditor", "admin"]
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
_EVERY_BRAND = "*"
# What signs with a secret that both sides know, or not at all, proves nothing here.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 30
_FETCH_SECONDS = 10
_LARGEST_ANSWER_BYTES = 1_000_000
# A token that names an unknown key makes us ask for the keys again, but no more often than this.
_REFETCH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff.

    Args:
        subject: who they are at the issuer.
        name: what customers may read.
        roles: what they are, brand by brand.
    """

    subject: str
    name: str
    roles: Mapping[str, frozenset[StaffRole]]

    def require(self, brand_id: str, roles: Iterable[StaffRole]) -> None:
        """Refuse who has none of the roles for a brand; an admin has all of them.

        Raises:
            RoleMissing: they have none of them, or there is no such brand.
        """
        wanted = tuple(roles)
        if not self.roles.get(brand_id, frozenset()) & {*wanted, "admin"}:
            raise RoleMissing(f"this needs the role {' or '.join(wanted)} for this brand; ask who gives out roles")


def local_user(group: Group) -> Person:
    """The user of the server's own machine, where there is no login: they may do all that its files allow anyway.

    Args:
        group: whose brands.
    """
    every = frozenset(STAFF_ROLES)
    return Person("local user", "local user", dict.fromkeys(group.brands, every))


class StaffTokens:
    """Reads the tokens that staff got from the issuer.

    Args:
        settings: issuer, audience and the names of the claims.
        group: whose brands.

    Raises:
        ServerError: the settings name an issuer without an audience, or one that is asked without encryption.
    """

    def __init__(self, settings: UiSettings, group: Group) -> None:
        self._settings = settings
        self._group = group
        self._keys = _IssuerKeys(settings.oidc_issuer or "", settings.oidc_keys_minutes * 60)
        if settings.oidc_issuer is not None:
            if settings.oidc_audience is None:
                raise ServerError("MARQUE_UI_OIDC_ISSUER needs MARQUE_UI_OIDC_AUDIENCE: whom the tokens must be for")
            if not _is_safe(settings.oidc_issuer):
                raise ServerError("MARQUE_UI_OIDC_ISSUER must begin with https://, unless it is on this machine")

    @property
    def is_used(self) -> bool:
        """Whether there is an issuer; without one, only this machine's own user is let in."""
        return self._settings.oidc_issuer is not None

    def read(self, authorization: str | None) -> Person:
        """Who sends a request.

        Args:
            authorization: its `Authorization` header.

        Raises:
            StaffTokenMissing: there is no bearer token.
            StaffTokenInvalid: it is not this issuer's, not for this server, was changed, or has ended.
            IssuerUnreachable: the issuer's keys cannot be had.
        """
        import jwt

        token = bearer_of(authorization)
        if token is None:
            raise StaffTokenMissing("sign in at the issuer and send its token as `Authorization: Bearer`")
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.named(header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=[one for one in _ALGORITHMS if one == key.algorithm_name],
                audience=self._settings.oidc_audience,
                issuer=self._settings.oidc_issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise StaffTokenInvalid("the sign-in has ended; sign in again") from None
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise StaffTokenInvalid("this is no token of this server's issuer; sign in again") from None
        return self._person(claims)

    def check(self) -> int:
        """How many keys the issuer has.

        Raises:
            IssuerUnreachable: they cannot be had.
        """
        return self._keys.check()

    def _person(self, claims: Mapping[str, Any]) -> Person:
        roles: dict[str, set[StaffRole]] = {}
        given_brands = _texts(_claim(claims, self._settings.oidc_brands_claim))
        for value in _texts(_claim(claims, self._settings.oidc_roles_claim)):
            brand, _, name = value.rpartition(":")
            role = next((one for one in STAFF_ROLES if one == name.strip().lower()), None)
            for given in (brand,) if brand else given_brands:
                for brand_id in self._group.brands if given == _EVERY_BRAND else (given,):
                    if role is not None and brand_id in self._group.brands:
                        roles.setdefault(brand_id, set()).add(role)
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Person(str(claims["sub"]), str(name)[:100], {one: frozenset(held) for one, held in roles.items()})


class _IssuerKeys:
    """The issuer's keys, kept for a while."""

    def __init__(self, issuer: str, kept_seconds: float) -> None:
        self._issuer = issuer.rstrip("/")
        self._given = issuer
        self._kept_seconds = kept_seconds
        self._keys: dict[str | None, Any] = {}
        self._fetched_at: float | None = None
        self._lock = Lock()

    def named(self, key_id: str | None) -> Any:
        """The key of a name.

        Raises:
            StaffTokenInvalid: the issuer has no such key.
            IssuerUnreachable: they cannot be had.
        """
        with self._lock:
            age = None if self._fetched_at is None else monotonic() - self._fetched_at
            if age is None or age > self._kept_seconds or (key_id not in self._keys and age > _REFETCH_SECONDS):
                self._keys = self._fetch()
                self._fetched_at = monotonic()
            if key_id not in self._keys:
                raise StaffTokenInvalid("this is no token of this server's issuer; sign in again")
            return self._keys[key_id]

    def check(self) -> int:
        return len({id(one) for one in self._fetch().values()})

    def _fetch(self) -> dict[str | None, Any]:
        import jwt

        told = _read_json(f"{self._issuer}/.well-known/openid-configuration")
        address = told.get("jwks_uri")
        if told.get("issuer") != self._given or not isinstance(address, str) or not _is_safe(address):
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
    except (URLError, OSError, ValueError) as error:
        raise IssuerUnreachable(f"{address} cannot be read: {error}") from None
    return content if isinstance(content, dict) else {}


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can change an answer: encrypted, or from this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name; where there is none, by its path, as in `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
