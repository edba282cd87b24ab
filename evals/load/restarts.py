"""The server is ended and killed while customers chat; what was acknowledged must be there once."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from evals.faults.suite_result import SuiteResult
from evals.load.customer import Customer, Refused, Told, connections
from evals.load.processes import ServerProcess, marque_server, model_settings, model_stub
from evals.load.workplace import Workplace, open_workplace

RESUME_LIMIT_SECONDS = 3.0
_TURNS_A_CONVERSATION = 60
_READINGS = 5
_FIRST_TOKEN_SECONDS = 0.3
_STREAM_SECONDS = 0.2

Tell = Callable[[str], None]


@dataclass
class _Said:
    """What a customer said and what it was told, in order."""

    customer: Customer
    messages: list[tuple[str, Told]] = field(default_factory=list)


def measure_restarts(
    target: Path, *, terms: int, kills: int, chats: int = 8, seed: int = 0, tell: Tell = lambda _: None
) -> SuiteResult:
    """End the server so many times with SIGTERM and kill it so many times, at random moments, and start it again.

    A customer whose connection breaks says the same thing again under the same `Idempotency-Key` until it has its
    reply, as the HTTP interface promises that it may. A model's stub answers, so that most moments are in the middle
    of a reply.

    Args:
        target: the group folder.
        terms: how often SIGTERM.
        kills: how often SIGKILL.
        chats: customers at once; they never pause.
        seed: of the moments.
        tell: told how far it is.
    """
    result = SuiteResult("restarts", details={"messages": 0, "resume_seconds_max": 0.0, "ready_seconds_max": 0.0})
    begun = time.perf_counter()
    hows = [signal.SIGTERM] * terms + [signal.SIGKILL] * kills
    random.Random(seed).shuffle(hows)  # noqa: S311 - an order, no secrets
    with open_workplace(target) as place, model_stub(_FIRST_TOKEN_SECONDS, _STREAM_SECONDS, place.group) as model:
        asyncio.run(_run(place, model, hows, chats, random.Random(seed), result, tell))  # noqa: S311
    result.seconds = time.perf_counter() - begun
    resumes, listened = (sorted(result.details.pop(name)) for name in ("resumes", "listened"))
    result.details |= {
        "terms": terms,
        "kills": kills,
        "resume_seconds_median": _median(resumes),
        "resume_limit_seconds": RESUME_LIMIT_SECONDS,
        "resume_since_listening_seconds_median": _median(listened),
        "resume_since_listening_seconds_max": round(max(listened, default=0.0), 3),
    }
    return result


def _median(ordered: list[float]) -> float:
    return round(ordered[len(ordered) // 2], 3) if ordered else 0.0


async def _run(
    place: Workplace, model: str, hows: list[signal.Signals], chats: int, chance: random.Random,
    result: SuiteResult, tell: Tell,
) -> None:  # fmt: skip
    settings = place.settings | model_settings(model)
    server = marque_server(place.group, settings)
    stopped = asyncio.Event()
    said: list[_Said] = []
    result.details |= {"resumes": [], "listened": []}
    try:
        await asyncio.to_thread(_start, server)
        port = int(server.address.rpartition(":")[2])
        async with connections() as http:
            numbers = count()
            tasks = [
                asyncio.create_task(_customer(http, server.address, place, numbers, said, stopped, result))
                for _ in range(chats)
            ]
            for how in hows:
                await asyncio.sleep(0.5 + chance.random())
                server = await _restart(
                    server, how, lambda: marque_server(place.group, settings, port=port), said, result
                )
                tell(f"{result.trials} of {len(hows)} restarts, {len(result.failures)} failures")
            stopped.set()
            await asyncio.gather(*tasks)
            for one in said:
                await _compare(one, result)
    finally:
        stopped.set()
        await asyncio.to_thread(server.stop)


def _start(server: ServerProcess) -> float:
    """Start a server and wait until it is ready; the moment at which it listened."""
    server.start()
    listened = time.monotonic()
    server.wait_until_ready()
    return listened


async def _restart(
    server: ServerProcess,
    how: signal.Signals,
    make: Callable[[], ServerProcess],
    said: list[_Said],
    result: SuiteResult,
) -> ServerProcess:
    await asyncio.to_thread(server.stop, how)
    ended = time.monotonic()
    server = make()
    listened = await asyncio.to_thread(_start, server)
    ready = time.monotonic()
    details: dict[str, Any] = result.details
    details["ready_seconds_max"] = round(max(details["ready_seconds_max"], ready - ended), 3)
    # The first reply that any customer has from the new process.
    while True:
        replies = [told.ended_at for one in said for _, told in one.messages if told.ended_at > ended]
        if replies or time.monotonic() - ready > 10 * RESUME_LIMIT_SECONDS:
            break
        await asyncio.sleep(0.01)
    waited = max(0.0, min(replies) - ready) if replies else 10 * RESUME_LIMIT_SECONDS
    details["resumes"].append(waited)
    details["listened"].append(max(0.0, min(replies, default=ready + waited) - listened))
    details["resume_seconds_max"] = round(max(details["resume_seconds_max"], waited), 3)
    result.trials += 1
    if waited > RESUME_LIMIT_SECONDS:
        result.failures.append(
            f"restart {result.trials}, {how.name}: the first reply came {waited:.1f} s after it was ready"
        )
    return server


async def _customer(
    http: Any, address: str, place: Workplace, numbers: Iterator[int], said: list[_Said], stopped: asyncio.Event,
    result: SuiteResult,
) -> None:  # fmt: skip
    brands = list(place.questions)
    while not stopped.is_set():
        number = next(numbers)
        one = _Said(Customer(http, address, brands[number % len(brands)]))
        questions = place.questions[one.customer.brand_id]
        while not stopped.is_set():
            try:
                await one.customer.begin()
                break
            except (Refused, aiohttp.ClientError, OSError):
                await asyncio.sleep(0.05)
        said.append(one)
        for step in range(_TURNS_A_CONVERSATION):
            if stopped.is_set():
                break
            # Every message is told apart from every other one; in letters, since digits may look like a telephone's.
            text = f"{questions[(number * 7 + step) % len(questions)]} (message {_letters(number)} {_letters(step)})"
            try:
                told = await one.customer.insist(text)
            except Refused as error:
                result.failures.append(f"conversation {number}, message {step}: {error}")
                break
            one.messages.append((text, told))
            result.details["messages"] += 1


def _letters(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))


async def _compare(one: _Said, result: SuiteResult) -> None:
    """What the server has against what the customer was told: each message once, in order, with its reply."""
    for _ in range(_READINGS):
        try:
            turns = await one.customer.conversation()
        except (aiohttp.ClientError, OSError):  # a connection that an earlier process had ended
            continue
        result.failures += complaints(one.messages, turns)
        return
    result.failures.append(f"a conversation could not be read {_READINGS} times")


def complaints(messages: list[tuple[str, Told]], turns: list[dict[str, Any]]) -> list[str]:
    """What is lost, doubled or changed.

    Args:
        messages: what was said, each with the reply that was read.
        turns: what the server has.
    """
    found = []
    asked = Counter(one["text"] for one in turns if one["role"] == "customer")
    replies = Counter(one["turn"] for one in turns if one["role"] == "bot")
    for text, told in messages:
        if asked[text] == 0:
            found.append(f"lost: {text}")
        elif asked[text] > 1:
            found.append(f"{asked[text]} times: {text}")
        if replies[told.reply["turn"]] != 1:
            found.append(f"its reply stands there {replies[told.reply['turn']]} times: {text}")
    bots = sum(replies.values())
    if not found and bots != len(messages):
        found.append(f"{bots} replies to {len(messages)} messages: {messages[0][0] if messages else ''}")
    order = [one["text"] for one in turns if one["role"] == "customer"]
    wanted = [text for text, _ in messages]
    if not found and order != wanted:
        found.append(f"another order: {wanted[0]}")
    return found
