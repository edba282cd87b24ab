"""The widget on a brand's page, with the real server behind it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from brands import load_group
from tests.conftest import write_small_group, write_winter_tyres
from tests.end_to_end.widget_site import Visit, chromium, serve
from ui.api.app import build_api
from ui.api.routes import widget
from ui.bootstrap import Services
from ui.settings import UiSettings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    folder = write_small_group(tmp_path_factory.mktemp("widget") / "group")
    write_winter_tyres(folder)
    group = load_group(folder)
    made = Services(group, UiSettings())
    for brand_id in group.brands:
        made.pipeline.ingest(brand_id, publish=True, created_by="test")
    made.warm()
    return made


@pytest.fixture(scope="module")
def site(services: Services) -> Iterator[str]:
    app = build_api(services)
    if not any(getattr(route, "path", "") == "/widget.js" for route in app.routes):
        app.include_router(widget.router)
    with serve(app) as address:
        yield address


@pytest.fixture(scope="module")
def contexts() -> Iterator[list[BrowserContext]]:
    with chromium() as browser:
        made: list[BrowserContext] = [browser.new_context()]
        yield made


@pytest.fixture
def visit(site: str, contexts: list[BrowserContext]) -> Iterator[Visit]:
    browser = contexts[0].browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    one = Visit(context, f"{site}/demo/alder")
    yield one
    assert not one.complaints, "the browser had something to complain of"
    context.close()


def test_it_says_that_it_is_an_ai_before_the_first_message_and_begins_no_session_for_that(visit: Visit) -> None:
    visit.open()
    notice = visit.page.get_by_text("You are chatting with an AI assistant.")
    expect(notice).to_be_visible()
    expect(visit.page.get_by_text("AI assistant · Alder")).to_be_visible()
    expect(visit.page.get_by_role("dialog", name="Chat with Al")).to_have_accessible_description(
        re.compile("AI assistant")
    )
    assert not [one for one in visit.requests if "/v1/" in one]


def test_an_answer_comes_with_a_source_that_opens_to_the_quoted_words(visit: Visit) -> None:
    visit.open()
    reply = visit.ask("What is the maximum braked trailer weight?")
    assert "2,000 kg" in reply
    source = visit.page.locator("marque-chat summary").first
    quote = visit.page.locator("marque-chat .quote").first
    expect(source).to_contain_text("Alder Grove owner's manual")
    expect(quote).to_be_hidden()
    source.click()
    expect(quote).to_contain_text("2,000 kg")
    expect(quote).to_be_in_viewport(ratio=0.9)
    expect(visit.page.locator("marque-chat figcaption").first).to_contain_text("Towing")


def test_a_safety_reply_stands_apart_with_numbers_that_can_be_called(visit: Visit) -> None:
    visit.page.goto(f"{visit.address}?market=gb")
    visit.open()
    visit.ask("There is smoke coming from my engine")
    card = visit.page.locator("marque-chat .turn.safety")
    expect(card.get_by_text("Safety first")).to_be_visible()
    expect(card.get_by_role("link", name="999")).to_have_attribute("href", "tel:999")
    expect(card.get_by_role("link", name="+44 1632 960001")).to_have_attribute("href", "tel:+441632960001")
    expect(visit.page.get_by_role("alert")).to_contain_text("Safety first")
    expect(visit.page.locator("marque-chat .handoff")).to_contain_text("A person from Alder has been asked")


def test_the_conversation_survives_reload_and_navigation(visit: Visit) -> None:
    visit.open()
    visit.ask("What is the maximum braked trailer weight?")
    visit.page.reload()
    visit.wait_for_replies(1)
    visit.page.goto(f"{visit.address}?model=grove")
    visit.wait_for_replies(1)
    assert visit.said() == ["What is the maximum braked trailer weight?"]
    assert visit.page.evaluate("document.activeElement.tagName") != "MARQUE-CHAT", "a reload must not take the focus"


def test_choices_survive_reload_and_navigation_and_go_with_the_answer(visit: Visit) -> None:
    visit.open()
    visit.ask("What pressure do winter tyres need on the front axle?")
    choices = visit.page.get_by_role("group", name="Choose one").get_by_role("button")
    expect(choices).to_have_text(["2024", "2025"])
    visit.page.reload()
    expect(choices).to_have_text(["2024", "2025"])
    visit.page.goto(f"{visit.address}?market=gb")
    choices.first.click()
    visit.wait_for_replies(2)
    expect(visit.replies().last).to_contain_text("2.4 bar")
    visit.page.reload()
    visit.wait_for_replies(2)
    expect(choices).to_have_count(0)


def test_brands_look_like_themselves_and_know_only_their_own(visit: Visit) -> None:
    visit.open()
    visit.ask("What is the maximum braked trailer weight?")
    visit.page.goto(visit.address.replace("alder", "birch"))
    visit.open()
    expect(visit.page.get_by_text("Hello from Birch.").last).to_be_visible()
    assert not visit.said(), "another brand's conversation is not shown"
    assert "750 kg" in visit.ask("What is the maximum braked trailer weight?")


def test_a_thumb_and_its_reason_are_kept(visit: Visit, services: Services) -> None:
    visit.open()
    visit.ask("What is the maximum braked trailer weight?")
    visit.page.get_by_role("button", name="Not helpful").click()
    with visit.page.expect_response(lambda one: "Not correct" in (one.request.post_data or "")) as answered:
        visit.page.get_by_role("button", name="Not correct").click()
    assert answered.value.status == 204
    expect(visit.page.get_by_text("Thank you for telling us.")).to_be_focused()
    conversation = services.running.of("alder")[0].conversation_id
    store = services.assistant.conversations
    turn = store.turns("alder", conversation)[-1]
    assert store.feedback_of("alder", conversation, turn.turn_id) == (False, "Not correct")


def test_the_transcript_is_saved_and_the_conversation_deleted(visit: Visit, services: Services) -> None:
    visit.open()
    visit.ask("What is the maximum braked trailer weight?")
    conversation = services.running.of("alder")[0].conversation_id
    visit.page.get_by_role("button", name="More").click()
    with visit.page.expect_download() as started:
        visit.page.get_by_role("button", name="Save transcript").click()
    text = Path(started.value.path()).read_text(encoding="utf-8")
    assert "You:\nWhat is the maximum braked trailer weight?" in text
    assert "2,000 kg" in text
    assert "[Source: Alder Grove owner's manual" in text
    visit.page.get_by_role("button", name="More").click()
    visit.page.get_by_role("button", name="Delete conversation").click()
    visit.page.get_by_role("button", name="Delete", exact=True).click()
    expect(visit.page.get_by_text("The conversation was deleted. Nothing of it is left here.").first).to_be_visible()
    expect(visit.replies()).to_have_count(0)
    assert conversation not in [one.conversation_id for one in services.running.of("alder")]
    visit.page.reload()
    expect(visit.page.get_by_role("textbox")).to_be_visible()
    expect(visit.replies()).to_have_count(0)


def test_nothing_is_kept_but_the_session_and_nobody_else_is_asked(visit: Visit, site: str) -> None:
    visit.open()
    visit.ask("What is the maximum braked trailer weight?")
    assert visit.page.context.cookies() == []
    assert visit.page.evaluate("localStorage.length") == 0
    kept = visit.page.evaluate("Object.values(sessionStorage).flatMap(one => Object.keys(JSON.parse(one))).sort()")
    assert kept == ["expires", "open", "pending", "token"]
    assert visit.page.evaluate("Object.values(sessionStorage).map(one => JSON.parse(one).pending)") == [None]
    assert all(one.startswith((site, "blob:")) for one in visit.requests)


def test_the_page_speaks_the_widgets_language(visit: Visit) -> None:
    visit.page.goto(f"{visit.address}?language=de")
    visit.page.get_by_role("button", name="Al fragen").click()
    expect(visit.page.get_by_text("Sie schreiben mit einem KI-Assistenten.")).to_be_visible()
    expect(visit.page.get_by_role("textbox", name="Ihre Nachricht")).to_be_focused()


def test_inline_it_is_part_of_the_page(visit: Visit) -> None:
    visit.page.goto(f"{visit.address}?mode=inline")
    panel = visit.page.locator("#chat marque-chat .panel")
    expect(panel).to_be_visible()
    expect(visit.page.locator("marque-chat .launcher")).to_have_count(0)
    assert "2,000 kg" in visit.ask("What is the maximum braked trailer weight?")


def test_the_script_is_served_with_its_integrity(visit: Visit, site: str) -> None:
    answered = visit.page.request.get(f"{site}/widget.js")
    facts = visit.page.request.get(f"{site}/widget.json").json()
    assert answered.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert visit.page.locator("script[src='/widget.js']").get_attribute("integrity") == facts["integrity"]
    again = visit.page.request.get(f"{site}/widget.js", headers={"If-None-Match": answered.headers["etag"]})
    assert again.status == 304
    assert visit.page.request.get(f"{site}/demo/nobody").status == 404
