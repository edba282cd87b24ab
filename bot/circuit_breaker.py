"""What leaves a failing endpoint alone for a while, so that nobody waits for it and it is not asked too often."""

import time
from collections.abc import Callable
from threading import Lock


class CircuitBreaker:
    """Counts failures in a row; after too many it refuses for a pause, then lets one request try.

    Safe for use by several threads.

    Args:
        failures_to_pause: so many failures in a row begin a pause.
        pause_seconds: how long the pause is.
        clock: monotonic time in seconds.
    """

    def __init__(
        self, failures_to_pause: int, pause_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures_to_pause = failures_to_pause
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._closed_until: float | None = None

    def admits(self) -> bool:
        """Whether a request may be made now; after a pause only the first to ask may, until it reports."""
        with self._lock:
            if self._closed_until is None:
                return True
            now = self._clock()
            if now < self._closed_until:
                return False
            self._closed_until = now + self._pause_seconds
            return True

    def report_success(self) -> None:
        """The endpoint answered: forget its failures."""
        with self._lock:
            self._failures = 0
            self._closed_until = None

    def report_failure(self) -> None:
        """The endpoint failed: count it, and pause when it was one too many."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._failures_to_pause:
                self._closed_until = self._clock() + self._pause_seconds


class RetryBudget:
    """Lets a small share of the requests be tried again, so that an outage is not made worse.

    Safe for use by several threads.

    Args:
        share: so many retries are earned by each request; .08 keeps 50 requests within 1.1 times as many calls.
        reserve: so many there are to begin with.
    """

    def __init__(self, share: float = 0.08, reserve: float = 1.0) -> None:
        self._share = share
        self._left = reserve
        self._most = max(reserve, 5.0)
        self._lock = Lock()

    def count_request(self) -> None:
        """A request is made: it earns its share of a retry."""
        with self._lock:
            self._left = min(self._most, self._left + self._share)

    def admits_retry(self) -> bool:
        """Whether a retry may be made; if so, it is taken from the budget."""
        with self._lock:
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True
