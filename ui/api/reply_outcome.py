"""What is kept of a reply beside its conversation, and how its events are told again from both."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.conversation import Turn
from ui.api.reply_runs import Event
from ui.api.schemas import turn_answer

_KEPT = ("text", "citations", "choices")


def outcome_of(events: Iterable[Event], content: Mapping[str, Any]) -> dict[str, Any]:
    """What the conversation does not keep of a reply; no words of anybody.

    Args:
        events: of the reply, with every `delta`.
        content: of its event `reply`.
    """
    told = {name: value for name, value in content.items() if name not in _KEPT}
    return {"cuts": [len(one.content["text"]) for one in events if one.name == "delta"], "reply": told}


def told_again(outcome: Mapping[str, Any], turn: Turn | None) -> Iterator[Event]:
    """The events of a reply as they were.

    Args:
        outcome: what is kept of it.
        turn: as it was recorded; None where the bot said nothing.

    Yields:
        As many events in the same order, so that the place in them still holds.
    """
    yield Event("status", {"state": "working"})
    text = turn.text if turn else ""
    citations = turn_answer(turn).citations if turn else []
    choices = list(turn.choices) if turn else []
    at = 0
    for number, length in enumerate(outcome["cuts"], start=1):
        end = len(text) if number == len(outcome["cuts"]) else at + length
        yield Event("delta", {"text": text[at:end]})
        at = end
    for number, citation in enumerate(citations, start=1):
        yield Event("citation", {"number": number, **citation})
    yield Event("reply", {**outcome["reply"], "text": text, "citations": citations, "choices": choices})


def outcome_of_turn(turn: Turn, brand_id: str) -> dict[str, Any]:
    """What stands for the outcome of a reply that was recorded just before its process was killed.

    Args:
        turn: the reply.
        brand_id: whose.
    """
    reply: dict[str, Any] = {
        "kind": turn.kind,
        "language": turn.language,
        "release": turn.release,
        "brand": brand_id,
        "timings_ms": {},
        "turn": turn.turn_id,
    }
    return {"cuts": [len(turn.text)], "reply": reply}
