"""What the brands' language models took today, counted in the database that all workers share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brands import BrandProfile

if TYPE_CHECKING:
    from sqlalchemy import Connection

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
        from ui.api.shared_counts import hold_counts, read_counts

        limit = self.limit_of(profile)
        name, day = _name(profile.id), self._day()
        with self._database().writing() as connection:
            if limit is not None:
                if not limit:
                    return None
                hold_counts(connection, {(name, day): _kept_until(day)})
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

    def _add(self, connection: "Connection", name: str, day: int, tokens: int) -> None:
        from ui.api.shared_counts import add_to_counts

        add_to_counts(connection, {(name, day): (tokens, _kept_until(day))})


def _kept_until(day: int) -> int:
    return (day + _KEPT_DAYS) * _SECONDS_A_DAY


def _name(brand_id: str) -> str:
    # No hash of a rate has this sign; an id of a brand has at most 62.
    return f"t:{brand_id}"
