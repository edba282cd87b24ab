"""Render the sources of the sample group into the documents that its brands publish."""

from __future__ import annotations

import argparse
import csv
import html
import io
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import docx
import jinja2
import yaml
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Spacer
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import Table as PdfTable

EXAMPLES = Path(__file__).resolve().parent
SOURCES = EXAMPLES / "sources"
GROUP = EXAMPLES / "meridian"
ZIP_DATE = (2025, 1, 1, 0, 0, 0)
FIXED_TIME = b"2025-01-01T00:00:00Z"
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
CORE_TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


class BuildError(Exception):
    """A mistake in the sources, said in words for the person who wrote them."""


# --- What a document consists of -------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


Inline = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    content: Inline


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    content: Inline


@dataclass(frozen=True)
class Listing:
    """A numbered or bulleted list, each item being blocks of its own."""

    ordered: bool
    start: int
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A table with a header row."""

    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Boxed:
    """A quotation; `word` is its signal word (WARNING, DANGER ...) or empty."""

    word: str
    blocks: tuple[Block, ...]


Block = Heading | Text | Listing | Grid | Boxed


@dataclass(frozen=True)
class Document:
    """A rendered source: its front matter, its text and the parsed blocks of its body."""

    text: str
    meta: dict[str, Any]
    blocks: tuple[Block, ...]
    header: str

    @property
    def title(self) -> str:
        """The title of the front matter or else the first heading."""
        headings = [block for block in self.blocks if isinstance(block, Heading)]
        first = plain(headings[0].content) if headings else self.header
        return str(self.meta.get("title", first))

    @property
    def language(self) -> str:
        """The language of the front matter, English when it names none."""
        return str(self.meta.get("language", "en"))


def plain(content: Inline) -> str:
    """Join the text of some spans without their styles."""
    return "".join(span.text for span in content)


# --- Markdown to blocks ----------------------------------------------------------------------


def parse_markdown(text: str) -> tuple[Block, ...]:
    """Parse a Markdown text into blocks."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return _blocks(SyntaxTreeNode(parser.parse(text)))


def _blocks(node: SyntaxTreeNode) -> tuple[Block, ...]:
    return tuple(_block(child) for child in node.children if child.type != "hr")


def _block(node: SyntaxTreeNode) -> Block:
    match node.type:
        case "heading":
            return Heading(int(node.tag[1]), _inline(node.children[0], Span("")))
        case "paragraph":
            return Text(_inline(node.children[0], Span("")))
        case "bullet_list" | "ordered_list":
            items = tuple(_blocks(item) for item in node.children)
            start = int(node.attrs.get("start", 1))
            return Listing(node.type == "ordered_list", start, items)
        case "table":
            return _grid(node)
        case "blockquote":
            return _boxed(_blocks(node))
        case _:
            raise BuildError(f"the Markdown uses “{node.type}”, which the builder does not know")


def _grid(node: SyntaxTreeNode) -> Grid:
    rows = [_row(row) for part in node.children for row in part.children]
    return Grid(rows[0], tuple(rows[1:]))


def _row(node: SyntaxTreeNode) -> tuple[Inline, ...]:
    return tuple(_inline(cell.children[0], Span("")) for cell in node.children)


def _boxed(blocks: tuple[Block, ...]) -> Boxed:
    first = blocks[0] if blocks else None
    if isinstance(first, Text) and first.content:
        span = first.content[0]
        if span.bold and span.text.strip(" :").isupper():
            return Boxed(span.text.strip(" :"), blocks)
    return Boxed("", blocks)


def _inline(node: SyntaxTreeNode, style: Span) -> Inline:
    return tuple(span for child in node.children for span in _spans(child, style))


def _spans(node: SyntaxTreeNode, style: Span) -> Inline:
    match node.type:
        case "text":
            return (replace(style, text=node.content),) if node.content else ()
        case "code_inline":
            return (replace(style, text=node.content, code=True),)
        case "softbreak" | "hardbreak":
            return (replace(style, text=" "),)
        case "strong":
            return _inline(node, replace(style, bold=True))
        case "em":
            return _inline(node, replace(style, italic=True))
        case "link":
            return _inline(node, replace(style, link=str(node.attrs["href"])))
        case _:
            raise BuildError(f"the Markdown uses “{node.type}”, which the builder does not know")


# --- HTML ------------------------------------------------------------------------------------


def write_html(document: Document, target: Path) -> None:
    """Write a document as one HTML5 page."""
    body = "\n".join(_html_block(block) for block in document.blocks)
    page = (
        f'<!DOCTYPE html>\n<html lang="{html.escape(document.language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{html.escape(document.title)}</title>\n</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    target.write_text(page, encoding="utf-8", newline="\n")


def _html_block(block: Block) -> str:
    match block:
        case Heading(level, content):
            return f"<h{level}>{_html_inline(content)}</h{level}>"
        case Text(content):
            return f"<p>{_html_inline(content)}</p>"
        case Listing():
            return _html_list(block)
        case Grid(header, rows):
            lines = [_html_row(header, "th"), "</thead>", "<tbody>"]
            lines += [_html_row(row, "td") for row in rows]
            return "\n".join(["<table>", "<thead>", *lines, "</tbody>", "</table>"])
        case Boxed(word, blocks):
            inner = "\n".join(_html_block(part) for part in blocks)
            if word:
                return f'<div class="warning">{inner}</div>'
            return f"<blockquote>\n{inner}\n</blockquote>"


def _html_list(block: Listing) -> str:
    tag = "ol" if block.ordered else "ul"
    start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    items = (f"<li>{_html_item(item)}</li>" for item in block.items)
    return "\n".join([f"<{tag}{start}>", *items, f"</{tag}>"])


def _html_item(blocks: tuple[Block, ...]) -> str:
    return "\n".join(
        _html_inline(part.content) if isinstance(part, Text) and not index else _html_block(part)
        for index, part in enumerate(blocks)
    )


def _html_row(cells: Sequence[Inline], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    inner = "".join(f"<{tag}{scope}>{_html_inline(cell)}</{tag}>" for cell in cells)
    return f"<tr>{inner}</tr>"


def _html_inline(content: Inline) -> str:
    return "".join(_html_span(span) for span in content)


def _html_span(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    for wanted, tag in ((span.code, "code"), (span.italic, "em"), (span.bold, "strong")):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return f'<a href="{html.escape(span.link)}">{text}</a>' if span.link else text


# --- PDF -------------------------------------------------------------------------------------

INK = HexColor("#1f2423")
RULE = HexColor("#8b918c")
SHADE = HexColor("#e7eae4")
BOX_COLOURS = {"DANGER": "#b3261e", "WARNING": "#c4661f", "CAUTION": "#a67c00"}
PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 20 * mm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
BODY = ParagraphStyle("Body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6, textColor=INK)
SIGNAL = ParagraphStyle("Signal", parent=BODY, spaceAfter=1)
CELL = ParagraphStyle("Cell", parent=BODY, fontSize=9.5, leading=12, spaceAfter=0)
HEADINGS = {
    level: ParagraphStyle(
        f"Heading{level}",
        parent=BODY,
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.25,
        spaceBefore=before,
        spaceAfter=after,
        keepWithNext=1,
    )
    for level, size, before, after in (
        (1, 24, 0, 14),
        (2, 17, 20, 8),
        (3, 12.5, 12, 4),
        (4, 11, 8, 3),
        (5, 10.5, 8, 3),
        (6, 10, 8, 3),
    )
}


class ManualTemplate(BaseDocTemplate):
    """A PDF document that bookmarks each of its headings."""

    _marks = 0

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the library's name
        """Add a bookmark for a heading that was just placed."""
        if not isinstance(flowable, PdfParagraph):
            return
        style = str(flowable.style.name)
        if not style.startswith("Heading"):
            return
        self._marks += 1
        key = f"heading-{self._marks}"
        self.canv.bookmarkPage(key)
        level = int(style[-1]) - 1
        self.canv.addOutlineEntry(flowable.getPlainText(), key, level, closed=level > 0)


def write_pdf(document: Document, target: Path) -> None:
    """Write a document as an A4 PDF with a running header, page numbers and bookmarks."""
    _check_characters(document.text)
    template = ManualTemplate(
        str(target),
        pagesize=A4,
        title=document.title,
        author=document.header,
        lang=document.language,
        invariant=1,
    )
    frame = Frame(MARGIN, MARGIN, TEXT_WIDTH, PAGE_HEIGHT - 2.4 * MARGIN, 0, 0, 0, 0)
    furniture = partial(_pdf_furniture, document.header)
    template.addPageTemplates([PageTemplate("page", [frame], onPage=furniture)])
    template.build(_pdf_story(document.blocks))


def _pdf_story(blocks: Sequence[Block]) -> list[Flowable]:
    """Lay out the blocks so that headings stay with what follows and warnings with what they are about."""
    groups: list[list[Flowable]] = []
    before: Block | None = None
    for block in blocks:
        introduced = isinstance(block, Listing) and isinstance(before, Text)
        warned = isinstance(block, Boxed) and not isinstance(before, Boxed)
        joins = isinstance(before, Heading) or introduced or warned
        if not groups or not joins:
            groups.append([])
        groups[-1] += _pdf_block(block, 0)
        before = block
    return [KeepTogether(group) for group in groups]


def _check_characters(text: str) -> None:
    for character in text:
        try:
            character.encode("cp1252")
        except UnicodeEncodeError as error:
            code = f"U+{ord(character):04X}"
            raise BuildError(f"the PDF fonts cannot show the character “{character}” ({code})") from error


def _pdf_furniture(header: str, canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8.5)
    canvas.setFillColor(INK)
    canvas.drawString(MARGIN, PAGE_HEIGHT - 0.9 * MARGIN, header)
    canvas.drawRightString(PAGE_WIDTH - MARGIN, 0.6 * MARGIN, f"{document.page}")
    canvas.restoreState()


def _pdf_block(block: Block, depth: int) -> list[Flowable]:
    match block:
        case Heading(level, content):
            return [PdfParagraph(_pdf_inline(content), HEADINGS[level])]
        case Text(content):
            return [PdfParagraph(_pdf_inline(content), _indented(depth))]
        case Listing():
            return _pdf_list(block, depth)
        case Grid():
            return [_pdf_table(block), Spacer(1, 8)]
        case Boxed():
            return [_pdf_box(block, depth), Spacer(1, 8)]


def _indented(depth: int) -> ParagraphStyle:
    left = 16 * depth
    after = 3 if depth else 6
    return ParagraphStyle(f"Body-{depth}", parent=BODY, leftIndent=left, bulletIndent=left - 16, spaceAfter=after)


def _pdf_list(block: Listing, depth: int) -> list[Flowable]:
    flows: list[Flowable] = []
    for number, item in enumerate(block.items, start=block.start):
        mark = f"{number}." if block.ordered else "•"
        for index, part in enumerate(item):
            if isinstance(part, Text) and index == 0:
                text = _pdf_inline(part.content)
                flows.append(PdfParagraph(text, _indented(depth + 1), bulletText=mark))
            else:
                flows += _pdf_block(part, depth + 1)
    return flows


def _pdf_table(block: Grid) -> PdfTable:
    bold = ParagraphStyle("Head", parent=CELL, fontName="Helvetica-Bold")
    data = [[PdfParagraph(_pdf_inline(cell), bold) for cell in block.header]]
    data += [[PdfParagraph(_pdf_inline(cell), CELL) for cell in row] for row in block.rows]
    table = PdfTable(data, colWidths=_column_widths(block), repeatRows=1, spaceBefore=4, hAlign="LEFT")
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, RULE),
            ("BACKGROUND", (0, 0), (-1, 0), SHADE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return table


def _column_widths(block: Grid) -> list[float]:
    """Give each column the width of its longest text, or its share where that is too wide for the page."""
    columns = zip(block.header, *block.rows, strict=True)
    wanted = [max(_cell_width(cell) for cell in column) for column in columns]
    if sum(wanted) <= TEXT_WIDTH:
        return wanted
    least = [min(width, TEXT_WIDTH / len(wanted)) for width in wanted]
    missing = [width - low for width, low in zip(wanted, least, strict=True)]
    spare = TEXT_WIDTH - sum(least)
    return [low + spare * short / sum(missing) for low, short in zip(least, missing, strict=True)]


def _cell_width(cell: Inline) -> float:
    return float(stringWidth(plain(cell), "Helvetica-Bold", CELL.fontSize)) + 14


def _pdf_box(block: Boxed, depth: int) -> PdfTable:
    colour = HexColor(BOX_COLOURS.get(block.word, "#5b625d"))
    box = PdfTable([[_box_content(block)]], colWidths=[TEXT_WIDTH - 16 * depth], spaceBefore=6, hAlign="RIGHT")
    box.setStyle(
        [
            ("ROUNDEDCORNERS", [5, 5, 5, 5]),
            ("BOX", (0, 0), (-1, -1), 1.2, colour),
            ("LEFTPADDING", (0, 0), (-1, -1), 10),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return box


def _box_content(block: Boxed) -> list[Flowable]:
    """Put the signal word on a line of its own above the text."""
    first, *others = block.blocks
    flows: list[Flowable] = []
    if block.word and isinstance(first, Text):
        flows.append(PdfParagraph(_pdf_inline(first.content[:1]), SIGNAL))
        first = Text(first.content[1:])
    return flows + [flow for part in (first, *others) for flow in _pdf_block(part, 0)]


def _pdf_inline(content: Inline) -> str:
    return "".join(_pdf_span(span) for span in content)


def _pdf_span(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    text = f'<font face="Courier">{text}</font>' if span.code else text
    text = f"<i>{text}</i>" if span.italic else text
    text = f"<b>{text}</b>" if span.bold else text
    return f'<a href="{html.escape(span.link)}">{text}</a>' if span.link else text


# --- Word ------------------------------------------------------------------------------------


def write_docx(document: Document, target: Path) -> None:
    """Write a document as a Word file with heading styles, tables and lists."""
    word = docx.Document()
    word.core_properties.title = document.title
    word.core_properties.author = document.header
    word.core_properties.language = document.language
    word.sections[0].header.paragraphs[0].text = document.header
    for block in document.blocks:
        _docx_block(word, block)
    buffer = io.BytesIO()
    word.save(buffer)
    target.write_bytes(_steady_zip(buffer.getvalue()))


def _docx_block(word: WordDocument, block: Block) -> None:
    match block:
        case Heading(level, content):
            _docx_runs(word.add_heading(level=level), content)
        case Text(content):
            _docx_runs(word.add_paragraph(), content)
        case Listing():
            _docx_list(word, block)
        case Grid():
            _docx_table(word, block)
        case Boxed():
            for part in block.blocks:
                _docx_boxed(word, part)


def _docx_boxed(word: WordDocument, part: Block) -> None:
    if isinstance(part, Text):
        _docx_runs(word.add_paragraph(style="Intense Quote"), part.content)
    else:
        _docx_block(word, part)


def _docx_list(word: WordDocument, block: Listing) -> None:
    numbering = _new_numbering(word, block.start) if block.ordered else None
    for item in block.items:
        for index, part in enumerate(item):
            if isinstance(part, Text) and index == 0:
                style = "List Number" if block.ordered else "List Bullet"
                paragraph = word.add_paragraph(style=style)
                _docx_runs(paragraph, part.content)
                if numbering is not None:
                    _number(paragraph, numbering)
            else:
                _docx_block(word, part)


def _new_numbering(word: WordDocument, start: int) -> int:
    """Start a fresh numbering, so that each numbered list begins anew."""
    style: Any = word.styles["List Number"].element
    numbering: Any = word.part.numbering_part.element
    used = style.pPr.numPr.numId.val
    base = next(num for num in numbering.num_lst if num.numId == used)
    fresh = numbering.add_num(base.abstractNumId.val)
    fresh.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(fresh.numId)


def _number(paragraph: WordParagraph, numbering: int) -> None:
    properties: Any = paragraph._p.get_or_add_pPr()
    number = properties.get_or_add_numPr()
    number.get_or_add_numId().val = numbering
    number.get_or_add_ilvl().val = 0


def _docx_table(word: WordDocument, block: Grid) -> None:
    table = word.add_table(rows=0, cols=len(block.header), style="Table Grid")
    for index, row in enumerate((block.header, *block.rows)):
        cells = table.add_row().cells
        for cell, content in zip(cells, row, strict=True):
            spans = tuple(replace(span, bold=True) for span in content) if index == 0 else content
            _docx_runs(cell.paragraphs[0], spans)
    properties: Any = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {}))
    word.add_paragraph()


def _docx_runs(paragraph: WordParagraph, content: Inline) -> None:
    for span in content:
        run = paragraph.add_run(span.text)
        run.bold = span.bold or None
        run.italic = span.italic or None
        if span.code:
            run.font.name = "Courier New"
            run.font.size = Pt(10)
        if span.link:
            run.font.color.rgb = RGBColor(0x1F, 0x4E, 0x79)


# --- Spreadsheets ----------------------------------------------------------------------------


def read_table(text: str) -> list[list[str]]:
    """Read the rows of a CSV text, which must all be as wide as its header."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(rows) < 2:
        raise BuildError("the CSV has no row below its header")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise BuildError(
                f"row {number} of the CSV has {len(row)} columns where the header has "
                f"{len(rows[0])}; put quotation marks around a text with a comma"
            )
    return rows


def write_csv(text: str, target: Path) -> None:
    """Copy a CSV source once its rows were checked."""
    read_table(text)
    target.write_text(text, encoding="utf-8", newline="\n")


def write_xlsx(text: str, target: Path) -> None:
    """Write a CSV source as a workbook with one sheet."""
    rows = read_table(text)
    book = Workbook()
    sheet = book.create_sheet("FAQ", 0)
    del book["Sheet"]
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, _cell_value(value))
            cell.font = Font(bold=number == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column, name in enumerate(rows[0], start=1):
        wide = {"question": 50.0, "answer": 90.0}.get(name, 14.0)
        sheet.column_dimensions[get_column_letter(column)].width = wide
    sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    target.write_bytes(_steady_zip(buffer.getvalue()))


def _cell_value(text: str) -> str | int | None:
    if text.isdecimal() and len(text) == 4:
        return int(text)
    return text or None


def _steady_zip(data: bytes) -> bytes:
    """Fix every time in an Office file, so that a rebuild changes no byte."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = CORE_TIME.sub(rb"\g<1>" + FIXED_TIME + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return buffer.getvalue()


# --- From a build.yaml to files --------------------------------------------------------------

DOCUMENT_WRITERS = {".html": write_html, ".pdf": write_pdf, ".docx": write_docx}
TABLE_WRITERS = {".csv": write_csv, ".xlsx": write_xlsx}


@dataclass(frozen=True)
class Output:
    """One entry of a build.yaml."""

    template: str
    values: dict[str, Any]
    output: str
    header: str


def read_yaml(path: Path) -> Any:
    """Read a YAML file."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BuildError(f"{_name(path)} is missing") from error
    except yaml.YAMLError as error:
        raise BuildError(f"{_name(path)} is not valid YAML: {error}") from error


def read_outputs(folder: Path) -> Iterator[Output]:
    """Read the entries of the build.yaml in a source folder."""
    path = folder / "build.yaml"
    data = read_yaml(path)
    entries = data.get("outputs") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise BuildError(f"{_name(path)} needs a list named “outputs”")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not {"template", "output"} <= entry.keys():
            raise BuildError(f"entry {number} of {_name(path)} needs “template” and “output”")
        values = _merged_values(folder, entry.get("values", {}))
        header = str(entry.get("header", ""))
        yield Output(str(entry["template"]), values, str(entry["output"]), header)


def _merged_values(folder: Path, values: Any) -> dict[str, Any]:
    """Values given as a mapping, as the name of a YAML file, or as a list of these."""
    if isinstance(values, dict):
        return values
    if isinstance(values, str):
        return _merged_values(folder, read_yaml(folder / values) or {})
    if isinstance(values, list):
        merged: dict[str, Any] = {}
        for part in values:
            merged |= _merged_values(folder, part)
        return merged
    raise BuildError("“values” must be a mapping, a file name or a list of these")


def render(folder: Path, entry: Output) -> str:
    """Fill the values of an entry into its template."""
    if not entry.template.endswith(".j2"):
        try:
            return (folder / entry.template).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise BuildError(f"the source {entry.template} is missing") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(enabled_extensions=(), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(entry.template).render(entry.values)
    except jinja2.TemplateNotFound as error:
        raise BuildError(f"the template {error.name} is missing") from error
    except jinja2.TemplateSyntaxError as error:
        raise BuildError(f"{error.name}, line {error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise BuildError(f"{entry.template} could not be filled in: {error}") from error


def parse_document(text: str, header: str) -> Document:
    """Split a rendered Markdown text into front matter and blocks."""
    match = FRONT_MATTER.match(text)
    meta: Any = {}
    if match:
        try:
            meta = yaml.safe_load(match.group(1))
        except yaml.YAMLError as error:
            raise BuildError(f"the front matter is not valid YAML: {error}") from error
        if not isinstance(meta, dict):
            raise BuildError("the front matter must be a mapping")
    blocks = parse_markdown(text[match.end() :] if match else text)
    document = Document(text, meta, blocks, header)
    return document if header else replace(document, header=document.title)


def build_output(folder: Path, entry: Output, target: Path) -> None:
    """Write one output."""
    text = render(folder, entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = target.suffix
    if suffix == ".md":
        parse_document(text, entry.header)
        target.write_text(text, encoding="utf-8", newline="\n")
    elif suffix in DOCUMENT_WRITERS:
        DOCUMENT_WRITERS[suffix](parse_document(text, entry.header), target)
    elif suffix in TABLE_WRITERS:
        TABLE_WRITERS[suffix](text, target)
    else:
        raise BuildError(f"the builder cannot write files ending in “{suffix}”")


def documents_folder(brand: str) -> Path:
    """Name the folder that receives the documents of a brand."""
    return GROUP / "brands" / brand / "documents"


def build_brand(folder: Path) -> int:
    """Build everything that a source folder lists and return how many files that made."""
    documents = documents_folder(folder.name)
    seen: set[str] = set()
    for entry in read_outputs(folder):
        target = documents / entry.output
        if not target.resolve().is_relative_to(documents.resolve()):
            raise BuildError(f"{entry.output} lies outside the documents folder")
        if entry.output in seen:
            raise BuildError(f"{entry.output} is listed twice in {_name(folder)}/build.yaml")
        seen.add(entry.output)
        try:
            build_output(folder, entry, target)
        except BuildError as error:
            raise BuildError(f"{folder.name}, {entry.output}: {error}") from error
    return len(seen)


def source_folders(brand: str | None) -> list[Path]:
    """List the source folders to build: one brand's or all."""
    if brand is not None:
        if not (SOURCES / brand / "build.yaml").is_file():
            raise BuildError(f"there is no examples/sources/{brand}/build.yaml")
        return [SOURCES / brand]
    return sorted(path.parent for path in SOURCES.glob("*/build.yaml"))


def _name(path: Path) -> str:
    return path.relative_to(EXAMPLES.parent).as_posix()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the documents of one brand or of all and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brand", nargs="?", help="a folder in examples/sources; all when absent")
    options = parser.parse_args(arguments)
    try:
        for folder in source_folders(options.brand):
            sys.stdout.write(f"{folder.name}: {build_brand(folder)} documents\n")
    except (BuildError, OSError) as error:
        sys.stderr.write(f"Could not build the documents: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
