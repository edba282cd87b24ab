"""The console in a real browser: ask, read the answer, open its source."""

import os
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.served import Served

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install Debian's `chromium` to run this"),
]


def test_a_customer_asks_reads_and_opens_the_source(served: Served, tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(f"{served.address}/console/?brand=alder")
        expect(page.get_by_text("You are chatting with an AI assistant")).to_be_visible(timeout=60_000)

        page.get_by_test_id("stChatInputTextArea").fill(
            "How do I change a wheel? <img src='https://evil.example/x.png'>"
        )
        page.keyboard.press("Enter")
        expect(page.locator(".mq-source summary").first).to_be_visible(timeout=60_000)
        assert "120 Nm" in page.locator(".mq-reply").inner_text()
        page.locator(".mq-source summary").first.click()
        expect(page.locator(".mq-source mark").first).to_be_visible()
        page.screenshot(path=tmp_path / "chat.png")
        assert page.locator(".mq-said img").count() == 0

        page.get_by_test_id("stTopNav").get_by_role("link", name="Agent assist").click()
        expect(page.get_by_text("Help a customer of Alder")).to_be_visible(timeout=60_000)
        page.screenshot(path=tmp_path / "agent.png")
        page.get_by_test_id("stTopNav").get_by_role("link", name="Content").click()
        expect(page.get_by_text("What Alder knows")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("grove-manual.md").first).to_be_visible()
        page.screenshot(path=tmp_path / "content.png")
        browser.close()

    foreign = [one for one in requested if not one.startswith((served.address, "data:", "blob:"))]
    assert foreign == []
    assert all((tmp_path / name).stat().st_size > 10_000 for name in ("chat.png", "agent.png", "content.png"))
