"""The console's three pages, run as Streamlit runs them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bot.errors import UnknownConversation
from bot.personal_data import PLACEHOLDER
from bot.question import Question
from brands import VehicleContext
from ui.agent_turn import draft_of, plain_draft
from ui.bootstrap import Services
from ui.console.desk_state import Desk
from ui.console.transcript import split_transcript
from ui.console_door import CONSOLE_SCRIPT
from ui.notices import PAGE_FAILED

pytestmark = pytest.mark.usefixtures("shared_services")


@pytest.fixture
def console() -> AppTest:
    return AppTest.from_file(str(CONSOLE_SCRIPT), default_timeout=60)


def html_of(page: AppTest) -> str:
    assert not page.exception, page.exception[0].message
    assert PAGE_FAILED not in [one.value for one in page.error]
    return "\n".join(one.proto.body for one in page.get("html"))


def open_page(console: AppTest, script: str, brand: str = "alder") -> AppTest:
    console.query_params["brand"] = brand
    console.run()
    return console.switch_page(script).run()


def open_desk(console: AppTest, way: str) -> AppTest:
    page = open_page(console, "agent_desk.py")
    page.segmented_control(key="way").set_value(way)
    return page.run()


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return page.run()


def test_the_chat_says_that_it_is_an_ai_before_the_first_message(console: AppTest) -> None:
    html = html_of(console.run())
    assert "You are chatting with an AI assistant" in html
    assert "Hello from Alder." in html
    assert "--mq-primary:#1f3a5f" in html


def test_the_address_says_which_brand_is_shown(console: AppTest) -> None:
    console.query_params["brand"] = "birch"
    assert "Hello from Birch." in html_of(console.run())


def test_an_unknown_brand_in_the_address_is_told(console: AppTest) -> None:
    console.query_params["brand"] = "<script>"
    page = console.run()
    assert "Hello from Alder." in html_of(page)
    assert "no such brand" in page.warning[0].value


def test_a_question_is_answered_with_a_source_that_holds_the_quoted_words(console: AppTest) -> None:
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    html = html_of(page.run())
    assert "Answer from the documents" in html
    assert '<details class="mq-source">' in html
    assert "<mark>" in html
    assert "How do I pair my phone?" in html
    again = html_of(page.run())
    assert "<mark>" in again
    assert again.count('class="mq-said"') == 1


def test_what_a_customer_writes_is_shown_as_letters(console: AppTest) -> None:
    page = console.run()
    page.chat_input[0].set_value("<img src=x onerror=alert(1)> ![x](https://evil.example/x.png)")
    html = html_of(page.run())
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_a_thumb_is_kept_with_its_reason(console: AppTest, shared_services: Services) -> None:
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    page.run()
    conversation_id = shared_services.running.of("alder")[0].conversation_id
    turn = shared_services.assistant.conversations.turns("alder", conversation_id)[-1]
    page.feedback(key=f"thumbs-{turn.turn_id}").set_value(0)
    page.run()
    page.pills(key=f"reason-{turn.turn_id}").set_value("Wrong")
    assert "Thank you." in html_of(page.run())


def test_what_a_button_can_no_longer_do_is_told(console: AppTest, shared_services: Services) -> None:
    conversations = shared_services.assistant.conversations
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    page.run()
    conversation_id = shared_services.running.of("alder")[0].conversation_id
    turn = conversations.turns("alder", conversation_id)[-1]
    conversations.erase("alder", conversation_id)
    page.feedback(key=f"thumbs-{turn.turn_id}").set_value(1)
    html_of(page.run())
    assert "no conversation" in page.toast[0].value


def test_a_waiting_customer_who_erased_everything_ends_no_page(console: AppTest, shared_services: Services) -> None:
    conversations = shared_services.assistant.conversations
    talk = conversations.open("alder")
    shared_services.assistant.ask(Question("alder", "I want to speak to a person", conversation_id=talk))
    page = open_desk(console, "Waiting")
    page.selectbox(key="queued-alder").set_value(talk)
    page.text_input(key="agent-name").set_value("Sam")
    page.run()
    conversations.erase("alder", talk)
    html_of(click(page, "take"))
    assert "no conversation" in page.toast[0].value


def test_a_paste_whose_conversation_is_gone_can_be_discarded(shared_services: Services) -> None:
    desk = Desk("alder", shared_services.assistant.conversations.open("alder"), is_temporary=True)
    shared_services.assistant.conversations.erase("alder", str(desk.conversation_id))
    desk.drop(shared_services)
    assert desk.conversation_id is None


def choices_of(page: AppTest) -> list[str]:
    return [one.label for one in page.button if str(one.key).startswith("choice-")]


def load_anew(page: AppTest, **address: str) -> AppTest:
    """The page in a browser that knows its address and nothing else."""
    again = AppTest.from_file(str(CONSOLE_SCRIPT), default_timeout=60)
    again.query_params.update(page.query_params | address)
    return again.run()


def test_choices_stand_under_an_unanswered_question_on_other_pages_and_loads_too(
    console: AppTest, asked_back: str
) -> None:
    page = console.run()
    page.chat_input[0].set_value(asked_back)
    html_of(page.run())
    assert choices_of(page) == ["2024", "2025"]
    page.switch_page("content_studio.py").run()
    assert choices_of(page.switch_page("chat.py").run()) == ["2024", "2025"]
    again = load_anew(page)
    assert asked_back in html_of(again)
    assert choices_of(again) == ["2024", "2025"]
    html = html_of(click(again, "choice-0"))
    assert "2.4 bar" in html
    assert choices_of(again) == []
    assert choices_of(load_anew(again)) == []


def test_an_address_opens_no_conversation_but_one_of_this_page_and_brand(
    console: AppTest, shared_services: Services
) -> None:
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    page.run()
    customers = shared_services.assistant.conversations.open("alder")
    shared_services.running.add("alder", customers, "api")
    shared_services.assistant.ask(Question("alder", "How do I pair my phone?", conversation_id=customers))
    for other in (
        load_anew(page, conversation=customers),
        load_anew(page, conversation="../1"),
        load_anew(page, brand="birch"),
    ):
        assert 'class="mq-said"' not in html_of(other)
        assert "conversation" not in other.query_params
    page = click(page, "new-conversation")
    assert "conversation" not in page.query_params


def test_danger_is_set_apart_with_a_number_to_call(console: AppTest) -> None:
    page = console.run()
    page.selectbox(key="chat-alder-market").set_value("gb")
    page.run()
    page.chat_input[0].set_value("My car is on fire!")
    html = html_of(page.run())
    assert 'role="alert"' in html
    assert 'href="tel:999"' in html
    assert not page.feedback, "nobody in danger is asked whether that was helpful"


def test_a_new_conversation_begins_empty(console: AppTest) -> None:
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    page.run()
    assert "Hello from Alder." in html_of(click(page, "new-conversation"))


def test_brands_do_not_share_a_conversation(console: AppTest) -> None:
    page = console.run()
    page.chat_input[0].set_value("How do I pair my phone?")
    page.run()
    page.selectbox(key="brand").set_value("birch")
    html = html_of(page.run())
    assert "Hello from Birch." in html
    assert 'class="mq-said"' not in html


def test_an_agent_gets_a_suggestion_and_marks_it_as_sent(console: AppTest, shared_services: Services) -> None:
    page = open_desk(console, "Paste a message")
    message = "Customer: Hello, write to ann@mail.example.\nAgent: Hello!\nCustomer: How do I pair my phone?"
    page.text_area(key="pasted-alder").set_value(message)
    html = html_of(click(page.run(), "suggest"))
    assert "Answer from the documents" in html
    assert "<mark>" in html
    draft = next(one for one in page.text_area if one.label == "Reply")
    draft.set_value(f"{draft.value}\nKind regards")
    assert "Recorded as sent" in html_of(click(page.run(), "sent"))
    desk = page.session_state["desks"]["alder"]
    turns = shared_services.assistant.conversations.turns("alder", desk.conversation_id)
    assert [one.role for one in turns] == ["customer", "agent", "customer", "agent"]
    assert PLACEHOLDER.search(turns[0].text)
    assert turns[-1].text.endswith("Kind regards")
    assert turns[-1].composer == "edited"
    assert turns[-1].citations


def test_a_discarded_paste_leaves_nothing(console: AppTest, shared_services: Services) -> None:
    page = open_desk(console, "Paste a message")
    page.text_area(key="pasted-alder").set_value("How do I pair my phone?")
    click(page.run(), "suggest")
    conversation_id = page.session_state["desks"]["alder"].conversation_id
    html_of(click(page, "discard"))
    with pytest.raises(UnknownConversation):
        shared_services.assistant.conversations.turns("alder", conversation_id)


def test_an_agent_follows_a_running_conversation_and_the_customer_reads_the_reply(console: AppTest) -> None:
    chat = console.run()
    chat.chat_input[0].set_value("I want to talk to a human")
    chat.run()
    page = chat.switch_page("agent_desk.py").run()
    page.segmented_control(key="way").set_value("Follow a conversation")
    html = html_of(page.run())
    assert "I want to talk to a human" in html
    click(page, "suggest-followed")
    next(one for one in page.text_area if one.label == "Reply").set_value("This is Sam. I will call you.")
    click(page.run(), "sent")
    page.switch_page("chat.py").run()  # it looks for an agent's words after what it shows, and runs again
    html = html_of(page.run())
    assert "This is Sam. I will call you." in html
    assert "A colleague of Alder" in html


def test_an_agent_takes_a_waiting_customer_answers_and_closes(console: AppTest, shared_services: Services) -> None:
    handoffs, conversations = shared_services.handoffs, shared_services.assistant.conversations
    for one in handoffs.open_ones("alder"):
        handoffs.close_one("alder", one.conversation_id)
    talk = conversations.open("alder")
    for text in ("How do I pair my phone?", "There is smoke coming out of my bonnet!"):
        shared_services.assistant.ask(
            Question("alder", text, VehicleContext("grove", 2025, "gb"), conversation_id=talk)
        )
    page = open_desk(console, "Waiting")
    html = html_of(page)
    assert "life-threatening: smoke" in html
    assert "Grove 2025 GB" in html
    assert page.button(key="take").disabled
    page.text_input(key="agent-name").set_value("Sam")
    page.run()
    assert "Sam answers" in html_of(click(page, "take"))
    page.text_area(key="own-answer").set_value("This is Sam, I am calling you now.")
    html = html_of(click(page, "send"))
    assert "This is Sam" in html
    assert conversations.turns("alder", talk)[-1].role == "agent"
    assert "Nobody is waiting" in html_of(click(page, "close"))
    closed = handoffs.of("alder", talk)
    assert closed is not None
    assert closed.state == "closed"


def test_an_agent_searches_the_passages_of_the_brand(console: AppTest) -> None:
    page = open_page(console, "agent_desk.py")
    page.text_input(key="search-alder").set_value("changing a wheel")
    html = html_of(page.run())
    assert "120 Nm" in html
    assert "140 Nm" not in html
    page.pills(key="kinds").set_value(["faq"])
    assert "120 Nm" not in html_of(page.run())


def test_the_content_page_shows_documents_and_what_they_became(console: AppTest) -> None:
    page = open_page(console, "content_studio.py")
    html = html_of(page)
    assert "grove-manual.md" in html
    assert "copse" not in html
    page.selectbox(key="inside-alder").set_value("faq.csv")
    assert "How do I pair my phone?" in html_of(page.run())


def test_a_document_is_uploaded_checked_published_and_rolled_back(console: AppTest, shared_services: Services) -> None:
    releases = shared_services.knowledge_base.releases
    before = releases.live("alder")
    page = open_page(console, "content_studio.py")
    content = b"# Snow chains\n\n## Fitting\n\nFit them in front.\n"
    page.file_uploader[0].set_value(("Snow <b>chains.md", content, "text/markdown"))
    html = html_of(page.run())
    assert "Fit them in front." in html
    assert not (shared_services.group.brand_folder("alder") / "documents" / "uploads").exists()
    html_of(click(page, "keep"))
    assert (shared_services.group.brand_folder("alder") / "documents" / "uploads" / "Snow-b-chains.md").exists()
    assert "uploads/Snow-b-chains.md" in html_of(click(page, "check"))
    assert releases.live("alder") == before
    html_of(click(page, "publish"))
    published = releases.live("alder")
    assert published is not None
    assert published != before
    html_of(click(page, "rollback"))
    assert releases.live("alder") == before
    assert not [one for one in page.button if one.key == "publish"], "what was rolled back is no candidate"


def test_two_releases_are_compared_word_by_word_and_an_older_one_is_made_live(
    console: AppTest, shared_services: Services
) -> None:
    releases = shared_services.knowledge_base.releases
    before = releases.live("alder")
    assert before is not None
    manual = shared_services.group.brand_folder("alder") / "documents" / "grove-manual.md"
    manual.write_text(manual.read_text(encoding="utf-8").replace("120 Nm", "125 & Nm"), encoding="utf-8")
    shared_services.pipeline.ingest("alder", publish=True, created_by="anna <i>")
    html = html_of(open_page(console, "content_studio.py"))
    assert "<del>125 &amp; </del> <ins>120 </ins>" in html
    assert "WARNING Never" in html, "as it is read, not as it is written"
    assert "anna &lt;i&gt;" in html
    html_of(click(console, "make-live"))
    assert releases.live("alder") == before
    assert releases.publishes("alder")[-1].by != ""


def test_a_candidate_that_is_older_than_what_is_live_waits_for_a_second_click(
    console: AppTest, shared_services: Services
) -> None:
    releases = shared_services.knowledge_base.releases
    before = releases.pointer("alder")
    note = shared_services.group.brand_folder("alder") / "documents" / "note-of-today.md"
    note.write_text("# Note\n\nThe first words.\n", encoding="utf-8")
    try:
        older = shared_services.pipeline.ingest("alder", publish=False, created_by="anna").candidate
        note.write_text("# Note\n\nOther words.\n", encoding="utf-8")
        newer = shared_services.pipeline.ingest("alder", publish=True, created_by="anna").candidate
        page = open_page(console, "content_studio.py")
        labels = page.selectbox(key="after-alder").options
        page.selectbox(key="after-alder").select(labels[1])
        page.run()
        page = click(page, "make-live")
        assert releases.pointer("alder") == newer
        assert "never live" in page.warning[0].value.replace("\\", "")
        page = click(page, "accept-loss")
        assert releases.pointer("alder") == older
        assert not page.warning
    finally:
        note.unlink()
        releases.publish("alder", str(before))


def test_words_are_erased_after_a_look_and_a_receipt_is_kept(console: AppTest, shared_services: Services) -> None:
    releases = shared_services.knowledge_base.releases
    page = open_page(console, "content_studio.py")
    assert page.button(key="erase-look").disabled
    page.text_input(key="erase-words-alder").set_value("orange ENGINE lamp")
    page.run()
    html = html_of(click(page, "erase-look"))
    assert "Nothing was changed yet" in html
    assert page.button(key="erase").disabled
    before = releases.live("alder")
    page.checkbox(key="erase-sure").check()
    page.run()
    html = html_of(click(page, "erase"))
    assert "nothing is left" in html
    assert "faq.csv" in html
    now = releases.live("alder")
    assert now is not None
    assert before is not None
    assert now.passages == before.passages - 1
    assert not any("engine lamp" in one.question.lower() for one in _faq(shared_services))


def _faq(services: Services) -> list[Any]:
    live = services.knowledge_base.releases.live("alder")
    assert live is not None
    return [one for one in services.knowledge_base.releases.passages_of("alder", live.release_id) if one.question]


def test_what_an_editor_should_know_of_an_upload_is_told_before_it_is_kept(console: AppTest) -> None:
    page = open_page(console, "content_studio.py")
    content = b"question,answer,internal note\nHow tall?,82 cm,do not tell\nHow deep?,,\n"
    page.file_uploader[0].set_value(("sizes.csv", content, "text/csv"))
    page.run()
    told = "\n".join(one.value for one in page.warning)
    assert "internal note" in told
    assert "row 3 has no answer" in told


def test_an_upload_that_cannot_be_read_is_told_in_plain_words(console: AppTest) -> None:
    page = open_page(console, "content_studio.py")
    page.file_uploader[0].set_value(("broken.pdf", b"no pdf at all", "application/pdf"))
    page.run()
    assert "broken" in page.error[0].value
    assert not any(one.key == "keep" for one in page.button)


def test_a_page_that_fails_says_what_to_do(console: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("said in the log, not on the page")

    monkeypatch.setattr("ui.console.content_blocks.figures_block", fail)
    page = open_page(console, "content_studio.py")
    assert [one.value for one in page.error] == [PAGE_FAILED]


def test_checking_unchanged_documents_says_so(console: AppTest) -> None:
    page = open_page(console, "content_studio.py")
    page = click(page, "check")
    assert "published already" in page.success[0].value.replace("\\", "")


def test_a_transcript_is_split_by_its_speakers() -> None:
    assert split_transcript("one message\nof two lines") == [("customer", "one message\nof two lines")]
    assert split_transcript("Customer (Ann): a\nb\nAgent: c\nBot: d\nKunde: e") == [
        ("customer", "a\nb"),
        ("agent", "c"),
        ("bot", "d"),
        ("customer", "e"),
    ]
    assert split_transcript("  \n ") == []


def test_a_draft_has_no_markdown() -> None:
    tables = "| Load | Front | Rear |\n|---|---|---|\n| Normal | 2.3 | 2.5 |\n\n| A | B |\n|---|---|\n| c | d |"
    text = f"From “x”:\n\n> **WARNING** Hot.\n\n{tables}"
    assert plain_draft(text) == "From “x”:\n\nWARNING Hot.\n\nNormal: Front 2.3; Rear 2.5\n\nc: d"
    assert draft_of("anything", None) == "own"


def test_a_publish_that_would_lose_live_documents_waits_for_a_second_click(
    console: AppTest, shared_services: Services
) -> None:
    folder = shared_services.group.brand_folder("alder") / "documents"
    releases = shared_services.knowledge_base.releases
    before = releases.live("alder")
    manual = folder / "grove-manual.md"
    kept = manual.read_bytes()
    page = open_page(console, "content_studio.py")
    manual.unlink()
    try:
        click(page, "check")
        page = click(page, "publish")
        assert releases.live("alder") == before
        assert "lose live content" in page.warning[0].value.replace("\\", "")
        click(page, "accept-loss")
        now = releases.live("alder")
        assert now is not None
        assert before is not None
        assert now.passages < before.passages
    finally:
        manual.write_bytes(kept)
        releases.rollback("alder")


def test_the_chosen_brand_outlives_every_change_of_page(console: AppTest) -> None:
    page = open_page(console, "content_studio.py", "birch")
    for script in ("agent_desk.py", "chat.py", "content_studio.py", "agent_desk.py"):
        assert page.selectbox(key="brand").value == "birch"
        page = page.switch_page(script).run()
    assert "Birch" in html_of(page)
