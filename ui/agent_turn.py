"""What an agent sends, at the console or over HTTP, as a turn."""

import re
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from bot.conversation import Turn
from bot.personal_data import redact
from bot.reply import Reply
from brands import BrandProfile, VehicleContext

Draft = Literal["suggested", "edited", "own"]


def agent_turn(text: str, profile: BrandProfile, vehicle: VehicleContext, suggestion: Reply | None) -> Turn:
    """What an agent sent, and what became of the suggestion.

    Personal data is replaced; the brand's own telephone numbers and addresses stay.

    Args:
        text: what was sent.
        profile: the brand.
        vehicle: what is known of the vehicle.
        suggestion: what was suggested, if anything was.
    """
    own = {value for one in profile.contacts.values() for value in (one.phone, one.email)}
    redacted = redact(text, profile.markets)
    kept = redacted.text
    for one in redacted.replaced:
        if one.original.strip() in own:
            kept = kept.replace(one.placeholder, one.original)
    used = suggestion if draft_of(text, suggestion) != "own" else None
    return Turn(
        turn_id=uuid4().hex,
        role="agent",
        text=kept,
        at=datetime.now(UTC),
        citations=used.citations if used else (),
        release=used.release if used else None,
        vehicle=vehicle,
        composer=draft_of(text, suggestion),
    )


def plain_draft(text: str) -> str:
    """A reply without Markdown, as an agent sends it by mail or chat.

    Args:
        text: the reply; the rows of its tables become lines such as `Sand: Front 1.5 bar; Rear 1.5 bar`.
    """
    lines: list[str] = []
    header: list[str] | None = None
    for line in text.splitlines():
        if not line.lstrip().startswith("|"):
            header = None
            lines.append(re.sub(r"^\s*>\s?", "", line).replace("**", ""))
        elif header is None:
            header = _cells(line)
        elif not set(line) <= set("|-: "):
            lines.append(_row_words(header, _cells(line)))
    return "\n".join(lines).strip()


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|").replace("**", "") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def _row_words(header: list[str], cells: list[str]) -> str:
    if len(cells) == 2:
        return f"{cells[0]}: {cells[1]}"
    values = [f"{name} {value}" for name, value in zip(header[1:], cells[1:], strict=False) if value]
    return f"{cells[0]}: {'; '.join(values)}" if values else "".join(cells[:1])


def draft_of(text: str, suggestion: Reply | None) -> Draft:
    """Whether an agent sent the suggestion, changed it, or wrote their own.

    Args:
        text: what was sent.
        suggestion: what was suggested, if anything was.
    """
    if suggestion is None:
        return "own"
    draft = plain_draft(suggestion.text).split()
    if text.split() == draft:
        return "suggested"
    sent, suggested = set(text.split()), set(draft)
    # Half of the words, either way round, tells an edited draft from a new one.
    return "edited" if len(sent & suggested) * 2 >= min(len(sent), len(suggested)) else "own"
