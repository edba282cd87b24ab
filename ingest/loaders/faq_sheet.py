"""CSV and XLSX sheets: questions and answers row by row, anything else as a table."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from ingest.document import Block, LoadedDocument, RowScope, table_block
from ingest.errors import DocumentEmpty, DocumentTooLarge
from ingest.loaders.limits import LoadLimits
from ingest.loaders.markdown import decode_text
from ingest.loaders.office import check_archive

COLUMN_WORDS: dict[str, frozenset[str]] = {
    "question": frozenset(
        ["question", "questions", "q", "frage", "fragen", "domanda", "domande", "pregunta", "preguntas", "demande"]
    ),
    "answer": frozenset(
        [
            "answer",
            "answers",
            "a",
            "antwort",
            "antworten",
            "réponse",
            "reponse",
            "réponses",
            "risposta",
            "risposte",
            "respuesta",
        ]
    ),
    "language": frozenset(["language", "lang", "locale", "sprache", "langue", "lingua", "idioma"]),
    "market": frozenset(
        [
            "market",
            "markets",
            "country",
            "markt",
            "märkte",
            "land",
            "marché",
            "marche",
            "pays",
            "mercato",
            "paese",
            "mercado",
            "país",
            "pais",
        ]
    ),
    "model": frozenset(
        [
            "model",
            "models",
            "vehicle",
            "modell",
            "modelle",
            "fahrzeug",
            "modèle",
            "modele",
            "modello",
            "modelli",
            "modelo",
            "vehículo",
        ]
    ),
    "model_year": frozenset(
        [
            "modelyear",
            "modelyears",
            "year",
            "modelljahr",
            "baujahr",
            "jahr",
            "annéemodèle",
            "anneemodele",
            "année",
            "annee",
            "annomodello",
            "anno",
            "añomodelo",
            "año",
            "ano",
        ]
    ),
    "heading": frozenset(
        [
            "category",
            "topic",
            "section",
            "heading",
            "kategorie",
            "thema",
            "bereich",
            "catégorie",
            "categorie",
            "thème",
            "rubrique",
            "categoria",
            "argomento",
            "categoría",
            "tema",
        ]
    ),
}
HEADER_ROWS_SEARCHED = 10

Row = list[str]


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
    rows = _limited(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False), limits)
    blocks, notes = _sheet_blocks([row for row in rows if any(row)])
    if not blocks:
        raise DocumentEmpty("the sheet has no rows")
    return LoadedDocument(tuple(blocks), notes=tuple(notes))


def load_xlsx(content: bytes, limits: LoadLimits) -> LoadedDocument:
    """Read an Excel workbook, values only, sheet by sheet.

    Args:
        content: its bytes.
        limits: how far it may unpack and how many rows a sheet may have.

    Raises:
        DocumentFailed: one of its kinds.
    """
    check_archive(content, "xl/workbook.xml", limits)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    blocks: list[Block] = []
    notes: list[str] = []
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        rows = _limited(([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)), limits)
        found, told = _sheet_blocks([_trimmed(row) for row in rows if any(row)])
        if found and len(sheets) > 1:
            blocks.append(Block("heading", sheet.title, level=1))
        blocks.extend(found)
        notes.extend(told)
    if not blocks:
        raise DocumentEmpty("the workbook has no rows")
    return LoadedDocument(tuple(blocks), notes=tuple(notes))


@dataclass(frozen=True)
class _Columns:
    """Which column says what."""

    header_row: int
    places: dict[str, int]
    unused: tuple[str, ...]

    def value(self, row: Sequence[str], name: str) -> str | None:
        at = self.places.get(name)
        found = row[at].strip() if at is not None and at < len(row) else ""
        return found or None


def _sheet_blocks(rows: list[Row]) -> tuple[list[Block], list[str]]:
    if not rows:
        return [], []
    columns = _faq_columns(rows)
    if columns is None:
        return [table_block(rows)], []
    notes = [f"the column {name!r} is not used" for name in columns.unused]
    blocks = [Block("paragraph", " ".join(filter(None, row))) for row in rows[: columns.header_row]]
    heading = None
    for number, row in enumerate(rows[columns.header_row + 1 :], start=columns.header_row + 2):
        question, answer = columns.value(row, "question"), columns.value(row, "answer")
        if not answer:
            notes.append(f"row {number} has no answer and is left out: {(question or ' '.join(row))[:80]!r}")
            continue
        topic = columns.value(row, "heading")
        if topic and topic != heading:
            blocks.append(Block("heading", topic, level=2))
            heading = topic
        scope = RowScope(*(columns.value(row, name) for name in ("language", "market", "model", "model_year")))
        blocks.append(Block("faq", answer, question=question, row_scope=scope if scope != RowScope() else None))
    return blocks, notes


def _faq_columns(rows: Sequence[Row]) -> _Columns | None:
    for number, row in enumerate(rows[:HEADER_ROWS_SEARCHED]):
        places: dict[str, int] = {}
        unused: list[str] = []
        for at, cell in enumerate(row):
            word = re.sub(r"[\s_\-/()*:]+", "", cell.strip().casefold())
            name = next((name for name, words in COLUMN_WORDS.items() if word in words), None)
            if name is not None and name not in places:
                places[name] = at
            elif cell.strip():
                unused.append(cell.strip())
        if "question" in places and "answer" in places:
            return _Columns(number, places, tuple(unused))
    return None


def _delimiter(text: str) -> str:
    """The delimiter that gives question and answer columns, else the most even rows."""
    begin = text[:65536]
    best, best_score = ",", (-1, -1)
    for delimiter in (",", ";", "\t", "|"):
        rows = list(islice(csv.reader(io.StringIO(begin, newline=""), delimiter=delimiter), 20))[:20]
        rows = [row for row in rows if any(row)]
        widths = [len(row) for row in rows]
        if not widths or max(widths) < 2:
            continue
        even = sum(1 for width in widths if width == widths[0])
        score = (1 if _faq_columns(rows) else 0, even if widths[0] > 1 else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _limited(rows: Iterable[Row], limits: LoadLimits) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number >= limits.rows:
            raise DocumentTooLarge(f"a sheet has more than {limits.rows} rows; split it")
        yield row


def _trimmed(row: Row) -> Row:
    while row and not row[-1]:
        row.pop()
    return row


def _cell(value: Any) -> str:
    """A cell as it reads in the sheet."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
