"""Every way in which a language model was seen to fail, many times: each must end in a useful reply in time."""

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.bootstrap import build_language_model
from bot.question import Question
from bot.reply import Reply
from bot.settings import BotSettings
from evals.trust.bounds import upper_bound
from evals.trust.fault_server import BEHAVIOURS, FaultServer, free_address
from evals.trust.hostile_group import HostileGroup, publish_hostile_group, write_hostile_group

RUNS = 50
# Shorter than the defaults of 3 and 12 s, so that silence fifty times over ends soon; the bound is the same code.
FIRST_WORDS_SECONDS, WHOLE_SECONDS = 1.0, 2.0
# On top of the deadlines: search, extract, checks, and other replies on the same cores.
REST_SECONDS = 2.0
_BRAND = "alder"
_QUESTION = "What is the maximum braked trailer weight?"
_WORDS = ("The maximum braked trailer weight ", "is 700 kg [1].")
_FIGURE = "700 kg"
_AT_ONCE = 4
_UNREACHABLE = "cannot be reached"
FAULTS: tuple[str, ...] = (*sorted(set(BEHAVIOURS) - {"good", "unavailable once"}), _UNREACHABLE)
_OUTAGES = ("unavailable", "internal error", "busy", "silent")


def run_model_faults(runs: int = RUNS, faults: Sequence[str] = FAULTS) -> dict[str, Any]:
    """Let a model fail in every way, again and again, and count the replies that are not useful or come late.

    Args:
        runs: how often each fault is met; the pause after failures is switched off for that.
        faults: which ones.

    Returns:
        The content of docs/schemas/model_faults.json.
    """
    with tempfile.TemporaryDirectory(prefix="marque-faults-") as place:
        home = Path(place)
        group = publish_hostile_group(write_hostile_group(home / "group", (_BRAND,)), home / "data")
        rows = [_meet(group, fault, runs) for fault in faults]
        outages = [_outage(group, fault, runs) for fault in _OUTAGES if fault in faults]
        fallback = _fallback(group, runs)
    failed = sum(row["failures"] for row in rows)
    total = runs * len(rows)
    return {
        "runs": total,
        "failures": failed,
        "failure_rate_upper_95": round(upper_bound(failed, total), 6),
        "first_words_seconds": FIRST_WORDS_SECONDS,
        "whole_seconds": WHOLE_SECONDS,
        "slowest_seconds": max((row["slowest_seconds"] for row in rows), default=0.0),
        "calls_per_question": max((row["calls_per_question"] for row in rows), default=0.0),
        "faults": rows,
        "outages": outages,
        "fallback": fallback,
    }


def _meet(group: HostileGroup, fault: str, runs: int) -> dict[str, Any]:
    with closing(_server(fault)) as server:
        address = free_address() if fault == _UNREACHABLE else server.address
        assistant = _assistant(group, address, model_failures_to_pause=1_000_000)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            asked = list(threads.map(partial(_ask, assistant), range(runs)))
        wrong = [text for useful, seconds, text in asked if not useful or seconds > WHOLE_SECONDS + REST_SECONDS]
        return {
            "fault": fault,
            "runs": runs,
            "failures": len(wrong),
            "slowest_seconds": round(max(seconds for _, seconds, _ in asked), 3),
            "calls_per_question": round(len(server.requests) / runs, 3),
            "failed": wrong[:3],
        }


def _outage(group: HostileGroup, fault: str, runs: int) -> dict[str, Any]:
    """With the pause after failures: hardly anybody waits, and hardly anything is sent."""
    with closing(_server(fault)) as server:
        assistant = _assistant(group, server.address)
        asked = [_ask(assistant, number) for number in range(runs)]
        return {
            "fault": fault,
            "questions": runs,
            "calls": len(server.requests),
            "useful": sum(useful for useful, _, _ in asked),
            "waited_seconds": round(sum(seconds for _, seconds, _ in asked), 3),
        }


def _fallback(group: HostileGroup, runs: int) -> dict[str, Any]:
    """The first deployment is down and the second is well: the second answers."""
    with closing(_server("unavailable")) as first, closing(_server("good")) as second:
        assistant = _assistant(group, first.address, fallback_model="second", fallback_model_base_url=second.address)
        replies = [assistant.ask(Question(_BRAND, _QUESTION)) for _ in range(runs)]
        return {
            "questions": runs,
            "by_the_second": sum(one.composer == "model" for one in replies),
            "calls_to_the_first": len(first.requests),
            "calls_to_the_second": len(second.requests),
            "tokens_recorded": sum(one.usage is not None for one in replies),
        }


class _Server(FaultServer):
    def close(self) -> None:
        self.stop()


def _server(fault: str) -> _Server:
    server = _Server(fault if fault in BEHAVIOURS else "good")
    server.words = _WORDS
    return server


def _assistant(group: HostileGroup, address: str, **more: object) -> Assistant:
    given: dict[str, object] = {
        "model": "m",
        "model_base_url": address,
        "model_first_words_seconds": FIRST_WORDS_SECONDS,
        "model_whole_seconds": WHOLE_SECONDS,
    }
    model = build_language_model(BotSettings.model_validate({"_env_file": None, **given, **more}))
    assistant = group.assistant(model)
    assistant.warm(_BRAND)
    for _ in assistant.read_ahead(_BRAND):
        pass
    return assistant


def _ask(assistant: Assistant, _number: int) -> tuple[bool, float, str]:
    """Whether the reply is useful, how long it took, and what it says."""
    began = time.monotonic()
    *pieces, reply = assistant.stream(Question(_BRAND, _QUESTION))
    seconds = time.monotonic() - began
    if not isinstance(reply, Reply):
        return False, seconds, ""
    told = "".join(str(one) for one in pieces)
    useful = reply.kind == "answer" and bool(reply.citations) and _FIGURE in told and told == reply.text
    return useful, seconds, told
