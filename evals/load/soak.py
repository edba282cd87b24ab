"""A very long run: memory and descriptors after many turns."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import aiohttp
import numpy as np

from evals.faults.suite_result import SuiteResult
from evals.load.chats import MESSAGES_A_CONVERSATION
from evals.load.customer import Customer, Refused, connections
from evals.load.processes import ServerProcess, marque_server, running
from evals.load.workplace import Workplace, open_workplace

SLOPE_LIMIT_MB = 1.0
DESCRIPTORS_LIMIT = 8
# Caches and allocators fill first; the slope is that of the rest.
_WARM_SHARE = 0.25
_SAMPLES = 100
# One conversation of so many is erased: SQLite then rebuilds its file, which takes as long as the file is large.
_ERASED = 20
# A server that is gone refuses every turn at once: after so many failures nothing more is learnt.
_MOST_FAILURES = 1_000

Tell = Callable[[str], None]


def measure_soak(
    target: Path, *, turns: int, chats: int = 4, workers: int = 1, tell: Tell = lambda _: None
) -> SuiteResult:
    """Ask until so many turns were answered; measure the server's memory and descriptors on the way.

    Args:
        target: the group folder.
        turns: messages with their replies.
        chats: how many customers at once; each begins a new conversation after ten turns, and erases some.
        workers: how many processes answer; memory and descriptors are those of all.
        tell: told how far it is.
    """
    result = SuiteResult("soak")
    begun = time.perf_counter()
    with (
        open_workplace(target) as place,
        running(marque_server(place.group, place.settings, workers=workers)) as server,
    ):
        samples = asyncio.run(_ask(server, place, turns, chats, result, tell))
    result.seconds = time.perf_counter() - begun
    warm = samples[int(len(samples) * _WARM_SHARE) :]
    slope = slope_of([(at, memory) for at, memory, _ in warm]) * 10_000
    # One too many at a moment is a connection that ends; a leak stays, so the least of each half is compared.
    half = len(warm) // 2
    grown = min(one[2] for one in warm[half:]) - min(one[2] for one in warm[:half])
    result.details = {
        "workers": workers,
        "turns_per_second": round(turns / result.seconds, 1),
        "memory_begin_mb": round(warm[0][1], 1),
        "memory_end_mb": round(warm[-1][1], 1),
        "slope_mb_per_10000_turns": round(slope, 3),
        "slope_limit_mb": SLOPE_LIMIT_MB,
        "descriptors_begin": warm[0][2],
        "descriptors_end": warm[-1][2],
        "descriptors_grown": grown,
        "goals_met": slope <= SLOPE_LIMIT_MB and grown <= DESCRIPTORS_LIMIT,
        "samples": [[at, round(memory, 1), descriptors] for at, memory, descriptors in samples],
    }
    return result


def slope_of(points: Sequence[tuple[int, float]]) -> float:
    """Memory gained a turn, by Theil and Sen: the median of all slopes, which a single jump does not move.

    Args:
        points: turns and MB.
    """
    turns, memory = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    first, second = np.triu_indices(len(turns), k=1)
    apart = turns[second] - turns[first]
    if not (apart > 0).any():
        return 0.0
    return float(np.median((memory[second] - memory[first])[apart > 0] / apart[apart > 0]))


async def _ask(
    server: ServerProcess, place: Workplace, turns: int, chats: int, result: SuiteResult, tell: Tell
) -> list[tuple[int, float, int]]:
    samples: list[tuple[int, float, int]] = []
    every = max(1, turns // _SAMPLES)
    begun = time.monotonic()

    def sample() -> None:
        memory, descriptors, _ = server.usage()
        samples.append((result.trials, memory, descriptors))
        if len(samples) % 10 == 0:
            rate = result.trials / max(0.001, time.monotonic() - begun)
            tell(
                f"{result.trials:,} of {turns:,} turns, {memory:.0f} MB, {descriptors} descriptors, {rate:.0f} a second"
            )

    async def customer(http: aiohttp.ClientSession, number: Iterator[int]) -> None:
        brands = list(place.questions)
        while result.trials < turns and len(result.failures) < _MOST_FAILURES:
            mine = next(number)
            one = Customer(http, server.address, brands[mine % len(brands)])
            questions = place.questions[one.brand_id]
            try:
                await one.begin()
                for step in range(MESSAGES_A_CONVERSATION):
                    if result.trials >= turns:
                        return
                    result.trials += 1
                    await one.say(questions[(mine * 7 + step) % len(questions)])
                    if result.trials % every == 0:
                        sample()
                if mine % _ERASED == 0:
                    await one.erase()
            except (Refused, aiohttp.ClientError, OSError, TimeoutError) as error:
                result.failures.append(f"turn {result.trials}: {type(error).__name__}: {error}")

    async with connections() as http:
        numbers = count()
        sample()
        await asyncio.gather(*(customer(http, numbers) for _ in range(chats)))
        sample()
    return samples
