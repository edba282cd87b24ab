"""Who of the staff may do what: tokens of an OpenID Connect issuer, checked by the keys that it publishes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import time
from typing import Any, Literal, get_args
from urllib.parse import quote

from bot.handoff_store import Handoff
from brands import Group
from ui.api.access import bearer_of
from ui.api.errors import RoleMissing, StaffTokenInvalid, StaffTokenMissing
from ui.api.issuer_keys import IssuerKeys, is_safe
from ui.errors import ServerError
from ui.local_user import local_user_name
from ui.settings import UiSettings

StaffRole = Literal["agent", "editor", "publisher", "auditor", "admin"]
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
_EVERY_BRAND = "*"
# What signs with a secret that both sides know, or not at all, proves nothing here.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 30
_ENDED = "the sign-in has ended; sign in again"
# What a subject may keep of itself where it is written down in brackets.
_PLAIN = "@:|/+=.,-_~ "


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff.

    Args:
        subject: who they are at the issuer.
        name: what customers may read.
        roles: what they are, brand by brand.
        recorded_as: who uploaded, built, published or erased something; what stands in brackets never changes.
    """

    subject: str
    name: str
    roles: Mapping[str, frozenset[StaffRole]]
    recorded_as: str

    def has(self, brand_id: str, roles: Iterable[StaffRole]) -> bool:
        """Whether they have one of the roles for a brand; an admin has all of them.

        Args:
            brand_id: the brand.
            roles: the roles.
        """
        return bool(self.roles.get(brand_id, frozenset()) & {*roles, "admin"})

    def answers(self, handoff: Handoff | None) -> bool:
        """Whether it is they who took a conversation over; where nobody signed in, the name tells.

        Args:
            handoff: of the conversation.
        """
        if handoff is None or handoff.state != "joined":
            return False
        if handoff.agent_subject is not None:
            return handoff.agent_subject == self.subject
        return handoff.agent == self.name

    def require(self, brand_id: str, roles: Iterable[StaffRole]) -> None:
        """Refuse who has none of the roles for a brand.

        Args:
            brand_id: the brand.
            roles: one of them is needed.

        Raises:
            RoleMissing: they have none of them, or there is no such brand.
        """
        wanted = tuple(roles) or ("admin",)
        if not self.has(brand_id, wanted):
            raise RoleMissing(f"this needs the role {' or '.join(wanted)} for this brand; ask who gives out roles")


def local_user(group: Group) -> Person:
    """The user of the server's own machine, where there is no login: they may do all that its files allow anyway.

    Args:
        group: whose brands.
    """
    every = frozenset(STAFF_ROLES)
    return Person("local user", "local user", dict.fromkeys(group.brands, every), local_user_name())


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
        self._keys = IssuerKeys(settings.oidc_issuer or "", settings.oidc_keys_minutes * 60)
        if settings.oidc_issuer is not None:
            if settings.oidc_audience is None:
                raise ServerError("MARQUE_UI_OIDC_ISSUER needs MARQUE_UI_OIDC_AUDIENCE: whom the tokens must be for")
            if not is_safe(settings.oidc_issuer):
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
        token = bearer_of(authorization)
        if token is None:
            raise StaffTokenMissing("sign in at the issuer and send its token as `Authorization: Bearer`")
        return self._person(self._claims(token, must_last=True))

    def read_sign_in(self, id_token: str) -> Person:
        """Who signed in at the console, for as long as a sign-in lasts there: the token itself ends sooner.

        Args:
            id_token: from the issuer, when they signed in.

        Raises:
            StaffTokenInvalid: it is not this issuer's, not for this server, was changed, or is too old.
            IssuerUnreachable: the issuer's keys cannot be had.
        """
        claims = self._claims(id_token, must_last=False)
        if time() - float(claims["iat"]) > self._settings.sign_in_hours * 3600:
            raise StaffTokenInvalid(_ENDED)
        return self._person(claims)

    def _claims(self, token: str, *, must_last: bool) -> dict[str, Any]:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.named(header.get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[one for one in _ALGORITHMS if one == key.algorithm_name],
                audience=self._settings.oidc_audience,
                issuer=self._settings.oidc_issuer,
                leeway=_LEEWAY_SECONDS,
                options={
                    "require": ["exp" if must_last else "iat", "iss", "aud", "sub"],
                    "verify_exp": must_last,
                },
            )
        except jwt.ExpiredSignatureError:
            raise StaffTokenInvalid(_ENDED) from None
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise StaffTokenInvalid("this is no token of this server's issuer; sign in again") from None
        return claims

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
        subject = str(claims["sub"])
        name = str(claims.get("name") or claims.get("preferred_username") or subject)[:100]
        held = {one: frozenset(found) for one, found in roles.items()}
        return Person(subject, name, held, f"{name} ({quote(subject, safe=_PLAIN)})")


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
