"""How much memory a process and its children take together."""

import sys
import threading
from typing import Self

import psutil

_MEGABYTE = 1024 * 1024
_EVERY_SECONDS = 0.1


class MemoryWatch:
    """Watches this process and its children while it is entered; what they share is counted once where Linux tells.

    Args:
        every_seconds: how often it looks.
    """

    def __init__(self, every_seconds: float = _EVERY_SECONDS) -> None:
        self._every_seconds = every_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self._peak = 0

    @property
    def peak_mb(self) -> int:
        """The most that was seen, and at least the most that this process alone ever held, in MB."""
        return max(self._peak // _MEGABYTE, peak_memory_mb())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._done.wait(self._every_seconds):
            children = own.children(recursive=True)
            # Alone, the process is covered by its own peak, which costs nothing to read.
            if children:
                self._peak = max(self._peak, sum(_memory(one) for one in (own, *children)))


def peak_memory_mb() -> int:
    """The most memory that this process alone ever held, in MB."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset) // _MEGABYTE
    import resource

    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found // (_MEGABYTE if sys.platform == "darwin" else 1024)


def _memory(process: psutil.Process) -> int:
    try:
        if sys.platform == "linux":
            return int(process.memory_full_info().pss)
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0  # it ended meanwhile
