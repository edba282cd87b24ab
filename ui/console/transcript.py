"""A transcript that an agent pasted, as turns."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from bot.conversation import Role, Turn
from bot.personal_data import redact
from brands import BrandProfile, VehicleContext

_CUSTOMERS = "customer|client|user|visitor|kundin|kunde|cliente|utente"
_PERSONS = "agent|advisor|support|colleague|mitarbeiter|mitarbeiterin|conseiller|operatore|agente"
_BOTS = "bot|assistant|chatbot|assistent"
_SPEAKER: Final = re.compile(
    rf"^\s*(?:(?P<customer>{_CUSTOMERS})|(?P<agent>{_PERSONS})|(?P<bot>{_BOTS}))\b[^:\n]{{0,40}}:\s*", re.IGNORECASE
)


def split_transcript(text: str) -> list[tuple[Role, str]]:
    """What was said, by whom; a text that names no speakers is one message of the customer.

    Args:
        text: a message, or lines that begin with `Customer:`, `Agent:` or `Bot:`.
    """
    said: list[tuple[Role, str]] = []
    for line in text.strip().splitlines():
        found = _SPEAKER.match(line)
        if found is not None:
            role: Role = "customer" if found["customer"] else "agent" if found["agent"] else "bot"
            said.append((role, line[found.end() :].strip()))
        elif said:
            role, before = said[-1]
            said[-1] = (role, f"{before}\n{line}".strip())
        else:
            said.append(("customer", line))
    return [(role, words) for role, words in said if words]


def customer_turn(text: str, profile: BrandProfile, vehicle: VehicleContext, role: Role = "customer") -> Turn:
    """A pasted message as a turn, personal data replaced.

    Args:
        text: what was said.
        profile: the brand it was said to.
        vehicle: what is known of the vehicle.
        role: who said it.
    """
    return Turn(uuid4().hex, role, redact(text, profile.markets).text, datetime.now(UTC), vehicle=vehicle)
