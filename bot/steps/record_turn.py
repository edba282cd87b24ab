"""Last step: keep what was said, ask for a person where one is needed, and put danger on record."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import perf_counter
from uuid import NAMESPACE_OID, uuid4, uuid5

from bot.conversation import Role, Turn
from bot.conversation_store import ConversationStore
from bot.errors import BotError
from bot.handoff import REASONS
from bot.safety_record import SafetyEvent, digest_of
from bot.turn_state import Spoken, TurnState

_log = logging.getLogger(__name__)


def record_turn(
    pieces: Iterable[Spoken | TurnState], *, conversations: ConversationStore
) -> Iterator[Spoken | TurnState]:
    """Record the customer's turn and the bot's, with personal data replaced; without a conversation nothing is kept.

    Danger is put on record even without a conversation, and is answered even where nothing can be recorded.

    Args:
        pieces: pieces of text on their way to the customer, then the state with its reply.
        conversations: where turns, handoffs and safety records are kept.
    """
    for piece in pieces:
        yield _recorded(piece, conversations) if isinstance(piece, TurnState) else piece


def _recorded(state: TurnState, conversations: ConversationStore) -> TurnState:
    if state.reply is None:
        return state
    total_ms = round((perf_counter() - state.begun) * 1000, 3)
    reply = replace(state.reply, timings_ms={**state.timings_ms, "total": total_ms})
    if not state.kept:
        return replace(state, reply=reply)
    if state.conversation_id is not None:
        reply = replace(reply, turn_id=turn_id_of(state.message_id, "bot"))
    state = replace(state, reply=reply)
    if state.hazard is None:
        _keep(state, conversations)
        return state
    handed_over = True
    try:
        _keep(state, conversations)
    except BotError as error:
        handed_over = False
        state = replace(state, reply=replace(reply, turn_id=None))
        _log.error("a message of danger was answered and could not be recorded: %s", error)
    try:
        conversations.safety_records.append(safety_event(state, handed_over and state.conversation_id is not None))
    except BotError as error:
        _log.error("a message of danger has no safety record: %s", error)
    return state


def _keep(state: TurnState, conversations: ConversationStore) -> None:
    conversation_id, reply = state.conversation_id, state.reply
    if conversation_id is None or reply is None:
        return
    with conversations.together():
        conversations.record(state.profile.id, conversation_id, *turns_of(state))
        if state.hazard is not None:
            conversations.handoffs.ask(state.profile.id, conversation_id, "hazard")
        elif reply.kind == "handoff":
            reason = REASONS.get(state.decision.reason if state.decision else "", "person")
            conversations.handoffs.ask(state.profile.id, conversation_id, reason)
        if state.on_record is not None:
            state.on_record(reply)


def safety_event(state: TurnState, handed_over: bool) -> SafetyEvent:
    """What is put on record of a message of danger.

    Args:
        state: with its hazard and reply.
        handed_over: whether a person was asked for.
    """
    hazard, reply = state.hazard, state.reply
    if hazard is None or reply is None or reply.approval is None:
        raise ValueError("only a reply to danger is put on record")
    signed_on = reply.approval.signed_off_on
    return SafetyEvent(
        brand_id=state.profile.id,
        at=state.now,
        hazard=hazard.name,
        danger=hazard.danger,
        language=reply.language,
        market=state.vehicle.market,
        model=state.vehicle.model,
        model_year=state.vehicle.model_year,
        conversation_id=state.conversation_id,
        handed_over=handed_over,
        text_version=reply.approval.version,
        signed_off_by=reply.approval.signed_off_by,
        signed_off_on=signed_on.isoformat() if signed_on else None,
        words_sha256=digest_of(reply.turn_id or uuid4().hex, (state.text, reply.text)),
    )


def turn_id_of(message_id: str | None, role: Role) -> str:
    """The id of a turn that a message leads to: the same each time, so that the message is recorded once.

    Args:
        message_id: what the door calls the message; without it, the id is a new one.
        role: who speaks in the turn.
    """
    return uuid4().hex if message_id is None else uuid5(NAMESPACE_OID, f"{message_id} {role}").hex


def turns_of(state: TurnState) -> tuple[Turn, ...]:
    """The two turns of a message and its reply.

    Args:
        state: with its reply.
    """
    now = state.now
    asked = turn_id_of(state.message_id, "customer")
    customer = Turn(asked, "customer", state.text, now, language=state.language or None, vehicle=state.vehicle)
    if state.reply is None:
        return (customer,)
    reply = state.reply
    bot = Turn(
        turn_id=reply.turn_id or uuid4().hex,
        role="bot",
        text=reply.text,
        at=now,
        kind=reply.kind,
        citations=reply.citations,
        release=reply.release,
        language=reply.language,
        vehicle=state.vehicle,
        composer=reply.composer,
        usage=reply.usage,
        checks=reply.checks,
        removed=reply.removed,
        approval=reply.approval,
        choices=reply.choices,
    )
    return (customer, bot)
