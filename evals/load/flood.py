"""One brand is flooded; what it spends stays within its cap, and the others do not feel it."""

import asyncio
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp

from evals.faults.suite_result import SuiteResult
from evals.load.chats import Chatted, chat, saying
from evals.load.customer import Customer, Refused, connections
from evals.load.processes import ServerProcess, marque_server, model_settings, model_stub, running
from evals.load.workplace import Workplace, open_workplace

SLOWER_LIMIT = 1.2
# What the stub says that an answer took, in and out.
_TOKENS_AN_ANSWER = 840
_FIRST_TOKEN_SECONDS = 0.3
_STREAM_SECONDS = 0.2
_SENDERS = 32
_TOKENS = re.compile(r'^marque_model_tokens_total\{brand="([^"]+)",[^}]*\} (\S+)$', re.MULTILINE)

Tell = Callable[[str], None]


def measure_flood(
    target: Path, *, messages: int, seconds: float, cap_per_minute: int, chats: int = 6, tell: Tell = lambda _: None
) -> SuiteResult:
    """Let customers of the other brands chat, first in peace and then while the first brand is flooded.

    Args:
        target: a group folder of two brands or more.
        messages: how many the flood has.
        seconds: how long each of the two times takes.
        cap_per_minute: messages that a brand may have answered in a minute.
        chats: customers of the other brands at once.
        tell: told what is being done.
    """
    result = SuiteResult("flood")
    begun = time.perf_counter()
    with open_workplace(target) as place, model_stub(_FIRST_TOKEN_SECONDS, _STREAM_SECONDS, place.group) as model:
        rate = {"MARQUE_UI_RATE_BRAND": f"{cap_per_minute}/minute"}
        settings = place.settings | model_settings(model) | rate
        with running(marque_server(place.group, settings)) as server:
            tell(f"peace for {seconds:g} s")
            peace, _ = asyncio.run(_both(server, place, 0, seconds, chats))
            tell(f"{messages:,} messages to {next(iter(place.questions))} in {seconds:g} s")
            flooded, outcome = asyncio.run(_both(server, place, messages, seconds, chats))
            spent = _tokens(server, next(iter(place.questions)))
    result.seconds = time.perf_counter() - begun
    result.trials = sum(outcome.values())
    # A window of a minute may be spent at once, and every minute begins another.
    cap = cap_per_minute * (1 + flooded.seconds / 60)
    result.failures += [f"another brand: {one}" for one in (*peace.errors, *flooded.errors)]
    result.failures += [
        f"{number} messages of the flood: {what}" for what, number in outcome.items() if what not in _IN_ORDER
    ]
    if outcome["answered"] > cap:
        result.failures.append(f"{outcome['answered']} messages were answered, the cap is {cap:.0f}")
    before, during = (one.own_ms(0.0, 0.95) for one in (peace, flooded))
    ratio = during / before if before else 0.0
    result.failures += without_replies(peace, flooded)
    result.details = {
        "flood": dict(outcome),
        "cap_messages": round(cap),
        "tokens_spent": spent,
        "tokens_cap": round(cap * _TOKENS_AN_ANSWER),
        "others_replies_in_peace": len(peace.told),
        "others_replies_in_flood": len(flooded.told),
        "others_p95_ms_in_peace": round(before, 1),
        "others_p95_ms_in_flood": round(during, 1),
        "others_p95_ratio": round(ratio, 3),
        "ratio_limit": SLOWER_LIMIT,
        "goals_met": spent <= cap * _TOKENS_AN_ANSWER and ratio <= SLOWER_LIMIT and not without_replies(peace, flooded),
    }
    return result


def without_replies(peace: Chatted, flooded: Chatted) -> list[str]:
    """When the other brands had no reply at all, so that nothing can be compared: one line each.

    Args:
        peace: their chats before the flood.
        flooded: their chats in the flood.
    """
    return [
        f"the other brands had no reply in the {when}"
        for when, one in (("peace", peace), ("flood", flooded))
        if not one.told
    ]


_IN_ORDER = frozenset({"answered", "refused with 429 and Retry-After", "refused with 503 and Retry-After"})


async def _both(
    server: ServerProcess, place: Workplace, messages: int, seconds: float, chats: int
) -> tuple[Chatted, Counter[str]]:
    first, *others = place.questions
    async with connections() as http:
        customers = [Customer(http, server.address, others[number % len(others)]) for number in range(chats)]
        peaceful = chat(
            [(saying(one), place.questions[one.brand_id]) for one in customers], seconds=seconds, pause_seconds=1.0
        )
        flood = _flood(http, server.address, first, place.questions[first], messages, seconds)
        return await asyncio.gather(peaceful, flood)


async def _flood(
    http: aiohttp.ClientSession, address: str, brand_id: str, questions: tuple[str, ...], messages: int, seconds: float
) -> Counter[str]:
    """Send messages at an even pace; who is refused does not wait."""
    outcome: Counter[str] = Counter()
    begun = time.monotonic()
    numbers = iter(range(messages))

    async def sender() -> None:
        customer = Customer(http, address, brand_id)
        await customer.begin()
        for number in numbers:
            await asyncio.sleep(max(0.0, begun + seconds * number / messages - time.monotonic()))
            try:
                await customer.say(questions[number % len(questions)])
                outcome["answered"] += 1
            except Refused as error:
                told = "" if error.retry_after is None else " and Retry-After"
                outcome[f"refused with {error.status}{told}"] += 1
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                outcome[type(error).__name__] += 1

    if messages:
        await asyncio.gather(*(sender() for _ in range(_SENDERS)))
    return outcome


def _tokens(server: ServerProcess, brand_id: str) -> int:
    # The address is this machine's.
    with urllib.request.urlopen(f"{server.address}/metrics", timeout=60) as answer:  # noqa: S310
        found = _TOKENS.findall(answer.read().decode())
    return int(sum(float(value) for brand, value in found if brand == brand_id))
