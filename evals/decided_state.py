"""What the bot decides for a question, with all that it counted on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from pydantic import SecretStr

from bot.assistant import Assistant
from bot.conversation import Turn
from bot.turn_state import TurnState
from brands import VehicleContext


def decided_state(
    assistant: Assistant,
    brand_id: str,
    text: str,
    history: Sequence[tuple[str, str]] = (),
    vehicle: VehicleContext | None = None,
    language: str | None = None,
) -> TurnState:
    """Ask a question outside any conversation.

    Args:
        assistant: who decides.
        brand_id: whose customer asks.
        text: the question.
        history: role and text of what was said before.
        vehicle: what is known of the vehicle.
        language: of the page; the brand's own if not given.

    Returns:
        The state after the last step; without a decision where a rule of safety replied.
    """
    profile, said = assistant.group.brand(brand_id), datetime.now(UTC)
    turns = tuple(
        Turn(str(at), "customer" if role == "user" else "bot", words, said, language=profile.default_language)
        for at, (role, words) in enumerate(history)
    )
    state = TurnState(
        profile=profile,
        said=SecretStr(text),
        conversation_id=None,
        vehicle=vehicle or VehicleContext(),
        page_language=language or profile.default_language,
        on=date.today(),
        turns=turns,
    )
    decided = assistant.chain.invoke(state)
    return decided if isinstance(decided, TurnState) else state
