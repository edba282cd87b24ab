"""The processor cores of this process: how many there are, and turns at them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue


class Turns:
    """Gives out turns; who finds none waits for one to come back.

    More threads than cores that compute in turns with and without the interpreter's lock only take it from each other;
    one more than cores takes what another leaves free while it waits for the lock (of what two cores can, 16 at once
    found .73 with two turns, .80 with three, docs/decisions/0021-search-that-grows.md).

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        # Waits in C, where a semaphore of `threading` takes several locks in Python.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(count):
            self._free.put(None)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a turn meanwhile."""
        self._free.get()
        try:
            yield
        finally:
            self._free.put(None)


def usable_cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
