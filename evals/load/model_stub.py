"""A language model that is always there and always as slow as it is told, so that what is left of the time is ours.

Run it as a process of its own with `python -m evals.load.model_stub`; it prints its address as JSON.
"""

import argparse
import asyncio
import json
import re
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from bot.sentences import sentences_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PASSAGE = re.compile(r"<passage 1 \w+>\n(.*?)\n</passage", re.DOTALL)
_PIECES = 20
_NAME = "stub"


@dataclass
class ModelStub:
    """An OpenAI-compatible server as an ASGI application.

    Args:
        first_token_seconds: from the request to the first words.
        stream_seconds: from the first words to the last.
        answer: the answer to a prompt, which is the text of its last message.
        asked: how often it was.
    """

    first_token_seconds: float = 0.3
    stream_seconds: float = 0.2
    answer: Callable[[str], str] = field(default_factory=lambda: quote_of)
    asked: int = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a chat completion; whatever else is asked, 404."""
        if scope["type"] != "http":
            return
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] != "/v1/chat/completions":
            await _send(send, 404, b"{}", "application/json")
            return
        asked = json.loads(body)
        self.asked += 1
        await asyncio.sleep(self.first_token_seconds)
        words = pieces_of(self.answer(_prompt_of(asked)))
        if asked.get("stream"):
            await self._stream(send, words)
        else:
            await _send(send, 200, json.dumps(_whole("".join(words))).encode(), "application/json")

    async def _stream(self, send: Send, words: list[str]) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        begun = asyncio.get_running_loop().time()
        for number, word in enumerate(words, start=1):
            await send({"type": "http.response.body", "body": _event({"content": word}), "more_body": True})
            due = begun + self.stream_seconds * number / len(words)
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        end = _event({}, "stop") + _event(None, usage=_USAGE) + b"data: [DONE]\n\n"
        await send({"type": "http.response.body", "body": end})


_USAGE = {"prompt_tokens": 800, "completion_tokens": 40, "total_tokens": 840}


def quote_of(prompt: str) -> str:
    """The first sentences of the first passage, cited, so that they are borne out; without a passage, a plain word.

    Args:
        prompt: the last message.
    """
    found = _PASSAGE.search(prompt)
    body = "\n".join(found[1].splitlines()[1:]) if found else ""
    sentences = [one.strip() for one in sentences_of(body) if len(one.strip()) > 20][:2]
    return " ".join(f"{one.rstrip('.')} [1]." for one in sentences) or "It is so [1]."


def whole_passage_of(prompt: str) -> str:
    """The first passage as it stands, every line cited; without one, a plain word.

    Args:
        prompt: the last message.
    """
    found = _PASSAGE.search(prompt)
    lines = found[1].splitlines()[2:] if found else []  # without heading and question
    return "\n\n".join(f"{line} [1]" for line in lines if line.strip()) or "It is so [1]."


def pieces_of(text: str) -> list[str]:
    """A text in at most 20 pieces, as a model streams it."""
    words = re.findall(r"\S+\s*|\s+", text) or [""]
    size = -(-len(words) // _PIECES)
    return ["".join(words[at : at + size]) for at in range(0, len(words), size)]


def _prompt_of(asked: dict[str, Any]) -> str:
    content = asked["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _event(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}]
    content = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": _NAME, "choices": choices, **more}
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"


def _whole(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": _NAME, "choices": choices, "usage": _USAGE,
    }  # fmt: skip


async def _send(send: Send, status: int, body: bytes, kind: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def bind_loopback() -> Iterator[socket.socket]:
    """Yield a socket that is bound to a free port of this machine."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


def main() -> None:
    """Serve until the process is told to stop."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-token-seconds", type=float, default=0.3)
    parser.add_argument("--stream-seconds", type=float, default=0.2)
    options = parser.parse_args()
    stub = ModelStub(options.first_token_seconds, options.stream_seconds)
    for bound in bind_loopback():
        bound.listen(1024)
        sys.stdout.write(json.dumps({"address": f"http://127.0.0.1:{bound.getsockname()[1]}/v1"}) + "\n")
        sys.stdout.flush()
        config = uvicorn.Config(stub, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main()
