"""Scanned pages, read with Debian's tessdata where it is installed."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pydantic import ValidationError
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import DocumentEmpty
from ingest.loaders.limits import TextRecognition
from ingest.loaders.pdf import load_pdf
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings

DATA = next(iter(sorted(Path("/usr/share").glob("tesseract-ocr/*/tessdata/eng.traineddata"))), None)
needs_data = pytest.mark.skipif(DATA is None, reason="no tessdata here: install Debian's `tesseract-ocr-eng`")


def make_scan() -> bytes:
    """A page of text, and a page that is a picture of text with a stamped number."""
    picture = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(
        ["SERVICE BULLETIN 17", "The inlet valve is replaced when the machine", "draws less than 2.5 litres."]
    ):
        draw.text((150, 200 + 70 * number), line, font=ImageFont.load_default(size=40), fill=0)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(60, 780, "Cover letter: the bulletin is on the next page.")
    canvas.showPage()
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.drawString(290, 30, "- 2 -")
    canvas.save()
    return file.getvalue()


@needs_data
def test_scanned_page_is_read_and_the_editor_is_told() -> None:
    assert DATA is not None
    with Sandbox(IngestSettings(workers=1, ocr_data_folder=DATA.parent)) as sandbox:
        found = sandbox.load("scan.pdf", make_scan())
    [letter, bulletin] = found.blocks
    assert (letter.page, letter.text) == (1, "Cover letter: the bulletin is on the next page.")
    assert bulletin.page == 2
    assert "The inlet valve is replaced when the machine draws less than 2.5 litres." in bulletin.text
    assert found.notes == ("read by text recognition; look whether it is right: page 2",)


@needs_data
def test_scanned_page_is_announced_as_many_pages() -> None:
    assert DATA is not None
    told: list[int] = []
    load_pdf(make_scan(), told.append, TextRecognition(str(DATA.parent), "eng"))
    assert told == [2, 27]


def test_scan_without_recognition_is_told(tmp_path: Path) -> None:
    for recognition in (None, TextRecognition(str(tmp_path), "eng")):
        found = load_pdf(make_scan(), lambda _pages: None, recognition)
        assert found.notes == ("no text on page 2",)


def test_document_that_is_a_scan_as_a_whole_says_what_to_do() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawImage(ImageReader(Image.new("L", (100, 100), 255)), 0, 0, *A4)
    canvas.save()
    with (
        Sandbox(IngestSettings(workers=1)) as sandbox,
        pytest.raises(DocumentEmpty, match="MARQUE_INGEST_OCR_DATA_FOLDER"),
    ):
        sandbox.load("scan.pdf", file.getvalue())


def test_missing_data_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"xyz\.traineddata is missing"):
        IngestSettings(ocr_data_folder=tmp_path, ocr_languages="xyz")
