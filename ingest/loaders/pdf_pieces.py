"""Pieces of a PDF page, mended where the layout analysis took steps for headings or broke a paragraph."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ingest.document import PageStarts
from ingest.loaders.pdf_grid import Box, join_lines

# A line that reaches this share of the text's width was broken because it was full.
FULL_LINE_SHARE = 0.8
# A step's number may be this much larger than the text.
STEP_SIZE = 1.25

# A number before words, as steps have it; `1.2 Words` is a heading.
_STEP = re.compile(r"(\d{1,2})[.)]?\s+(?=\w)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a page in reading order.

    Args:
        kind: heading, paragraph, item (of a list), table or box.
        text: its words.
        box: where it lies.
        page: page number from 1.
        level: of a heading, from 1; of an item, its depth from 0.
        size: font size of most of its letters, in points; 0 when not known.
        rows: of a table, its cells.
        columns: of a ruled table, x of its vertical lines.
        page_starts: places in `text` at which another page begins.
    """

    kind: str
    text: str
    box: Box
    page: int
    level: int = 0
    size: float = 0.0
    rows: tuple[tuple[str, ...], ...] = ()
    columns: tuple[float, ...] = ()
    page_starts: PageStarts = ()


def mend_pieces(pieces: Sequence[Piece], body_points: float) -> Iterator[Piece]:
    """The pieces of a page, their steps told from headings and their broken lines joined.

    Args:
        pieces: as they were found, in reading order.
        body_points: font size of most of the document's text.
    """
    return _joined(list(_with_steps(pieces, body_points)), body_points)


def _with_steps(pieces: Sequence[Piece], body_points: float) -> Iterator[Piece]:
    """Steps that were taken for headings, since their number is a little larger: sentences, whole or going on."""
    for piece, following in zip_longest(pieces, pieces[1:]):
        step = _STEP.match(piece.text) if piece.kind == "heading" and piece.size <= body_points * STEP_SIZE else None
        goes_on = following is not None and following.kind == "paragraph" and following.text[:1].islower()
        if step and (goes_on or piece.text.rstrip("*_ ").endswith((".", ";"))):
            words = f"{step[1]}. {piece.text[step.end() :]}"
            yield replace(piece, kind="item", text=words, level=0, size=body_points)
        else:
            yield piece


def _joined(pieces: Sequence[Piece], body_points: float) -> Iterator[Piece]:
    """Lines of one paragraph, heading or list item that were taken apart."""
    held: Piece | None = None
    for piece in pieces:
        if held is not None and _goes_on(held, piece, pieces, body_points):
            kind = "paragraph" if held.kind == "heading" and piece.kind != "heading" else held.kind
            held = replace(
                held,
                kind=kind,
                text=join_lines(held.text, piece.text),
                box=Box(
                    min(held.box.x1, piece.box.x1),
                    min(held.box.y1, piece.box.y1),
                    max(held.box.x2, piece.box.x2),
                    max(held.box.y2, piece.box.y2),
                ),
            )
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _right_edge(held: Piece, pieces: Sequence[Piece]) -> float:
    """Where the lines of a piece's column end."""
    width = held.box.x2 - held.box.x1
    beside = [
        one.box.x1
        for one in pieces
        if one.box.x1 > held.box.x2
        and one.box.y1 < held.box.y2
        and one.box.y2 > held.box.y1
        and one.box.x2 - one.box.x1 > width / 2
    ]
    limit = min(beside, default=float("inf"))
    return max(one.box.x2 for one in pieces if one.box.x2 <= limit)


def _goes_on(held: Piece, piece: Piece, pieces: Sequence[Piece], body_points: float) -> bool:
    """Whether a piece continues the sentence of the one above it."""
    if piece.kind not in ("paragraph", "heading") or held.kind not in ("paragraph", "heading", "item"):
        return False
    if abs(held.size - piece.size) > 0.5 or not held.size:
        return False
    gap = piece.box.y1 - held.box.y2
    # A step whose number is larger than its text stands a little over the next line.
    if not (-4 if held.kind == "item" else -2) < gap < 0.45 * held.size:
        return False
    if piece.kind == "heading":
        return held.kind == "heading"
    ends = re.search(r"[.!?:;…][\"”»')\]]*$", held.text.rstrip("*_ "))
    if ends or (held.kind == "heading" and held.size > body_points + 0.4):
        return False
    return piece.text[:1].islower() or held.box.x2 >= _right_edge(held, pieces) * FULL_LINE_SHARE
