"""One page of a PDF: what the layout analysis found, with the ruled tables and boxes that it took apart."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING

from ingest.loaders.pdf_grid import (
    Box,
    PlacedText,
    Region,
    centre,
    find_regions,
    find_shades,
    join_lines,
    lines_of,
    rows_of_text,
)
from ingest.loaders.pdf_pieces import Piece, mend_pieces
from ingest.warning_blocks import boxed_warning

if TYPE_CHECKING:
    from liteparse import LayoutBlock, ParsedPage, TextItem

# A bold line of its own that is larger than the text by this is a heading, up to so many letters.
HEADING_SIZE = 1.15
HEADING_LETTERS = 100

_MARKER = re.compile(r"^(?:(\d{1,3}|[a-z])[.)]|[•●▪■◦‣–-])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Fonts:
    """What the whole document tells about font sizes.

    Args:
        body: size of most of the text, in points.
        headings: level by size and boldness, learned from the headings that were found.
    """

    body: float
    headings: dict[tuple[float, bool], int] = field(default_factory=dict)


def learn_fonts(pages: Iterable["ParsedPage"]) -> Fonts:
    """Which sizes are text and which are headings.

    Args:
        pages: all pages of a document.
    """
    letters: dict[float, int] = {}
    levels: dict[tuple[float, bool], dict[int, int]] = {}
    for page in pages:
        for item in page.text_items:
            size = font_points(item)
            letters[size] = letters.get(size, 0) + len(item.text)
        for block in page.blocks or []:
            first = next((one for one in _items_in(page.text_items, _box(block))), None)
            if block.kind == "heading" and first is not None:
                counts = levels.setdefault((font_points(first), _is_bold(first)), {})
                counts[block.level or 1] = counts.get(block.level or 1, 0) + 1
    body = max(letters, key=lambda size: letters[size], default=0.0)
    headings = {font: max(counts, key=lambda level: counts[level]) for font, counts in levels.items()}
    headings = {font: level for font, level in headings.items() if font[0] > body + 0.4}
    for size in sorted({size for page in pages for size in _unseen_sizes(page, body)}, reverse=True):
        above = [level for (larger, _), level in headings.items() if larger > size]
        headings.setdefault((size, True), max(above, default=0) + 1)
    return Fonts(body, headings)


def _unseen_sizes(page: "ParsedPage", body: float) -> Iterator[float]:
    """Sizes of lines that are headings, but were taken for paragraphs and steps."""
    for block in page.blocks or []:
        if block.kind in ("paragraph", "list_item"):
            items = list(_items_in(page.text_items, _box(block)))
            if _is_heading_line(block, items, body):
                yield font_points(items[0])


def _is_heading_line(block: "LayoutBlock", items: Sequence["TextItem"], body: float) -> bool:
    """Whether a paragraph or a step is one short line, bold as a whole and clearly larger than the text."""
    text = (block.text or "").strip("*_ ")
    return (
        (block.kind == "paragraph" or bool(block.ordered))
        and 0 < len(text) <= HEADING_LETTERS
        and any(map(str.isalpha, text))
        and not text.endswith((".", ",", ";"))
        and bool(items)
        and all(_is_bold(one) and font_points(one) >= body * HEADING_SIZE for one in items)
        and len(rows_of_text(items)) == 1
    )


def page_pieces(page: "ParsedPage", fonts: Fonts) -> list[Piece]:
    """The pieces of a page in reading order.

    Args:
        page: as the layout analysis gives it, with blocks and vector graphics.
        fonts: of the whole document.
    """
    frame = Box(0, 0, page.width, page.height)
    items = [item for item in page.text_items if item.text.strip()]
    regions = _regions(page, frame, items)
    pieces = list(_with_regions(page, regions, items, fonts))
    return list(mend_pieces(pieces, fonts.body))


def _regions(page: "ParsedPage", frame: Box, items: Sequence["TextItem"]) -> list[Region]:
    """Ruled tables and boxes with text in them, and shaded boxes that hold a warning."""
    if page.vector_graphics is None:
        return []
    shapes = page.vector_graphics.shapes
    ruled = find_regions(page.vector_graphics.lines, shapes, frame)
    ruled = [one for one in ruled if any(one.box.holds(*centre(item)) for item in items)]
    shaded: list[Region] = []
    for region in find_shades(shapes, frame):
        text = " ".join(lines_of(list(_items_in(items, region.box))))
        if boxed_warning(text) is not None and not any(one.box.overlaps(region.box) for one in [*ruled, *shaded]):
            shaded.append(region)
    return [*ruled, *shaded]


def _with_regions(
    page: "ParsedPage", regions: Sequence[Region], items: Sequence["TextItem"], fonts: Fonts
) -> Iterator[Piece]:
    """Blocks that hold nothing of a ruled region as they are; the others built anew from their text."""
    waiting = list(regions)
    blocks = [(block, _box(block)) for block in page.blocks or [] if block.kind not in ("rule", "figure")]
    touched = [[one for one in regions if _holds_text_of(one, block, box, items)] for block, box in blocks]
    told = {id(one) for one in items if any(region.box.holds(*centre(one)) for region in regions)}
    for (block, box), mixed in zip(blocks, touched, strict=True):
        if not mixed:
            words = _block_words(block)
            told |= {id(one) for one in _items_in(items, box) if one.text.strip() in words}
    pieces: list[Piece] = []
    for (block, box), mixed in zip(blocks, touched, strict=True):
        if not mixed:
            pieces.extend(_piece_of(block, box, page, items, fonts))
            continue
        rest = [one for one in _items_in(items, box) if id(one) not in told]
        told |= {id(one) for one in rest}
        mended = [*_text_pieces(rest, page.page_num, fonts)]
        for region in mixed:
            if region in waiting:
                waiting.remove(region)
                mended.append(_region_piece(region, items, page.page_num))
        pieces.extend(sorted(mended, key=lambda one: one.box.y1))
    for region in waiting:
        _insert(pieces, _region_piece(region, items, page.page_num))
    yield from pieces


def _holds_text_of(region: Region, block: "LayoutBlock", box: Box, items: Sequence["TextItem"]) -> bool:
    """Whether words of a region stand in a block; the rectangle of a block over two columns tells nothing of that."""
    if not region.box.overlaps(box):
        return False
    words = _block_words(block)
    return any(one.text.strip() in words for one in _items_in(items, region.box) if box.holds(*centre(one)))


def _block_words(block: "LayoutBlock") -> str:
    cells = [cell.text for row in [block.header or [], *(block.rows or [])] for cell in row]
    return " ".join([block.marker or "", block.text or "", *(block.lines or []), *cells])


def _insert(pieces: list[Piece], piece: Piece) -> None:
    """Put a piece that no block told of after the nearest one above it in its column."""
    above = [
        (one.box.y2, at)
        for at, one in enumerate(pieces)
        if one.box.y1 < piece.box.y1 and min(one.box.x2, piece.box.x2) > max(one.box.x1, piece.box.x1)
    ]
    pieces.insert(max(above)[1] + 1 if above else 0, piece)


def _piece_of(
    block: "LayoutBlock", box: Box, page: "ParsedPage", items: Sequence["TextItem"], fonts: Fonts
) -> Iterator[Piece]:
    inside = list(_items_in(items, box))
    size = font_points(inside[0]) if inside else 0.0
    frame = Piece("paragraph", "", box, page.page_num, size=size)
    if block.kind == "table":
        rows = [[cell.text for cell in row] for row in [block.header or [], *(block.rows or [])]]
        filled = tuple(tuple(row) for row in rows if any(cell.strip() for cell in row))
        if filled:
            yield replace(frame, kind="table", rows=filled)
        return
    text = block.text if block.text is not None else "\n".join(block.lines or [])
    if not text.strip():
        return
    if block.kind == "heading":
        yield replace(frame, kind="heading", text=text, level=block.level or 1)
    elif block.kind in ("list_item", "paragraph") and _is_heading_line(block, inside, fonts.body):
        yield replace(frame, kind="heading", text=lines_of(inside)[0], level=fonts.headings.get((size, True), 1))
    elif block.kind == "list_item":
        marker = (block.marker or "").strip()
        written = f"{marker} " if block.ordered and marker else "- "
        yield replace(frame, kind="item", text=written + _MARKER.sub("", text), level=block.level or 0)
    else:
        yield replace(frame, text=text)


def _region_piece(region: Region, items: Sequence["TextItem"], page: int) -> Piece:
    inside = [one for one in items if region.box.holds(*centre(one))]
    size = font_points(inside[0]) if inside else 0.0
    if region.is_box:
        text = reduce(join_lines, lines_of(inside), "")
        return Piece("box", text, region.box, page, size=size)
    rows = tuple(tuple(row) for row in region.cells(inside) if any(row))
    return Piece("table", "", region.box, page, size=size, rows=rows, columns=region.columns)


def _text_pieces(items: Sequence["TextItem"], page: int, fonts: Fonts) -> Iterator[Piece]:
    """Headings, list items and paragraphs from runs of text of one column."""
    for line in rows_of_text(items):
        text = lines_of(line)[0]
        box = around(line)
        size, bold = font_points(line[0]), _is_bold(line[0])
        level = fonts.headings.get((size, bold))
        if level is not None:
            yield Piece("heading", text, box, page, level=level, size=size)
        elif _MARKER.match(text):
            yield Piece("item", re.sub(r"^[•●▪■◦‣–-]\s+", "- ", text), box, page, size=size)
        else:
            yield Piece("paragraph", text, box, page, size=size)


def _box(block: "LayoutBlock") -> Box:
    if block.bbox is None:
        return Box(0, 0, 0, 0)
    return Box(block.bbox.x, block.bbox.y, block.bbox.x + block.bbox.width, block.bbox.y + block.bbox.height)


def around(items: Sequence[PlacedText]) -> Box:
    """The rectangle around runs of text."""
    return Box(
        min(one.x for one in items),
        min(one.y for one in items),
        max(one.x + one.width for one in items),
        max(one.y + one.height for one in items),
    )


def _items_in(items: Sequence["TextItem"], box: Box) -> Iterator["TextItem"]:
    return (one for one in items if box.holds(*centre(one)))


def font_points(item: "TextItem") -> float:
    """Font size of a run of text, in points."""
    return round(float(item.font_size or item.height), 1)


def _is_bold(item: "TextItem") -> bool:
    return "bold" in (item.font_name or "").lower()
