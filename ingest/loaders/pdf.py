"""PDF documents: layout by liteparse, text alone by pdfium where that fails."""

from collections.abc import Callable, Sequence

from ingest.document import Block, LoadedDocument, title_of
from ingest.loaders.pdf_across import lines_across
from ingest.loaders.pdf_blocks import blocks_of
from ingest.loaders.pdf_page import learn_fonts, page_pieces
from ingest.loaders.pdf_running_lines import without_running_lines
from ingest.loaders.pdf_text import open_pdf, plain_pages
from ingest.warning_blocks import mark_warnings


def load_pdf(content: bytes, announce: Callable[[int], None]) -> LoadedDocument:
    """Read a PDF: headings, tables, lists and text with page numbers.

    Args:
        content: its bytes.
        announce: told the number of pages before they are read.

    Raises:
        DocumentEncrypted: it needs a password.
        DocumentDamaged: no page of it can be read.
    """
    pages, title = open_pdf(content)
    announce(pages)
    notes: list[str] = []
    try:
        blocks = _layout(content, notes)
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions; the text alone may still be readable
        notes = [f"its layout could not be read, only its text ({' '.join(str(error).split())[:100]})"]
        blocks = []
    if not any(character.isalnum() for block in blocks for character in block.text):
        blocks = list(mark_warnings(plain_pages(content)))
    return LoadedDocument(tuple(blocks), title=title_of(blocks) or title, pages=pages, notes=tuple(notes))


def _layout(content: bytes, notes: list[str]) -> list[Block]:
    """The blocks of all pages; what an editor should know of them is added to the notes."""
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
        keep_headers_footers=True,
        num_workers=1,
    )
    pages = parser.parse(content).pages
    silent = [page.page_num for page in pages if not any(item.text.strip() for item in page.text_items)]
    if silent and len(silent) < len(pages):
        notes.append(f"no text on page {_listed(silent)}")
    fonts = learn_fonts(pages)
    found = [page_pieces(page, fonts) for page in pages]
    kept = without_running_lines(pages, found, fonts.body)
    across = lines_across(pages, found)
    if across:
        notes.append(f"text that lies across the rest stands at the end of page {_listed(sorted(across))}")
    by_page = {
        page.page_num: [*pieces, *across.get(page.page_num, ())] for page, pieces in zip(pages, kept, strict=True)
    }
    return list(mark_warnings(blocks_of(piece for number in sorted(by_page) for piece in by_page[number])))


def _listed(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages[:20])) + (" …" if len(pages) > 20 else "")
