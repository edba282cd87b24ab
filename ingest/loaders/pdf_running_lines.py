"""Running headers, footers, page numbers and contents lines of a PDF: what no reader of a passage needs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.loaders.pdf_grid import centre, lines_of, rows_of_text
from ingest.loaders.pdf_page import font_points
from ingest.loaders.pdf_pieces import Piece

if TYPE_CHECKING:
    from liteparse import ParsedPage, TextItem

# A line that stands at the same edge of this share of the pages, or of the even or odd ones, is a running line.
RUNNING_SHARE = 0.5
RUNNING_PAGES = 3
# In a document of this many pages only what is smaller than the text is taken for one.
SHORT_PAGES = 2
# So is one that stands there on this many pages in succession, as the name of a chapter does.
SUCCESSION_PAGES = 4
# A longer line is text, however often it comes, in letters.
RUNNING_LETTERS = 150
# Lines of a text stand no further apart than this, in font sizes.
LINE_SPACING = 1.6
# How many lines at each edge of a page are looked at.
EDGE_LINES = 3

_LEADERS = re.compile(r"(?:\.[\s ]?){5,}\s*[\divxlc]{0,5}\b", re.IGNORECASE)
_CONTENTS = re.compile(
    r"^\W*(?:\d+\W+)?(?:table of )?contents\W*$|^\W*(?:inhalt(?:sverzeichnis)?|table des matières|sommaire|indice"
    r"|sommario|índice)\W*$",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|pagina|página)?\W*(?:\d{1,2}\s?[-–]\s?)?\d{1,4}(?:\s*(?:/|of|von|sur|di)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?![\w]|[.,]\d)")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line near the top or bottom of a page.

    Args:
        text: its words.
        height: where its middle is, in points from the top.
        points: its largest font size.
        keys: its edge and words, as they are and with one number told from the page's.
    """

    text: str
    height: float
    points: float
    keys: tuple[Key, ...]


def without_running_lines(
    pages: Sequence["ParsedPage"], found: Sequence[Sequence[Piece]], body_points: float
) -> list[list[Piece]]:
    """The pieces of each page without running headers and footers, page numbers and lines of a table of contents.

    Running lines are outermost and set apart from the text, by a gap or their font size. A line above
    the size of the text is one only letter for letter, and is kept where it comes first.

    Args:
        pages: as the layout analysis gives them.
        found: the pieces of each.
        body_points: font size of most of the text.
    """
    edges = [[_edge(page, side, at, body_points) for side in ("top", "bottom")] for at, page in enumerate(pages)]
    running = _running_keys(edges, body_points)
    last: dict[Key, int] = {}
    kept: list[list[Piece]] = []
    for at, (pieces, sides) in enumerate(zip(found, edges, strict=True)):
        left = [piece for piece in pieces if not _is_contents(piece)]
        for line in (line for side in sides for line in _outermost(side, running)):
            comes_first = bool(line.keys) and at - last.get(line.keys[0], -9) > 2
            last.update(dict.fromkeys(line.keys[:1], at))
            if not (comes_first and line.points > body_points + 0.4 and not _is_page_number(line.text)):
                left = [one for piece in left for one in _without(piece, line)]
        kept.append(left)
    return kept


def _edge(page: "ParsedPage", side: str, at: int, body_points: float) -> list[_Line]:
    """The lines at one edge of a page, outermost first."""
    items = [one for one in page.text_items if one.text.strip() and not one.rotation]
    rows = rows_of_text(items)
    nearest = rows[: EDGE_LINES + 1] if side == "top" else rows[::-1][: EDGE_LINES + 1]
    return [_line(row, side, at, body_points) for row in nearest]


def _line(row: Sequence["TextItem"], side: str, at: int, body_points: float) -> _Line:
    text = " ".join(lines_of(row))
    points = max(map(font_points, row))
    words = " ".join(text.split()).casefold()
    keys = [words] if len(words) < RUNNING_LETTERS else []
    if keys and points <= body_points + 0.4:
        keys += [f"{words[: one.start()]}#{int(one[0]) - at}{words[one.end() :]}" for one in _NUMBER.finditer(words)]
    return _Line(text, centre(row[0])[1], points, tuple((side, key) for key in keys))


def _running_keys(edges: Sequence[Sequence[Sequence[_Line]]], body_points: float) -> set[Key]:
    where: dict[Key, list[int]] = {}
    small: set[Key] = set()
    for at, sides in enumerate(edges):
        lines = [line for side in sides for line in side]
        small |= {key for line in lines if line.points < body_points - 0.4 for key in line.keys}
        for key in {key for line in lines for key in line.keys}:
            where.setdefault(key, []).append(at)
    if len(edges) == SHORT_PAGES:
        return {key for key, at in where.items() if len(at) == SHORT_PAGES and key in small}
    return {key for key, at in where.items() if _is_running(at, len(edges))}


def _is_running(where: Sequence[int], pages: int) -> bool:
    """Whether a line stands on so many of the pages, of the even or odd ones, or in such a succession."""
    groups = [(list(where), pages)]
    groups += [([at for at in where if at % 2 == odd], (pages + 1 - odd) // 2) for odd in (0, 1)]
    if any(len(among) >= max(RUNNING_PAGES, of * RUNNING_SHARE) for among, of in groups):
        return True
    length = 1
    for before, after in pairwise(where):
        length = length + 1 if after - before <= 2 else 1
        if length >= SUCCESSION_PAGES:
            return True
    return False


def _outermost(lines: Sequence[_Line], running: set[Key]) -> Sequence[_Line]:
    """The running lines of one edge, inwards up to the text; none when they are lines of the text itself."""
    count = 0
    while count < min(EDGE_LINES, len(lines)) and _is_running_line(lines[count], running):
        count += 1
    while 0 < count < len(lines) and not _is_apart(lines[count - 1], lines[count]):
        count -= 1
    return lines[:count]


def _is_running_line(line: _Line, running: set[Key]) -> bool:
    return _is_page_number(line.text) or any(key in running for key in line.keys)


def _is_apart(line: _Line, text: _Line) -> bool:
    gap = abs(line.height - text.height)
    return (
        _is_page_number(line.text)
        or abs(line.points - text.points) > 0.4
        or gap > LINE_SPACING * max(line.points, text.points)
    )


def _without(piece: Piece, line: _Line) -> Iterator[Piece]:
    """A piece without a running line that the layout analysis took into it."""
    if not piece.box.y1 - 1 <= line.height <= piece.box.y2 + 1:
        yield piece
    elif piece.rows:
        rows = tuple(row for row in piece.rows if _letters(" ".join(row)) != _letters(line.text))
        if rows:
            yield replace(piece, rows=rows)
    else:
        rest = _cut(piece.text, line.text)
        if _letters(rest):
            yield replace(piece, text=rest)


def _cut(text: str, line: str) -> str:
    """A text without a line that it begins or ends with, whatever stands between the letters."""
    letters = [(at, one) for at, one in enumerate(text) if one.isalnum()]
    wanted = _letters(line)
    count = len(wanted)
    if not count:
        return text
    if _letters(text)[:count] == wanted:
        return text[letters[count][0] :] if count < len(letters) else ""
    if _letters(text)[-count:] == wanted:
        return text[: letters[-count - 1][0] + 1] if count < len(letters) else ""
    return text


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalnum())


def _is_page_number(text: str) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(text))


def _is_contents(piece: Piece) -> bool:
    leaders = _LEADERS.findall(piece.text)
    return (bool(leaders) and (len(leaders) >= 3 or bool(_LEADERS.search(piece.text[-12:])))) or (
        piece.kind == "heading" and bool(_CONTENTS.match(piece.text))
    )
