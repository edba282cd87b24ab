"""How often somebody may ask: per brand, key, session and address."""

import math
from time import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ui.api.errors import TooManyRequests
from ui.api.origins import is_local_address
from ui.settings import UiSettings

Counted = tuple[RateLimitItem, str, str, str]


class Rates:
    """Counts requests in this process, and refuses those above a limit.

    An address of this machine is not counted: it is the local user's, or that of a proxy which does not tell whom it
    speaks for.

    Args:
        settings: the limits.
    """

    def __init__(self, settings: UiSettings) -> None:
        self._session = parse(settings.rate_session)
        self._requests = parse(settings.rate_requests)
        self._address = parse(settings.rate_address)
        self._key = parse(settings.rate_key)
        self._brand = parse(settings.rate_brand)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count_request(self, brand_id: str, conversation_id: str) -> None:
        """Count any request of a session.

        Raises:
            TooManyRequests: there were too many.
        """
        self._count([(self._requests, "requests", f"{brand_id}/{conversation_id}", "this session")])

    def count_session(self, key: str | None, address: str | None) -> None:
        """Count a session that begins.

        Raises:
            TooManyRequests: there were too many.
        """
        self._count([*self._of_key(key), *self._of_address("sessions", address)])

    def count_message(
        self, brand_id: str, key: str | None, address: str | None, conversation_id: str | None = None
    ) -> None:
        """Count a message.

        Args:
            brand_id: whose customer asks.
            key: the publishable or secret key by which it came.
            address: where it comes from.
            conversation_id: the session's conversation, where there is one.

        Raises:
            TooManyRequests: there were too many; then it counts nowhere.
        """
        wanted: list[Counted] = [(self._brand, "brand", brand_id, "this brand")]
        wanted += [*self._of_key(key), *self._of_address("messages", address)]
        if conversation_id is not None:
            wanted.append((self._session, "session", f"{brand_id}/{conversation_id}", "this session"))
        self._count(wanted)

    def _of_key(self, key: str | None) -> list[Counted]:
        return [] if key is None else [(self._key, "key", key, "this key")]

    def _of_address(self, what: str, address: str | None) -> list[Counted]:
        if address is None or is_local_address(address):
            return []
        return [(self._address, what, address, "this address")]

    def _count(self, wanted: list[Counted]) -> None:
        for item, what, name, shown in wanted:
            if not self._limiter.test(item, what, name):
                wait = math.ceil(self._limiter.get_window_stats(item, what, name).reset_time - time())
                raise TooManyRequests(f"{shown} may ask {item} and did; wait a little", max(1, wait))
        for item, what, name, _ in wanted:
            self._limiter.hit(item, what, name)
