"""What a fetched page is, by what the server says and by its first bytes."""

from ingest.errors import PageRefused
from ingest.web.fetcher import Fetched

_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_ZIP_KINDS = frozenset({".docx", ".xlsx"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def kind_of(fetched: Fetched) -> str:
    """The suffix under which a page is kept.

    Args:
        fetched: a page with content.

    Raises:
        PageRefused: it is of no kind that is read, or not what the server says.
    """
    content = fetched.content or b""
    if not content.strip():
        raise PageRefused("it is empty")
    suffix = _KINDS.get(fetched.content_type)
    if suffix is None:
        raise PageRefused(
            f"it is {fetched.content_type[:80] or 'of no told type'!r}; pages are HTML, PDF, text, DOCX or XLSX"
        )
    begins = {".pdf": b"%PDF-" in content[:1024]} | {kind: content.startswith(b"PK\x03\x04") for kind in _ZIP_KINDS}
    is_text = suffix not in begins
    looks_binary = b"%PDF-" in content[:16] or content.startswith(b"PK\x03\x04") or _has_nul(content)
    if (is_text and looks_binary) or not begins.get(suffix, True):
        raise PageRefused(f"the server says that it is {fetched.content_type}, and its bytes say otherwise")
    return suffix


def text_as_utf8(fetched: Fetched, suffix: str) -> bytes:
    """The content with its text in UTF-8 when only the server tells the encoding.

    Args:
        fetched: a page with content.
        suffix: its kind.
    """
    content = fetched.content or b""
    # A page may say something else of itself than the server; browsers believe the server.
    is_plain = fetched.charset in {None, "us-ascii"} or (fetched.charset in {"utf-8", "utf8"} and suffix != ".html")
    if suffix in {".pdf", *_ZIP_KINDS} or is_plain:
        return content
    if content.startswith((_BYTE_ORDER_MARK, b"\xff\xfe", b"\xfe\xff")):
        return content
    try:
        return _BYTE_ORDER_MARK + content.decode(fetched.charset or "utf-8").encode()
    except (LookupError, UnicodeError):
        return content


def _has_nul(content: bytes) -> bool:
    return b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff"))
