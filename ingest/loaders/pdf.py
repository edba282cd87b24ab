"""PDF documents: layout by liteparse, text alone by pdfium where that fails."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ingest.document import Block, LoadedDocument, title_of
from ingest.loaders.limits import TextRecognition
from ingest.loaders.pdf_across import lines_across
from ingest.loaders.pdf_blocks import blocks_of
from ingest.loaders.pdf_page import learn_fonts, page_pieces
from ingest.loaders.pdf_raised import raise_numbers
from ingest.loaders.pdf_running_lines import without_running_lines
from ingest.loaders.pdf_text import open_pdf, plain_pages
from ingest.warning_blocks import mark_warnings

if TYPE_CHECKING:
    from liteparse import ParsedPage

# A page with fewer letters is taken for a scan.
SCAN_LETTERS = 20
# A scanned page may take as long as this many others; 1.5 s were measured.
SCANNED_PAGE_COST = 25


def load_pdf(
    content: bytes, announce: Callable[[int], None], recognition: TextRecognition | None = None
) -> LoadedDocument:
    """Read a PDF: headings, tables, lists and text with page numbers.

    Args:
        content: its bytes.
        announce: told the number of pages before they are read; a scanned page counts as many.
        recognition: what scanned pages are read with; None leaves them out.

    Raises:
        DocumentEncrypted: it needs a password.
        DocumentDamaged: no page of it can be read.
    """
    count, title = open_pdf(content)
    announce(count)
    notes: list[str] = []
    try:
        pages = _parsed(content)
        silent = [page.page_num for page in pages if _letters(page) < SCAN_LETTERS]
        if silent and recognition is not None and not recognition.missing:
            announce(count + SCANNED_PAGE_COST * len(silent))
            pages = _recognised(content, pages, silent, recognition, notes)
        raise_numbers(content, pages)
        blocks = _layout(pages, notes)
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions; the text alone may still be readable
        notes = [f"its layout could not be read, only its text ({' '.join(str(error).split())[:100]})"]
        blocks = []
    if not any(character.isalnum() for block in blocks for character in block.text):
        blocks = list(mark_warnings(plain_pages(content)))
    return LoadedDocument(tuple(blocks), title=title_of(blocks) or title, pages=count, notes=tuple(notes))


def _parsed(content: bytes, **options: Any) -> list["ParsedPage"]:
    from liteparse import LiteParse

    parser = LiteParse(
        ocr_enabled=bool(options),
        quiet=True,
        output_format="markdown",
        extract_blocks=True,
        extract_vector_graphics=True,
        extract_links=False,
        image_mode="off",
        continue_on_page_error=True,
        keep_headers_footers=True,
        num_workers=1,
        **options,
    )
    return list(parser.parse(content).pages)


def _recognised(
    content: bytes, pages: list["ParsedPage"], silent: Sequence[int], recognition: TextRecognition, notes: list[str]
) -> list["ParsedPage"]:
    """The pages, with the words of scans recognised."""
    from liteparse import ParseError

    options = {"ocr_language": recognition.languages, "tessdata_path": recognition.data_folder}
    try:
        found = {page.page_num: page for page in _parsed(content, target_pages=",".join(map(str, silent)), **options)}
    except ParseError as error:
        notes.append(f"text recognition failed ({' '.join(str(error).split())[:100]})")
        return pages
    better = sorted(
        page.page_num for page in pages if page.page_num in found and _letters(found[page.page_num]) > _letters(page)
    )
    if better:
        notes.append(f"read by text recognition; look whether it is right: page {_listed(better)}")
    return [found[page.page_num] if page.page_num in better else page for page in pages]


def _letters(page: "ParsedPage") -> int:
    return sum(map(str.isalnum, _text(page)))


def _text(page: "ParsedPage") -> str:
    return " ".join(item.text for item in page.text_items)


def _layout(pages: Sequence["ParsedPage"], notes: list[str]) -> list[Block]:
    """The blocks of all pages; what an editor should know of them is added to the notes."""
    silent = [page.page_num for page in pages if not any(map(str.isalpha, _text(page)))]
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
