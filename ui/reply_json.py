"""A kept reply as programs read it: in lists of replies, and in what is exported of a conversation."""

from typing import Any


def reply_json(conversation_id: str, turn: Any) -> dict[str, Any]:
    """A kept reply as docs/schemas/replies.json tells it.

    Args:
        conversation_id: the conversation.
        turn: the reply.
    """
    approval, usage = turn.approval, turn.usage
    return {
        "conversation": conversation_id,
        "turn": turn.turn_id,
        "at": turn.at.isoformat(),
        "role": turn.role,
        "kind": turn.kind,
        "text": turn.text,
        "language": turn.language,
        "release": turn.release,
        "composer": turn.composer,
        "citations": [
            {"document": one.document, "title": one.title, "quote": one.quote, "passage": one.passage}
            for one in turn.citations
        ],
        "choices": list(turn.choices),
        "checks": list(turn.checks),
        "removed": list(turn.removed),
        "approval": approval_json(approval.version, approval.signed_off_by, approval.signed_off_on)
        if approval
        else None,
        "usage": {
            "model": usage.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost": usage.cost,
        }
        if usage
        else None,
    }


def approval_json(version: str, signed_off_by: str | None, signed_off_on: Any) -> dict[str, Any]:
    """A text's version and sign-off as JSON.

    Args:
        version: of the safety texts.
        signed_off_by: who approved them.
        signed_off_on: when.
    """
    return {
        "version": version,
        "signed_off_by": signed_off_by,
        "signed_off_on": signed_off_on.isoformat() if signed_off_on else None,
    }
