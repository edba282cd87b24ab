"""The watch over a page sees what runs, loads or leads elsewhere, or the suite of rendering would prove nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from evals.load.page_watch import PageWatch, chromium, watched_page
from tests.end_to_end.widget_site import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ADDRESS = "http://shown.test/"
PAGE = "<!doctype html><div class=said>{}</div><a href=javascript:alert(9)>outside</a>"
# Nothing is asked for: every address is answered here.
SEEN = {
    "<script>alert(1)</script>": "alert(1)",
    "<img src=x onerror=alert(2)>": "alert(2)",
    "<img src=https://thief.example/p.png>": "https://thief.example/p.png",
    "<style>.said { background: url(https://thief.example/b.png) }</style>": "https://thief.example/b.png",
    "<a href=javascript:alert(1)>x</a>": "leads to javascript:alert(1)",
    "<b onclick=alert(1)>x</b>": "b onclick",
    "<iframe src=https://thief.example/f></iframe>": "<iframe>",
    "<form action=https://thief.example></form>": "<form>",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install Debian's `chromium` to run this"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as one:
        yield one


def seen(watch: PageWatch, markup: str) -> list[str]:
    watch.page.route("**/*", lambda route: route.fulfill(body="", status=404))
    watch.page.route(ADDRESS, lambda route: route.fulfill(body=PAGE.format(markup), content_type="text/html"))
    watch.page.goto(ADDRESS, wait_until="load")
    return [*watch.scripts(), *watch.foreign, *watch.markup(".said", (ADDRESS,))]


def test_it_sees_each_thing_that_text_may_not_be(browser: "Browser") -> None:
    with watched_page(browser, ADDRESS) as watch:
        found = seen(watch, "".join(SEEN))
    assert [one for one in SEEN.values() if one not in found] == []


def test_it_finds_nothing_in_plain_text(browser: "Browser") -> None:
    with watched_page(browser, ADDRESS) as watch:
        assert seen(watch, f"&lt;script&gt; <em>x</em> <a href={ADDRESS}own>own</a>") == []
