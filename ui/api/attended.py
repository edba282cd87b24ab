"""While a person answers, the bot keeps what the customer says and is silent, unless it tells of danger."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.conversation import Turn
from bot.personal_data import redact
from bot.question import Question
from bot.reply import Reply
from bot.safety import find_hazard
from bot.steps.record_turn import turn_id_of
from ui.api.access import Session
from ui.bootstrap import Services


def is_attended(services: Services, session: Session) -> bool:
    """Whether a person answers: one was asked for, and wrote lately.

    Args:
        services: where handoffs are kept, and how long a person's silence may last.
        session: whose conversation.
    """
    place = (session.brand_id, session.conversation_id)
    handoff = services.handoffs.of(*place)
    if handoff is None or handoff.state == "closed":
        return False
    since = datetime.now(UTC) - timedelta(minutes=services.settings.agent_silence_minutes)
    turns = services.assistant.conversations.turns(*place)
    return any(one.role == "agent" and one.at >= max(since, handoff.asked_at) for one in turns)


def answer_attended(services: Services, question: Question) -> Iterator[str | Reply]:
    """Keep a message for the person who answers; what tells of danger is answered at once all the same.

    Args:
        services: what answers.
        question: the message, with its conversation.

    Yields:
        A reply without words; or what the bot says to danger.
    """
    profile = services.group.brand(question.brand_id)
    language = question.language or profile.default_language
    hazard = find_hazard(question.text, language)
    # What happened in the past is told to the person, who is there already.
    if hazard is not None and hazard.danger != "record":
        yield from services.assistant.stream(question)
        return
    text = redact(question.text, profile.markets).text
    turn_id = turn_id_of(question.message_id, "customer")
    turn = Turn(turn_id, "customer", text, datetime.now(UTC), language=language, vehicle=question.vehicle)
    reply = Reply("handoff", "", language, (), None, question.brand_id, {"total": 0.0}, composer="script")
    conversations = services.assistant.conversations
    with conversations.together():
        conversations.record(question.brand_id, question.conversation_id or "", turn)
        if question.on_record is not None:
            question.on_record(reply)
    yield reply
