"""What the brands' language models took today, counted in the database that all workers share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brands import BrandProfile

if TYPE_CHECKING:
    from bot.conversation_database import ConversationDatabase

_SECONDS_A_DAY = 86_400
_KEPT_DAYS = 40


class SharedModelSpending:
    """Counts tokens by brand and day (UTC); safe for use by several threads and processes.

    Args:
        tokens_per_day: what each brand's model may take; None for no limit. A brand's profile may say otherwise.
        database: opens the database, with the tables of the doors.
        now: tells the time, with time zone.
    """

    def __init__(
        self,
        tokens_per_day: int | None,
        database: "Callable[[], ConversationDatabase]",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tokens_per_day = tokens_per_day
        self._database = database
        self._now = now

    def limit_of(self, profile: BrandProfile) -> int | None:
        """What a brand's model may take in a day, in tokens; None where there is no limit."""
        own = profile.model_tokens_per_day
        return self._tokens_per_day if own is None else own

    def tokens_today(self, brand_id: str) -> int:
        """What a brand's model took today, in tokens; what is set aside for answers on their way is part of it."""
        from ui.api.shared_counts import read_counts

        name, day = _name(brand_id), self._day()
        with self._database().reading() as connection:
            return read_counts(connection, {name: day}).get((name, day), 0)

    def reserve(self, profile: BrandProfile, tokens: int) -> int | None:
        """Set tokens aside, unless the brand's budget of the day does not hold them."""
        from ui.api.shared_counts import read_counts

        limit = self.limit_of(profile)
        name, day = _name(profile.id), self._day()
        with self._database().writing() as connection:
            if limit is not None:
                if not limit:
                    return None
                self._lock(connection, name, day)
                if read_counts(connection, {name: day}).get((name, day), 0) + tokens > limit:
                    return None
            self._add(connection, name, day, tokens)
        return day

    def settle(self, profile: BrandProfile, day: int, reserved: int, taken: int) -> None:
        """Give back what was set aside and not taken."""
        with self._database().writing() as connection:
            self._add(connection, _name(profile.id), day, taken - reserved)

    def _day(self) -> int:
        return int(self._now().timestamp()) // _SECONDS_A_DAY

    def _add(self, connection: object, name: str, day: int, tokens: int) -> None:
        from ui.api.shared_counts import add_to_counts

        add_to_counts(connection, {(name, day): (tokens, (day + _KEPT_DAYS) * _SECONDS_A_DAY)})  # type: ignore[arg-type]

    def _lock(self, connection: object, name: str, day: int) -> None:
        # Adding nothing takes the row's lock in Postgres, so that two workers do not spend the same tokens.
        self._add(connection, name, day, 0)


def _name(brand_id: str) -> str:
    # Names of rates are hashes of 32 signs; this one has another length, or a sign that none of them has.
    return f"tokens:{brand_id}"[:64]
