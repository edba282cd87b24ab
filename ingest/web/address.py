"""Which addresses may be asked: those of the allow-list that lie on the public internet."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ingest.errors import AddressRefused, FetchFailed

PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 2000

_HOST = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Tunnels that carry an IPv4 address inside (RFC 3056, RFC 4380); nobody publishes a site there any more.
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the IP addresses of a host and port."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A web address in one spelling.

    Args:
        scheme: http or https.
        host: in lower case; an IPv6 address without its brackets.
        port: TCP port.
        target: path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_address(url: str) -> WebAddress:
    """Read a web address strictly; what browsers would guess at is refused.

    Args:
        url: as written in a sources.yaml, a sitemap or a redirect.

    Raises:
        AddressRefused: it is no plain http or https address.
    """
    shown = repr(url[:200])
    if len(url) > MAX_URL_CHARACTERS or "\\" in url or not url.isprintable() or " " in url:
        raise AddressRefused(f"{shown} is no plain web address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(f"{shown} is no plain web address") from None
    if parts.scheme not in PORTS:
        raise AddressRefused(f"{shown}: only http and https addresses are asked")
    if "@" in parts.netloc:
        raise AddressRefused(f"{shown} carries a user name; leave it out")
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host) and not _is_ipv6(host):
        raise AddressRefused(f"{shown} has no plain host name; write other alphabets as xn--...")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    return WebAddress(parts.scheme, host, PORTS[parts.scheme] if port is None else port, path + query)


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host, as the operating system resolves it.

    Args:
        host: host name.
        port: TCP port.

    Raises:
        FetchFailed: the name is not known.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed(f"the host {host} cannot be found") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be asked.

    Args:
        hosts: allow-list: `host` for the usual ports, or `host:port`.
        allow_loopback: also this machine itself; dangerous, for tests only.
        resolve: gives the addresses of a host.
    """

    hosts: tuple[str, ...]
    allow_loopback: bool = False
    resolve: Resolve = resolve_host

    def check_listed(self, url: str) -> WebAddress:
        """Read an address and compare it with the list, without asking anybody.

        Args:
            url: the address.

        Raises:
            AddressRefused: it is not on the list, or its host is a number.
        """
        address = parse_address(url)
        if address.authority not in {host.lower() for host in self.hosts}:
            listed = ", ".join(self.hosts) or "none"
            raise AddressRefused(f"{address.authority} is not one of the allowed hosts ({listed})")
        if is_number(address.host) and not (self.allow_loopback and address.host in {"127.0.0.1", "::1"}):
            raise AddressRefused(f"{address.authority} is a number; name the host instead")
        return address

    def addresses_of(self, address: WebAddress) -> tuple[str, ...]:
        """Resolve a host once, and give the addresses to connect to.

        Args:
            address: one that is on the list.

        Raises:
            AddressRefused: one of the host's addresses is not public.
            FetchFailed: the host is not known.
        """
        found = tuple(self.resolve(address.host, address.port))
        if not found:
            raise FetchFailed(f"the host {address.host} cannot be found")
        for one in found:
            if not is_public(one) and not (self.allow_loopback and _is_loopback(one)):
                raise AddressRefused(f"{address.host} leads to {one}, which is no public address; it is not asked")
        return found


def is_number(host: str) -> bool:
    """Whether a host is an IP address in any spelling: dotted, decimal, octal, hexadecimal, short, or IPv6.

    Args:
        host: in lower case, without brackets.
    """
    return ":" in host or _NUMBER.fullmatch(host.rsplit(".", 1)[-1]) is not None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to one public host.

    Args:
        address: as the operating system tells it.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        return ip in _GLOBAL_UNICAST and ip.is_global and not any(ip in tunnel for tunnel in _TUNNELS)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _RELAYS


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host
