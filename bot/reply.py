"""What the bot decides, and what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from bot.language_model import ModelUsage

ReplyKind = Literal["answer", "clarify", "decline", "safety", "handoff"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a reply's words stand.

    Args:
        document: id of the document.
        title: its title.
        heading: heading path, joined by " > ".
        page: page number from 1, where the document has pages.
        quote: the quoted words, letter for letter as in the passage.
        passage: id of the passage.
    """

    document: str
    title: str
    heading: str
    page: int | None
    quote: str
    passage: str


@dataclass(frozen=True, slots=True)
class TextApproval:
    """Which approved text was shown, and who signed it off.

    Args:
        version: the company's version of its safety texts, or `bot-` and the version of those that ship with the bot.
        signed_off_by: who approved it; None for a text that ships with the bot.
        signed_off_on: when; None for the same.
    """

    version: str
    signed_off_by: str | None = None
    signed_off_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot decided to say.

    Args:
        kind: what sort of reply it is.
        text: what the customer reads, in the safe subset of Markdown.
        language: ISO 639-1 code of the text.
        citations: what it rests on, in the order of use.
        release: id of the release that was searched; None where nothing was searched.
        brand: the brand that speaks.
        timings_ms: time per step, in milliseconds, and `total`.
        choices: what a clarifying question offers.
        removed: sentences that a check took out, with the reason.
        composer: what wrote the text.
        turn_id: the turn it was recorded as, for feedback; None where nothing was recorded.
        usage: what a language model took.
        checks: what was checked before the text was shown.
        approval: which approved text it is, for safety replies.
    """

    kind: ReplyKind
    text: str
    language: str
    citations: tuple[Citation, ...]
    release: str | None
    brand: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    composer: Literal["extract", "model", "script"] = "extract"
    turn_id: str | None = None
    usage: ModelUsage | None = None
    checks: tuple[str, ...] = ()
    approval: TextApproval | None = None

    def as_json(self) -> dict[str, Any]:
        """The reply in the shape of docs/schemas/reply.json, which is a contract."""
        approval = self.approval
        content: dict[str, Any] = {
            "kind": self.kind,
            "text": self.text,
            "language": self.language,
            "citations": [
                {
                    "document": one.document,
                    "title": one.title,
                    "heading": one.heading,
                    "page": one.page,
                    "quote": one.quote,
                    "passage": one.passage,
                }
                for one in self.citations
            ],
            "release": self.release,
            "brand": self.brand,
            "timings_ms": dict(self.timings_ms),
        }
        if approval is not None:
            signed_on = approval.signed_off_on.isoformat() if approval.signed_off_on else None
            content["approval"] = {
                "version": approval.version,
                "signed_off_by": approval.signed_off_by,
                "signed_off_on": signed_on,
            }
        return content
