"""Small documents of every format, made by the libraries that people make them with."""

import io
import zipfile

import docx
from openpyxl import Workbook
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer, Table

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
CHAPTER = ParagraphStyle("chapter", fontName="Helvetica-Bold", fontSize=16, leading=20, spaceAfter=8)
SECTION = ParagraphStyle("section", fontName="Helvetica-Bold", fontSize=12.5, leading=15, spaceAfter=5)
SENTENCE = "Check the pressures every month when the tyres are cold, and before every long journey with a full load."


def make_pdf(*, encrypted: bool = False) -> bytes:
    """A manual of three pages with running lines, headings, a ruled table, boxed warnings and steps."""
    story: list[Flowable] = [
        Paragraph("Wheels and tyres", CHAPTER),
        Paragraph("Tyre pressures", SECTION),
        Paragraph(SENTENCE, TEXT),
        _grid([["Load", "Front", "Rear"], ["Normal", "2.3 bar", "2.5 bar"], ["Full", "2.6 bar", "2.9 bar"]]),
        Spacer(1, 8),
        _box("<b>WARNING</b> Never drive with a damaged tyre. It can burst at high speed and the vehicle can leave "
             "the road without any sign before."),
        Spacer(1, 8),
        Paragraph("Changing a wheel", SECTION),
        Paragraph("1. Park on firm, level ground.", TEXT),
        Paragraph("2. Loosen the wheel nuts by half a turn.", TEXT),
        Paragraph("3. Raise the vehicle until the wheel is clear.", TEXT),
        _box("<b>DANGER</b> Never crawl under a vehicle that stands on the jack."),
        PageBreak(),
        Paragraph("Service", CHAPTER),
        Paragraph("Service intervals", SECTION),
        Paragraph("Have the vehicle serviced every 15,000 km or 12 months.", TEXT),
        PageBreak(),
        Paragraph("Towing", SECTION),
        Paragraph("The maximum braked trailer weight is 2,000 kg.", TEXT),
    ]  # fmt: skip
    file = io.BytesIO()
    document = BaseDocTemplate(file, pagesize=A4, title="Alder Grove manual", encrypt="secret" if encrypted else None)
    frame = Frame(56, 56, A4[0] - 112, A4[1] - 112, id="body")
    document.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=_running_lines)])
    document.build(story)
    return file.getvalue()


def make_page(*sentences: str) -> bytes:
    """A page of sentences, with `<super>` and `<sub>` in them, and the first of them in a ruled table too."""
    file = io.BytesIO()
    document = BaseDocTemplate(file, pagesize=A4)
    frame = Frame(56, 56, A4[0] - 112, A4[1] - 112, id="body")
    document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    story = [Paragraph(one, TEXT) for one in (SENTENCE, SENTENCE, *sentences)]
    document.build([*story, _grid([["Load", "Front", "Rear"], ["Full", sentences[0], ""]])])
    return file.getvalue()


def _running_lines(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(56, A4[1] - 36, "Alder Grove running header")
    canvas.drawString(A4[0] / 2, 30, str(document.page))


def _grid(rows: list[list[str]]) -> Table:
    cells = [[Paragraph(cell, TEXT) for cell in row] for row in rows]
    return Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, HexColor("#888888"))], colWidths=[150, 100, 100])


def _box(text: str) -> Table:
    return Table([[Paragraph(text, TEXT)]], style=[("BOX", (0, 0), (-1, -1), 1, HexColor("#c4661f"))], colWidths=[470])


def make_docx() -> bytes:
    """Warranty terms with a title, headings, a list, a table and a warning."""
    document = docx.Document()
    document.add_heading("Alder warranty", level=0)
    document.add_heading("Length", level=1)
    document.add_paragraph("The warranty lasts 5 years or 150,000 km.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["Part", "Time", "Paint", "3 years"], strict=True
    ):
        cell.text = text
    document.add_heading("Claims", level=1)
    document.add_paragraph("Visit a workshop.", style="List Number")
    document.add_paragraph("Show the service book.", style="List Number")
    warning = document.add_paragraph()
    warning.add_run("WARNING").bold = True
    warning.add_run(" Do not repair the airbag yourself.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def make_xlsx(rows: list[list[object]], title: str = "FAQ") -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_zip(parts: dict[str, bytes], *, packed: bool = True) -> bytes:
    """A ZIP archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
