"""What stands on several pages or in several columns of a PDF, and what lies across."""

import io
from collections.abc import Callable
from itertools import product

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Table

from ingest.document import Block, LoadedDocument
from ingest.loaders.pdf import load_pdf
from ingest.loaders.pdf_grid import join_lines
from tests.ingest.made_documents import CHAPTER, SECTION, TEXT

SENTENCE = "The pump keeps the water at the temperature of the programme while both spray arms turn. "


def read(content: bytes) -> LoadedDocument:
    return load_pdf(content, lambda _pages: None)


def build(story: list[Flowable], on_page: Callable[[Canvas, BaseDocTemplate], None], columns: int = 1) -> bytes:
    file = io.BytesIO()
    document = BaseDocTemplate(file, pagesize=A4)
    width = (A4[0] - 112 - 20 * (columns - 1)) / columns
    frames = [Frame(56 + at * (width + 20), 56, width, A4[1] - 112, id=str(at)) for at in range(columns)]
    document.addPageTemplates([PageTemplate(id="page", frames=frames, onPage=on_page)])
    document.build(story)
    return file.getvalue()


def header(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(56, A4[1] - 36, "Nordwind DW 620 manual")
    canvas.drawRightString(A4[0] - 56, 30, f"Page {document.page} of 12")


def nothing(_canvas: Canvas, _document: BaseDocTemplate) -> None:
    return


def headings(document: LoadedDocument) -> list[str]:
    return [block.text for block in document.blocks if block.kind == "heading"]


def words(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks)


def test_numbered_headings_that_begin_their_pages_are_kept() -> None:
    story: list[Flowable] = []
    for number in range(1, 9):
        story += [Paragraph(f"3.{number} Fault {number}", SECTION), Paragraph(SENTENCE * 4, TEXT), PageBreak()]
    found = read(build(story, header))
    assert headings(found) == [f"3.{number} Fault {number}" for number in range(1, 9)]
    assert "Nordwind" not in words(found.blocks)
    assert "of 12" not in words(found.blocks)


def test_running_line_of_one_chapter_or_one_side_is_left_out() -> None:
    def lines(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        left = "Nordwind manual" if document.page % 2 else ("Setting up" if document.page < 9 else "Care and cleaning")
        canvas.drawString(56, A4[1] - 36, left)
        canvas.drawRightString(A4[0] - 56, 30, f"{1 + document.page // 9}-{document.page}")

    story: list[Flowable] = []
    for number in range(16):
        story += [Paragraph(f"Topic {number}", SECTION), Paragraph(SENTENCE * (5 + number), TEXT), PageBreak()]
    found = read(build(story, lines))
    assert len(headings(found)) == 16
    assert not {"Nordwind manual", "Setting up", "Care and cleaning", "1-1"} & {one.text for one in found.blocks}


def test_same_first_lines_of_a_text_on_every_page_are_kept() -> None:
    story: list[Flowable] = []
    for country in ("Italy", "France", "Spain", "Poland"):
        story += [Paragraph(SENTENCE * 3 + f"This holds for {country}.", TEXT), PageBreak()]
    found = read(build(story, nothing))
    assert [block.text.count("spray arms") for block in found.blocks] == [3, 3, 3, 3]


def test_table_over_three_pages_is_one_table_and_its_rows_know_their_pages() -> None:
    rows = [["Code", "Meaning"]] + [[f"E{number}", f"Fault of sensor {number}"] for number in range(1, 101)]
    table = Table(rows, colWidths=[80, 300], style=[("GRID", (0, 0), (-1, -1), 0.5, "#888888")])
    found = read(build([Paragraph("Fault codes", CHAPTER), table], header))
    tables = [block for block in found.blocks if block.kind == "table"]
    assert [len(one.parts) for one in tables] == [100]
    [codes] = tables
    assert [page for _, page in codes.page_starts] == [2, 3]
    first_rows = [codes.text[start:].split("\n")[0] for start, _ in codes.page_starts]
    assert all(one in codes.parts for one in first_rows)


def test_sentence_over_a_page_break_knows_where_the_next_page_begins() -> None:
    names = ["".join(letters) for letters in product("bdg", "aeiou", "lmnr", "aeo")]
    content = build([Paragraph(f"First rinse {', then rinse the part with the name '.join(names)}.", TEXT)], header)
    [block] = [one for one in read(content).blocks if names[-1] in one.text]
    assert block.page == 1
    [(begin, page)] = block.page_starts
    assert page == 2
    alone = pdfium.PdfDocument(content)[1].get_textpage()
    second = " ".join(alone.get_text_bounded().split())
    assert block.text[begin : begin + 40] in second
    assert block.text[begin - 40 : begin] not in second


def test_box_in_one_column_leaves_the_text_of_the_other_in_order() -> None:
    box = Table(
        [[Paragraph("<b>WARNING</b> Let the filter cool down.", TEXT)]], style=[("BOX", (0, 0), (-1, -1), 1, "#c4661f")]
    )
    numbered = " ".join(f"Sentence {number} of the long text goes over to the next column." for number in range(60))
    story: list[Flowable] = [Paragraph("Filter", SECTION), Paragraph(numbered, TEXT), box, Paragraph("After.", TEXT)]
    found = read(build(story, nothing, columns=2))
    text = words(found.blocks).replace("\n", " ")
    places = [text.index(f"Sentence {number} of the long text goes over to the next column.") for number in range(60)]
    assert places == sorted(places)
    kinds = [block.kind for block in found.blocks]
    assert kinds.index("warning") == len(kinds) - 2


def test_steps_with_larger_numbers_are_no_headings() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(56, 780, "First rinse")
    for number in range(1, 5):
        height = 780 - 40 * number
        canvas.setFont("Helvetica", 12)
        canvas.drawString(56, height, f"{number} Turn valve {number} of the water supply until the mark")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(70, height - 13, "stands at the top.")
    canvas.setFont("Helvetica", 10)
    for line in range(12):
        canvas.drawString(56, 560 - 14 * line, SENTENCE)
    canvas.save()
    found = read(file.getvalue())
    assert headings(found) == ["First rinse"]
    steps = next(block for block in found.blocks if block.kind == "list")
    assert steps.parts[1] == "2. Turn valve 2 of the water supply until the mark stands at the top."


@pytest.mark.parametrize("turn", [90, 270])
def test_text_that_lies_across_is_not_lost_and_a_watermark_is_left_out(turn: int) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for page in range(4):
        canvas.setFont("Helvetica", 10)
        for line in range(10):
            canvas.drawString(60, 700 - 14 * line, f"{SENTENCE} Page {page}, line {line}.")
        for angle, text in ((45, "Draft for review only"), *([(turn, "The cable is 1.5 m long")] if page == 1 else [])):
            canvas.saveState()
            canvas.translate(500, 300)
            canvas.rotate(angle)
            canvas.drawString(0, 0, text)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    found = read(file.getvalue())
    assert [block.page for block in found.blocks if "cable is 1.5 m" in block.text] == [2]
    assert "Draft for review" not in words(found.blocks)
    assert any("lies across" in note for note in found.notes)


def test_running_line_of_dashes_takes_nothing_with_it() -> None:
    def dashes(canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(56, A4[1] - 62, "- - - - - - - - - - - - - - - - - -")

    story: list[Flowable] = []
    for number in range(5):
        story += [Paragraph(f"“Mode {number}” is set first. {SENTENCE}", TEXT), PageBreak()]
    found = read(build(story, dashes))
    assert [block.text.count("“Mode") for block in found.blocks if "Mode" in block.text] == [1] * 5


def test_cells_that_nearly_touch_are_parted_at_the_line_between_them() -> None:
    rows = [["Level", "Amount", "Days"]] + [
        [f"L{number}", f"{number * 71} GBP", f"{number}"] for number in range(1, 20)
    ]
    table = Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "#888888")])
    [found] = [block for block in read(build([Paragraph(SENTENCE * 4, TEXT), table], nothing)).blocks if block.parts]
    assert found.parts == tuple(f"| {level} | {amount} | {days} |" for level, amount, days in rows[1:])


def test_numbered_bold_lines_larger_than_the_text_are_headings() -> None:
    title = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=22)
    large = ParagraphStyle("large", fontName="Helvetica-Bold", fontSize=14, leading=18)
    steps = ParagraphStyle("steps", parent=TEXT, fontName="Helvetica-Bold")
    names = ["Recovery", "Hotel", "Rental car"]
    story: list[Flowable] = [Paragraph("Mobility policy", title)]
    for number, name in enumerate(names, start=1):
        story += [Paragraph(f"{number}. {name}", large), Paragraph(SENTENCE * 8, TEXT)]
    story += [Paragraph("1. Call the hotline.", steps), Paragraph("2. Wait in a safe place.", steps)]
    found = read(build(story, nothing))
    assert headings(found) == ["Mobility policy", *(f"{number}. {name}" for number, name in enumerate(names, start=1))]
    assert [block.level for block in found.blocks if block.kind == "heading"] == [1, 2, 2, 2]
    assert found.title == "Mobility policy"


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("the code E-", "001 is shown", "the code E-001 is shown"),
        ("by E-", "Mail", "by E-Mail"),
        ("read the Wartungs-", "handbuch", "read the Wartungshandbuch"),
        ("by e-", "mail", "by e-mail"),
        ("the two-", "and four-wheel drive", "the two- and four-wheel drive"),
        ("from 5 -", "7 bar", "from 5 - 7 bar"),
        ("from here", "to there", "from here to there"),
        ("", "first", "first"),
    ],
)
def test_a_word_that_was_parted_by_a_hyphen_is_whole_again(above: str, below: str, joined: str) -> None:
    assert join_lines(above, below) == joined


def test_a_code_that_is_broken_in_a_narrow_cell_is_whole_again() -> None:
    cells = [[Paragraph(text, TEXT) for text in row] for row in (["Code", "Meaning"], ["E-<br/>001", "Sensor fault"])]
    table = Table(cells, colWidths=[60, 300], style=[("GRID", (0, 0), (-1, -1), 0.5, "#888888")])
    [found] = [one for one in read(build([Paragraph(SENTENCE * 4, TEXT), table], nothing)).blocks if one.parts]
    assert found.parts == ("| E-001 | Sensor fault |",)
