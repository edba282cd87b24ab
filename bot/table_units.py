"""The facts of a table's row, whose unit may stand only in the head of its column or in the line above the table."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.facts import Fact, facts_of, unit_of
from bot.sentences import Part
from bot.tables import Table, cells_of, tables_of

# "Torque (Nm)", "Front [bar]", "Length, mm", "Druck in bar".
_OF_COLUMN = re.compile(
    r"(?:[(\[]|\bin\s|\ben\s|,\s)\s*([^\W\d_]+(?:[/-][^\W\d_]+)?|%|°[CF])\s*[)\]]?\s*$", re.IGNORECASE
)
# "Values in bar, tyres cold." A single letter after "in" is rather a word.
_OF_TABLE = re.compile(r"\b(?:in|en)\s+([^\W\d_]{2,}(?:[/-][^\W\d_]+)?)", re.IGNORECASE)


def facts_of_rows(text: str, parts: Sequence[Part]) -> dict[Part, tuple[Fact, ...]]:
    """The facts of each row of each table; a bare number has the unit of its column, or of all the table's values.

    Args:
        text: of a passage.
        parts: its parts.
    """
    found = {}
    for table in tables_of(parts):
        units = _units_of_columns(text, table, parts)
        for row in table.rows:
            cells = cells_of(text, row)
            facts: list[Fact] = []
            for number, (start, end) in enumerate(cells):
                unit = units[number] if number < len(units) else ""
                facts += (_with_unit(fact, unit) for fact in facts_of(text[start:end]))
            found[row] = tuple(facts)
    return found


def _with_unit(fact: Fact, unit: str) -> Fact:
    return replace(fact, unit=unit) if unit and fact.kind == "number" and not fact.unit else fact


def _units_of_columns(text: str, table: Table, parts: Sequence[Part]) -> list[str]:
    """The unit of the bare numbers of each column; those of the first, which names the rows, have none."""
    if table.head is None:
        return []
    above = [part.of(text) for part in parts if part.kind == "sentence" and part.end <= table.start]
    said = (_OF_TABLE.search(one) for one in above[-2:])
    usual = next((unit for one in said if one and (unit := unit_of(one[1]))), "")
    heads = [text[start:end].strip(" *_") for start, end in cells_of(text, table.head)]
    of_column = (_OF_COLUMN.search(one) for one in heads)
    units = [(unit_of(one[1]) if one else "") or usual for one in of_column]
    return ["", *units[1:]]
