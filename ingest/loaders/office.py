"""DOCX documents, and what every Office file is checked for before it is unpacked."""

import gc
import io
import re
import zipfile
from dataclasses import replace

from ingest.document import LoadedDocument, title_of
from ingest.errors import DocumentDamaged, DocumentEncrypted, DocumentTooLarge, DocumentUnsafe, UnsupportedFormat
from ingest.loaders.html import html_blocks
from ingest.loaders.limits import LoadLimits
from ingest.loaders.word_parts import MAIN_PART, with_what_word_shows

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def load_docx(content: bytes, limits: LoadLimits) -> LoadedDocument:
    """Read a Word document: headings, lists, tables and text.

    Args:
        content: its bytes.
        limits: how far it may unpack.

    Raises:
        DocumentFailed: one of its kinds.
    """
    check_archive(content, "word/document.xml", limits)
    import mammoth  # type: ignore[import-untyped]

    html = mammoth.convert_to_html(
        io.BytesIO(with_what_word_shows(content)),
        style_map="p[style-name='Title'] => h1.title:fresh\np[style-name='Subtitle'] => p:fresh",
        convert_image=mammoth.images.img_element(lambda image: {"src": ""}),  # noqa: ARG005
        external_file_access=False,
    ).value
    gc.collect()  # each element knows what holds it, so that the tree, 11 MB for Word's own styles, would stay
    blocks = html_blocks(html)
    if '<h1 class="title">' in html:  # Word's title stands above its headings of level 1
        at = next((number for number, block in enumerate(blocks) if block.kind == "heading"), 0)
        blocks = tuple(
            replace(block, level=block.level + 1) if block.kind == "heading" and number != at else block
            for number, block in enumerate(blocks)
        )
    return LoadedDocument(blocks, title=title_of(blocks))


def check_archive(content: bytes, main_part: str, limits: LoadLimits) -> None:
    """Refuse an Office file that is encrypted, not what it says, too large or unsafe, before it is unpacked.

    Args:
        content: its bytes.
        main_part: the part that it must have.
        limits: how far it may unpack.

    Raises:
        DocumentFailed: one of its kinds.
    """
    if content.startswith(_OLD_OFFICE):
        raise DocumentEncrypted(
            "it is protected by a password, or of the old format; save it without one as DOCX or XLSX"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries, main_part, limits)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_part(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        told = "" if isinstance(error, zipfile.BadZipFile) else f" ({error})"
        raise DocumentDamaged(
            f"the file is damaged or was cut off{told}; open it in its own program and save it again"
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo], main_part: str, limits: LoadLimits) -> None:
    if len(entries) > limits.entries:
        raise DocumentTooLarge(f"it holds {len(entries)} files; at most {limits.entries} are unpacked")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise DocumentTooLarge(
            f"it unpacks to {unpacked // 1024 // 1024} MB; at most {limits.unpacked_bytes // 1024 // 1024} MB are read"
        )
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise DocumentUnsafe("it holds a file that would land outside its folder")
        if entry.flag_bits & 0x1:
            raise DocumentEncrypted("it is protected by a password; save it without one")
    is_word = main_part.startswith("word/")
    names = {entry.filename for entry in entries}
    if main_part not in names and not (is_word and any(map(MAIN_PART.fullmatch, names))):
        wanted = "a Word document" if is_word else "an Excel workbook"
        raise UnsupportedFormat(f"it is not {wanted}, as its name says; give it the right name or save it again")


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        head = part.read(4096)
    # UTF-16 parts have a NUL beside every letter.
    if _DECLARATION.search(head.replace(b"\0", b"")):
        raise DocumentUnsafe("it declares a document type or entities, which no Office program writes; save it again")
