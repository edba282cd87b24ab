"""What a person gets to see when the bot hands a conversation over, and what the customer is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from bot.conversation import Turn
from bot.handoff_store import Handoff, HandoffReason
from bot.handoff_words import handoff_text
from bot.reply import Citation
from bot.safety import RANK, Hazard, find_hazard
from brands import BrandProfile, VehicleContext

# The reasons of a decision, as a handoff tells them.
REASONS: dict[str, HandoffReason] = {"handoff": "person", "handoff_declines": "declines", "handoff_anger": "anger"}


@dataclass(frozen=True, slots=True)
class TriedStep:
    """An answer that the bot gave, and what it rested on.

    Args:
        text: what the customer was told.
        citations: where it stands.
    """

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class HandoffPacket:
    """All that an agent needs to go on without asking again; personal data is replaced by placeholders.

    Args:
        brand_id: the brand.
        conversation_id: the conversation.
        vehicle: what is known of the vehicle.
        question: what the customer asked last.
        steps: what the bot answered, oldest first.
        declines: the questions that the bot had to leave open, oldest first.
        hazard: the gravest danger that the customer told of; None where there was none.
        language: ISO 639-1 code of the customer's language.
        transcript: everything that was said, oldest first.
        next_step: what the customer is truthfully told of what happens next.
        handoff: since when, why, and who answers; None where nobody asked for a person.
    """

    brand_id: str
    conversation_id: str
    vehicle: VehicleContext
    question: str
    steps: tuple[TriedStep, ...]
    declines: tuple[str, ...]
    hazard: Hazard | None
    language: str
    transcript: tuple[Turn, ...]
    next_step: str
    handoff: Handoff | None = None

    def as_json(self) -> dict[str, Any]:
        """The packet as JSON values, times as ISO 8601."""
        vehicle = self.vehicle
        return {
            "brand": self.brand_id,
            "conversation": self.conversation_id,
            "vehicle": {"model": vehicle.model, "model_year": vehicle.model_year, "market": vehicle.market},
            "question": self.question,
            "steps": [
                {
                    "text": step.text,
                    "citations": [
                        {"document": one.document, "title": one.title, "quote": one.quote, "passage": one.passage}
                        for one in step.citations
                    ],
                }
                for step in self.steps
            ],
            "declines": list(self.declines),
            "hazard": {"name": self.hazard.name, "danger": self.hazard.danger} if self.hazard else None,
            "language": self.language,
            "transcript": [
                {"role": turn.role, "text": turn.text, "at": turn.at.isoformat(), "kind": turn.kind}
                for turn in self.transcript
            ],
            "next_step": self.next_step,
            "handoff": _handoff_json(self.handoff) if self.handoff else None,
        }


def build_packet(
    profile: BrandProfile,
    conversation_id: str,
    turns: Sequence[Turn],
    vehicle: VehicleContext | None = None,
    *,
    handoff: Handoff | None = None,
    now: datetime | None = None,
) -> HandoffPacket:
    """Gather what was said into a packet.

    Args:
        profile: the brand.
        conversation_id: the conversation.
        turns: all of its turns, oldest first.
        vehicle: what the page knows of the vehicle, for what the conversation leaves open.
        handoff: since when, why, and who answers.
        now: the moment, with time zone; None takes the clock.
    """
    said = [turn for turn in turns if turn.role == "customer"]
    known = turns[-1].vehicle if turns else VehicleContext()
    page = vehicle or VehicleContext()
    vehicle = VehicleContext(
        known.model or page.model, known.model_year or page.model_year, known.market or page.market
    )
    language = next((turn.language for turn in reversed(said) if turn.language), profile.default_language)
    hazards = [hazard for turn in said if (hazard := find_hazard(turn.text, turn.language or language)) is not None]
    return HandoffPacket(
        brand_id=profile.id,
        conversation_id=conversation_id,
        vehicle=vehicle,
        question=_last_question(turns),
        steps=tuple(TriedStep(turn.text, turn.citations) for turn in turns if turn.kind == "answer"),
        declines=tuple(
            before.text for before, turn in pairwise(turns) if turn.kind == "decline" and before.role == "customer"
        ),
        hazard=min(hazards, key=lambda hazard: RANK[hazard.danger], default=None),
        language=language,
        transcript=tuple(turns),
        next_step=handoff_text(
            profile, language, vehicle.market, now=now or datetime.now(UTC), queued=True, reason="hazard"
        ),
        handoff=handoff,
    )


def _handoff_json(handoff: Handoff) -> dict[str, Any]:
    times = {name: getattr(handoff, name) for name in ("asked_at", "joined_at", "closed_at")}
    return {
        "state": handoff.state,
        "reason": handoff.reason,
        "agent": handoff.agent,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def transcript_since_agent(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns after the last agent's: declines before it count no more.

    Args:
        turns: earlier turns, oldest first.
    """
    last = max((place for place, turn in enumerate(turns) if turn.role == "agent"), default=-1)
    return tuple(turns[last + 1 :])


def _last_question(turns: Sequence[Turn]) -> str:
    """What the bot could not help with: the newest message that asks for more than a person."""
    said = [
        (turn, turns[place + 1].kind if place + 1 < len(turns) else None)
        for place, turn in enumerate(turns)
        if turn.role == "customer"
    ]
    asked = [turn.text for turn, answered in said if answered not in {"handoff"}]
    newest = [turn.text for turn, _ in said]
    return (asked or newest or [""])[-1]
