"""One page of a PDF: what the layout analysis found, mended where it took boxes for tables or broke paragraphs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingest.loaders.pdf_grid import Box, PlacedText, Region, centre, find_regions, find_shades, lines_of
from ingest.warning_blocks import boxed_warning

if TYPE_CHECKING:
    from liteparse import LayoutBlock, ParsedPage, TextItem

# A line that reaches this share of the text's width was broken because it was full.
FULL_LINE_SHARE = 0.8

_MARKER = re.compile(r"^(?:(\d{1,3}|[a-z])[.)]|[•●▪■◦‣–-])\s+(?=\S)")


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
    """

    kind: str
    text: str
    box: Box
    page: int
    level: int = 0
    size: float = 0.0
    rows: tuple[tuple[str, ...], ...] = ()
    columns: tuple[float, ...] = ()


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
            size = _size(item)
            letters[size] = letters.get(size, 0) + len(item.text)
        for block in page.blocks or []:
            first = next((one for one in _items_in(page.text_items, _box(block))), None)
            if block.kind == "heading" and first is not None:
                counts = levels.setdefault((_size(first), _is_bold(first)), {})
                counts[block.level or 1] = counts.get(block.level or 1, 0) + 1
    body = max(letters, key=lambda size: letters[size], default=0.0)
    headings = {font: max(counts, key=lambda level: counts[level]) for font, counts in levels.items()}
    return Fonts(body, {font: level for font, level in headings.items() if font[0] > body + 0.4})


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
    return list(_joined(pieces, fonts))


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
    """Blocks that touch no ruled region as they are; the others built anew from their text."""
    waiting = list(regions)
    blocks = [(block, _box(block)) for block in page.blocks or [] if block.kind not in ("rule", "figure")]
    in_regions = {id(one) for one in items if any(region.box.holds(*centre(one)) for region in regions)}
    sound = [box for _, box in blocks if not any(one.box.overlaps(box) for one in regions)]
    told = in_regions | {id(one) for one in items if any(box.holds(*centre(one)) for box in sound)}
    for block, box in blocks:
        touched = [one for one in regions if one.box.overlaps(box)]
        if not touched:
            yield from _piece_of(block, box, page, items)
            continue
        rest = [one for one in _items_in(items, box) if id(one) not in told]
        told |= {id(one) for one in rest}
        mended = [*_text_pieces(rest, page.page_num, fonts)]
        for region in touched:
            if region in waiting:
                waiting.remove(region)
                mended.append(_region_piece(region, items, page.page_num))
        yield from sorted(mended, key=lambda one: one.box.y1)
    for region in waiting:
        yield _region_piece(region, items, page.page_num)


def _piece_of(block: "LayoutBlock", box: Box, page: "ParsedPage", items: Sequence["TextItem"]) -> Iterator[Piece]:
    first = next((one for one in _items_in(items, box)), None)
    size = _size(first) if first is not None else 0.0
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
    elif block.kind == "list_item":
        marker = (block.marker or "").strip()
        written = f"{marker} " if block.ordered and marker else "- "
        yield replace(frame, kind="item", text=written + _MARKER.sub("", text), level=block.level or 0)
    else:
        yield replace(frame, text=text)


def _region_piece(region: Region, items: Sequence["TextItem"], page: int) -> Piece:
    inside = [one for one in items if region.box.holds(*centre(one))]
    size = _size(inside[0]) if inside else 0.0
    if region.is_box:
        text = " ".join(lines_of(inside))
        return Piece("box", text, region.box, page, size=size)
    rows = tuple(tuple(row) for row in region.cells(inside) if any(row))
    return Piece("table", "", region.box, page, size=size, rows=rows, columns=region.columns)


def _text_pieces(items: Sequence["TextItem"], page: int, fonts: Fonts) -> Iterator[Piece]:
    """Headings, list items and paragraphs from runs of text of one column."""
    lines: list[list[TextItem]] = []
    for item in sorted(items, key=lambda one: (centre(one)[1], one.x)):
        if lines and abs(centre(item)[1] - centre(lines[-1][0])[1]) <= max(item.height, 6) * 0.5:
            lines[-1].append(item)
        else:
            lines.append([item])
    for line in lines:
        text = lines_of(line)[0]
        box = _around(line)
        size, bold = _size(line[0]), _is_bold(line[0])
        level = fonts.headings.get((size, bold))
        if level is not None:
            yield Piece("heading", text, box, page, level=level, size=size)
        elif _MARKER.match(text):
            yield Piece("item", re.sub(r"^[•●▪■◦‣–-]\s+", "- ", text), box, page, size=size)
        else:
            yield Piece("paragraph", text, box, page, size=size)


def _joined(pieces: Sequence[Piece], fonts: Fonts) -> Iterator[Piece]:
    """Lines of one paragraph, heading or list item that were taken apart."""
    right = max((piece.box.x2 for piece in pieces), default=0.0)
    held: Piece | None = None
    for piece in pieces:
        if held is not None and _goes_on(held, piece, right, fonts):
            kind = "paragraph" if held.kind == "heading" and piece.kind != "heading" else held.kind
            held = replace(
                held,
                kind=kind,
                text=f"{held.text} {piece.text}",
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


def _goes_on(held: Piece, piece: Piece, right: float, fonts: Fonts) -> bool:
    """Whether a piece continues the sentence of the one above it."""
    if piece.kind not in ("paragraph", "heading") or held.kind not in ("paragraph", "heading", "item"):
        return False
    if abs(held.size - piece.size) > 0.5 or not held.size:
        return False
    gap = piece.box.y1 - held.box.y2
    if not -2 < gap < 0.45 * held.size:
        return False
    if piece.kind == "heading":
        return held.kind == "heading"
    ends = re.search(r"[.!?:;…][\"”»')\]]*$", held.text.rstrip("*_ "))
    is_full = held.box.x2 >= right * FULL_LINE_SHARE
    return is_full and not ends and (held.kind != "heading" or held.size <= fonts.body + 0.4)


def _box(block: "LayoutBlock") -> Box:
    if block.bbox is None:
        return Box(0, 0, 0, 0)
    return Box(block.bbox.x, block.bbox.y, block.bbox.x + block.bbox.width, block.bbox.y + block.bbox.height)


def _around(items: Sequence[PlacedText]) -> Box:
    return Box(
        min(one.x for one in items),
        min(one.y for one in items),
        max(one.x + one.width for one in items),
        max(one.y + one.height for one in items),
    )


def _items_in(items: Sequence["TextItem"], box: Box) -> Iterator["TextItem"]:
    return (one for one in items if box.holds(*centre(one)))


def _size(item: "TextItem") -> float:
    return round(float(item.font_size or item.height), 1)


def _is_bold(item: "TextItem") -> bool:
    return "bold" in (item.font_name or "").lower()
