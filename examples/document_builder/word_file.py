"""Documents as DOCX."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from examples.document_builder.content import Block, Boxed, Document, Grid, Heading, Inline, Listing, Text
from examples.document_builder.sheet_file import _steady_zip


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
