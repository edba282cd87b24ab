import io
from collections.abc import Callable

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml

from ingest.loaders.limits import LoadLimits
from ingest.loaders.office import load_docx
from tests.ingest.made_documents import make_docx, make_zip, parts_of

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def read(fill: Callable[[Document], None]) -> list[str]:
    document = docx.Document()
    fill(document)
    file = io.BytesIO()
    document.save(file)
    return [block.text for block in load_docx(file.getvalue(), LoadLimits()).blocks]


def paragraph(inside: str) -> list[str]:
    """What is read of a paragraph in Word's own words."""
    return read(lambda document: document.element.body.insert(0, parse_xml(f"<w:p {_WORD} {_MATH}>{inside}</w:p>")))


def test_steps_go_on_after_what_stands_between_them() -> None:
    def fill(document: Document) -> None:
        for text in ("Stop.", "Open."):
            document.add_paragraph(text, style="List Number")
        document.add_paragraph("Mind the fan.")
        document.add_paragraph("Fill.", style="List Number")
        document.add_paragraph("Gloves", style="List Bullet")

    assert read(fill) == ["1. Stop.\n2. Open.", "Mind the fan.", "3. Fill.", "- Gloves"]


def test_list_that_starts_anew_is_numbered_from_its_start() -> None:
    levels = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl>'
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'

    def fill(document: Document) -> None:
        numbering = document.part.numbering_part.element
        numbering.insert(0, parse_xml(f'<w:abstractNum {_WORD} w:abstractNumId="99">{levels}</w:abstractNum>'))
        for number, override in (("101", ""), ("102", restart)):
            inside = f'<w:abstractNumId w:val="99"/>{override}'
            numbering.append(parse_xml(f'<w:num {_WORD} w:numId="{number}">{inside}</w:num>'))
            for text in ("Stop.", "Open."):
                step = parse_xml(f'<w:numPr {_WORD}><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>')
                document.add_paragraph(text)._p.get_or_add_pPr().append(step)
            document.add_paragraph("Then:")

    assert read(fill) == ["1. Stop.\n2. Open.", "Then:", "5. Stop.\n6. Open.", "Then:"]


def test_hidden_text_is_left_out() -> None:
    draft = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>ask legal first </w:t></w:r>"
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>5 years</w:t></w:r>'
    assert paragraph(draft + shown) == ["5 years"]


def test_moved_text_is_read_where_it_stands_now() -> None:
    gone = '<w:moveFrom w:id="1" w:author="a"><w:r><w:t>Open. </w:t></w:r></w:moveFrom>'
    come = '<w:moveTo w:id="2" w:author="a"><w:r><w:t> Open.</w:t></w:r></w:moveTo>'
    assert paragraph(f"{gone}<w:r><w:t>Stop.</w:t></w:r>{come}") == ["Stop. Open."]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:r><m:t>120 Nm</m:t></m:r>", "120 Nm"),
        ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>a+b</m:t></m:r></m:den></m:f>", "1/(a+b)"),
        ("<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>3</m:t></m:r></m:sup></m:sSup>", "10³"),
        ("<m:rad><m:e><m:r><m:t>2</m:t></m:r></m:e></m:rad>", "√2"),
    ],
)
def test_formula_is_read_in_one_line(formula: str, text: str) -> None:
    assert paragraph(f"<m:oMath>{formula}</m:oMath>") == [text]
    assert paragraph(f"<m:oMathPara><m:oMath>{formula}</m:oMath></m:oMathPara>") == [text]


def test_damaged_part_that_holds_no_words_is_no_fault() -> None:
    theme = b"<a>theme</a>".rjust(9000)
    content = make_zip({**parts_of(make_docx()), "word/theme/theme9.xml": theme}, packed=False)
    damaged = content.replace(b"<a>theme</a>", b"<a>thXme</a>")
    assert damaged != content
    assert load_docx(damaged, LoadLimits()).title == "Alder warranty"


def test_main_part_of_another_number_is_read() -> None:
    parts = parts_of(make_docx())
    parts["word/document2.xml"] = parts.pop("word/document.xml")
    for name in ("_rels/.rels", "[Content_Types].xml"):
        parts[name] = parts[name].replace(b"word/document.xml", b"word/document2.xml")
    parts["word/_rels/document2.xml.rels"] = parts.pop("word/_rels/document.xml.rels")
    assert load_docx(make_zip(parts), LoadLimits()).title == "Alder warranty"
