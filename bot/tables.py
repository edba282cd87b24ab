"""The tables among the parts of a passage, and the cells of their rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.sentences import Part

_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a passage.

    Args:
        head: its row of column names, where it has one.
        rows: its other rows, at least one.
    """

    head: Part | None
    rows: tuple[Part, ...]

    @property
    def start(self) -> int:
        """Where it begins in the passage's text."""
        return (self.head or self.rows[0]).start


def tables_of(parts: Sequence[Part]) -> tuple[Table, ...]:
    """The tables among the parts of a passage, in reading order; heads without rows are left out.

    Args:
        parts: of one passage.
    """
    heads = {part.block: part for part in parts if part.kind == "table_head"}
    rows: dict[int, list[Part]] = {}
    for part in parts:
        if part.kind == "row":
            rows.setdefault(part.block, []).append(part)
    return tuple(Table(heads.get(block), tuple(own)) for block, own in rows.items())


def cells_of(text: str, row: Part) -> list[tuple[int, int]]:
    """Where the cells of a row lie; a bar behind a backslash parts none.

    Args:
        text: of the passage.
        row: one of its rows.
    """
    bars = [one.start() + row.start for one in _BAR.finditer(row.of(text))]
    return [(start + 1, end) for start, end in pairwise(bars)]
