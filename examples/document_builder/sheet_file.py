"""Tables as CSV and XLSX, and archives whose bytes do not change."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from examples.document_builder.content import BuildError

ZIP_DATE = (2025, 1, 1, 0, 0, 0)
FIXED_TIME = b"2025-01-01T00:00:00Z"
CORE_TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def read_table(text: str) -> list[list[str]]:
    """Read the rows of a CSV text, which must all be as wide as its header."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(rows) < 2:
        raise BuildError("the CSV has no row below its header")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise BuildError(
                f"row {number} of the CSV has {len(row)} columns where the header has "
                f"{len(rows[0])}; put quotation marks around a text with a comma"
            )
    return rows


def write_csv(text: str, target: Path) -> None:
    """Copy a CSV source once its rows were checked."""
    read_table(text)
    target.write_text(text, encoding="utf-8", newline="\n")


def write_xlsx(text: str, target: Path) -> None:
    """Write a CSV source as a workbook with one sheet."""
    rows = read_table(text)
    book = Workbook()
    sheet = book.create_sheet("FAQ", 0)
    del book["Sheet"]
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, _cell_value(value))
            cell.font = Font(bold=number == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column, name in enumerate(rows[0], start=1):
        wide = {"question": 50.0, "answer": 90.0}.get(name, 14.0)
        sheet.column_dimensions[get_column_letter(column)].width = wide
    sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    target.write_bytes(_steady_zip(buffer.getvalue()))


def _cell_value(text: str) -> str | int | None:
    if text.isdecimal() and len(text) == 4:
        return int(text)
    return text or None


def _steady_zip(data: bytes) -> bytes:
    """Fix every time in an Office file, so that a rebuild changes no byte."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = CORE_TIME.sub(rb"\g<1>" + FIXED_TIME + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return buffer.getvalue()
