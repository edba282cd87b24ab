"""*Agent assist*: a suggested reply with its sources, and a search over the brand's passages."""

from collections.abc import Callable

import streamlit as st

from bot.conversation import Turn
from bot.errors import BotError
from brands import BrandProfile, VehicleContext
from knowledge_base.errors import KnowledgeBaseError
from ui.agent_turn import plain_draft
from ui.bootstrap import RunningConversation, Services, shared
from ui.console.agent_desk_queue import is_anothers, show_queue
from ui.console.blocks import empty_block, head_block, kind_block, passages_found_block, sources_block, talk_block
from ui.console.callbacks import telling
from ui.console.choices import choose_language, choose_vehicle, chosen_brand
from ui.console.desk_state import Desk, desk_of, turns_of
from ui.console.safe_text import widget_text
from ui.console.sign_in import may, person
from ui.console.theme import show_brand_style

QUEUE, PASTE, FOLLOW = "Waiting", "Paste a message", "Follow a conversation"
KINDS = ("text", "table", "faq", "warning")
_POLL_SECONDS = 3
_SEARCH_LIMIT = 30
_SHOWN_HITS = 12


def show_page() -> None:
    """Show the page."""
    services = shared()
    with st.sidebar:
        profile = chosen_brand(services.group)
        st.html('<div class="mq mq-section">The customer\'s vehicle</div>')
        vehicle = choose_vehicle(profile, "agent")
        language = choose_language(profile, "agent")
    show_brand_style(profile, "agent")
    lead = "Every suggestion rests on the published documents of this brand. Read its sources before you send it."
    st.html(head_block("Agent assist", f"Help a customer of {profile.name}", lead))
    desk = desk_of(profile.id)
    left, right = st.columns(2, gap="medium")
    with left:
        way = st.segmented_control(
            "Where the customer wrote",
            [QUEUE, PASTE, FOLLOW],
            default=QUEUE if services.handoffs.open_ones(profile.id) else PASTE,
            required=True,
            key="way",
            label_visibility="collapsed",
        )
        if way == QUEUE:
            _show_waiting(services, profile, desk, vehicle, language)
        elif way == FOLLOW:
            _show_follow(services, profile, desk, vehicle, language)
        else:
            _show_paste(services, profile, desk, vehicle, language)
    with right:
        suggestion, search = st.tabs(["Suggested reply", "Search the documents"])
        with suggestion:
            _show_suggestion(services, profile, desk, vehicle)
        with search:
            _show_search(services, profile, vehicle)


def _show_waiting(
    services: Services, profile: BrandProfile, desk: Desk, vehicle: VehicleContext, language: str
) -> None:
    def suggest(conversation_id: str) -> None:
        with st.spinner("Looking in the documents"):
            _try(lambda: desk.suggest_for_conversation(services, conversation_id, vehicle, language))

    show_queue(services, profile, desk, suggest)


def _show_paste(services: Services, profile: BrandProfile, desk: Desk, vehicle: VehicleContext, language: str) -> None:
    text = st.text_area(
        "The customer's message, or the transcript",
        key=f"pasted-{profile.id}",
        height=230,
        max_chars=services.settings.message_limit_characters * 10,
        placeholder="Paste it here. In a transcript, begin lines with “Customer:” and “Agent:”.",
    )
    if st.button("Suggest a reply", type="primary", key="suggest", disabled=not text.strip()):
        with st.spinner("Looking in the documents"):
            _try(lambda: desk.suggest_for_paste(services, text, vehicle, language))
    st.html(
        '<p class="mq mq-small">Nothing of it is kept unless you mark the reply as sent; '
        "personal data is replaced first.</p>"
    )


def _show_follow(services: Services, profile: BrandProfile, desk: Desk, vehicle: VehicleContext, language: str) -> None:
    running = services.running.of(profile.id)
    if not running:
        text = f"Conversations with {profile.name} appear here while they run, from the Chat page and the API."
        st.html(empty_block("No conversation is running", text))
        return
    labels = {one.conversation_id: _label(services, profile.id, one) for one in running}
    chosen = st.selectbox("Conversation", list(labels), key=f"followed-{profile.id}", format_func=labels.__getitem__)
    if desk.conversation_id not in {None, chosen} and not desk.is_temporary:
        desk.drop(services)
    if st.button("Suggest a reply", type="primary", key="suggest-followed"):
        with st.spinner("Looking in the documents"):
            _try(lambda: desk.suggest_for_conversation(services, chosen, vehicle, language))
    _show_talk(services, profile, chosen)


@st.fragment(run_every=_POLL_SECONDS)
def _show_talk(services: Services, profile: BrandProfile, conversation_id: str) -> None:
    if not may(profile.id, "assist"):
        st.rerun()
    turns = turns_of(services, profile.id, conversation_id)
    with st.container(height=430, border=True, key="talk"):
        st.html(
            talk_block(turns, profile) if turns else empty_block("Nothing was said yet", "This view follows along.")
        )


def _label(services: Services, brand_id: str, running: RunningConversation) -> str:
    turns: tuple[Turn, ...] = turns_of(services, brand_id, running.conversation_id)
    first = next((one.text for one in turns if one.role == "customer"), "nothing said yet")
    return f"{running.began_at.astimezone():%H:%M}, {running.door}: {' '.join(first.split())[:60]}"


def _show_suggestion(services: Services, profile: BrandProfile, desk: Desk, vehicle: VehicleContext) -> None:
    reply = desk.suggestion
    if reply is None:
        st.html(empty_block("No suggestion yet", "Choose who waits, paste a message or follow a conversation first."))
        return
    st.html(kind_block(reply.kind))
    key = f"draft-{profile.id}-{desk.number}"
    draft = st.text_area(
        "Reply", plain_draft(reply.text), key=key, height="content", label_visibility="collapsed", disabled=desk.sent
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if desk.sent:
            words = "Sent" if desk.is_live else "Recorded as sent"
            st.html(f'<span class="mq mq-pill good">{words}</span>', width="content")
        else:
            words = "Send to the customer" if desk.is_live else "Mark as sent"
            st.button(words, type="primary", key="sent", on_click=_mark_sent, args=(services, desk, draft, vehicle))
        with st.popover("Copy"):
            st.code(draft, language=None, wrap_lines=True)
        st.button("Discard", key="discard", on_click=desk.drop, args=(services,))
    if reply.citations:
        st.html(f'<div class="mq">{sources_block(reply.citations, desk.passages)}</div>')


@telling
def _mark_sent(services: Services, desk: Desk, draft: str, vehicle: VehicleContext) -> None:
    if not may(desk.brand_id, "assist"):
        return
    if desk.is_live and desk.conversation_id is not None and services.staff_tokens.is_used:
        handoff = services.handoffs.of(desk.brand_id, desk.conversation_id)
        if handoff is not None and is_anothers(services, handoff):
            st.toast(widget_text(f"{handoff.agent} answers this customer; take the conversation first."))
            return
        services.handoffs.join(desk.brand_id, desk.conversation_id, person().name, person().subject)
    desk.mark_sent(services, draft, vehicle)


def _show_search(services: Services, profile: BrandProfile, vehicle: VehicleContext) -> None:
    query = st.text_input("Search", key=f"search-{profile.id}", placeholder="tyre pressure, warranty, error code")
    kinds = st.pills(
        "Kind",
        KINDS,
        selection_mode="multi",
        key="kinds",
        label_visibility="collapsed",
        format_func=lambda one: "FAQ" if one == "faq" else one.capitalize(),
    )
    if not query.strip():
        st.html(empty_block("Find a passage", "The same search that the assistant uses, for the vehicle on the left."))
        return
    try:
        found = services.knowledge_base.retriever.find(profile.id, query, vehicle=vehicle, limit=_SEARCH_LIMIT)
    except KnowledgeBaseError as error:
        st.error(widget_text(str(error)))
        return
    hits = [one for one in found.hits if not kinds or one.passage.kind in kinds][:_SHOWN_HITS]
    if hits:
        st.html(passages_found_block([(one.passage, one.score) for one in hits]))
    else:
        st.html(empty_block("Nothing found", "Try other words, fewer kinds, or another vehicle."))


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except (BotError, KnowledgeBaseError) as error:
        st.error(widget_text(str(error)))


show_page()
