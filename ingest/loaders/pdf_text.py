"""What pdfium alone tells of a PDF: whether it opens, its title, and its text without layout."""

import re
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from ingest.document import Block
from ingest.errors import DocumentDamaged, DocumentEncrypted


def open_pdf(content: bytes) -> tuple[int, str | None]:
    """Number of pages and title.

    Args:
        content: bytes of the file.

    Raises:
        DocumentEncrypted: it needs a password.
        DocumentDamaged: it cannot be opened.
    """
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentEncrypted("it is protected by a password; save it without one") from None
        if "security" in str(error).lower():
            raise DocumentEncrypted("it is protected in a way that is not read; save it without protection") from None
        raise DocumentDamaged("the PDF is damaged or was cut off; fetch it again, or print it to a new PDF") from None
    try:
        title = " ".join(str(document.get_metadata_value("Title")).split())
        return len(document), title if _is_title(title) else None
    finally:
        document.close()


def plain_pages(content: bytes) -> Iterator[Block]:
    """The text of each page, without any layout.

    Args:
        content: bytes of the file.
    """
    for number, text in _page_texts(content):
        for paragraph in re.split(r"\n\s*\n", text):
            if paragraph.strip():
                yield Block("paragraph", " ".join(paragraph.split()), page=number)


def _page_texts(content: bytes) -> Iterator[tuple[int, str]]:
    """Page number from 1 and text of every page that can be read."""
    document = pdfium.PdfDocument(content)
    try:
        for number in range(len(document)):
            try:
                page = document[number]
                # The crop box is told: pdfium's own bounds are turned with the page, the text is not.
                text = page.get_textpage().get_text_bounded(*page.get_cropbox())
            except pdfium.PdfiumError:
                continue
            yield number + 1, text.replace("\r\n", "\n").replace("\x02", "")
    finally:
        document.close()


def _is_title(text: str) -> bool:
    """Whether the title of a PDF was written by a person, not left by a program."""
    is_file = re.search(
        r"\.(?:docx?|indd|odt|pdf|pages|tex|xlsx?)$|^microsoft word|^untitled|^\W*anonymous\W*$|\\|/",
        text,
        re.IGNORECASE,
    )
    return len(text) >= 4 and not is_file and any(character.isalpha() for character in text)
