"""Fetches one page at a time: from allowed hosts only, to the address that was checked, within limits."""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpcore

from ingest.errors import AddressRefused, FetchFailed, PageGone, PageRefused
from ingest.web.address import AddressPolicy, WebAddress

USER_AGENT = "Marque-Sync/1 (+documents of this brand)"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_OTHER_ERRORS = (
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    httpcore.ProxyError,
)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much one page may cost.

    Args:
        max_bytes: size, as sent and unpacked, in bytes.
        seconds: time in all, redirects included.
        redirects: how many are followed.
    """

    max_bytes: int
    seconds: float
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came.

    Args:
        address: where it came from in the end.
        content: the bytes, unpacked; None when it is not modified.
        content_type: as the server tells it, in lower case and without parameters.
        charset: of the content type.
        etag: for the next time.
        last_modified: for the next time.
    """

    address: str
    content: bytes | None
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


class PageFetcher:
    """Fetches pages of allowed hosts.

    Args:
        policy: what may be asked.
        limits: how much a page may cost.
    """

    def __init__(self, policy: AddressPolicy, limits: FetchLimits) -> None:
        self._policy = policy
        self._limits = limits

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Fetch one page.

        Every redirect is checked like the first address; cookies are not kept, proxies not used.

        Args:
            url: its address.
            etag: of the copy at hand.
            last_modified: of the copy at hand.

        Raises:
            AddressRefused: it, or where it leads to, may not be asked.
            PageGone: it is there no more.
            PageRefused: it is too large, too slow or not what it says it is.
            FetchFailed: it could not be had now.
        """
        deadline = time.monotonic() + self._limits.seconds
        address = self._policy.check_listed(url)
        for _ in range(self._limits.redirects + 1):
            found = self._ask(address, etag, last_modified, deadline)
            if isinstance(found, Fetched):
                return found
            following = self._policy.check_listed(_absolute(address, found))
            if (address.scheme, following.scheme) == ("https", "http"):
                raise FetchFailed(f"it leads from https to {following}, which anybody could read and change")
            address = following
        raise FetchFailed(f"it leads on more than {self._limits.redirects} times")

    def _ask(
        self, address: WebAddress, etag: str | None, last_modified: str | None, deadline: float
    ) -> "Fetched | str":
        """Ask once: what came, or where it leads to."""
        backend = _CheckedBackend(self._policy.addresses_of(address), deadline)
        with (
            _plain_fetch_errors(),
            _pool(address, backend) as pool,
            pool.stream(
                "GET",
                str(address),
                headers=_headers(address, etag, last_modified),
                extensions={"timeout": _timeouts(deadline)},
            ) as response,
        ):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in _REDIRECTS:
                if "location" not in headers:
                    raise FetchFailed(f"the server answered {response.status} without telling where to go")
                return headers["location"]
            validators = (headers.get("etag", etag), headers.get("last-modified", last_modified))
            if response.status == 304 and (etag or last_modified):
                return Fetched(str(address), None, "", None, *validators)
            if response.status in _GONE:
                raise PageGone(f"the server answered {response.status}: it is there no more")
            if response.status != 200:
                raise FetchFailed(f"the server answered {response.status}", response.status)
            content = _read(response.iter_stream(), headers, self._limits.max_bytes)
        content_type, charset = _content_type(headers.get("content-type", ""))
        return Fetched(str(address), content, content_type, charset, headers.get("etag"), headers.get("last-modified"))


def _absolute(address: WebAddress, target: str) -> str:
    """Where a redirect leads to.

    Raises:
        AddressRefused: it is no address.
    """
    try:
        return urljoin(str(address), target)
    except ValueError:
        raise AddressRefused(f"it leads to {target[:200]!r}, which is no web address") from None


def _headers(address: WebAddress, etag: str | None, last_modified: str | None) -> list[tuple[bytes | str, bytes | str]]:
    headers = {
        "Host": address.authority,
        "User-Agent": USER_AGENT,
        "Accept": "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    given = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers |= {name: value for name, value in given.items() if value and value.isprintable() and value.isascii()}
    return list(headers.items())


def _timeouts(deadline: float) -> dict[str, float]:
    left = max(deadline - time.monotonic(), 0.001)
    return {"connect": left, "read": left, "write": left, "pool": left}


@contextmanager
def _pool(address: WebAddress, backend: httpcore.NetworkBackend) -> Iterator[httpcore.ConnectionPool]:
    context = _tls_context() if address.scheme == "https" else None
    with httpcore.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1, retries=0) as pool:
        yield pool


def _tls_context() -> ssl.SSLContext:
    context = httpcore.default_ssl_context()
    context.load_default_certs()  # a company's own authority, where the machine knows one
    return context


def _read(chunks: Iterable[bytes], headers: Mapping[str, str], max_bytes: int) -> bytes:
    """The body, unpacked, never more than the limit in memory."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise PageRefused(f"it comes packed as {encoding[:40]!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    too_large = PageRefused(f"it is larger than {max_bytes // (1024 * 1024)} MB (MARQUE_INGEST_WEB_PAGE_MB)")
    parts: list[bytes] = []
    size = received = 0
    for chunk in chunks:
        received += len(chunk)
        if unpacker is not None:
            try:
                part = unpacker.decompress(chunk, max_bytes - size + 1)
            except zlib.error:
                raise PageRefused("it says that it is packed with gzip and is not") from None
        else:
            part = chunk
        size += len(part)
        if size > max_bytes or received > max_bytes:
            raise too_large
        parts.append(part)
    if unpacker is not None and not unpacker.eof:
        raise PageRefused("it ends in the middle")
    return b"".join(parts)


def _content_type(header: str) -> tuple[str, str | None]:
    kind, *parameters = header.split(";")
    charset = None
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'").lower() or None
    return kind.strip().lower(), charset


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever the name would resolve to by now."""

    def __init__(self, addresses: tuple[str, ...], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for one in self._addresses:
            left = _left(self._deadline, timeout)
            try:
                stream = self._sockets.connect_tcp(one, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
                continue
            return _TimedStream(stream, self._deadline)
        raise problem


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at a moment, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for this page is over")
    return left if timeout is None else min(left, timeout)


@contextmanager
def _plain_fetch_errors() -> Iterator[None]:
    """Turn every error of the connection into one of ours."""
    try:
        yield
    except httpcore.TimeoutException:
        raise PageRefused("it did not come in time (MARQUE_INGEST_WEB_SECONDS_PER_PAGE)") from None
    except httpcore.NetworkError as error:
        raise FetchFailed(f"the server cannot be reached: {_line(error)}") from None
    except (*_OTHER_ERRORS, OSError) as error:
        raise FetchFailed(f"the server does not answer as it should: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
