"""Servers and browsers for the tests of the widget."""

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI
    from playwright.sync_api import Browser, BrowserContext, Page

WIDGET = Path(__file__).parents[2] / "ui" / "widget"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = WIDGET / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 60_000
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def serve(app: "FastAPI") -> Iterator[str]:
    """Serve an application on a free port.

    Yields:
        Its address, without a slash at the end.
    """
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        bound.close()


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A Chromium without a window; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium found; install Debian's chromium to run the tests in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """One visit of a page, and what the browser had to say of it.

    Args:
        context: a fresh browser context.
        address: the page.
    """

    def __init__(self, context: "BrowserContext", address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("request", lambda one: self.requests.append(one.url))
        self.page.goto(address)

    def open(self) -> None:
        """Open the panel."""
        self.page.locator("marque-chat .launcher").click()

    def say(self, text: str) -> None:
        """Write something and send it."""
        box = self.page.get_by_role("textbox", name="Your message")
        box.fill(text)
        box.press("Enter")

    def ask(self, text: str) -> str:
        """Say something and wait for the whole reply.

        Returns:
            The newest reply's text.
        """
        before = self.replies().count()
        self.say(text)
        self.wait_for_replies(before + 1)
        return str(self.replies().last.inner_text())

    def wait_for_replies(self, number: int) -> None:
        """Wait until so many replies stand there, and nothing is under way."""
        from playwright.sync_api import expect

        expect(self.replies()).to_have_count(number)
        self.page.locator("marque-chat .status").wait_for(state="hidden")

    def replies(self) -> Any:
        """What the bot said."""
        return self.page.locator("marque-chat .turns .bot .said")

    def said(self) -> list[str]:
        """What the customer said, as it stands there."""
        texts: list[str] = self.page.locator("marque-chat .customer .said").all_inner_texts()
        return texts

    def evaluate(self, script: str) -> Any:
        """Evaluate a script, whatever the page's content security policy says."""
        session = self.page.context.new_cdp_session(self.page)
        answer = session.send("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        session.detach()
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        if not AXE.is_file():
            pytest.skip("axe-core is not installed; run `npm ci` in ui/widget to check accessibility")
        if not self.evaluate("'axe' in globalThis"):
            self.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
        found = self.evaluate(
            f"axe.run(document, {{runOnly: {json.dumps(WCAG)}}}).then(r => JSON.stringify(r.violations.map(v => "
            "v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; '))))"
        )
        violations: list[str] = json.loads(found)
        return violations
