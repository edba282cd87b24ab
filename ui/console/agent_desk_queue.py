"""*Agent assist*, the queue: who waits for a person, what that person needs to know, and their answer."""

from collections.abc import Callable, Mapping
from textwrap import shorten

import streamlit as st

from bot.errors import UnknownConversation
from bot.handoff import HandoffPacket, question_handed_over
from bot.handoff_store import Handoff, HandoffReason
from bot.safety import Hazard
from brands import BrandProfile, VehicleContext
from ui.agent_turn import agent_turn, plain_draft
from ui.bootstrap import Services
from ui.console.blocks import empty_block, pill, talk_block
from ui.console.callbacks import telling
from ui.console.desk_state import Desk, turns_of
from ui.console.safe_text import escape
from ui.console.sign_in import may, person

POLL_SECONDS = 3
REASONS: Mapping[HandoffReason, str] = {
    "hazard": "danger",
    "anger": "upset",
    "declines": "not in the documents",
    "person": "asked for a person",
}
_DANGERS = {
    "life": "life-threatening",
    "do_not_drive": "must not be driven",
    "record": "for the safety record",
}
_LONGEST_ANSWER = 4_000
_LONGEST_STEP = 140
_LONGEST_LABEL = 44


def show_queue(services: Services, profile: BrandProfile, desk: Desk, suggest: Callable[[str], None]) -> None:
    """Show who waits, and let one be taken.

    Args:
        services: where handoffs are kept.
        profile: the brand.
        desk: the agent's work for it.
        suggest: drafts a reply for a conversation.
    """
    waiting = services.handoffs.open_ones(profile.id)
    if not waiting:
        st.html(empty_block("Nobody is waiting", f"Customers of {profile.name} who need a person appear here."))
        _watch(services, profile, 0)
        return
    labels = {one.conversation_id: _label(services, one) for one in waiting}
    key = f"queued-{profile.id}"
    if st.session_state.get(key) not in labels:
        st.session_state[key] = waiting[0].conversation_id  # the browser would go on naming who left
    chosen = st.selectbox(
        f"Waiting for a person: {len(waiting)}", list(labels), key=key, format_func=labels.__getitem__
    )
    if desk.conversation_id not in {None, chosen} and not desk.is_temporary:
        desk.drop(services)
    handoff = next(one for one in waiting if one.conversation_id == chosen)
    try:
        packet = services.assistant.handoff(profile.id, chosen)
    except UnknownConversation:  # it was erased meanwhile
        return
    st.html(packet_block(packet, profile))
    if _show_actions(services, handoff):
        suggest(chosen)
    _show_talk(services, profile, chosen)
    if handoff.state == "joined" and not is_anothers(services, handoff):
        _show_answer(services, profile, handoff, packet.vehicle)
    _watch(services, profile, len(waiting))


def packet_block(packet: HandoffPacket, profile: BrandProfile) -> str:
    """What a person needs to know before they answer.

    Args:
        packet: of the conversation.
        profile: the brand.
    """
    handoff = packet.handoff
    pills = [pill(_hazard_words(packet.hazard), "failed")] if packet.hazard else []
    pills += [pill(REASONS[handoff.reason], "scope")] if handoff and handoff.reason != "hazard" else []
    pills += [pill(packet.language, "scope")]
    rows = [("Question", packet.question), ("Vehicle", _vehicle_words(packet.vehicle, profile))]
    tried = [shorten(plain_draft(step.text), _LONGEST_STEP, placeholder=" …") for step in packet.steps]
    rows += [("Answered so far", "; ".join(tried))] if tried else []
    cited = {citation.title for step in packet.steps for citation in step.citations}
    rows += [("From", ", ".join(sorted(cited)))] if cited else []
    rows += [("Left open", "; ".join(packet.declines))] if packet.declines else []
    told = "".join(f"<tr><th>{escape(name)}</th><td>{escape(words)}</td></tr>" for name, words in rows if words)
    return (
        f'<div class="mq mq-card"><div style="margin-bottom:.5rem">{" ".join(pills)}</div>'
        f'<table class="mq-table"><tbody>{told}</tbody></table></div>'
    )


def _show_actions(services: Services, handoff: Handoff) -> bool:
    """Take, close or ask for a suggestion; tells whether one is asked for."""
    is_waiting = handoff.state == "waiting"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom" if is_waiting else "center"):
        if not is_waiting:
            st.html(f'<span class="mq-pill good">{escape(handoff.agent or "An agent")} answers</span>', width="content")
        if is_waiting or is_anothers(services, handoff):
            name = _agents_name(services)
            st.button(
                "Take the conversation",
                type="primary",
                key="take",
                disabled=not name,
                on_click=_take,
                args=(services, handoff, name),
            )
        else:
            st.button("Give back to the assistant", key="close", on_click=_close, args=(services, handoff))
        return st.button("Suggest a reply", key="suggest-queued")


def is_anothers(services: Services, handoff: Handoff) -> bool:
    """Whether another person of those who sign in took the conversation: the customer reads that person's name.

    Args:
        services: who signs in.
        handoff: of the conversation.
    """
    return services.staff_tokens.is_used and handoff.state == "joined" and not person().answers(handoff)


def _agents_name(services: Services) -> str:
    """What the customer reads: the name of who signed in; without a login, what they say."""
    if services.staff_tokens.is_used:
        return person().name
    return st.text_input("Your name, as the customer reads it", key="agent-name", max_chars=60).strip()


@telling
def _take(services: Services, handoff: Handoff, agent: str) -> None:
    if not may(handoff.brand_id, "assist"):
        return
    subject = person().subject if services.staff_tokens.is_used else None
    services.handoffs.join(handoff.brand_id, handoff.conversation_id, agent, subject)


@telling
def _close(services: Services, handoff: Handoff) -> None:
    if not may(handoff.brand_id, "assist"):
        return
    services.handoffs.close_one(handoff.brand_id, handoff.conversation_id)


def _show_answer(services: Services, profile: BrandProfile, handoff: Handoff, vehicle: VehicleContext) -> None:
    with st.form(f"answer-{profile.id}", clear_on_submit=True, border=False):
        text = st.text_area("Your answer", key="own-answer", height=110, max_chars=_LONGEST_ANSWER)
        sent = st.form_submit_button("Send to the customer", type="primary", key="send")
    if sent and text.strip():
        turn = agent_turn(text, profile, vehicle, None)
        services.assistant.conversations.record(profile.id, handoff.conversation_id, turn)
        st.rerun()


@st.fragment(run_every=POLL_SECONDS)
def _show_talk(services: Services, profile: BrandProfile, conversation_id: str) -> None:
    if not may(profile.id, "assist"):
        st.rerun()
    with st.container(height=330, border=True, key="queued-talk"):
        st.html(talk_block(turns_of(services, profile.id, conversation_id), profile))


@st.fragment(run_every=POLL_SECONDS)
def _watch(services: Services, profile: BrandProfile, known: int) -> None:
    """Show the page anew when somebody comes or goes, and when the sign-in has ended."""
    if not may(profile.id, "assist") or len(services.handoffs.open_ones(profile.id)) != known:
        st.rerun()


def _label(services: Services, handoff: Handoff) -> str:
    turns = turns_of(services, handoff.brand_id, handoff.conversation_id)
    words = shorten(question_handed_over(turns, handoff), _LONGEST_LABEL, placeholder=" …") or "nothing said yet"
    urgent = f"{REASONS[handoff.reason].capitalize()} · " if handoff.reason in {"hazard", "anger"} else ""
    return f"{urgent}{handoff.asked_at.astimezone():%H:%M} · {words}"


def _hazard_words(hazard: Hazard) -> str:
    return f"{_DANGERS[hazard.danger]}: {hazard.name.replace('_', ' ')}"


def _vehicle_words(vehicle: VehicleContext, profile: BrandProfile) -> str:
    names = {one.id: one.name for one in profile.models}
    parts = [names.get(vehicle.model or "", ""), str(vehicle.model_year or ""), (vehicle.market or "").upper()]
    return " ".join(part for part in parts if part) or "not known"
