"""What a customer asks, and what is known of them."""

from dataclasses import dataclass, field

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
    """

    brand_id: str
    text: str
    vehicle: VehicleContext = field(default_factory=VehicleContext)
    language: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None
