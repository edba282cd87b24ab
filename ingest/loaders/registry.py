"""Which loader reads which format; a new format is one loader and one line here."""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath

from ingest.document import Block, LoadedDocument
from ingest.errors import DocumentDamaged, DocumentEmpty, UnsupportedFormat
from ingest.loaders.limits import LoadLimits

Announce = Callable[[int], None]

SUFFIXES = (".csv", ".docx", ".htm", ".html", ".markdown", ".md", ".pdf", ".tsv", ".txt", ".xlsx")

_REPLACEMENTS = {
    **dict.fromkeys((".doc", ".docm", ".dot", ".dotx", ".odt", ".pages", ".rtf"), "save it as .docx"),
    **dict.fromkeys((".numbers", ".ods", ".xls", ".xlsb", ".xlsm", ".xltx"), "save it as .xlsx"),
    **dict.fromkeys((".epub", ".key", ".odp", ".ppt", ".pptm", ".pptx", ".vsdx", ".xps"), "save it as .pdf"),
    **dict.fromkeys((".eml", ".mht", ".mhtml", ".msg", ".xhtml"), "save it as .html"),
    **dict.fromkeys((".7z", ".gz", ".rar", ".tar", ".zip"), "unpack it beside the other documents"),
    **dict.fromkeys(
        (".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp"),
        "put the text of the image into a document",
    ),
    **dict.fromkeys(
        (".avi", ".m4a", ".mov", ".mp3", ".mp4", ".wav", ".webm"), "put what is said in it into a document"
    ),
}

_SCRIPTED = "; a page that is made by scripts must be saved as the browser shows it"
_ADVICE = {
    ".pdf": "; it looks scanned: set MARQUE_INGEST_OCR_DATA_FOLDER, or run text recognition (OCR) over it first",
    ".html": _SCRIPTED,
    ".htm": _SCRIPTED,
}


def load_document(name: str, content: bytes, limits: LoadLimits, announce: Announce) -> LoadedDocument:
    """Read a document of any known format.

    Args:
        name: file name; its suffix tells the format.
        content: its bytes.
        limits: how much of it is read.
        announce: told the number of pages as soon as it is known.

    Raises:
        DocumentFailed: one of its kinds.
    """
    suffix = PurePath(name).suffix.lower()
    check_supported(suffix)
    _check_magic(suffix, content)
    document = _load(suffix, content, limits, announce)
    if not any(character.isalnum() for block in document.blocks for character in _words(block)):
        raise DocumentEmpty(f"no text was found in it{_ADVICE.get(suffix, '')}")
    return document


def check_supported(suffix: str) -> None:
    """Refuse a format that no loader reads.

    Args:
        suffix: of the file name, in lower case, with its dot.

    Raises:
        UnsupportedFormat: with what to do instead.
    """
    if suffix not in SUFFIXES:
        if not suffix:
            raise UnsupportedFormat(
                f"its name has no ending that tells the format; give it one of {', '.join(SUFFIXES)}"
            )
        advice = _REPLACEMENTS.get(suffix, f"save it as one of {', '.join(SUFFIXES)}")
        raise UnsupportedFormat(f"{suffix} files are not read; {advice}")


def _load(suffix: str, content: bytes, limits: LoadLimits, announce: Announce) -> LoadedDocument:
    # Each library is loaded with the first document that needs it.
    match suffix:
        case ".pdf":
            loaded = import_module("ingest.loaders.pdf").load_pdf(content, announce, limits.recognition)
        case ".docx":
            loaded = import_module("ingest.loaders.office").load_docx(content, limits)
        case ".xlsx":
            loaded = import_module("ingest.loaders.faq_sheet").load_xlsx(content, limits)
        case ".csv" | ".tsv":
            loaded = import_module("ingest.loaders.faq_sheet").load_csv(content, limits)
        case ".html" | ".htm":
            loaded = import_module("ingest.loaders.html").load_html(content)
        case ".txt":
            loaded = import_module("ingest.loaders.markdown").load_text(content)
        case _:
            loaded = import_module("ingest.loaders.markdown").load_markdown(content)
    if not isinstance(loaded, LoadedDocument):
        raise DocumentDamaged("its loader gave no document")
    return loaded


def _check_magic(suffix: str, content: bytes) -> None:
    if not content.strip(b"\0 \t\r\n"):
        raise DocumentEmpty("the file is empty; fill it, or remove it")
    looks_like = None
    if content.startswith(b"PK\x03\x04"):
        looks_like = "a ZIP archive (DOCX or XLSX)"
    elif content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        looks_like = "an old or encrypted Office file"
    elif b"%PDF-" in content[:1024]:
        looks_like = "a PDF"
    expected = {".pdf": "a PDF", ".docx": "a ZIP archive (DOCX or XLSX)", ".xlsx": "a ZIP archive (DOCX or XLSX)"}
    wanted = expected.get(suffix)
    if looks_like == "an old or encrypted Office file" and suffix in (".docx", ".xlsx"):
        return  # the Office loader tells the two apart
    if wanted != looks_like:
        is_page = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))
        found = f"it is {looks_like or 'a web page'}" if looks_like or is_page else f"it is not {wanted}"
        raise UnsupportedFormat(f"its name ends in {suffix}, but {found}; give it the right name or save it again")


def _words(block: Block) -> str:
    return f"{block.text} {block.question or ''}"
