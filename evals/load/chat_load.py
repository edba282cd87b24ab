"""How long ours takes beyond the model's time while many chat, and how many extracts it gives a second."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.faults.suite_result import SuiteResult
from evals.load.chats import Chatted, chat, chat_with_brands
from evals.load.customer import connections
from evals.load.peer_chat import PeerCustomer, peer_server
from evals.load.processes import ServerProcess, marque_server, model_settings, model_stub, running
from evals.load.workplace import Workplace, open_workplace

FIRST_TOKEN_SECONDS = 0.3
STREAM_SECONDS = 0.2
# What the project promises on two cores: own time of the reply in ms (p95) while so many chat.
OWN_P95_MS = {50: 300.0, 200: 1000.0}
EXTRACTS_PER_SECOND = 100.0
_EXTRACT_CHATS = 8

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long.

    Args:
        stages: how many chat at once, and for how many seconds.
        pause_seconds: how long each reads a reply on average.
        extract_seconds: how long extracts are asked for without a pause; 0 leaves it out.
        extract_workers: by how many processes they are also given; 1 leaves that out.
        peer_seconds: at most so long each stage of the peer's; None takes as long as ours.
    """

    stages: tuple[tuple[int, float], ...] = ((50, 600.0), (200, 120.0))
    pause_seconds: float = 10.0
    extract_seconds: float = 30.0
    extract_workers: int = 2
    peer_seconds: float | None = None


def measure_chat_load(
    target: Path, plan: Plan, *, peer_python: Path | None = None, tell: Tell = lambda _: None
) -> SuiteResult:
    """Let many chat with ours, then with the peer, both with the same stub of a model and the same documents.

    Args:
        target: the group folder.
        plan: what is measured.
        peer_python: the interpreter that has what the peer needs; None measures ours alone.
        tell: told what is being done.
    """
    result = SuiteResult("load")
    begun = time.perf_counter()
    with (
        open_workplace(target) as place,
        model_stub(FIRST_TOKEN_SECONDS, STREAM_SECONDS, place.group) as model,
    ):
        details: dict[str, Any] = {
            "model": {"first_token_s": FIRST_TOKEN_SECONDS, "stream_s": STREAM_SECONDS},
            "pause_s": plan.pause_seconds,
            "ours": _ours(place, model, plan, result, tell),
        }
        if peer_python is not None:
            details["peer"] = _peer(place, peer_python, model, plan, tell)
    result.seconds = time.perf_counter() - begun
    result.details = details | {"goals": _goals(details["ours"])}
    return result


def _ours(place: Workplace, model: str, plan: Plan, result: SuiteResult, tell: Tell) -> dict[str, Any]:
    told: dict[str, Any] = {"stages": []}
    for chats, seconds in plan.stages:
        with running(marque_server(place.group, place.settings | model_settings(model))) as server:
            tell(f"ours: {chats} chats for {seconds:g} s")
            coroutine = chat_with_brands(
                server.address, place.questions, chats, seconds=seconds, pause_seconds=plan.pause_seconds
            )
            found, cpu = _timed(server, coroutine)
        _count(found, result)
        told["stages"].append(_stage(chats, found, cpu))
    if plan.extract_seconds:
        told["extracts"] = _extracts(place, plan, 1, result, tell)
        if plan.extract_workers > 1:
            told["extracts_by_workers"] = _extracts(place, plan, plan.extract_workers, result, tell)
    return told


def _extracts(place: Workplace, plan: Plan, workers: int, result: SuiteResult, tell: Tell) -> dict[str, Any]:
    with running(marque_server(place.group, place.settings, workers=workers)) as server:
        tell(f"ours: extracts by {workers} process{'es' if workers > 1 else ''} for {plan.extract_seconds:g} s")
        coroutine = chat_with_brands(
            server.address, place.questions, _EXTRACT_CHATS, seconds=plan.extract_seconds, pause_seconds=0.0
        )
        found, cpu = _timed(server, coroutine)
    _count(found, result)
    return {"workers": workers, **_stage(_EXTRACT_CHATS, found, cpu)}


def _peer(place: Workplace, python: Path, model: str, plan: Plan, tell: Tell) -> dict[str, Any]:
    told: dict[str, Any] = {"stages": []}
    tell("the peer: indexing")
    with running(peer_server(python, place.data, model, place.group)) as server:
        for chats, ours_took in plan.stages:
            seconds = min(ours_took, plan.peer_seconds or ours_took)
            tell(f"the peer: {chats} chats for {seconds:g} s")
            coroutine = _ask_peer(server.address, "/chat", place, chats, seconds, plan.pause_seconds)
            found, cpu = _timed(server, coroutine)
            told["stages"].append(_stage(chats, found, cpu))
        if plan.extract_seconds:
            tell(f"the peer: searches alone for {plan.extract_seconds:g} s")
            coroutine = _ask_peer(server.address, "/search", place, _EXTRACT_CHATS, plan.extract_seconds, 0.0)
            found, cpu = _timed(server, coroutine)
            told["searches"] = _stage(_EXTRACT_CHATS, found, cpu)
    return told


async def _ask_peer(
    address: str, route: str, place: Workplace, chats: int, seconds: float, pause_seconds: float
) -> Chatted:
    brands = list(place.questions)
    async with connections() as http:
        say = PeerCustomer(http, address, route).say
        customers = [(say, place.questions[brands[number % len(brands)]]) for number in range(chats)]
        return await chat(customers, seconds=seconds, pause_seconds=pause_seconds)


def _timed(server: ServerProcess, coroutine: Any) -> tuple[Chatted, float]:
    """What came of the chats, and the seconds of processor time that the server took for them."""
    before = server.usage()[2]
    found: Chatted = asyncio.run(coroutine)
    return found, server.usage()[2] - before


def _count(found: Chatted, result: SuiteResult) -> None:
    result.trials += len(found.told) + len(found.errors)
    result.failures += found.errors


def _stage(chats: int, found: Chatted, cpu: float) -> dict[str, Any]:
    model_seconds = FIRST_TOKEN_SECONDS + STREAM_SECONDS
    return {
        "chats": chats,
        "seconds": round(found.seconds, 1),
        "replies": len(found.told),
        "by_model": found.by_model(model_seconds),
        "errors": len(found.errors),
        "replies_per_s": round(found.per_second, 1),
        "own_p50_ms": round(found.own_ms(model_seconds, 0.5), 1),
        "own_p95_ms": round(found.own_ms(model_seconds, 0.95), 1),
        "cpu_ms_a_reply": round(cpu * 1000 / max(1, len(found.told)), 1),
    }


def _goals(ours: dict[str, Any]) -> list[dict[str, Any]]:
    goals = [
        {
            "figure": f"own p95, {one['chats']} chats, ms",
            "found": one["own_p95_ms"],
            "goal": OWN_P95_MS[one["chats"]],
            # Without a reply nothing took any time.
            "met": one["replies"] > 0 and one["own_p95_ms"] <= OWN_P95_MS[one["chats"]],
        }
        for one in ours["stages"]
        if one["chats"] in OWN_P95_MS
    ]
    extracts = [ours[name]["replies_per_s"] for name in ("extracts", "extracts_by_workers") if name in ours]
    if extracts:
        goals.append(
            {
                "figure": "extracts a second",
                "found": max(extracts),
                "goal": EXTRACTS_PER_SECOND,
                "met": max(extracts) >= EXTRACTS_PER_SECOND,
            }
        )
    return goals
