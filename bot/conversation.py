"""What a customer and the bot, or an agent, said to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.language_model import ModelUsage
from bot.reply import Citation, ReplyKind, TextApproval
from brands import VehicleContext

Role = Literal["customer", "bot", "agent"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said in a conversation.

    Args:
        turn_id: identity of the turn within its conversation; never repeats.
        role: who said it.
        text: what was said, personal data already replaced.
        at: when, with time zone.
        kind: what sort of reply it was; None for customers and agents.
        citations: what a reply rests on.
        release: id of the release that was searched.
        language: ISO 639-1 code of the text.
        vehicle: what was known of the customer's vehicle after this turn.
        composer: what wrote a reply's text.
        usage: what a language model took for it.
        checks: what was checked before a reply was shown.
        removed: sentences that a check took out of a reply, with the reason.
        approval: which approved text a safety reply is.
        choices: what a clarifying question offers.
    """

    turn_id: str
    role: Role
    text: str
    at: datetime
    kind: ReplyKind | None = None
    citations: tuple[Citation, ...] = ()
    release: str | None = None
    language: str | None = None
    vehicle: VehicleContext = field(default_factory=VehicleContext)
    composer: str | None = None
    usage: ModelUsage | None = None
    checks: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    approval: TextApproval | None = None
    choices: tuple[str, ...] = ()


def vehicle_known(turns: Sequence[Turn]) -> VehicleContext:
    """What is known of the vehicle after all that was said, whoever said it and whatever was asked for meanwhile.

    Args:
        turns: oldest first.

    Returns:
        What the last turn tells; what it leaves open is what an earlier one tells, the year only of the same model.
    """
    model, year, market = None, None, None
    for told in (turn.vehicle for turn in reversed(turns)):
        model, market = model or told.model, market or told.market
        year = year or (told.model_year if told.model in {None, model} else None)
    return VehicleContext(model, year, market)
