import gzip
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import httpcore
import pytest

from ingest.errors import AddressRefused, FetchFailed, PageGone, PageRefused
from ingest.web.address import AddressPolicy
from ingest.web.fetcher import FetchLimits, PageFetcher
from tests.ingest.web.site import Answer, Site, page, running_site

MEGABYTE = 1024 * 1024


@pytest.fixture
def other() -> Iterator[Site]:
    with running_site() as running:
        yield running


def fetcher(site: Site, *more: str, max_bytes: int = MEGABYTE, seconds: float = 10) -> PageFetcher:
    return PageFetcher(AddressPolicy((site.host, *more), allow_loopback=True), FetchLimits(max_bytes, seconds))


def test_a_page_comes_with_its_type_and_validators(site: Site) -> None:
    headers = {"Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}
    site.answers["/a"] = Answer(page("A", "Text."), "Text/HTML; Charset=ISO-8859-1", headers=headers, etag='"1"')
    found = fetcher(site).fetch(site.url("/a#top"))
    assert found.content == page("A", "Text.")
    assert (found.content_type, found.charset, found.etag) == ("text/html", "iso-8859-1", '"1"')
    assert found.last_modified == headers["Last-Modified"]


def test_an_unmodified_page_is_not_sent_again(site: Site) -> None:
    site.answers["/a"] = Answer(page("A", "Text."), etag='"1"')
    found = fetcher(site).fetch(site.url("/a"), etag='"1"')
    assert found.content is None
    assert found.etag == '"1"'
    assert site.asked[0][1]["if-none-match"] == '"1"'


def test_a_validator_with_control_characters_is_not_sent(site: Site) -> None:
    site.answers["/a"] = Answer(page("A", "Text."))
    fetcher(site).fetch(site.url("/a"), etag='"1"\r\nX-Evil: 1')
    assert "x-evil" not in site.asked[0][1]


def test_no_proxy_and_no_cookie_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.answers["/a"] = Answer(b"", status=302, headers={"Location": "/b", "Set-Cookie": "a=1"})
    site.answers["/b"] = Answer(page("B", "Text."))
    assert fetcher(site).fetch(site.url("/a")).content
    assert "cookie" not in site.asked[1][1]


def test_redirects_on_the_list_are_followed(site: Site, other: Site) -> None:
    site.answers["/a"] = Answer(b"", status=301, headers={"Location": other.url("/b")})
    other.answers["/b"] = Answer(page("B", "Text."))
    assert fetcher(site, other.host).fetch(site.url("/a")).address == other.url("/b")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "//evil.example/",
        "http://[",
    ],
)
def test_redirects_off_the_list_are_refused_and_not_asked(site: Site, target: str) -> None:
    site.answers["/a"] = Answer(b"", status=302, headers={"Location": target})
    with pytest.raises(AddressRefused):
        fetcher(site).fetch(site.url("/a"))


def test_a_redirect_to_an_unlisted_server_reaches_it_never(site: Site, other: Site) -> None:
    site.answers["/a"] = Answer(b"", status=302, headers={"Location": other.url("/b")})
    with pytest.raises(AddressRefused):
        fetcher(site).fetch(site.url("/a"))
    assert other.asked == []


def test_a_redirect_is_resolved_and_checked_again(site: Site) -> None:
    names = {"127.0.0.1": "127.0.0.1", "inner.example": "10.0.0.1"}
    policy = AddressPolicy((site.host, "inner.example"), True, lambda host, _port: (names[host],))
    site.answers["/a"] = Answer(b"", status=302, headers={"Location": "http://inner.example/"})
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        PageFetcher(policy, FetchLimits(MEGABYTE, 5)).fetch(site.url("/a"))


def test_a_loop_of_redirects_ends(site: Site) -> None:
    site.answers["/a"] = Answer(b"", status=302, headers={"Location": "/a"})
    with pytest.raises(FetchFailed, match="leads on"):
        fetcher(site).fetch(site.url("/a"))
    assert len(site.asked) == 6


def test_the_name_is_resolved_once_and_its_checked_address_is_asked(site: Site) -> None:
    """DNS rebinding: the second answer would be another address, so there is none."""
    port = int(site.host.rpartition(":")[2])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    site.answers["/a"] = Answer(page("A", "Text."))
    policy = AddressPolicy((f"help.brand.example:{port}",), True, resolve)
    found = PageFetcher(policy, FetchLimits(MEGABYTE, 5)).fetch(f"http://help.brand.example:{port}/a")
    assert found.content
    assert asked == ["help.brand.example"]
    assert site.asked[0][1]["host"] == f"help.brand.example:{port}"


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_told_apart(site: Site, status: int) -> None:
    site.answers["/a"] = Answer(b"", status=status)
    with pytest.raises(PageGone):
        fetcher(site).fetch(site.url("/a"))


@pytest.mark.parametrize("status", [204, 206, 401, 403, 429, 500, 503, 304, 300])
def test_other_answers_fail_with_their_status(site: Site, status: int) -> None:
    site.answers["/a"] = Answer(b"", status=status)
    with pytest.raises(FetchFailed, match=str(status)) as caught:
        fetcher(site).fetch(site.url("/a"))
    assert not isinstance(caught.value, PageGone)


def test_a_page_that_is_too_large_is_cut_off(site: Site) -> None:
    site.answers["/a"] = Answer(b"x" * (MEGABYTE + 1))
    with pytest.raises(PageRefused, match="larger than 1 MB"):
        fetcher(site).fetch(site.url("/a"))


def packed(content: bytes) -> Answer:
    return Answer(content, headers={"Content-Encoding": "gzip"})


def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.answers["/a"] = packed(gzip.compress(page("A", "Text.")))
    assert fetcher(site).fetch(site.url("/a")).content == page("A", "Text.")


def test_a_gzip_bomb_is_cut_off_without_unpacking_it(site: Site) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    content = b"".join(bomb.compress(b"\0" * MEGABYTE) for _ in range(200)) + bomb.flush()
    assert len(content) < MEGABYTE
    site.answers["/a"] = packed(content)
    with pytest.raises(PageRefused, match="larger"):
        fetcher(site).fetch(site.url("/a"))


@pytest.mark.parametrize(
    "content", [b"no gzip at all", gzip.compress(b"text" * 1000)[:-12]], ids=["no gzip", "cut off"]
)
def test_a_damaged_packed_page_is_refused(site: Site, content: bytes) -> None:
    site.answers["/a"] = packed(content)
    with pytest.raises(PageRefused):
        fetcher(site).fetch(site.url("/a"))


def test_a_packing_that_was_not_asked_for_is_refused(site: Site) -> None:
    site.answers["/a"] = Answer(b"x", headers={"Content-Encoding": "br"})
    with pytest.raises(PageRefused, match="br"):
        fetcher(site).fetch(site.url("/a"))


def _drip(head: bytes, piece: bytes) -> Answer:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(100):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.05)

    return Answer(write=write)


@pytest.mark.parametrize(
    "answer",
    [
        _drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n", b"x"),
        _drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        _drip(b"", b""),
    ],
    ids=["body", "headers", "silence"],
)
def test_a_page_that_drips_ends_in_time(site: Site, answer: Answer) -> None:
    site.answers["/a"] = answer
    begin = time.monotonic()
    with pytest.raises(PageRefused, match="in time"):
        fetcher(site, seconds=0.5).fetch(site.url("/a"))
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000,
    ],
)
def test_a_server_that_answers_nonsense_is_told_in_plain_words(site: Site, raw: bytes) -> None:
    site.answers["/a"] = Answer(write=lambda handler: (handler.wfile.write(raw), None)[1])
    with pytest.raises(FetchFailed):
        fetcher(site, seconds=5).fetch(site.url("/a"))


def test_a_server_that_is_not_there_is_told() -> None:
    policy = AddressPolicy(("127.0.0.1:9",), allow_loopback=True)
    with pytest.raises(FetchFailed, match="cannot be reached"):
        PageFetcher(policy, FetchLimits(MEGABYTE, 5)).fetch("http://127.0.0.1:9/")


def test_every_error_of_the_library_is_told_in_ours() -> None:
    from ingest.web import fetcher as module

    kinds = [value for value in vars(httpcore).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(kinds) > 10
    for kind in kinds:
        with pytest.raises(FetchFailed), module._plain_fetch_errors():
            raise kind("x")
