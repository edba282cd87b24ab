"""Runs a step in a forked process, so that whatever happens to it is seen from outside."""

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Ended:
    """How a forked step ended.

    Args:
        told: what it returned; None when it was killed or died.
        error: what it raised, or the signal that ended it; None when it returned.
        expected: whether the error is one that names what to do.
        killed: whether our signal ended it.
        seconds: how long it ran.
    """

    told: Any
    error: str | None
    expected: bool
    killed: bool
    seconds: float


class Forked:
    """A step in a process of its own.

    Args:
        step: returns a JSON value.
        expected: errors that name what to do.
    """

    def __init__(self, step: Callable[[], Any], expected: tuple[type[Exception], ...] = ()) -> None:
        self._begun = time.perf_counter()
        self._read, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._read)
            _run(step, expected, write)
        os.close(write)

    def end(self, kill_after: float | None = None, limit: float = 120.0) -> Ended:
        """Wait for the end, or bring it about.

        Args:
            kill_after: seconds after which it is killed, when it still runs.
            limit: seconds after which it counts as hanging.
        """
        content = b""
        until = time.monotonic() + (limit if kill_after is None else kill_after)
        while True:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                os.kill(self._pid, signal.SIGKILL)
                break
            block = os.read(self._read, 1 << 16)
            if not block:
                break
            content += block
        os.close(self._read)
        _, status = os.waitpid(self._pid, 0)
        seconds = time.perf_counter() - self._begun
        died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if died == signal.SIGKILL and kill_after is not None:
            return Ended(None, None, False, True, seconds)
        if died:
            name = "it hung" if died == signal.SIGKILL else f"the process died of signal {died}"
            return Ended(None, name, False, False, seconds)
        with suppress(ValueError):
            told = json.loads(content)
            return Ended(told["told"], told["error"], told["expected"], False, seconds)
        return Ended(None, f"the process ended with {status} and said nothing", False, False, seconds)


def run_forked(step: Callable[[], Any], expected: tuple[type[Exception], ...] = ()) -> Ended:
    """Run a step in a process of its own to its end."""
    return Forked(step, expected).end()


def _run(step: Callable[[], Any], expected: tuple[type[Exception], ...], write: int) -> NoReturn:
    told: dict[str, Any] = {"told": None, "error": None, "expected": False}
    try:
        told["told"] = step()
    except expected as error:
        told |= {"error": f"{type(error).__name__}: {error}", "expected": True}
    except BaseException as error:  # noqa: BLE001 - the end of the process: everything is told to the one that waits
        where = "".join(traceback.format_tb(error.__traceback__)[-3:])
        told["error"] = f"{type(error).__name__}: {error} at {where}"
    os.write(write, json.dumps(told).encode())
    os._exit(0)
