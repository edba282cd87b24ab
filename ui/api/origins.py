"""Which page may speak for which brand: publishable keys, allowed origins, and pages of this machine."""

import ipaddress
import secrets

from brands import BrandProfile, Group
from ui.api.errors import KeyUnknown, LocalOnly, OriginRefused


class PublishableKeys:
    """Finds the brand of a publishable key.

    Args:
        group: whose profiles name the keys; read anew at each question, so that a key that was withdrawn is unknown.
    """

    def __init__(self, group: Group) -> None:
        self._group = group

    def brand_of(self, key: str) -> BrandProfile:
        """The brand that a key stands for.

        Args:
            key: from the page.

        Raises:
            KeyUnknown: no brand, or more than one, has this key.
        """
        found = [one for one in self._group.brands.values() if key in one.publishable_keys]
        if len(found) != 1:
            raise KeyUnknown("no brand has this publishable key; look at publishable_keys in its brand.yaml")
        return found[0]


def require_origin(profile: BrandProfile, origin: str | None, host: str) -> None:
    """Refuse a page that may not speak for a brand.

    Args:
        profile: the brand.
        origin: the `Origin` header; browsers send it with every such request, and no page can change it.
        host: the `Host` header.

    Raises:
        OriginRefused: the page is none of the brand's.
    """
    if origin is None or not (is_allowed(profile, origin) or is_own_page(origin, host)):
        shown = origin or "a request without an Origin header"
        raise OriginRefused(f"{shown[:200]} may not speak for {profile.name}; add it to allowed_origins in brand.yaml")


def is_allowed(profile: BrandProfile, origin: str) -> bool:
    """Whether an origin is one of the brand's.

    Args:
        profile: the brand.
        origin: the `Origin` header.
    """
    return origin.casefold() in {one.casefold() for one in profile.allowed_origins}


def is_own_page(origin: str, host: str) -> bool:
    """Whether a page comes from this server itself, opened on this machine.

    Args:
        origin: the `Origin` header.
        host: the `Host` header.
    """
    return is_local_host(host) and origin.partition("://")[2].casefold() == host.strip().casefold()


def require_local(origin: str | None, host: str, address: str | None) -> None:
    """Refuse what does not come from this machine: without a login, only its own user may name a brand freely.

    Args:
        origin: the `Origin` header.
        host: the `Host` header.
        address: where the request comes from.

    Raises:
        LocalOnly: it does not.
    """
    if not is_local_host(host) or not is_local_address(address) or not (origin is None or is_own_page(origin, host)):
        raise LocalOnly("this is for the machine that the server runs on; elsewhere use a brand's publishable key")


def is_local_host(header: str) -> bool:
    """Whether a `Host` header names this machine.

    Args:
        header: the header.
    """
    return host_name(header) in LOCAL_HOSTS


def is_local_address(address: str | None) -> bool:
    """Whether a request comes from this machine; what a proxy tells and is no internet address ("unknown") does not.

    Args:
        address: where it comes from; None for a local socket.
    """
    if address is None:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """The name in a `Host` header, without its port, in lower case.

    Args:
        header: the header.
    """
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.rpartition(":")[0] if ":" in name else name


def new_publishable_key(brand_id: str) -> str:
    """A key to put into a brand.yaml and into the script tag of the brand's pages.

    Args:
        brand_id: the brand.
    """
    return f"pk_{brand_id}_{secrets.token_urlsafe(12)}"


# Names by which a local server may be called; a page elsewhere cannot take one of these for itself.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
