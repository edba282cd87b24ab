"""A reply as server-sent events: `status`, `delta`, `citation`, `reply`, and `error` where it fails."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sse_starlette import ServerSentEvent

from bot.question import Question
from bot.reply import Reply
from ui.api.error_responses import problem_of, report_failure

if TYPE_CHECKING:
    from bot.assistant import Assistant


def tell_reply(assistant: "Assistant", question: Question) -> Iterator[ServerSentEvent]:
    """Answer a question, event by event.

    Args:
        assistant: who answers.
        question: with its conversation.

    Yields:
        One `status`, any number of `delta`, the `citation`s, one `reply`; or one `error` where it fails.
    """
    try:
        yield _event("status", {"state": "working"})
        for piece in assistant.stream(question):
            if isinstance(piece, Reply):
                yield from _final(piece)
            else:
                yield _event("delta", {"text": piece})
    except Exception as error:  # noqa: BLE001 - the boundary of one request, whose headers are sent already
        report_failure(error)
        yield _event("error", problem_of(error))


def _final(reply: Reply) -> Iterator[ServerSentEvent]:
    content = reply.as_json()
    for number, citation in enumerate(content["citations"], start=1):
        yield _event("citation", {"number": number, **citation})
    yield _event("reply", content | {"choices": list(reply.choices), "turn": reply.turn_id})


def _event(name: str, content: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(content, ensure_ascii=False), event=name, sep="\n")
