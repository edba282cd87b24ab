"""What a person gets to see when the bot hands a conversation over, and what the customer is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from bot.conversation import Turn, vehicle_known
from bot.handoff_store import Handoff, HandoffReason
from bot.handoff_words import handoff_text
from bot.reply import Citation, ReplyKind
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
        question: what a person was asked for; without that, what the customer asked last.
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
    known = vehicle_known(turns)
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
        question=question_handed_over(turns, handoff),
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


def question_handed_over(turns: Sequence[Turn], handoff: Handoff | None) -> str:
    """What a person was asked for: it stays, whatever the customer says while they wait.

    Args:
        turns: all turns of the conversation, oldest first.
        handoff: why a person was asked for; None where nobody asked.

    Returns:
        The first of the gravest messages of danger, or what led to the handoff, or what the customer asked last.
    """
    said = tuple(_answered(_since_handed_back(turns))) or tuple(_answered(turns))
    dangers = [turn for turn, kind in said if kind == "safety"]
    if dangers:
        return min(dangers, key=_gravity).text if len(dangers) > 1 else dangers[0].text
    asked = [turn.text for turn, _ in said]
    for place, (turn, kind) in enumerate(said):
        if kind == "handoff":
            # Who asks for a person, or is angry, said before what it is about.
            own = place == 0 or (handoff is not None and handoff.reason == "declines")
            return turn.text if own else asked[place - 1]
    return asked[-1] if asked else ""


def _gravity(turn: Turn) -> int:
    hazard = find_hazard(turn.text, turn.language or "")
    return RANK[hazard.danger] if hazard else len(RANK)


def _answered(turns: Sequence[Turn]) -> Iterator[tuple[Turn, ReplyKind | None]]:
    """What the customer said, each with the kind of reply that it got."""
    for place, turn in enumerate(turns):
        if turn.role == "customer":
            yield turn, turns[place + 1].kind if place + 1 < len(turns) else None


def _since_handed_back(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns since an agent gave the conversation back to the bot; all of them where none did."""
    agents = [
        place
        for place, turn in enumerate(turns)
        if turn.role == "agent" and any(later.role == "bot" for later in turns[place:])
    ]
    return tuple(turns[max(agents, default=-1) + 1 :])
