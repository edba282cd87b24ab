"""Makes files that no honest person sends: broken copies, bombs, loops, entities, names that lead elsewhere."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import gettempdir

from openpyxl import Workbook

ESCAPED = "marque-escaped.txt"
"""What an archive that could write outside its place would leave."""

_MEGABYTE = 1024 * 1024
_TEXT = "Check the tyre pressures every month when the tyres are cold."
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
_XXE = f'<!DOCTYPE d [<!ENTITY a0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">{_ENTITIES}]>'


def make_plain_files() -> dict[str, bytes]:
    """A small, whole file of every format, to be broken."""
    return {
        "plain.md": f"---\ntitle: Tyres\n---\n# Tyres\n\n{_TEXT}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
        "plain.txt": f"{_TEXT}\n\n".encode() * 20,
        "plain.html": f"<html><body><h1>Tyres</h1><p>{_TEXT}</p><table><tr><td>1</table></html>".encode(),
        "plain.csv": f"question,answer\nHow often?,{_TEXT}\nAnd then?,Again.\n".encode(),
        "plain.docx": make_docx(f"<w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p>"),
        "plain.xlsx": _sheet([["question", "answer"], ["How often?", _TEXT]]),
        "plain.pdf": make_pdf(f"BT /F1 12 Tf 72 700 Td ({_TEXT}) Tj ET".encode()),
    }


def make_hostile_files() -> Iterator[tuple[str, bytes]]:
    """Files that attack the reader by design: name and content."""
    yield "bomb.docx", make_docx("", {"word/media/zeros.bin": bytes(300 * _MEGABYTE)})
    yield "bomb-in-the-text.docx", make_docx(f"<w:p><w:r><w:t>{'a' * (60 * _MEGABYTE)}</w:t></w:r></w:p>")
    yield "many-entries.docx", make_docx("", {f"word/media/{number}": b"" for number in range(20_000)})
    yield "entities.docx", make_docx("<w:p><w:r><w:t>&file; &a8;</w:t></w:r></w:p>", before=_XXE)
    yield (
        "slip.docx",
        make_docx("", {f"../../../../../..{gettempdir()}/{ESCAPED}": b"out", str(Path(gettempdir(), ESCAPED)): b"out"}),
    )
    yield "deep.docx", make_docx("<w:p>" * 20_000 + "</w:p>" * 20_000)
    yield "sheet-of-a-million.csv", b"question,answer\n" + b"q,a\n" * 1_000_000
    yield "one-cell.csv", b'question,answer\n"' + b"a" * (20 * _MEGABYTE)
    yield "deep.html", b"<div>" * 200_000 + _TEXT.encode()
    yield "entities.html", f"{_XXE}<html><body><p>&file; &a8;</p></body></html>".encode()
    yield "table.html", b"<table><tr>" + b"<td>1</td>" * 500_000
    yield "deep.md", b"> " * 50_000 + _TEXT.encode()
    yield "brackets.md", b"[" * 200_000 + b"](" * 200_000
    yield "anchors.md", b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n---\n" + _TEXT.encode()
    yield "flate.pdf", make_pdf(_deflated(2_000 * _MEGABYTE), filters="/FlateDecode /FlateDecode")
    yield (
        "operators.pdf",
        make_pdf(zlib.compress(b"q 1 0 0 1 0 0 cm BT (a) Tj ET Q\n" * 1_000_000), filters="/FlateDecode"),
    )
    loop = b"5 0 obj<</Subtype/Form/Resources<</XObject<</X 5 0 R>>>>/Length 5>>stream\n/X Do\nendstream endobj\n"
    yield "endless.pdf", make_pdf(b"/X Do", more=loop)
    yield "nested.pdf", b"%PDF-1.7\n1 0 obj" + b"[" * 500_000 + b"endobj\n"
    yield "program.pdf", b"\x7fELF\x02\x01\x01" + bytes(4096)
    yield "archive.md", make_docx("")
    yield "zeros.txt", bytes(_MEGABYTE)
    yield "no-unicode.txt", bytes(range(128, 256)) * 2_000
    yield "right-to-left.md", ("\u202e" * 5_000 + _TEXT).encode()


HOSTILE_NAMES = (
    "..%2f..%2fetc%2fpasswd.md",
    "..\\..\\windows.md",
    "-rf.md",
    "$(touch marque-escaped.txt).md",
    "`id`.md",
    "a\nb.md",
    "a\x1b[2Jb.md",
    "\u202efdp.md",
    "{braces}.md",
    "<img src=x onerror=alert(1)>.md",
    "con.md",
    "group.md ",
    "x" * 240 + ".md",
    "no suffix",
    "double.pdf.md",
    "'; DROP TABLE vectors; --.md",
)
"""Names of files whose content is harmless."""


def break_files(whole: Sequence[tuple[str, bytes]], count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Copies with one fault each: cut, bits flipped, a piece doubled, zeroed, or put in from another file.

    Args:
        whole: name and content of the files to break.
        count: how many copies.
        chance: where.
    """
    faults: dict[str, Callable[[bytes, bytes], bytes]] = {
        "cut": lambda content, _: content[: chance.randrange(len(content))],
        "flipped": lambda content, _: _flip(content, chance),
        "doubled": lambda content, _: _spliced(content, content, chance),
        "zeroed": lambda content, _: _spliced(content, bytes(chance.randrange(1, 400)), chance),
        "mixed": lambda content, other: _spliced(content, other, chance),
    }
    names = list(faults)
    for number in range(count):
        name, content = whole[chance.randrange(len(whole))]
        fault = names[number % len(names)]
        other = whole[chance.randrange(len(whole))][1]
        path = Path(name)
        yield f"{fault}-{number:04d}-{path.stem[:40]}{path.suffix}", faults[fault](content or b"\0", other)


def make_docx(body: str, more: dict[str, bytes] | None = None, before: str = "") -> bytes:
    """A DOCX file.

    Args:
        body: XML of its text.
        more: further entries of the archive, by name.
        before: what stands before the root of its text.
    """
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    package = "http://schemas.openxmlformats.org/package/2006"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kinds}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r" Type="{office}" Target="word/document.xml"/></Relationships>',
        )
        document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", f'<?xml version="1.0"?>{before}{document}')
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def make_pdf(content: bytes, filters: str = "", more: bytes = b"") -> bytes:
    """A PDF of one page, without a table of its objects; readers find them by themselves.

    Args:
        content: what its page draws, packed as the filters say.
        filters: names of the filters.
        more: further objects.
    """
    packed = f"/Filter[{filters}]" if filters else ""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>"
        b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        + f"4 0 obj<</Length {len(content)}{packed}>>stream\n".encode()
        + content
        + b"\nendstream endobj\n"
        + more
        + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def _sheet(rows: Sequence[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _deflated(size: int) -> bytes:
    """Zeros, packed twice."""
    packer = zlib.compressobj()
    once = b"".join(packer.compress(bytes(_MEGABYTE)) for _ in range(size // _MEGABYTE)) + packer.flush()
    return zlib.compress(once)


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _spliced(content: bytes, other: bytes, chance: random.Random) -> bytes:
    at, begin = chance.randrange(len(content)), chance.randrange(max(1, len(other)))
    return content[:at] + other[begin : begin + 4096] + content[at + chance.randrange(64) :]
