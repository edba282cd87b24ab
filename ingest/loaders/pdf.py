"""PDF documents: layout by liteparse, text alone by pdfium where that fails."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from ingest.document import Block, LoadedDocument, table_block, title_of
from ingest.errors import DocumentDamaged, DocumentEncrypted
from ingest.loaders.pdf_page import Piece, learn_fonts, page_pieces
from ingest.warning_blocks import boxed_warning, mark_warnings

# A line that stands at the same edge of this share of the pages is a running header or footer.
RUNNING_SHARE = 0.5
RUNNING_PAGES = 3
# How many pieces at each edge of a page are looked at.
EDGE_PIECES = 2

Rows = tuple[tuple[str, ...], ...]

_LEADERS = re.compile(r"(?:\.[\s ]?){5,}\s*[\divxlc]{0,5}\b", re.IGNORECASE)
_CONTENTS = re.compile(
    r"^\W*(?:\d+\W+)?(?:table of )?contents\W*$|^\W*(?:inhalt(?:sverzeichnis)?|table des matières|sommaire|indice"
    r"|sommario|índice)\W*$",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|pagina|página)?\W*\d{1,4}(?:\s*(?:/|of|von|sur|di)\s*\d{1,4})?\W*", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"”»')\]]*$")


def load_pdf(content: bytes, announce: Callable[[int], None]) -> LoadedDocument:
    """Read a PDF: headings, tables, lists and text with page numbers.

    Args:
        content: its bytes.
        announce: told the number of pages before they are read.

    Raises:
        DocumentEncrypted: it needs a password.
        DocumentDamaged: no page of it can be read.
    """
    pages, title = _open(content)
    announce(pages)
    notes: list[str] = []
    try:
        pieces, silent = _layout(content)
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions; the text alone may still be readable
        notes.append(f"its layout could not be read, only its text ({' '.join(str(error).split())[:100]})")
        pieces, silent = [], []
    blocks = list(mark_warnings(_blocks(pieces))) if pieces else []
    if not any(character.isalnum() for block in blocks for character in block.text):
        blocks = list(mark_warnings(_plain_pages(content)))
    if pieces and silent:
        shown = ", ".join(map(str, silent[:20])) + (" …" if len(silent) > 20 else "")
        notes.append(f"no text on page {shown}")
    return LoadedDocument(tuple(blocks), title=title_of(blocks) or title, pages=pages, notes=tuple(notes))


def _open(content: bytes) -> tuple[int, str | None]:
    """Number of pages and title."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentEncrypted("it is protected by a password; save it without one") from None
        reason = str(error).partition("(")[2].rstrip(").") or str(error)
        raise DocumentDamaged(f"the PDF cannot be opened ({reason}); print it to a new PDF") from None
    try:
        title = " ".join(str(document.get_metadata_value("Title")).split())
        return len(document), title if _is_title(title) else None
    finally:
        document.close()


def _is_title(text: str) -> bool:
    """Whether the title of a PDF was written by a person, not left by a program."""
    is_file = re.search(
        r"\.(?:docx?|indd|odt|pdf|pages|tex|xlsx?)$|^microsoft word|^untitled|\\|/", text, re.IGNORECASE
    )
    return len(text) >= 4 and not is_file and any(character.isalpha() for character in text)


def _layout(content: bytes) -> tuple[list[Piece], list[int]]:
    """The pieces of all pages, and the pages without text."""
    from liteparse import LiteParse

    parser = LiteParse(
        ocr_enabled=False,
        quiet=True,
        output_format="markdown",
        extract_blocks=True,
        extract_vector_graphics=True,
        extract_links=False,
        image_mode="off",
        continue_on_page_error=True,
        num_workers=1,
    )
    pages = parser.parse(content).pages
    fonts = learn_fonts(pages)
    silent = [page.page_num for page in pages if not any(item.text.strip() for item in page.text_items)]
    return list(_without_running_lines([page_pieces(page, fonts) for page in pages])), silent


def _without_running_lines(pages: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    """Every piece that is no running header, footer, page number or line of a table of contents."""
    counted = Counter(key for page in pages for key in set(_edges(page).values()))
    running = {key for key, count in counted.items() if count >= max(RUNNING_PAGES, len(pages) * RUNNING_SHARE)}
    for page in pages:
        edges = _edges(page)
        for piece in page:
            is_running = id(piece) in edges and (edges[id(piece)] in running or _is_page_number(piece))
            if not is_running and not _is_contents(piece):
                yield piece


def _edges(page: Sequence[Piece]) -> dict[int, tuple[str, str]]:
    """The short pieces at the top and bottom of a page, by identity: their words without figures, and the edge."""
    by_height = sorted((piece for piece in page if piece.kind != "table"), key=lambda piece: piece.box.y1)
    edges = [("top", piece) for piece in by_height[:EDGE_PIECES]]
    edges += [("bottom", piece) for piece in by_height[-EDGE_PIECES:]]
    return {
        id(piece): (re.sub(r"\d+", "#", " ".join(piece.text.split()).casefold()), edge)
        for edge, piece in edges
        if len(piece.text) < 150
    }


def _is_page_number(piece: Piece) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(piece.text))


def _is_contents(piece: Piece) -> bool:
    leaders = _LEADERS.findall(piece.text)
    return (bool(leaders) and (len(leaders) >= 3 or bool(_LEADERS.search(piece.text[-12:])))) or (
        piece.kind == "heading" and bool(_CONTENTS.match(piece.text))
    )


def _blocks(pieces: Iterable[Piece]) -> Iterator[Block]:
    """Blocks from pieces: list items and tables are joined, over pages too."""
    items: list[Piece] = []
    held: Piece | None = None
    for piece in _joined_over_pages(pieces):
        if piece.kind == "item":
            if held is not None:
                yield _block(held)
                held = None
            items.append(piece)
            continue
        if items:
            yield _list_block(items)
            items = []
        if held is not None and held.kind == "table" and _same_table(held, piece):
            held = replace(held, rows=_continued(held.rows, piece.rows))
            continue
        if held is not None:
            yield _block(held)
        held = piece
    if items:
        yield _list_block(items)
    if held is not None:
        yield _block(held)


def _joined_over_pages(pieces: Iterable[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    for piece in pieces:
        goes_on = (
            held is not None
            and piece.page == held.page + 1
            and piece.kind == "paragraph"
            and held.kind in ("paragraph", "item")
            and not _SENTENCE_END.search(held.text.rstrip("*_ "))
            and piece.text[:1].islower()
        )
        if held is not None and goes_on:
            held = replace(held, text=f"{held.text} {piece.text}")
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


def _continued(above: Rows, below: Rows) -> Rows:
    """Rows of a table that goes on; a repeated header goes, and a row that was broken is made whole."""
    rest = below[1:] if below[0] == above[0] else below
    if len(above) > 1 and rest and not rest[0][0] and any(rest[0]):
        broken = tuple(f"{upper} {lower}".strip() for upper, lower in zip(above[-1], rest[0], strict=True))
        return (*above[:-1], broken, *rest[1:])
    return above + rest


def _list_block(items: Sequence[Piece]) -> Block:
    parts = tuple("   " * min(item.level, 6) + item.text for item in items)
    return Block("list", "\n".join(parts), page=items[0].page, parts=parts)


def _block(piece: Piece) -> Block:
    if piece.kind == "heading":
        return Block("heading", " ".join(piece.text.split()), level=piece.level, page=piece.page)
    if piece.kind == "table":
        return table_block([list(row) for row in piece.rows], page=piece.page)
    warning = boxed_warning(piece.text)
    if warning is not None and (piece.kind == "box" or piece.text.lstrip().startswith("**")):
        return Block("warning", warning, page=piece.page)
    return Block("paragraph", piece.text, page=piece.page)


def _plain_pages(content: bytes) -> Iterator[Block]:
    """The text of each page, without any layout."""
    document = pdfium.PdfDocument(content)
    try:
        for number in range(len(document)):
            try:
                text = document[number].get_textpage().get_text_bounded()
            except pdfium.PdfiumError:
                continue
            for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\x02", "")):
                if paragraph.strip():
                    yield Block("paragraph", " ".join(paragraph.split()), page=number + 1)
    finally:
        document.close()
