"""Cells of a workbook as they read in it, and the cells that were merged."""

import re
from collections.abc import Iterator
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ingest.loaders.raised import raised

_SECTION = re.compile(r"(?:[^;\"\\]|\"[^\"]*\"|\\.)*")
_LITERAL = re.compile(r"\"([^\"]*)\"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].")
_CONDITION = re.compile(r"\[[<>=]")
_PLACES = re.compile(r"[#0?][#0?,]*(?:\.([0#?]+))?")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\s[^>]*?\bhidden="(?:1|true)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')


def cell_text(value: Any, number_format: str | None = None) -> str:
    """A cell as it reads in the sheet.

    Args:
        value: its value.
        number_format: how the workbook shows it, such as `0.00%`.
    """
    match value:
        case None:
            text = ""
        case bool():
            text = str(value).upper()
        case datetime():
            text = value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
        case time():
            text = value.isoformat("minutes" if value.second == 0 else "seconds")
        case list():  # runs of text, some with a font of their own
            text = "".join(map(_run, value)).strip()
        case int() | float():
            text = _number(value, number_format or "General")
        case _:
            text = str(value).strip()
    return text


def _run(run: Any) -> str:
    is_raised = getattr(getattr(run, "font", None), "vertAlign", None) == "superscript"
    return raised(str(run)) if is_raised else str(run)


def hides_parts(sheet_xml: bytes) -> bool:
    """Whether rows or columns of a sheet are hidden.

    Args:
        sheet_xml: a sheet's part of the workbook.
    """
    return _HIDDEN.search(sheet_xml) is not None


def count_uncounted(sheet_xml: bytes) -> int:
    """How many formulas have no value: a program wrote the sheet, and none has worked them out.

    Args:
        sheet_xml: a sheet's part of the workbook.
    """
    # A formula whose value is an empty text is of type `str`.
    return sum(1 for found in _FORMULA.finditer(sheet_xml) if b't="str"' not in found[1])


def merged_down(sheet_xml: bytes) -> Iterator[tuple[int, int, int]]:
    """The cells that are merged with those below them.

    Args:
        sheet_xml: a sheet's part of the workbook.

    Yields:
        Column and row of the first cell, from 0, and the last row.
    """
    for left, top, _, bottom in _MERGED.findall(sheet_xml, max(sheet_xml.rfind(b"</sheetData"), 0)):
        if int(bottom) > int(top):
            yield _column(left), int(top) - 1, int(bottom) - 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _number(value: float, number_format: str) -> str:
    # Excel counts with 15 digits: what it shows as 0.3 may be kept as 0.30000000000000004.
    plain = str(int(value)) if isinstance(value, int) or value.is_integer() else f"{value:.15g}"
    section = _SECTION.match(number_format)
    shown = section[0] if section else ""
    masked = _LITERAL.sub(lambda found: " " * len(found[0]), shown)
    places = _PLACES.search(masked)
    if number_format == "General" or places is None or _CONDITION.search(shown):
        return plain
    whole, after = places[0].partition(".")[0], masked[places.end() :]
    in_thousands = whole.endswith(",") or after.startswith(",")
    if "/" in after or re.search(r"[eE][+-]", after) or in_thousands:
        return plain  # fractions, powers of ten and thousands
    if _PLACES.search(after):
        return _in_groups(plain, shown, masked) if plain.isdecimal() else plain
    scaled = Decimal(str(value)) * (100 if "%" in masked else 1)
    rounded = abs(scaled).quantize(Decimal(1).scaleb(-len(places[1] or "")), ROUND_HALF_UP)
    above, _, below = f"{rounded:{',' if ',' in whole else ''}f}".partition(".")
    for place in reversed(places[1] or ""):
        if place != "#" or not below.endswith("0"):
            break
        below = below[:-1]
    digits = above.zfill(whole.count("0")) + (f".{below}" if below else "")
    before, behind = (_literal(part) for part in (shown[: places.start()], shown[places.end() :]))
    return f"{'-' if scaled < 0 else ''}{before}{digits}{behind}".strip()


def _in_groups(digits: str, shown: str, masked: str) -> str:
    """A telephone or part number, whose digits fill the places of its groups from the right."""
    parts: list[str] = []
    end = len(shown)
    at = [number for number, one in enumerate(masked) if one in "#0?"]
    for number in reversed(at):
        parts.append(_literal(shown[number + 1 : end]))
        filling = digits if number == at[0] else digits[-1:]
        parts.append(filling or ("0" if masked[number] == "0" else ""))
        digits, end = digits[:-1], number
    return "".join(reversed([*parts, _literal(shown[:end])])).strip()


def _literal(text: str) -> str:
    """What a part of a number format shows beside the number: units and currencies."""
    return _LITERAL.sub(lambda found: found[1] or found[2] or found[3] or "", text)
