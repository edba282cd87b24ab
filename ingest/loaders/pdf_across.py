"""Lines of a PDF page that lie across the rest, which the layout analysis leaves out."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from ingest.loaders.pdf_grid import Box, centre
from ingest.loaders.pdf_page import around
from ingest.loaders.pdf_pieces import Piece

if TYPE_CHECKING:
    from liteparse import ParsedPage, TextItem

# Lines that lie across are told apart by this distance, in points; the turn of those that read upward, in degrees.
ACROSS_POINTS = 6.0
UPWARD = 270
# A gap of more than this share of the line's height is a space.
SPACE_SHARE = 0.12
# What was left out counts from this many words; shorter runs are marks in drawings.
LOST_WORDS = 3
# Text left out on more pages than this is a watermark.
WATERMARK_PAGES = 2


def lines_across(pages: Sequence["ParsedPage"], found: Sequence[Sequence[Piece]]) -> dict[int, list[Piece]]:
    """Lines that lie across the rest, which the layout analysis leaves out.

    Args:
        pages: as the layout analysis gives them.
        found: the pieces of each.

    Returns:
        Pieces by page number; what stands on several pages is a watermark and left out.
    """
    lost: dict[int, list[Piece]] = {}
    for page, pieces in zip(pages, found, strict=True):
        cells = [cell for one in pieces for row in one.rows for cell in row]
        told = " ".join([*(one.text for one in pieces), *cells])
        for text, box in _runs(page.text_items):
            if len(text.split()) >= LOST_WORDS and _letters(text) not in _letters(told):
                lost.setdefault(page.page_num, []).append(Piece("paragraph", text, box, page.page_num))
    shown = Counter(text for pieces in lost.values() for text in {one.text for one in pieces})
    kept = {number: [one for one in pieces if shown[one.text] <= WATERMARK_PAGES] for number, pieces in lost.items()}
    return {number: pieces for number, pieces in kept.items() if pieces}


def _runs(items: Iterable["TextItem"]) -> Iterator[tuple[str, Box]]:
    """The lines of a page that lie across."""
    across = [one for one in items if one.rotation and one.text.strip()]
    for turn, run in groupby(sorted(across, key=lambda one: one.rotation or 0), key=lambda one: one.rotation):
        columns: dict[int, list[TextItem]] = {}
        for item in run:
            columns.setdefault(round(centre(item)[0] / ACROSS_POINTS), []).append(item)
        for column in columns.values():
            line = sorted(column, key=lambda one: one.y, reverse=turn == UPWARD)
            yield _joined(line), around(line)


def _joined(line: Sequence["TextItem"]) -> str:
    """Runs of text, or single letters, with a space where there is a gap."""
    text = line[0].text
    for before, item in pairwise(line):
        gap = max(before.y, item.y) - min(before.y + before.height, item.y + item.height)
        text += f" {item.text}" if gap > SPACE_SHARE * item.width else item.text
    return " ".join(text.split())


def _letters(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", text) if one.isalnum())
