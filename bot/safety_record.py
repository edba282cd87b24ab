"""What is kept for ever of a message of danger: that it came, what it was, and which approved text answered it.

A record holds no words of the customer. It holds a digest of them, salted with the turn's random id, so that a
conversation that is still kept can be shown to be the one, and an erased one can be guessed by nobody.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

# What the first record of a brand follows.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class SafetyEvent:
    """What happened, before it stands in the chain.

    Args:
        brand_id: the brand that was told.
        at: when, with time zone.
        hazard: class of the hazard.
        danger: `life`, `do_not_drive` or `record`.
        language: of the text that was shown.
        market: the customer's, where it is known.
        model: the vehicle's model, where it is known.
        model_year: its model year.
        conversation_id: the conversation, where there is one.
        handed_over: whether a person was asked for.
        text_version: version of the text that was shown.
        signed_off_by: who approved it; None for the texts that ship with the bot.
        signed_off_on: when, as ISO 8601.
        words_sha256: digest of message and text, from `digest_of`.
    """

    brand_id: str
    at: datetime
    hazard: str
    danger: str
    language: str
    market: str | None
    model: str | None
    model_year: int | None
    conversation_id: str | None
    handed_over: bool
    text_version: str
    signed_off_by: str | None
    signed_off_on: str | None
    words_sha256: str


@dataclass(frozen=True, slots=True)
class SafetyRecord:
    """One link of a brand's chain.

    Args:
        number: its place, from 1 without a gap.
        content: the event and the digest of the record before, as canonical JSON.
        sha256: digest of the content.
    """

    number: int
    content: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """The record as docs/schemas/safety.json tells it."""
        return {"number": self.number, **json.loads(self.content), "sha256": self.sha256}


class SafetyRecordStore(Protocol):
    """Keeps the chains; nothing in it is ever changed or removed."""

    def append(self, event: SafetyEvent) -> SafetyRecord:
        """Add an event at the end of its brand's chain; the same words of the same reply are recorded once."""
        ...

    def of(self, brand_id: str) -> tuple[SafetyRecord, ...]:
        """The chain of a brand, oldest first."""
        ...


def link(event: SafetyEvent, before: SafetyRecord | None) -> SafetyRecord:
    """The record of an event that follows another.

    Args:
        event: what happened.
        before: the newest record of the brand so far.
    """
    fields = asdict(event) | {"at": event.at.astimezone(UTC).isoformat()}
    fields["previous_sha256"] = before.sha256 if before else BEGINNING
    content = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    number = before.number + 1 if before else 1
    return SafetyRecord(number, content, _digest(number, content))


def find_break(records: Iterable[SafetyRecord]) -> int | None:
    """The number of the first record that was changed, or that follows one that is missing; None for a whole chain.

    Args:
        records: a brand's chain, oldest first.
    """
    previous = BEGINNING
    for number, one in enumerate(records, start=1):
        told = json.loads(one.content).get("previous_sha256")
        if one.number != number or told != previous or one.sha256 != _digest(number, one.content):
            return number
        previous = one.sha256
    return None


def digest_of(turn_id: str, words: Sequence[str]) -> str:
    """Digest of what was said, salted with the turn's random id.

    Args:
        turn_id: of the reply.
        words: the message and the text.
    """
    return sha256("\x1f".join((turn_id, *words)).encode("utf-8", "replace")).hexdigest()


def _digest(number: int, content: str) -> str:
    return sha256(f"{number}\x1f{content}".encode()).hexdigest()
