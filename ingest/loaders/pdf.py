"""PDF documents."""

from collections.abc import Callable

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from ingest.document import Block, LoadedDocument, table_block
from ingest.errors import DocumentDamaged, DocumentEncrypted
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
    pages = count_pages(content)
    announce(pages)
    from liteparse import LiteParse

    result = LiteParse(ocr_enabled=False, quiet=True, output_format="markdown", extract_blocks=True).parse(content)
    blocks = []
    for page in result.pages:
        for block in page.blocks or []:
            text = block.text or "\n".join(block.lines or [])
            if block.kind == "heading":
                blocks.append(Block("heading", text, level=block.level or 1, page=page.page_num))
            elif block.kind == "table":
                rows = [[cell.text for cell in row] for row in [block.header or [], *(block.rows or [])]]
                blocks.append(table_block(rows, page=page.page_num))
            elif text.strip():
                blocks.append(Block("paragraph", text, page=page.page_num))
    return LoadedDocument(tuple(mark_warnings(blocks)), pages=pages)


def count_pages(content: bytes) -> int:
    """How many pages a PDF has.

    Raises:
        DocumentEncrypted: it needs a password.
        DocumentDamaged: it cannot be opened.
    """
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentEncrypted("it is protected by a password; save it without one") from None
        raise DocumentDamaged(f"the PDF cannot be opened ({error}); print it to a new PDF") from None
    try:
        return len(document)
    finally:
        document.close()
