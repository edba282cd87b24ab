"""Documents as PDF."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Spacer
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import Table as PdfTable

from examples.document_builder.content import (
    Block,
    Boxed,
    BuildError,
    Document,
    Grid,
    Heading,
    Inline,
    Listing,
    Span,
    Text,
    plain,
)

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
