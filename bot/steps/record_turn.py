"""Last step: keep what was said."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid4, uuid5

from bot.conversation import Role, Turn
from bot.conversation_store import ConversationStore
from bot.turn_state import Spoken, TurnState


def record_turn(
    pieces: Iterable[Spoken | TurnState], *, conversations: ConversationStore
) -> Iterator[Spoken | TurnState]:
    """Record the customer's turn and the bot's, with personal data replaced; without a conversation nothing is kept.

    Args:
        pieces: pieces of text on their way to the customer, then the state with its reply.
        conversations: where turns are kept.
    """
    for piece in pieces:
        yield _recorded(piece, conversations) if isinstance(piece, TurnState) else piece


def _recorded(state: TurnState, conversations: ConversationStore) -> TurnState:
    conversation_id = state.conversation_id
    if conversation_id is None or state.reply is None:
        return state
    state = replace(state, reply=replace(state.reply, turn_id=turn_id_of(state.message_id, "bot")))
    for turn in turns_of(state):
        conversations.record(state.profile.id, conversation_id, turn)
    return state


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
    now = datetime.now(UTC)
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
    )
    return (customer, bot)
