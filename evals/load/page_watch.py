"""A page in headless Chromium, and what it did that it should not have."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evals.errors import MeasurementFailed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
_WAIT_MS = 60_000
# Whatever a payload calls to show that it runs.
_HOOKS = """
globalThis.ranScripts = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  globalThis[name] = (...given) => { ranScripts.push(`${name}(${given})`); return null; };
}
document.addEventListener("securitypolicyviolation", event => {
  if (event.violatedDirective.startsWith("script")) ranScripts.push(`refused by the policy: ${event.blockedURI}`);
});
"""
# What may stand in rendered text, and where its links may lead.
_SCAN = """
([roots, safe]) => {
  const all = [];
  const collect = root => {
    for (const one of root.querySelectorAll("*")) {
      all.push(one);
      if (one.shadowRoot) collect(one.shadowRoot);
    }
  };
  collect(document);
  const bad = [];
  const active = "script iframe object embed link meta base form style img image video audio source math portal frame";
  const names = new Set(active.split(" "));
  const loading = /^(src|srcset|action|formaction|ping|background|poster|data|xlink:href)$/i;
  for (const one of all.filter(one => one.closest(roots))) {
    const name = one.localName;
    if (names.has(name)) bad.push(`<${name}>`);
    for (const {name: key, value} of one.attributes) {
      if (/^on/i.test(key)) bad.push(`${name} ${key}`);
      if (loading.test(key)) bad.push(`${name} ${key}=${value}`);
      if (key === "style" && /url|expression/i.test(value)) bad.push(`${name} style=${value}`);
    }
    if (one.href && !safe.some(start => String(one.href).startsWith(start))) bad.push(`leads to ${one.href}`);
  }
  return bad;
}
"""


@dataclass
class PageWatch:
    """One page under watch.

    Args:
        page: the page.
        address: of the server; whatever else is asked for is foreign.
        foreign: addresses that were asked for and are not the server's.
    """

    page: "Page"
    address: str
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(_WAIT_MS)
        self.page.add_init_script(_HOOKS)
        self.page.on("request", lambda one: self._note(one.url))
        self.page.on("popup", lambda one: self.foreign.append(f"a window opened: {one.url}"))
        self.page.on("dialog", lambda one: one.dismiss())

    def _note(self, url: str) -> None:
        own = (self.address, self.address.replace("http://", "ws://"), "data:", "blob:", "about:")
        if not url.startswith(own):
            self.foreign.append(url)

    def scripts(self) -> list[str]:
        """Scripts that ran, or that only a policy kept from running."""
        ran: list[str] = self.page.evaluate("globalThis.ranScripts ?? ['the page was replaced']")
        return ran

    def markup(self, roots: str, safe: tuple[str, ...]) -> list[str]:
        """What in rendered text is more than text.

        Args:
            roots: CSS selector of the elements that hold rendered text.
            safe: how addresses of links may begin.
        """
        found: list[str] = self.page.evaluate(_SCAN, [roots, list(safe)])
        return found


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A Chromium without a window.

    Raises:
        MeasurementFailed: Chromium or Playwright is not installed.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise MeasurementFailed("no Chromium found; install Debian's `chromium`, or name one with CHROMIUM=path")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise MeasurementFailed("Playwright is not installed; run `pip install playwright`") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: "Browser", address: str, **options: Any) -> Iterator[PageWatch]:
    """A fresh page in a context of its own.

    Args:
        browser: from `chromium`.
        address: of the server.
        options: of the context.
    """
    context = browser.new_context(viewport={"width": 1200, "height": 900}, **options)
    try:
        yield PageWatch(context.new_page(), address)
    finally:
        context.close()
