"""Blocks of a PDF from the pieces of its pages: lists, tables and paragraphs are joined, over pages too."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.document import Block, join_blocks, table_block
from ingest.loaders.pdf_grid import join_lines
from ingest.loaders.pdf_pieces import Piece
from ingest.warning_blocks import boxed_warning

_SENTENCE_END = re.compile(r"[.!?:;…][\"”»')\]]*$")


def blocks_of(pieces: Iterable[Piece]) -> Iterator[Block]:
    """Blocks from the pieces of all pages, in reading order.

    Args:
        pieces: in reading order.
    """
    items: list[Piece] = []
    tables: list[Piece] = []
    for piece in _joined_over_pages(pieces):
        if items and piece.kind != "item":
            yield _list_block(items)
            items = []
        if tables and not _same_table(tables[-1], piece):
            yield _table_block(tables)
            tables = []
        if piece.kind == "item":
            items.append(piece)
        elif piece.kind == "table":
            tables.append(piece)
        else:
            yield _block(piece)
    if items:
        yield _list_block(items)
    if tables:
        yield _table_block(tables)


def _joined_over_pages(pieces: Iterable[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    last_page = 0
    for piece in pieces:
        goes_on = (
            held is not None
            and piece.page == last_page + 1
            and piece.kind == "paragraph"
            and held.kind in ("paragraph", "item")
            and not _SENTENCE_END.search(held.text.rstrip("*_ "))
            and piece.text[:1].islower()
        )
        last_page = piece.page
        if held is not None and goes_on:
            text = join_lines(held.text, piece.text)
            starts = (*held.page_starts, (len(text) - len(piece.text), piece.page))
            held = replace(held, text=text, page_starts=starts)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _same_table(above: Piece, below: Piece) -> bool:
    if below.kind != "table" or below.page != above.page + 1 or not above.columns or not below.rows:
        return False
    same_width = len(above.columns) == len(below.columns)
    return same_width and all(abs(a - b) < 3 for a, b in zip(above.columns, below.columns, strict=True))


def _table_block(tables: Sequence[Piece]) -> Block:
    """One table from its parts on each page; a repeated header goes, and a row that was broken is made whole."""
    header, *rows = tables[0].rows
    pages = [tables[0].page] * len(rows)
    for part in tables[1:]:
        rest = part.rows[1:] if part.rows[0] == header else part.rows
        if rows and rest and not rest[0][0] and any(rest[0]):
            rows[-1] = tuple(f"{upper} {lower}".strip() for upper, lower in zip(rows[-1], rest[0], strict=True))
            rest = rest[1:]
        rows.extend(rest)
        pages.extend([part.page] * len(rest))
    table = table_block([list(row) for row in (header, *rows)], page=tables[0].page)
    lines = [replace(table, text=table.header or ""), *map(_line, table.parts, pages)]
    return replace(join_blocks(lines, "\n"), parts=table.parts)


def _list_block(items: Sequence[Piece]) -> Block:
    lines = [join_blocks([_line("   " * min(item.level, 6), item.page), _block_of(item)], "") for item in items]
    return replace(join_blocks(lines, "\n"), kind="list", parts=tuple(line.text for line in lines))


def _line(text: str, page: int) -> Block:
    return Block("paragraph", text, page=page)


def _block_of(piece: Piece) -> Block:
    return Block("paragraph", piece.text, page=piece.page, page_starts=piece.page_starts)


def _block(piece: Piece) -> Block:
    if piece.kind == "heading":
        return Block("heading", " ".join(piece.text.split()), level=piece.level, page=piece.page)
    warning = boxed_warning(piece.text)
    if warning is not None and (piece.kind == "box" or piece.text.lstrip().startswith("**")):
        return Block("warning", warning, page=piece.page)
    return _block_of(piece)
