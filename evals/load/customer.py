"""A customer who chats over HTTP, as the widget does: one session, one message after the other."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

_RETRY_SECONDS = 0.05
_GIVE_UP_SECONDS = 180.0
_AGAIN = frozenset({409, 425, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Told:
    """What came back for one message.

    Args:
        seconds: from sending it to the whole reply.
        first_seconds: from sending it to the first words.
        reply: the content of the `reply` event.
        ended_at: when it was whole, on the monotonic clock in seconds.
    """

    seconds: float
    first_seconds: float
    reply: dict[str, Any]
    ended_at: float


class Refused(Exception):
    """The server did not answer a message.

    Args:
        status: of the response; 200 where the stream ended without a reply.
        why: what it said.
        retry_after: its `Retry-After`.
    """

    def __init__(self, status: int, why: str, retry_after: str | None = None) -> None:
        super().__init__(f"{status}: {why[:200]}")
        self.status = status
        self.retry_after = retry_after


class Customer:
    """One conversation.

    Args:
        http: the connections.
        address: of the server.
        brand_id: whom it talks to.
    """

    def __init__(self, http: aiohttp.ClientSession, address: str, brand_id: str) -> None:
        self._http = http
        self._address = address
        self.brand_id = brand_id
        self._headers: dict[str, str] = {}

    async def begin(self) -> None:
        """Begin the session.

        Raises:
            Refused: there is none to be had.
        """
        async with self._http.post(f"{self._address}/v1/sessions", json={"brand": self.brand_id}) as answer:
            if answer.status != 201:
                raise Refused(answer.status, await answer.text())
            self._headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}

    async def say(self, text: str, key: str | None = None) -> Told:
        """Say something once.

        Args:
            text: the message.
            key: its `Idempotency-Key`.

        Raises:
            Refused: no reply came.
            aiohttp.ClientError: the connection broke.
        """
        headers = self._headers if key is None else {**self._headers, "Idempotency-Key": key}
        begun = time.monotonic()
        first: float | None = None
        name = b""
        async with self._http.post(f"{self._address}/v1/messages", json={"text": text}, headers=headers) as answer:
            if answer.status != 200:
                raise Refused(answer.status, await answer.text(), answer.headers.get("Retry-After"))
            async for line in answer.content:
                if line.startswith(b"event: "):
                    name = line[7:].strip()
                    if name == b"delta" and first is None:
                        first = time.monotonic() - begun
                elif line.startswith(b"data: ") and name in {b"reply", b"error"}:
                    content = json.loads(line[6:])
                    if name == b"error":
                        raise Refused(200, json.dumps(content))
                    ended = time.monotonic()
                    return Told(ended - begun, ended - begun if first is None else first, content, ended)
        raise Refused(200, "the stream ended without a reply")

    async def insist(self, text: str) -> Told:
        """Say something, and again under the same key until there is a reply, whatever happens to the server.

        Raises:
            Refused: the server will not take it, or there is none for three minutes.
        """
        key = secrets.token_hex(16)
        end = time.monotonic() + _GIVE_UP_SECONDS
        while True:
            try:
                return await self.say(text, key)
            except Refused as error:
                broke_off = error.status == 200 and "without a reply" in str(error)
                if time.monotonic() > end or not (broke_off or error.status in _AGAIN):
                    raise
            except (aiohttp.ClientError, OSError):
                if time.monotonic() > end:
                    raise Refused(0, f"no server for {_GIVE_UP_SECONDS:g} s") from None
            await asyncio.sleep(_RETRY_SECONDS)

    async def conversation(self) -> list[dict[str, Any]]:
        """What the server has of the conversation, oldest first.

        Raises:
            Refused: it cannot be read.
        """
        async with self._http.get(f"{self._address}/v1/conversation", headers=self._headers) as answer:
            if answer.status != 200:
                raise Refused(answer.status, await answer.text())
            turns: list[dict[str, Any]] = (await answer.json())["turns"]
            return turns

    async def erase(self) -> None:
        """Have the conversation erased."""
        async with self._http.delete(f"{self._address}/v1/conversation", headers=self._headers) as answer:
            await answer.read()


def connections() -> aiohttp.ClientSession:
    """As many connections to this machine as customers need; none of the environment's proxies is used."""
    timeout = aiohttp.ClientTimeout(total=120)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30), timeout=timeout)
