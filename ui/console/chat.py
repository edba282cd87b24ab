"""*Chat*: what a brand's customers see, for trying it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import streamlit as st

from bot.errors import BotError, UnknownConversation
from bot.question import Question
from bot.reply import Reply
from brands import BrandProfile, BrandsError, VehicleContext
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.passage import Passage
from ui.api.schemas import logo_address
from ui.bootstrap import Services, shared
from ui.console.blocks import agent_block, customer_block, empty_block, reply_block, writing_block
from ui.console.choices import choose_brand, choose_language, choose_vehicle
from ui.console.passages import cited_passages, live_passages
from ui.console.safe_text import escape
from ui.console.theme import show_brand_style
from ui.notices import ai_notice

REASONS = ("Wrong", "Not about my vehicle", "Hard to understand", "Something is missing")
_LONGEST_EXAMPLE = 60
_POLL_SECONDS = 3


@dataclass
class Entry:
    """One thing that was said, as this page shows it."""

    text: str
    reply: Reply | None = None
    turn_id: str | None = None
    market: str | None = None
    passages: Mapping[str, Passage] = field(default_factory=dict)
    from_agent: bool = False


@dataclass
class Chat:
    """The conversation of one browser tab with one brand."""

    brand_id: str
    conversation_id: str | None = None
    entries: list[Entry] = field(default_factory=list)
    asked: str | None = None


def show_page() -> None:
    """Show the page."""
    services = shared()
    with st.sidebar:
        profile = choose_brand(services.group)
        st.html('<div class="mq mq-section" style="margin-top:.4rem">The customer\'s vehicle</div>')
        vehicle = choose_vehicle(profile, "chat")
        language = choose_language(profile, "chat")
        st.html('<p class="mq-small">What a page or an app would tell of the visitor. It narrows the search.</p>')
    show_brand_style(profile, "chat")
    chat = _chat_of(profile.id)
    typed = st.chat_input(
        f"Ask {profile.voice.assistant_name}", max_chars=services.settings.message_limit_characters, key="chat-input"
    )
    asked = typed or chat.asked
    chat.asked = None
    if chat.entries or asked:
        _show_bar(services, profile, chat)
    else:
        _show_hero(services, profile, chat, language)
    for entry in chat.entries:
        _show_entry(services, profile, chat, entry, is_last=entry is chat.entries[-1] and not asked)
    if asked:
        _answer(services, profile, chat, Question(profile.id, asked, vehicle, language))
        st.rerun()
    if chat.entries and _waits_for_person(chat):
        _follow_agent(services, profile.id)


def _chat_of(brand_id: str) -> Chat:
    key = f"chat-of-{brand_id}"
    if key not in st.session_state:
        st.session_state[key] = Chat(brand_id)
    found = st.session_state[key]
    assert isinstance(found, Chat)
    return found


def _show_hero(services: Services, profile: BrandProfile, chat: Chat, language: str) -> None:
    logo = logo_address(profile, services.group.brand_folder(profile.id))
    shown = f'<img class="mq-logo" src="{logo}" alt="{escape(profile.name)}">' if logo else _name_mark(profile)
    st.html(
        f'<div class="mq mq-hero">{shown}'
        f'<div class="mq-title" role="heading" aria-level="1">{escape(profile.greeting(language))}</div>'
        f'<div class="mq-notice"><b>AI</b><span>{escape(ai_notice(profile.name, language))}</span></div></div>'
    )
    examples = _examples(services, profile.id, language)
    if examples:
        with st.container(horizontal=True, gap="small", key="examples"):
            for number, question in enumerate(examples):
                st.button(_label(question), key=f"example-{number}", on_click=_ask_next, args=(chat, question))
    elif services.knowledge_base.releases.live(profile.id) is None:
        st.html(empty_block("Nothing is published yet", f"Bring in the documents of {profile.name} on the Content page."))


def _show_bar(services: Services, profile: BrandProfile, chat: Chat) -> None:
    logo = logo_address(profile, services.group.brand_folder(profile.id))
    shown = f'<img class="mq-logo" src="{logo}" alt="{escape(profile.name)}">' if logo else _name_mark(profile)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        name = escape(profile.voice.assistant_name)
        st.html(f'<div class="mq mq-bar">{shown}<span class="who">{name} · AI assistant</span></div>')
        st.button("New conversation", key="new-conversation", on_click=_begin_anew, args=(chat,), width="content")


def _name_mark(profile: BrandProfile) -> str:
    return f'<div class="mq-mark" style="margin-bottom:1.2rem">{escape(profile.name[:1])}</div>'


def _show_entry(services: Services, profile: BrandProfile, chat: Chat, entry: Entry, *, is_last: bool) -> None:
    if entry.from_agent:
        st.html(agent_block(entry.text, profile))
        return
    if entry.reply is None:
        st.html(customer_block(entry.text))
        return
    st.html(reply_block(entry.reply, profile, entry.passages, entry.market))
    if entry.reply.choices and is_last:
        with st.container(horizontal=True, gap="small", key="choices"):
            for number, choice in enumerate(entry.reply.choices):
                st.button(_label(choice), key=f"choice-{number}", on_click=_ask_next, args=(chat, choice))
    if entry.turn_id is not None:
        _show_thumbs(services, chat, entry.turn_id)


def _show_thumbs(services: Services, chat: Chat, turn_id: str) -> None:
    key = f"thumbs-{turn_id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"feedback-{turn_id}"):
        st.feedback("thumbs", key=key, on_change=_keep_feedback, args=(services, chat, turn_id))
        given = st.session_state.get(key)
        if given == 1:
            st.html('<span class="mq-small">Thank you.</span>')
        if given == 0:
            st.pills(
                "What was wrong?",
                REASONS,
                key=f"reason-{turn_id}",
                label_visibility="collapsed",
                on_change=_keep_feedback,
                args=(services, chat, turn_id),
            )


def _keep_feedback(services: Services, chat: Chat, turn_id: str) -> None:
    given = st.session_state.get(f"thumbs-{turn_id}")
    if given is not None and chat.conversation_id is not None:
        reason = st.session_state.get(f"reason-{turn_id}") if given == 0 else None
        services.assistant.conversations.feedback(chat.brand_id, chat.conversation_id, turn_id, given == 1, reason)


def _answer(services: Services, profile: BrandProfile, chat: Chat, question: Question) -> None:
    chat.entries.append(Entry(question.text))
    st.html(customer_block(question.text))
    place = st.empty()
    place.html(writing_block("", profile))
    try:
        reply = _stream(services, profile, chat, question, place)
    except (BotError, BrandsError, KnowledgeBaseError) as error:
        chat.entries.pop()
        st.session_state["chat-error"] = str(error)
        st.error(_label(str(error)))
        st.stop()
    vehicle = question.vehicle
    turn_id = _newest_turn(services, chat)
    passages = cited_passages(services, profile.id, reply.citations)
    chat.entries.append(Entry(reply.text, reply, turn_id, vehicle.market, passages))


def _stream(
    services: Services, profile: BrandProfile, chat: Chat, question: Question, place: "st.delta_generator.DeltaGenerator"
) -> Reply:
    asked = Question(profile.id, question.text, question.vehicle, question.language, _conversation(services, chat))
    written = ""
    reply: Reply | None = None
    for piece in services.assistant.stream(asked):
        if isinstance(piece, Reply):
            reply = piece
        else:
            written += piece
            place.html(writing_block(written, profile))
    assert reply is not None
    return reply


def _conversation(services: Services, chat: Chat) -> str:
    conversations = services.assistant.conversations
    if chat.conversation_id is not None:
        try:
            conversations.turns(chat.brand_id, chat.conversation_id)
        except UnknownConversation:
            chat.conversation_id = None
    if chat.conversation_id is None:
        chat.conversation_id = conversations.open(chat.brand_id)
        services.running.add(chat.brand_id, chat.conversation_id, "console")
    return chat.conversation_id


def _newest_turn(services: Services, chat: Chat) -> str | None:
    if chat.conversation_id is None:
        return None
    turns = services.assistant.conversations.turns(chat.brand_id, chat.conversation_id)
    return next((one.turn_id for one in reversed(turns) if one.role == "bot"), None)


def _waits_for_person(chat: Chat) -> bool:
    last = chat.entries[-1]
    return last.from_agent or (last.reply is not None and last.reply.kind in {"handoff", "safety"})


@st.fragment(run_every=_POLL_SECONDS)
def _follow_agent(services: Services, brand_id: str) -> None:
    chat = _chat_of(brand_id)
    if chat.conversation_id is None:
        return
    try:
        turns = services.assistant.conversations.turns(brand_id, chat.conversation_id)
    except UnknownConversation:
        return
    shown = {one.turn_id for one in chat.entries}
    new = [one for one in turns if one.role == "agent" and one.turn_id not in shown]
    if new:
        chat.entries += [Entry(one.text, turn_id=one.turn_id, from_agent=True) for one in new]
        st.rerun()


def _ask_next(chat: Chat, text: str) -> None:
    chat.asked = text


def _begin_anew(chat: Chat) -> None:
    chat.conversation_id = None
    chat.entries.clear()
    chat.asked = None


def _examples(services: Services, brand_id: str, language: str) -> list[str]:
    questions = (
        one.question
        for one in live_passages(services, brand_id)
        if one.question and one.scope.language == language and len(one.question) <= _LONGEST_EXAMPLE
    )
    return list(islice(questions, 0, 16, 4))


def _label(text: str) -> str:
    """Text as a widget's label, in which Streamlit's Markdown finds nothing to act on."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-.!|~$:" else letter for letter in text)


__all__ = ["Chat", "Entry", "VehicleContext", "show_page"]

show_page()
