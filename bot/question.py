"""What a customer asks, and what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.reply import Reply
from brands import VehicleContext


@dataclass(frozen=True, slots=True)
class Question:
    """One message to the bot.

    Args:
        brand_id: whose customer asks; decided by the door, never by the message.
        text: what they wrote.
        vehicle: what is known of their vehicle.
        language: ISO 639-1 code of the page, used where the message itself does not tell.
        conversation_id: the conversation it belongs to; None asks without memory and records nothing.
        message_id: what the door calls this message; answered again under the same id, it is recorded once.
        on_record: given the reply while its turns are recorded; what it writes in their database is kept with them, or
            not at all.
    """

    brand_id: str
    text: str
    vehicle: VehicleContext = field(default_factory=VehicleContext)
    language: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    on_record: Callable[[Reply], None] | None = None
