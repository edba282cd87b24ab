"""Staff sign in at the console in a real browser, at a real issuer, and sign out again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.conftest import write_small_group
from tests.end_to_end.served import Served, start_server
from tests.end_to_end.test_browser import CHROMIUM, FLAGS
from tests.oidc_issuer import AUDIENCE, add_person, run_issuer, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install Debian's `chromium` to run this"),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_issuer() as address:
        yield address


@pytest.fixture(scope="module")
def guarded(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a login."""
    folder = write_small_group(tmp_path_factory.mktemp("guarded") / "group")
    settings = {
        "MARQUE_UI_OIDC_ISSUER": issuer,
        "MARQUE_UI_OIDC_AUDIENCE": AUDIENCE,
        "MARQUE_UI_OIDC_CLIENT_SECRET": "a secret",
        "NO_PROXY": "localhost,127.0.0.1",
    }
    with start_server(folder, "--ingest-missing", **settings) as found:
        found.wait_until_warm()
        yield found


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


def enter(page: "Page", subject: str) -> None:
    """Go through the login of the issuer."""
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    page.locator("input[name=sub]").fill(subject, timeout=30_000)
    page.locator("button[type=submit], input[type=submit]").first.click()


def test_an_agent_signs_in_sees_agent_assist_only_and_signs_out(
    guarded: Served, issuer: str, browser: "Browser", tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    add_person(issuer, "kim", name="Kim Lee", roles=["alder:agent"])
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(f"{guarded.address}/console/content?brand=birch")  # by another name of this machine than the login's
    expect(page.get_by_text("This is where the staff")).to_be_visible(timeout=60_000)
    assert page.get_by_text("Birch").count() == 0
    page.screenshot(path=tmp_path / "gate.png")
    enter(page, "kim")
    expect(page.get_by_text("Signed in as Kim Lee")).to_be_visible(timeout=60_000)
    assert re.match(r"http://localhost:\d+/console/", page.url)
    navigation = page.get_by_test_id("stTopNav")
    assert navigation.get_by_role("link").all_inner_texts() == ["Chat", "Agent assist"]
    navigation.get_by_role("link", name="Agent assist").click()
    expect(page.get_by_text("Help a customer of Alder")).to_be_visible(timeout=30_000)
    page.screenshot(path=tmp_path / "agent.png")

    kept = {one["name"]: one for one in page.context.cookies() if "streamlit_user" in one["name"]}
    assert {one["path"] for one in kept.values()} == {"/console"}
    assert all(one["httpOnly"] for one in kept.values())

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{issuer}/**")  # the issuer ends its own login too
    page.goto(f"{guarded.address}/console/agent".replace("127.0.0.1", "localhost"))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    assert not [one for one in page.context.cookies() if "streamlit_user" in one["name"]]


def test_who_the_issuer_knows_without_a_role_is_not_let_in(guarded: Served, issuer: str, browser: "Browser") -> None:
    from playwright.sync_api import expect

    add_person(issuer, "eve", name="Eve", roles=["cedar:admin"])
    page = browser.new_context().new_page()
    page.goto(f"{guarded.address}/console/")
    enter(page, "eve")
    expect(page.get_by_text("You are signed in as Eve, and have no role here")).to_be_visible(timeout=60_000)
    assert page.get_by_test_id("stTopNav").count() == 0


def test_an_editor_brings_a_document_in_under_their_name(
    guarded: Served, issuer: str, browser: "Browser", tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    add_person(issuer, "lee", name="Lee Ray", roles=["birch:editor"])
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(f"{guarded.address}/console/")
    enter(page, "lee")
    page.get_by_test_id("stTopNav").get_by_role("link", name="Content").click(timeout=60_000)
    page.get_by_role("tab", name="Add a document").click(timeout=30_000)
    (tmp_path / "note.md").write_text("# Winter\n\nFit winter tyres in November.\n", encoding="utf-8")
    expect(page.get_by_text("You see what it becomes")).to_be_visible(timeout=30_000)
    page.locator("input[type=file]").set_input_files(tmp_path / "note.md")
    page.get_by_role("button", name="Add to the documents").click(timeout=60_000)
    expect(page.get_by_text("note.md is with the documents now")).to_be_visible(timeout=30_000)
    told = (guarded.folder / "brands" / "birch" / "documents" / "uploads" / "_scope.yaml").read_text(encoding="utf-8")
    assert "uploaded_by: Lee Ray (lee)" in told


def test_nothing_may_be_uploaded_without_a_sign_in_of_an_editor(guarded: Served, issuer: str) -> None:
    place = f"{guarded.address}/console/_stcore/upload_file/session/file".replace("127.0.0.1", "localhost")
    forged = {"_streamlit_user_tokens": "x", "_streamlit_user": "x"}
    for cookies in ({}, forged):
        with httpx.Client(cookies=cookies, trust_env=False) as client:
            refused = client.put(place, files={"file": ("a.md", b"x")})
        assert refused.status_code == 401, refused.text
        assert refused.json()["type"].endswith("staff-token-missing")


def test_other_names_are_led_to_the_consoles_address(guarded: Served) -> None:
    port = guarded.address.rpartition(":")[2]
    for path in ("/console/", "/console/agent?brand=alder"):
        answer = httpx.get(f"{guarded.address}{path}", follow_redirects=False, trust_env=False)
        assert answer.headers["location"] == f"http://localhost:{port}{path}"
    foreign = httpx.get(f"{guarded.address}/console/", headers={"Host": "evil.example"}, trust_env=False)
    assert foreign.status_code in {400, 403, 421}, foreign.text


def test_a_token_of_the_console_opens_the_http_interface_too(guarded: Served, issuer: str) -> None:
    token = sign_in(issuer, "kim", roles=["alder:agent"])
    told = httpx.get(
        f"{guarded.address}/v1/staff/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ).json()
    assert told["roles"] == {"alder": ["agent"]}
