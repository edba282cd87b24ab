"""How often somebody may ask: per brand, key, session and address, over all workers and restarts."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from ipaddress import IPv4Address, ip_address, ip_network
from time import time
from typing import TYPE_CHECKING

from ui.api.errors import TooManyRequests
from ui.api.origins import is_local_address
from ui.settings import UiSettings

if TYPE_CHECKING:
    from bot.conversation_database import ConversationDatabase

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_HASH_BYTES = 16
_REMEMBERED = 10_000
_IPV6_PREFIX = 64
_LONGEST_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so long, as a sliding window counter: the window before counts by the share that is still in view.

    Args:
        amount: how many.
        seconds: in how long.
        words: as it is set.
    """

    amount: int
    seconds: int
    words: str

    def wait_seconds(self, before: int, now: int, passed: float) -> float:
        """How long to wait until one more is allowed; 0 where it is allowed now.

        Args:
            before: how many there were in the whole window before this one.
            now: how many there were in this one.
            passed: the share of this window that has passed, 0 to 1.
        """
        room = self.amount - now - 1
        if room < 0:  # not in this window: in the next one, these count by what is left of them
            return self.seconds * (1 - passed + max(0.0, 1 - (self.amount - 1) / now))
        if before * (1 - passed) <= room:
            return 0.0
        return self.seconds * (1 - passed - room / before)


def parse_rate(words: str) -> Rate:
    """The rate that a setting names.

    Args:
        words: such as `20/minute`.
    """
    amount, _, unit = words.partition("/")
    return Rate(int(amount), _SECONDS[unit], words)


@dataclass(frozen=True, slots=True)
class _Counted:
    rate: Rate
    what: str
    name: str
    shown: str


class Rates:
    """Counts requests in the workers' database, and refuses those above a limit.

    An address of this machine is not counted: it is the local user's, or that of a proxy which does not tell whom it
    speaks for. Names are kept as keyed hashes, so that nobody can read addresses from the counts.

    Args:
        settings: the limits.
        database: opens the database, with the tables of the doors; called with the first count.
        secret: key of the hashes, the same for all workers.
    """

    def __init__(self, settings: UiSettings, database: "Callable[[], ConversationDatabase]", secret: str) -> None:
        self._session = parse_rate(settings.rate_session)
        self._requests = parse_rate(settings.rate_requests)
        self._address = parse_rate(settings.rate_address)
        self._key = parse_rate(settings.rate_key)
        self._brand = parse_rate(settings.rate_brand)
        self._database = database
        self._secret = sha256(secret.encode()).digest()
        # Until when a name is refused: nothing that others do lets it in sooner, so nobody need ask the database.
        self._refused: dict[str, tuple[float, str]] = {}

    def count_request(self, brand_id: str, conversation_id: str) -> None:
        """Count any request of a session.

        Raises:
            TooManyRequests: there were too many.
        """
        self._count([self._of_request(brand_id, conversation_id)])

    def count_session(self, key: str | None, address: str | None) -> None:
        """Count a session that begins.

        Raises:
            TooManyRequests: there were too many.
        """
        self._count([*self._of_key(key), *self._of_address("sessions", address)])

    def count_message(
        self, brand_id: str, key: str | None, address: str | None, conversation_id: str | None = None
    ) -> None:
        """Count a message, which is a request as well.

        Args:
            brand_id: whose customer asks.
            key: the publishable or secret key by which it came.
            address: where it comes from.
            conversation_id: the session's conversation, where there is one.

        Raises:
            TooManyRequests: there were too many; then it counts nowhere.
        """
        self._count(self._of_message(brand_id, key, address, conversation_id))

    def refuse_message(self, brand_id: str, key: str | None, address: str | None, conversation_id: str) -> None:
        """Refuse a message where one like it was refused a moment ago; looks at memory only.

        Raises:
            TooManyRequests: there were too many, and nothing has changed since.
        """
        wanted = self._of_message(brand_id, key, address, conversation_id)
        self._refuse_again((self._hash(one) for one in wanted), time())

    def count_staff(self, subject: str) -> None:
        """Count a request of a member of staff.

        Args:
            subject: who they are.

        Raises:
            TooManyRequests: there were too many.
        """
        self._count([_Counted(self._requests, "staff", subject, "this sign-in")])

    def _of_message(
        self, brand_id: str, key: str | None, address: str | None, conversation_id: str | None
    ) -> list[_Counted]:
        wanted = [_Counted(self._brand, "brand", brand_id, "this brand")]
        wanted += [*self._of_key(key), *self._of_address("messages", address)]
        if conversation_id is not None:
            wanted.append(_Counted(self._session, "session", f"{brand_id}/{conversation_id}", "this session"))
            wanted.append(self._of_request(brand_id, conversation_id))
        return wanted

    def _of_request(self, brand_id: str, conversation_id: str) -> _Counted:
        return _Counted(self._requests, "requests", f"{brand_id}/{conversation_id}", "this session")

    def _of_key(self, key: str | None) -> list[_Counted]:
        return [] if key is None else [_Counted(self._key, "key", key, "this key")]

    def _of_address(self, what: str, address: str | None) -> list[_Counted]:
        if address is None or is_local_address(address):
            return []
        return [_Counted(self._address, what, _counted_address(address), "this address")]

    def _count(self, wanted: list[_Counted]) -> None:
        if not wanted:
            return
        from ui.api.shared_counts import add_to_counts, hold_counts, read_counts

        now = time()
        named = {self._hash(one): one for one in wanted}
        self._refuse_again(named, now)
        windows = {name: int(now // one.rate.seconds) for name, one in named.items()}
        ends = {name: int(now) + 2 * one.rate.seconds for name, one in named.items()}
        with self._database().writing() as connection:
            hold_counts(connection, {(name, windows[name]): ends[name] for name in named})
            found = read_counts(connection, windows)
            for name, one in named.items():
                passed = now / one.rate.seconds - windows[name]
                before, current = (found.get((name, windows[name] - back), 0) for back in (1, 0))
                wait = one.rate.wait_seconds(before, current, passed)
                if wait > 0:
                    told = f"{one.shown} may ask {one.rate.words.replace('/', ' a ')} and did; wait a little"
                    self._refused[name] = (now + wait, told)
                    raise TooManyRequests(told, max(1, math.ceil(round(wait, 3))))
            add_to_counts(connection, {(name, windows[name]): (1, ends[name]) for name in named})

    def _refuse_again(self, names: Iterable[str], now: float) -> None:
        """Refuse what was refused a moment ago."""
        if len(self._refused) > _REMEMBERED:
            self._refused = {name: one for name, one in list(self._refused.items()) if one[0] > now}
        for name in names:
            until, told = self._refused.get(name, (0.0, ""))
            if until > now:
                raise TooManyRequests(told, max(1, math.ceil(round(until - now, 3))))
            self._refused.pop(name, None)

    def _hash(self, one: _Counted) -> str:
        content = f"{one.what}/{one.rate.words}/{one.name}"
        # Unlike `hmac` it keeps the interpreter's lock, for which the event loop would wait among busy threads.
        return blake2b(content.encode(), key=self._secret, digest_size=_HASH_BYTES).hexdigest()


def _counted_address(address: str) -> str:
    """What an address is counted as: of IPv6 the network, since whoever has one address there has its 2^64."""
    try:
        found = ip_address(address)
    except ValueError:  # what a proxy tells in place of one: all who come so count together
        return address[:_LONGEST_ADDRESS]
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or ip_network((int(found), _IPV6_PREFIX), strict=False))
