"""Many customers who chat at once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from evals.load.customer import Customer, Refused, Told, connections
from evals.metrics import percentile

MESSAGES_A_CONVERSATION = 10
# What a customer gets for a message, from ours or from a peer.
Say = Callable[[str], Awaitable[Told]]


@dataclass
class Chatted:
    """What came of many chats.

    Args:
        seconds: how long it took.
        told: every reply.
        errors: one line for each message without a reply.
    """

    seconds: float = 0.0
    told: list[Told] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Replies a second."""
        return len(self.told) / self.seconds if self.seconds else 0.0

    def own_ms(self, model_seconds: float, share: float) -> float:
        """Time to the whole reply beyond the model's, as a quantile in milliseconds.

        Args:
            model_seconds: what the model takes; it is taken off where it was asked.
            share: 0.95 for the 95th percentile.
        """
        times = [one.seconds - (model_seconds if asked_model(one, model_seconds) else 0.0) for one in self.told]
        return percentile(times, share) * 1000 if times else 0.0

    def by_model(self, model_seconds: float) -> int:
        """For how many replies the model was asked.

        Args:
            model_seconds: what the model takes.
        """
        return sum(asked_model(one, model_seconds) for one in self.told)


def asked_model(told: Told, model_seconds: float) -> bool:
    """Whether the model was asked: composing then took its whole time.

    Args:
        told: the reply; one without times comes from a peer, which always asks.
        model_seconds: what the model takes.
    """
    times = told.reply.get("timings_ms")
    if times is None:
        return bool(told.reply.get("by_model"))
    return bool(times.get("compose", 0.0) >= model_seconds * 1000)


async def chat(
    customers: Sequence[tuple[Say, Sequence[str]]], *, seconds: float, pause_seconds: float, seed: int = 0
) -> Chatted:
    """Let customers chat: ask, wait for the reply, read it for a while, ask again.

    Args:
        customers: how each of them asks, and what.
        seconds: how long they go on asking; what was asked is waited for.
        pause_seconds: how long each reads on average, between half and one and a half times as long.
        seed: of pauses and questions.
    """
    found = Chatted()
    begun = time.monotonic()
    chance = random.Random(seed)  # noqa: S311 - pauses, no secrets

    async def one(say: Say, questions: Sequence[str], mine: random.Random) -> None:
        await asyncio.sleep(mine.random() * pause_seconds)
        place = mine.randrange(len(questions))
        while time.monotonic() - begun < seconds:
            try:
                found.told.append(await say(questions[place % len(questions)]))
            except (Refused, aiohttp.ClientError, OSError, TimeoutError) as error:
                found.errors.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(0.1)
            place += 1
            left = seconds - (time.monotonic() - begun)
            await asyncio.sleep(max(0.0, min(left, pause_seconds * (0.5 + mine.random()))))

    await asyncio.gather(*(one(say, texts, random.Random(chance.random())) for say, texts in customers))  # noqa: S311
    found.seconds = time.monotonic() - begun
    return found


async def chat_with_brands(
    address: str, questions: dict[str, tuple[str, ...]], chats: int, *, seconds: float, pause_seconds: float
) -> Chatted:
    """Let customers chat with the brands in turn.

    Args:
        address: of the server.
        questions: by brand.
        chats: how many at once.
        seconds: how long.
        pause_seconds: how long each reads a reply on average.
    """
    async with connections() as http:
        brands = list(questions)
        customers = [Customer(http, address, brands[number % len(brands)]) for number in range(chats)]
        return await chat(
            [(saying(one), questions[one.brand_id]) for one in customers], seconds=seconds, pause_seconds=pause_seconds
        )


def saying(customer: Customer) -> Say:
    """How a customer says one thing after the other; after ten comes a new conversation, as if somebody else asked.

    Args:
        customer: has no session yet.
    """
    numbers = count()

    async def say(text: str) -> Told:
        if next(numbers) % MESSAGES_A_CONVERSATION == 0:
            await customer.begin()
        return await customer.say(text)

    return say
