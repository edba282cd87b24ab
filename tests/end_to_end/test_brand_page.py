"""A plain page of a brand's own site, on an address of its own, with the one tag."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brands import load_group
from tests.conftest import write_small_group
from tests.end_to_end.widget_site import Visit, chromium, serve
from ui.api.app import build_api
from ui.bootstrap import Services
from ui.settings import UiSettings

pytestmark = pytest.mark.browser

PAGE = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Alder</title><link rel="icon" href="data:,"></head>
<body><h1>Alder</h1><script src="{server}/widget.js" data-key="pk_alder_page" async></script></body></html>
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base names it
        pass


@contextmanager
def brand_site(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def published(folder: Path, origin: str) -> Services:
    write_small_group(folder)
    profile = folder / "brands" / "alder" / "brand.yaml"
    text = profile.read_text(encoding="utf-8").replace(
        'https://alder.example"]\nallowed_links', f'{origin}"]\nallowed_links'
    )
    profile.write_text(f"{text}publishable_keys: [pk_alder_page]\n", encoding="utf-8")
    services = Services(load_group(folder), UiSettings())
    services.pipeline.ingest("alder", publish=True, created_by="test")
    services.warm()
    return services


def test_a_page_with_the_one_tag_chats_with_its_brand_and_no_other_site_may(tmp_path: Path) -> None:
    pages = tmp_path / "site"
    pages.mkdir()
    with brand_site(pages) as own, brand_site(pages) as foreign:
        services = published(tmp_path / "group", own)
        with serve(build_api(services)) as server, chromium() as browser:
            (pages / "index.html").write_text(PAGE.format(server=server), encoding="utf-8")
            visit = Visit(browser.new_context(), own)
            visit.open()
            assert "120 Nm" in visit.ask("What is the wheel nut torque?")
            assert visit.complaints == []
            assert {url.split("/")[2] for url in visit.requests if url.startswith("http")} == {
                own.split("/")[2],
                server.split("/")[2],
            }
            stranger = Visit(browser.new_context(), foreign)
            stranger.open()
            with stranger.page.expect_event("requestfailed", lambda one: one.url.endswith("/v1/sessions")):
                stranger.say("What is the wheel nut torque?")
            assert stranger.replies().count() == 0
        services.pipeline.close()
