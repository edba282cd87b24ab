"""Counts that all workers share: how often somebody asked, and how many tokens a brand's model took today."""

from collections.abc import Mapping
from time import time
from types import ModuleType
from typing import cast

from sqlalchemy import Connection, Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ui.api.door_tables import counts

Count = tuple[str, int]  # name and window
# Made once: to make a statement costs more than to run it.
_READ = select(counts.c.name, counts.c.window, counts.c.amount).where(
    counts.c.name.in_(bindparam("names", expanding=True)), counts.c.window.in_(bindparam("windows", expanding=True))
)


def _adding(dialect: ModuleType) -> Insert:
    made = dialect.insert(counts)
    made = made.on_conflict_do_update(
        index_elements=[counts.c.name, counts.c.window], set_={"amount": counts.c.amount + made.excluded.amount}
    )
    return cast("Insert", made)


_ADD = {"sqlite": _adding(sqlite), "postgresql": _adding(postgresql)}


def read_counts(connection: Connection, windows: Mapping[str, int]) -> dict[Count, int]:
    """How much was counted in a window and the one before it.

    Args:
        connection: in a transaction.
        windows: number of the window of each name.
    """
    numbers = sorted({number - back for number in windows.values() for back in (0, 1)})
    found = connection.execute(_READ, {"names": list(windows), "windows": numbers})
    return {(row.name, row.window): row.amount for row in found}


def add_to_counts(connection: Connection, added: Mapping[Count, tuple[int, int]]) -> None:
    """Add to counts, which begin at 0.

    Args:
        connection: in a transaction that writes.
        added: how much is added to which count, and when that count may be forgotten, in seconds since 1970.
    """
    rows = [
        {"name": name, "window": window, "amount": amount, "ends_at": ends_at}
        for (name, window), (amount, ends_at) in sorted(added.items())  # in one order, so that none waits for another
    ]
    connection.execute(_ADD[connection.dialect.name], rows)


def hold_counts(connection: Connection, held: Mapping[Count, int]) -> None:
    """Let no other worker read counts until the transaction ends.

    Args:
        connection: in a transaction that writes; in SQLite it is the only one anyway.
        held: which counts, and when they may be forgotten, in seconds since 1970.
    """
    if connection.dialect.name == "postgresql":
        # Adding nothing takes the lock of a row, and makes the row where it is missing.
        add_to_counts(connection, {count: (0, ends_at) for count, ends_at in held.items()})


def forget_old_counts(connection: Connection) -> None:
    """Remove counts that nobody asks for any more.

    Args:
        connection: in a transaction that writes.
    """
    connection.execute(delete(counts).where(counts.c.ends_at < int(time())))
