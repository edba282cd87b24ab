"""CSV and XLSX sheets: questions and answers row by row, anything else as a table."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, TypeVar

from ingest.document import Block, LoadedDocument, RowScope, table_block
from ingest.errors import DocumentDamaged, DocumentEmpty, DocumentTooLarge
from ingest.loaders.limits import LoadLimits
from ingest.loaders.markdown import decode_text, encoding_notes
from ingest.loaders.office import check_archive
from ingest.loaders.sheet_cells import cell_text, count_uncounted, hides_parts, merged_down
from ingest.loaders.sheet_columns import Columns, Row, cell, faq_columns

# Excel's own first line.
_TOLD_DELIMITER = re.compile(r"\A\"?sep=([^\w\s\"]|\t)\"?[ \t]*\n", re.IGNORECASE)
# A line below the last: it is a row of its own unless a quotation mark above is open.
_END = "\x1f"
# Those that a text may hold as letters count only where they part question and answer.
_DELIMITERS = (",", ";", "\t", "|")
_RARE_DELIMITERS = ("^", "~", "¦", "§", "#", ":")

Kind = TypeVar("Kind")

NumberedRows = Sequence[tuple[int, Row]]
"""Rows with their numbers in the sheet, from 1."""


def load_csv(content: bytes, limits: LoadLimits) -> LoadedDocument:
    """Read a CSV of any delimiter and encoding.

    Args:
        content: its bytes.
        limits: how many rows it may have.

    Raises:
        DocumentFailed: one of its kinds.
    """
    text = decode_text(content)
    csv.field_size_limit(10 * 1024 * 1024)
    told = _TOLD_DELIMITER.match(text)
    body = text[told.end() :] if told else text
    lines = chain(io.StringIO(body, newline=""), [_END])
    reader = csv.reader(lines, delimiter=told[1] if told else _delimiter(body), strict=False)
    rows = [(number + bool(told), row) for number, row in _filled(_limited(_closed(reader, bool(told)), limits))]
    blocks, notes = _sheet_blocks(rows)
    if not blocks:
        raise DocumentEmpty(_nothing("the sheet", notes))
    return LoadedDocument(tuple(blocks), notes=(*encoding_notes(content), *notes))


def _closed(rows: Iterable[Row], is_told: bool) -> Iterator[Row]:
    """The rows above the line that ends a sheet."""
    number = int(is_told)
    for row in rows:
        if row == [_END]:
            return
        number += 1
        yield row
    raise DocumentDamaged(f"the quotation mark in row {number} is never closed, so all below it is one cell; close it")


def _nothing(whole: str, notes: Sequence[str]) -> str:
    """Why nothing of a sheet is left."""
    return f"none of its questions has an answer; {notes[-1]}" if notes else f"{whole} has no rows; fill in some"


def load_xlsx(content: bytes, limits: LoadLimits) -> LoadedDocument:
    """Read an Excel workbook as it looks, sheet by sheet.

    Args:
        content: its bytes.
        limits: how far it may unpack and how many rows a sheet may have.

    Raises:
        DocumentFailed: one of its kinds.
    """
    check_archive(content, "xl/workbook.xml", limits)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False, rich_text=True)
    blocks: list[Block] = []
    notes: list[str] = []
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in book.worksheets if sheet not in sheets]
    if hidden:
        notes.append(f"hidden sheets are left out: {', '.join(map(repr, hidden[:5]))}")
    for sheet in sheets:
        xml = _sheet_xml(sheet, content)
        rows, errors = _sheet_rows(sheet, xml, limits)
        found, told = _sheet_blocks(_filled(rows))
        if uncounted := count_uncounted(xml):
            told.append(f"formulas without a value: {uncounted}; open it in Excel, save it and bring it in again")
        if errors:
            told.append(f"cells with an error such as #N/A are left empty: {errors}; correct their formulas")
        if hides_parts(xml):
            told.append("hidden rows and columns are read like the others; delete what customers may not see")
        if len(sheets) > 1:
            told = [f"sheet {sheet.title!r}: {one}" for one in told]
        if found and len(sheets) > 1:
            blocks.append(Block("heading", sheet.title, level=1))
        blocks.extend(found)
        notes.extend(told)
    if not blocks:
        raise DocumentEmpty(_nothing("the workbook", notes))
    return LoadedDocument(tuple(blocks), notes=tuple(notes))


def _sheet_xml(sheet: Any, content: bytes) -> bytes:
    """A sheet's part of the archive, which tells what a sheet that is read row by row does not."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(sheet._worksheet_path)


def _sheet_rows(sheet: Any, xml: bytes, limits: LoadLimits) -> tuple[list[Row], int]:
    """The rows of a sheet, and how many cells hold an error; a cell that is merged with those below is in every row."""
    errors = 0
    rows: list[Row] = []
    for cells in _limited(sheet.iter_rows(), limits):
        errors += sum(one.data_type == "e" for one in cells)
        texts = ["" if one.data_type == "e" else cell_text(one.value, one.number_format) for one in cells]
        rows.append(_trimmed(texts))
    for column, top, bottom in merged_down(xml):
        text = cell(rows[top], column) if top < len(rows) else None
        for row in rows[top + 1 : bottom + 1] if text else ():
            row.extend([""] * (column + 1 - len(row)))
            row[column] = text or ""
    return rows, errors


def _filled(rows: Iterable[Row]) -> NumberedRows:
    return [(number, row) for number, row in enumerate(rows, start=1) if any(one.strip() for one in row)]


def _sheet_blocks(rows: NumberedRows) -> tuple[list[Block], list[str]]:
    if not rows:
        return [], []
    columns = faq_columns([row for _, row in rows])
    if columns is None:
        return _table_blocks([row for _, row in rows]), []
    notes = [f"the column {name!r} is not used" for name in columns.unused]
    blocks = [Block("paragraph", " ".join(filter(None, row))) for _, row in rows[: columns.header_row]]
    topic = None
    for number, row in rows[columns.header_row + 1 :]:
        found = list(_faq_blocks(number, row, columns))
        if not found:
            said = next((cell(row, question) for _, question, _ in columns.pairs), None) or " ".join(row)
            notes.append(f"row {number} has no answer and is left out: {said.strip()[:80]!r}")
            continue
        if (own := columns.value(row, "heading")) and own != topic:
            blocks.append(Block("heading", own, level=2))
            topic = own
        blocks.extend(found)
    return blocks, notes


def _faq_blocks(number: int, row: Row, columns: Columns) -> Iterator[Block]:
    """One block for each language of a row that has an answer."""
    scope = RowScope(*(columns.value(row, name) for name in ("language", "market", "model", "model_year")))
    for language, question, answer in columns.pairs:
        own = replace(scope, language=language or scope.language)
        if text := cell(row, answer):
            asked = " ".join((cell(row, question) or "").split()) or None
            yield Block("faq", text, question=asked, row_scope=own if own != RowScope() else None, row=number)


def _table_blocks(rows: list[Row]) -> list[Block]:
    """A sheet of something else; what stands alone in the rows above a table is its title."""
    filled = [sum(1 for one in row if one.strip()) for row in rows]
    titles = next((at for at, count in enumerate(filled) if count > 1), 0)
    blocks = [Block("paragraph", " ".join(filter(None, row))) for row in rows[:titles]]
    return [*blocks, table_block(rows[titles:])]


def _delimiter(text: str) -> str:
    """The delimiter that gives question and answer columns, else the most even rows."""
    begin = text[:65536]
    best, best_score = ",", (-1, -1)
    for delimiter in (*_DELIMITERS, *_RARE_DELIMITERS):
        rows = list(islice(csv.reader(io.StringIO(begin, newline=""), delimiter=delimiter), 20))
        rows = [row for row in rows if any(row)]
        widths = [len(row) for row in rows]
        if not widths or max(widths) < 2:
            continue
        even = sum(1 for width in widths if width == widths[0])
        is_faq = faq_columns(rows) is not None
        if delimiter in _RARE_DELIMITERS and not is_faq:
            continue
        score = (int(is_faq), even if widths[0] > 1 else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _limited(rows: Iterable[Kind], limits: LoadLimits) -> Iterator[Kind]:
    for number, row in enumerate(rows):
        if number >= limits.rows:
            raise DocumentTooLarge(f"a sheet has more than {limits.rows} rows; split it")
        yield row


def _trimmed(row: Row) -> Row:
    while row and not row[-1]:
        row.pop()
    return row
