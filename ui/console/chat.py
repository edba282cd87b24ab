"""*Chat*: what a brand's customers see, for trying it out."""

from itertools import islice

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bot.errors import BotError
from bot.question import Question
from bot.reply import Reply
from brands import BrandProfile, BrandsError
from knowledge_base.errors import KnowledgeBaseError
from ui.api.schemas import logo_address
from ui.bootstrap import Services, shared
from ui.console.blocks import agent_block, customer_block, empty_block, reply_block, writing_block
from ui.console.callbacks import telling
from ui.console.chat_state import Chat, Entry, chat_of, keep_in_address
from ui.console.choices import choose_language, choose_vehicle, chosen_brand
from ui.console.passages import cited_passages, live_passages
from ui.console.safe_text import escape, widget_text
from ui.console.theme import show_brand_style
from ui.notices import ai_notice

REASONS = ("Wrong", "Not about my vehicle", "Hard to understand", "Something is missing")
_LONGEST_EXAMPLE_CHARACTERS = 60
_POLL_SECONDS = 3


def show_page() -> None:
    """Show the page."""
    services = shared()
    with st.sidebar:
        profile = chosen_brand(services.group)
        st.html('<div class="mq mq-section">The customer\'s vehicle</div>')
        vehicle = choose_vehicle(profile, "chat")
        language = choose_language(profile, "chat")
        st.html('<p class="mq mq-small">What a page or an app would tell of the visitor. It narrows the search.</p>')
    show_brand_style(profile, "chat")
    chat = chat_of(services, profile.id)
    limit = services.settings.message_limit_characters
    typed = st.chat_input(f"Ask {profile.voice.assistant_name}", max_chars=limit, key="chat-input")
    asked = typed or chat.asked
    chat.asked = None
    if chat.entries or asked:
        _show_bar(services, profile, chat)
    else:
        _show_hero(services, profile, chat, language)
    for number, entry in enumerate(chat.entries):
        is_last = not asked and number == len(chat.entries) - 1
        _show_entry(services, profile, chat, entry, is_last=is_last)
    if asked:
        _answer(services, profile, chat, Question(profile.id, asked, vehicle, language))
    keep_in_address(chat)
    if chat.waits_for_person:
        _follow_agent(services, chat)


def _show_hero(services: Services, profile: BrandProfile, chat: Chat, language: str) -> None:
    st.html(
        f'<div class="mq mq-hero">{_logo(services, profile)}'
        f'<div class="mq-title" role="heading" aria-level="1">{escape(profile.greeting(language))}</div>'
        f'<div class="mq-notice"><b>AI</b><span>{escape(ai_notice(profile.name, language))}</span></div></div>'
    )
    examples = _examples(services, profile.id, language)
    if examples:
        with st.container(horizontal=True, gap="small", key="examples"):
            for number, question in enumerate(examples):
                st.button(
                    widget_text(question),
                    key=f"example-{number}",
                    on_click=chat.ask_next,
                    args=(question,),
                    width="content",
                )
    elif services.knowledge_base.releases.live(profile.id) is None:
        st.html(empty_block("Nothing is published yet", f"Bring the documents of {profile.name} in: page Content."))


def _show_bar(services: Services, profile: BrandProfile, chat: Chat) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="bar"):
        who = f"{escape(profile.voice.assistant_name)} · AI assistant"
        st.html(
            f'<div class="mq mq-bar">{_logo(services, profile)}<span class="who">{who}</span></div>', width="content"
        )
        st.button("New conversation", key="new-conversation", on_click=chat.begin_anew, width="content")


def _logo(services: Services, profile: BrandProfile) -> str:
    address = logo_address(profile, services.group.brand_folder(profile.id))
    if address is None:
        return f'<div class="mq-name">{escape(profile.name)}</div>'
    return f'<img class="mq-logo" src="{address}" alt="{escape(profile.name)}">'


def _show_entry(services: Services, profile: BrandProfile, chat: Chat, entry: Entry, *, is_last: bool) -> None:
    if entry.from_agent:
        st.html(agent_block(entry.text, profile))
    elif entry.reply is None:
        st.html(customer_block(entry.text))
    else:
        st.html(reply_block(entry.reply, profile, entry.passages, entry.market))
        _show_after_reply(services, chat, entry, entry.reply.choices if is_last else ())


def _show_after_reply(services: Services, chat: Chat, entry: Entry, choices: tuple[str, ...]) -> None:
    if choices:
        with st.container(horizontal=True, gap="small", key="choices"):
            for number, choice in enumerate(choices):
                st.button(
                    widget_text(choice), key=f"choice-{number}", on_click=chat.ask_next, args=(choice,), width="content"
                )
    is_rated = entry.reply is not None and entry.reply.kind in {"answer", "decline"}
    if is_rated and entry.turn_id is not None:
        _show_thumbs(services, chat, entry.turn_id)


def _show_thumbs(services: Services, chat: Chat, turn_id: str) -> None:
    key, reason_key = f"thumbs-{turn_id}", f"reason-{turn_id}"

    @telling
    def keep_feedback() -> None:
        given = st.session_state.get(key)
        if given is not None and chat.conversation_id is not None:
            reason = st.session_state.get(reason_key) if given == 0 else None
            services.assistant.conversations.feedback(chat.brand_id, chat.conversation_id, turn_id, given == 1, reason)

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"feedback-{turn_id}"):
        given = st.feedback("thumbs", key=key, on_change=keep_feedback)
        if given == 0:
            st.pills("What was wrong?", REASONS, key=reason_key, label_visibility="collapsed", on_change=keep_feedback)
        if given == 1 or st.session_state.get(reason_key):
            st.html('<span class="mq mq-small">Thank you.</span>', width="content")


def _answer(services: Services, profile: BrandProfile, chat: Chat, question: Question) -> None:
    st.html(customer_block(question.text))
    place = st.empty()
    place.html(writing_block("", profile))
    try:
        reply = _stream(services, profile, chat, question, place)
    except (BotError, BrandsError, KnowledgeBaseError) as error:
        place.error(widget_text(str(error)))
        return
    passages = cited_passages(services, profile.id, reply.citations)
    market = question.vehicle.market
    entry = Entry(reply.text, reply, reply.turn_id, market, passages)
    chat.entries += [Entry(question.text), entry]
    place.html(reply_block(reply, profile, passages, market))
    _show_after_reply(services, chat, entry, reply.choices)


def _stream(services: Services, profile: BrandProfile, chat: Chat, question: Question, place: DeltaGenerator) -> Reply:
    conversation_id = chat.open_conversation(services)
    asked = Question(profile.id, question.text, question.vehicle, question.language, conversation_id)
    written = ""
    for piece in services.assistant.stream(asked):
        if isinstance(piece, Reply):
            return piece
        written += piece
        place.html(writing_block(written, profile))
    raise BotError("there was no reply; ask again")


@st.fragment(run_every=_POLL_SECONDS)
def _follow_agent(services: Services, chat: Chat) -> None:
    if chat.take_agent_turns(services):
        st.rerun()


def _examples(services: Services, brand_id: str, language: str) -> list[str]:
    questions = (
        one.question
        for one in live_passages(services, brand_id)
        if one.question and one.scope.language == language and len(one.question) <= _LONGEST_EXAMPLE_CHARACTERS
    )
    return list(islice(questions, 0, 16, 4))


show_page()
