"""Answers to callers that keep the conversation themselves: nothing is recorded here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.conversation import Role, Turn
from bot.personal_data import redact
from bot.reply import Reply
from bot.turn_state import TurnState
from brands import VehicleContext

if TYPE_CHECKING:
    from ui.bootstrap import Services

# As many earlier turns as a recorded conversation lends by default.
_HISTORY_TURNS = 12
# Of a longer one only the begin is read: what was said before may not cost more time than a question may.
_TURN_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what was said before it.

    Args:
        brand_id: the brand that is asked.
        text: the question.
        history: what was said before, oldest first: who, and the words.
        vehicle: what is known of the vehicle.
        language: language of the caller's page.
    """

    brand_id: str
    text: str
    history: Sequence[tuple[Role, str]] = ()
    vehicle: VehicleContext = field(default_factory=VehicleContext)
    language: str | None = None


def answer_inquiry(services: "Services", inquiry: Inquiry) -> Iterator[str | Reply]:
    """Answer a question piece by piece, and keep nothing of it.

    Args:
        services: who answers; built with the first piece, which takes seconds after a start.
        inquiry: the question.

    Yields:
        Pieces of the text, then the whole reply.
    """
    profile = services.group.brand(inquiry.brand_id)
    now = datetime.now(UTC)
    turns = tuple(
        Turn(f"given-{number}", role, redact(text, profile.markets).text[:_TURN_CHARACTERS], now)
        for number, (role, text) in enumerate(inquiry.history[-_HISTORY_TURNS:])
    )
    state = TurnState(
        profile=profile,
        said=SecretStr(inquiry.text),
        conversation_id=None,
        vehicle=inquiry.vehicle,
        page_language=inquiry.language,
        on=date.today(),
        turns=turns,
    )
    yield from services.assistant.tell(state)
