"""With an issuer of logins, the console shows each person what their roles allow, for their brands only."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bot.handoff_store import Handoff
from bot.question import Question
from tests.oidc_issuer import AUDIENCE, run_issuer, sign_in
from ui.bootstrap import Services
from ui.console.roles import ROLES, action_table
from ui.console_door import CONSOLE_SCRIPT
from ui.settings import UiSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "api.md"
PAGES = {"try": "Hello from Alder.", "assist": "Help a customer of Alder", "read": "What Alder knows"}
SCRIPTS = {"try": "chat.py", "assist": "agent_desk.py", "read": "content_studio.py"}
CHANGED = "# Tyres\n\nThe tyre pressure of the Grove is 2.7 bar in front.\n"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_issuer() as address:
        yield address


@pytest.fixture
def services(shared_services: Services, issuer: str) -> Services:
    shared_services.settings = UiSettings(oidc_issuer=issuer, oidc_audience=AUDIENCE, oidc_client_secret="secret")
    return shared_services


def console_of(token: str | None, brand: str | None = None) -> AppTest:
    console = AppTest.from_file(str(CONSOLE_SCRIPT), default_timeout=60)
    console.user = {"is_logged_in": token is not None, **({"tokens": {"id": token}} if token else {})}
    if brand is not None:
        console.query_params["brand"] = brand
    return console


def html_of(page: AppTest) -> str:
    assert not page.exception, page.exception[0].message
    return "\n".join(one.proto.body for one in page.get("html"))


def keys_of(page: AppTest) -> set[str]:
    return {one.key for one in page.button if one.key}


def error_of(page: AppTest) -> str:
    return str(page.error[0].value).replace("\\", "")


def shown_to(token: str | None) -> str:
    return html_of(console_of(token).run())


def test_nothing_is_shown_to_who_has_not_signed_in(services: Services) -> None:
    page = console_of(None, "alder").run()
    assert "This is where the staff" in html_of(page)
    assert keys_of(page) == {"sign-in"}
    assert not page.selectbox
    assert "Alder" not in html_of(page)


def test_a_sign_in_that_proves_nothing_is_refused(services: Services, issuer: str) -> None:
    good = sign_in(issuer, "kim", roles=["*:admin"])
    for token in ("x", "a.b.c", good[:-8] + "AAAAAAAA", sign_in(issuer, "kim", audience="other", roles=["*:admin"])):
        page = console_of(token).run()
        assert "sign in again" in html_of(page)
        assert keys_of(page) == {"sign-in"}


def test_a_sign_in_ends_although_the_page_stays_open(
    services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = console_of(sign_in(issuer, "kim", roles=["alder:admin"])).run()
    assert PAGES["try"] in html_of(page)
    later = time.time() + services.settings.sign_in_hours * 3600 + 60
    monkeypatch.setattr("ui.api.staff.time", lambda: later)
    assert "sign-in has ended" in html_of(page.run())
    assert keys_of(page) == {"sign-in"}


def test_a_sign_in_outlasts_its_token(services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sign_in(issuer, "kim", roles=["alder:agent"])
    later = time.time() + services.settings.sign_in_hours * 3600 - 60  # the token itself lasts an hour
    monkeypatch.setattr("ui.api.staff.time", lambda: later)
    assert PAGES["try"] in shown_to(token)


@pytest.mark.parametrize("roles", [[], ["alder:owner"], ["cedar:admin"], ["agent"]])
def test_who_has_no_role_sees_nothing_and_may_sign_out(services: Services, issuer: str, roles: list[str]) -> None:
    page = console_of(sign_in(issuer, "nobody", roles=roles)).run()
    assert "signed in as Nobody" in html_of(page)
    assert keys_of(page) == {"sign-out"}
    assert not page.selectbox


@pytest.mark.parametrize("role", ["agent", "editor", "publisher", "auditor", "admin"])
def test_each_role_sees_its_pages_and_no_others(services: Services, issuer: str, role: str) -> None:
    token = sign_in(issuer, role, roles=[f"alder:{role}"])
    allowed = [one for one in PAGES if role in (*ROLES[one], "admin")]  # type: ignore[index]
    page = console_of(token).run()
    assert PAGES[allowed[0]] in html_of(page)
    assert [one.options for one in page.selectbox if one.key == "brand"] == [["Alder"]]
    for action, script in SCRIPTS.items():
        if action in allowed:
            assert PAGES[action] in html_of(page.switch_page(script).run())
        else:
            other = html_of(console_of(token).switch_page(script).run())
            assert PAGES[action] not in other


def test_the_buttons_of_the_content_page_are_those_of_the_role(services: Services, issuer: str) -> None:
    folder = services.group.brand_folder("alder") / "documents"
    (folder / "tyres.md").write_text(CHANGED, encoding="utf-8")
    services.pipeline.ingest("alder", publish=False, created_by="tests")
    seen = {}
    for role in ("editor", "publisher", "auditor", "admin"):
        page = console_of(sign_in(issuer, role, roles=[f"alder:{role}"])).run().switch_page("content_studio.py").run()
        html_of(page)
        tabs = {one.label for one in page.tabs}
        seen[role] = (keys_of(page) & {"check", "publish", "rollback", "make-live"}, tabs - {"Documents", "Releases"})
    moves = {"publish", "rollback", "make-live"}
    assert seen == {
        "editor": ({"check"}, {"Add a document"}),
        "publisher": (moves, set()),
        "auditor": (set(), set()),
        "admin": ({"check", *moves}, {"Add a document", "Erase"}),
    }


def test_the_address_leads_to_no_other_brand(services: Services, issuer: str) -> None:
    token = sign_in(issuer, "eve", roles=["birch:editor"])
    page = console_of(token, "alder").run()
    assert "no such brand" in page.warning[0].value
    html = html_of(page.switch_page("content_studio.py").run())
    assert "What Birch knows" in html
    assert "Alder" not in html


def test_brands_are_those_of_the_page(services: Services, issuer: str) -> None:
    token = sign_in(issuer, "max", roles=["alder:agent", "birch:auditor"])
    page = console_of(token).run()
    assert "Hello from Alder." in html_of(page)
    assert "What Birch knows" in html_of(page.switch_page("content_studio.py").run())
    assert "Help a customer of Alder" in html_of(page.switch_page("agent_desk.py").run())


def test_a_button_that_was_shown_before_does_nothing_once_the_role_is_gone(
    services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (services.group.brand_folder("alder") / "documents" / "tyres.md").write_text(CHANGED, encoding="utf-8")
    services.pipeline.ingest("alder", publish=False, created_by="tests")
    live = services.knowledge_base.releases.live("alder")
    page = console_of(sign_in(issuer, "pat", roles=["alder:publisher"])).run().switch_page("content_studio.py").run()
    page.user = {"is_logged_in": True, "tokens": {"id": sign_in(issuer, "pat", roles=["alder:auditor"])}}
    page.button(key="publish").click()
    html_of(page.run())
    assert "needs the role publisher" in error_of(page)
    assert services.knowledge_base.releases.live("alder") == live


def test_who_brings_in_and_who_publishes_are_recorded_and_must_be_two(
    services: Services, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = services.group.profile.model_copy(update={"two_person_publish": True})
    services.group = replace(services.group, profile=profile)
    both = ["alder:editor", "alder:publisher"]
    anna = console_of(sign_in(issuer, "anna", roles=both)).run().switch_page("content_studio.py").run()
    anna.file_uploader[0].upload("tyres.md", CHANGED.encode(), "text/markdown")
    anna.run()
    anna.button(key="keep").click()
    html_of(anna.run())
    ben = console_of(sign_in(issuer, "ben", roles=both)).run().switch_page("content_studio.py").run()
    ben.button(key="check").click()
    html_of(ben.run())
    candidate = services.knowledge_base.releases.releases("alder")[0]
    assert candidate.created_by == "Ben (ben)"
    for page, words in ((ben, "Ben (ben) built release"), (anna, "Anna (anna) brought uploads/tyres.md in")):
        page.run()
        page.button(key="publish").click()
        html_of(page.run())
        assert words in error_of(page)
    renamed = sign_in(issuer, "ben", roles=both, name="Another Ben")
    page = console_of(renamed).run().switch_page("content_studio.py").run()
    page.button(key="publish").click()
    html_of(page.run())
    assert "Ben (ben) built release" in error_of(page)
    third = console_of(sign_in(issuer, "cleo", roles=["alder:publisher"])).run().switch_page("content_studio.py").run()
    third.button(key="publish").click()
    html_of(third.run())
    assert [one.by for one in services.knowledge_base.releases.publishes("alder")][-1] == "Cleo (cleo)"


def test_an_agent_answers_under_the_name_of_their_login(services: Services, issuer: str) -> None:
    conversation = services.assistant.conversations.open("alder")
    list(services.assistant.stream(Question("alder", "I want to talk to a person", conversation_id=conversation)))
    page = console_of(sign_in(issuer, "kim", roles=["alder:agent"])).run().switch_page("agent_desk.py").run()
    assert not [one for one in page.text_input if one.key == "agent-name"]
    page.button(key="take").click()
    html_of(page.run())
    handoff = services.handoffs.of("alder", conversation)
    assert isinstance(handoff, Handoff)
    assert (handoff.state, handoff.agent) == ("joined", "Kim")


def test_only_who_took_a_conversation_writes_in_it(services: Services, issuer: str) -> None:
    conversation = services.assistant.conversations.open("alder")
    list(services.assistant.stream(Question("alder", "I want to talk to a person", conversation_id=conversation)))
    services.handoffs.join("alder", conversation, "Kim", "another-kim")
    page = console_of(sign_in(issuer, "kim", roles=["alder:agent"])).run().switch_page("agent_desk.py").run()
    assert "Kim answers" in html_of(page)
    assert not [one for one in page.text_area if one.key == "own-answer"]
    page.button(key="suggest-queued").click()
    page.run()
    page.button(key="sent").click()
    assert "Kim answers this customer" in page.run().toast[0].value.replace("\\", "")
    assert [one.role for one in services.assistant.conversations.turns("alder", conversation)] == ["customer", "bot"]
    page.button(key="take").click()
    html_of(page.run())
    assert [one for one in page.text_area if one.key == "own-answer"]
    page.button(key="sent").click()
    html_of(page.run())
    handoff = services.handoffs.of("alder", conversation)
    assert handoff is not None
    assert handoff.agent_subject == "kim"
    assert services.assistant.conversations.turns("alder", conversation)[-1].role == "agent"


def test_erasing_words_needs_an_admin_of_every_brand(services: Services, issuer: str) -> None:
    for roles, refused in ((["alder:admin"], True), (["*:admin"], False)):
        page = console_of(sign_in(issuer, "ada", roles=roles)).run().switch_page("content_studio.py").run()
        page.text_input(key="erase-words-alder").set_value("2.3 bar")
        page.run()
        page.button(key="erase-look").click()
        html_of(page.run())
        assert bool([one for one in page.error if "admin for all of them" in one.value]) is refused


def test_signing_out_leaves_the_page_without_anything(services: Services, issuer: str) -> None:
    page = console_of(sign_in(issuer, "kim", roles=["alder:agent"])).run()
    assert "Signed in as <b>Kim</b>" in html_of(page)
    page.button(key="sign-out").click()
    assert "Alder" not in html_of(page.run())
    assert keys_of(page) == {"sign-in"}


def test_an_issuer_that_is_down_lets_nobody_in_and_says_so(services: Services, issuer: str) -> None:
    services.settings = services.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
    page = console_of(sign_in(issuer, "kim", roles=["*:admin"])).run()
    assert "cannot be checked" in html_of(page)
    assert "127.0.0.1:1" not in html_of(page)


def test_the_guide_holds_the_table() -> None:
    assert action_table() in GUIDE.read_text(encoding="utf-8"), "put the output of `python -m ui.console.roles` there"
