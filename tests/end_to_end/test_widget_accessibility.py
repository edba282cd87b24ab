"""The widget for everyone: WCAG 2.2 AA in every state and theme, by keyboard, zoomed, on small screens."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from brands import Group, load_group
from tests.conftest import write_small_group
from tests.end_to_end.contract_server import Played, answer, build_contract_server, citation
from tests.end_to_end.widget_site import Visit, chromium, serve

pytestmark = pytest.mark.browser

ANSWER = """\
Set the pressures when the tyres are cold. See [the manual](https://alder.example/manual) or call +44 1632 960001.

1. Remove the cap.
2. Check the pressure.

> **WARNING** Never drive on a flat tyre.

| Load | Front | Rear | Spare |
|---|---|---|---|
| Normal | 2.3 bar | 2.5 bar | 2.5 bar |
"""
SAFETY = "**Call 999 now.**\n\n1. Get out.\n2. Stay away.\n\nWe are there for you at +44 1632 960001."
SIZES = {"desktop": (1100, 800), "small": (320, 640), "zoomed": (640, 400)}


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    return load_group(write_small_group(tmp_path_factory.mktemp("accessible") / "group"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def played() -> Played:
    return Played(reply=answer(ANSWER, citations=[citation("Set the pressures when the tyres are cold.")]))


@pytest.fixture
def site(group: Group, played: Played) -> Iterator[str]:
    with serve(build_contract_server(group, played)) as address:
        yield address


def visit_of(browser: Browser, address: str, size: str = "desktop", **options: Any) -> Visit:
    width, height = SIZES[size]
    return Visit(browser.new_context(viewport={"width": width, "height": height}, **options), address)


def states(visit: Visit, played: Played) -> Iterator[str]:
    """Bring the widget into one state after the other; every one is on the screen when its name is yielded."""
    page = visit.page
    page.locator("marque-chat .launcher").wait_for()
    yield "launcher"
    visit.open()
    yield "welcome"
    played.pause_seconds = 0.4
    visit.say("How much air?")
    page.locator("marque-chat .turn.bot .said p").last.wait_for()
    yield "growing"
    played.pause_seconds = 0
    visit.wait_for_replies(1)
    page.locator("marque-chat summary").click()
    yield "answer with an open source"
    page.get_by_role("button", name="Not helpful").click()
    yield "reasons"
    played.reply = answer("Which year is yours?", "clarify", choices=["2024", "2025"])
    visit.ask("And the other one?")
    yield "choices"
    played.reply = answer(SAFETY, "safety")
    visit.ask("Smoke!")
    yield "safety"
    played.handoff = {"state": "waiting"}
    page.get_by_role("button", name="More").click()
    yield "menu"
    page.get_by_role("button", name="Talk to a person").click()
    page.locator("marque-chat .handoff").wait_for()
    yield "handoff"
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete conversation").click()
    yield "delete"
    page.get_by_role("button", name="Cancel").click()
    played.refuse = [(500, "internal", None)]
    visit.say("Once more")
    page.get_by_role("button", name="Try again").wait_for()
    yield "failed"
    page.get_by_role("textbox").fill("a" * 205)
    page.get_by_text("characters too many").wait_for()
    yield "too long"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "small"])
def test_axe_finds_nothing_in_any_state(browser: Browser, site: str, played: Played, scheme: Any, size: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder", size, color_scheme=scheme, reduced_motion="reduce")
    found = {state: visit.violations() for state in states(visit, played)}
    assert {state: one for state, one in found.items() if one} == {}
    assert len(found) == 12
    visit.page.context.close()


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {}], ids=["forced colours", "right to left"])
def test_axe_finds_nothing_in_forced_colours_or_right_to_left_nor_while_a_person_answers(
    browser: Browser, site: str, played: Played, options: Any
) -> None:
    address = f"{site}/demo/alder" + ("" if options else "?dir=rtl")
    visit = visit_of(browser, address, reduced_motion="reduce", **options)
    visit.open()
    visit.ask("How much air?")
    assert visit.violations() == []
    played.handoff = {"state": "waiting"}
    visit.page.get_by_role("button", name="More").click()
    visit.page.get_by_role("button", name="Talk to a person").click()
    played.say_as_agent("Hello, this is Ann.")
    expect(visit.page.get_by_text("Hello, this is Ann.").first).to_be_visible()
    assert visit.violations() == []
    played.handoff = {"state": "closed", "agent": "Ann"}
    expect(visit.page.get_by_text("Al, the AI assistant, is answering again.")).to_be_visible()
    assert visit.violations() == []
    visit.page.context.close()


def test_right_to_left_the_panel_stands_on_the_left(browser: Browser, site: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder?dir=rtl")
    visit.open()
    box = visit.page.locator("marque-chat .panel").bounding_box()
    assert box is not None
    assert box["x"] < 100
    visit.page.context.close()


@pytest.mark.parametrize("size", ["small", "zoomed"])
def test_nothing_needs_scrolling_in_two_directions(browser: Browser, site: str, played: Played, size: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder", size)
    for state in states(visit, played):
        wide = "root => Math.max(root.scrollWidth - root.clientWidth, 0)"
        assert visit.page.locator("html").evaluate(wide) == 0, state
        if state not in {"launcher"}:
            assert visit.page.locator("marque-chat .log").evaluate(wide) == 0, state
            expect(visit.page.get_by_role("textbox")).to_be_in_viewport()
    visit.page.context.close()


def test_everything_is_reached_by_keyboard_in_the_order_it_is_read(browser: Browser, site: str, played: Played) -> None:
    visit = visit_of(browser, f"{site}/demo/alder")
    page = visit.page
    launcher = page.get_by_role("button", name="Ask Al")
    launcher.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("textbox", name="Your message")
    expect(box).to_be_focused()
    page.keyboard.type("How much air?")
    page.keyboard.press("Enter")
    visit.wait_for_replies(1)
    expect(box).to_be_focused()
    path = []
    for _ in range(9):
        page.keyboard.press("Shift+Tab")
        path.append(visit.evaluate(
            "(() => { const one = document.querySelector('marque-chat').shadowRoot.activeElement;"
            "return one && (one.getAttribute('aria-label') || one.className || one.textContent) })()"
        ))  # fmt: skip
    read = [one for one in reversed(path) if one]
    assert [one.split(" (")[0] for one in read] == [
        "More", "Close chat", "Conversation", "the manual", "+44 1632 960001", "table",
        "1Grove owner's manual · page 12", "Helpful", "Not helpful",
    ]  # fmt: skip
    page.keyboard.press("Escape")
    expect(page.locator("marque-chat .panel")).to_be_hidden()
    expect(launcher).to_be_focused()
    page.context.close()


def test_escape_closes_the_menu_first_and_gives_the_focus_back(browser: Browser, site: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder")
    page = visit.page
    visit.open()
    more = page.get_by_role("button", name="More")
    more.click()
    expect(page.get_by_role("button", name="Talk to a person")).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(page.locator("marque-chat .panel")).to_be_visible()
    page.context.close()


def test_on_a_small_screen_the_focus_stays_in_the_panel_that_covers_the_page(browser: Browser, site: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder", "small")
    page = visit.page
    visit.open()
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.localName === 'marque-chat'"
        assert visit.evaluate(inside)
    page.get_by_role("textbox").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Ask Al")).to_be_focused()
    page.context.close()


def test_controls_are_large_enough_to_be_hit(browser: Browser, site: str, played: Played) -> None:
    visit = visit_of(browser, f"{site}/demo/alder", "small")
    for state in states(visit, played):
        sizes = (
            visit.page.locator("marque-chat")
            .locator("button:visible, summary:visible")
            .evaluate_all("all => all.map(one => [one.className, one.offsetWidth, one.offsetHeight])")
        )
        assert [one for one in sizes if min(one[1:]) < 24] == [], state
    visit.page.context.close()


def test_nothing_moves_for_those_who_do_not_want_it(browser: Browser, site: str) -> None:
    visit = visit_of(browser, f"{site}/demo/alder", reduced_motion="reduce")
    visit.open()
    visit.ask("How much air?")
    assert visit.evaluate("document.querySelector('marque-chat').shadowRoot.getAnimations().length") == 0
    visit.page.context.close()
