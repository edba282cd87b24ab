"""Tables of HTML: which hold data, and their cells."""

from itertools import zip_longest

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.loaders.html_text import HEADINGS, text_of, tidy

# A table with tables or headings in its cells holds data while no cell says more than this, in letters.
DATA_CELL_LETTERS = 150
# More header rows than this are rows of data.
MOST_HEADER_ROWS = 3


def own_table(row: HtmlElement) -> HtmlElement | None:
    """The table that a row belongs to."""
    return next(iter(row.iterancestors("table")), None)


def is_layout(table: HtmlElement, rows: list[HtmlElement]) -> bool:
    """Whether a table only places things: with tables and much text in it, or never two filled cells in a row."""
    if table.get("role") == "presentation":
        return True
    texts = [[_cell_text(cell) for cell in row.iterchildren("td", "th")] for row in rows]
    filled = [sum(1 for text in row if text) for row in texts]
    if any(True for _ in table.iterdescendants("table", *HEADINGS)):
        is_even = len(rows) > 1 and min(filled, default=0) > 1 and len({len(row) for row in texts}) == 1
        return not is_even or any(len(text) > DATA_CELL_LETTERS for row in texts for text in row)
    return max(filled, default=0) <= 1


def title_row(row: HtmlElement) -> str:
    """The words of a row that is one cell over several columns; empty for any other."""
    cells = list(row.iterchildren("td", "th"))
    return _cell_text(cells[0]) if len(cells) == 1 and _span(cells[0], "colspan") > 1 else ""


def grid_of(rows: list[HtmlElement]) -> list[list[str]]:
    """Cells by row, with merged cells repeated in the rows that they span; several header rows are one."""
    count = _header_rows(rows)
    if count < 2:
        return _cells(rows)
    columns = zip_longest(*_cells(rows[:count], across=True), fillvalue="")
    return [[" ".join(filter(None, dict.fromkeys(column))) for column in columns], *_cells(rows[count:])]


def _header_rows(rows: list[HtmlElement]) -> int:
    """How many rows at the begin are made of header cells; 0 where all are, or too many."""
    heads = [all(cell.tag == "th" for cell in row.iterchildren("td", "th")) for row in rows]
    count = heads.index(False) if False in heads else 0
    return count if count <= MOST_HEADER_ROWS else 0


def _cells(rows: list[HtmlElement], *, across: bool = False) -> list[list[str]]:
    """Cells by row; what is merged stands in every row, and with `across` in every column, that it spans."""
    grid: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells: list[str] = []
        waiting = list(row.iterchildren("td", "th"))
        while waiting or len(cells) in spans:
            at = len(cells)
            if at in spans:
                left, text = spans.pop(at)
                if left > 1:
                    spans[at] = (left - 1, text)
                cells.append(text)
                continue
            cell = waiting.pop(0)
            text = _cell_text(cell)
            down = _span(cell, "rowspan")
            for offset in range(_span(cell, "colspan")):
                shown = text if offset == 0 or across else ""
                cells.append(shown)
                if down > 1:
                    spans[at + offset] = (down - 1, shown)
        if any(cells):
            grid.append(cells)
    return grid


def _cell_text(cell: HtmlElement) -> str:
    """The words of a cell; of a table in it, row by row."""
    inner = [
        ", ".join(filter(None, (" ".join(tidy(text_of(one)).split()) for one in row.iterchildren("td", "th"))))
        for row in cell.iter("tr")
    ]
    own = " ".join(tidy(text_of(cell, without=("table",))).split())
    return "; ".join(filter(None, [own, *inner]))


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 100) if value.isdigit() and len(value) < 6 else 1
