"""What an editor is told of a file that cannot be read."""

import pytest

from ingest.errors import DocumentFailed
from ingest.loaders.limits import LoadLimits
from ingest.loaders.registry import load_document
from tests.ingest.made_documents import make_docx, make_pdf, make_xlsx


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("notes", b"text", "its name has no ending that tells the format"),
        ("letter.pages", b"x", ".pages files are not read; save it as .docx"),
        ("photo.JPG", b"x", ".jpg files are not read; put the text of the image into a document"),
        ("all.zip", b"PK\x03\x04", ".zip files are not read; unpack it"),
        ("data.json", b"{}", ".json files are not read; save it as one of .csv"),
        ("manual.pdf", b"<!DOCTYPE html><html>Sign in</html>", "its name ends in .pdf, but it is a web page"),
        ("manual.pdf", b"text", "but it is not a PDF; give it the right name"),
        ("manual.docx", make_xlsx([["Part", "Price"]]), "it is not a Word document, as its name says"),
        ("prices.xlsx", make_docx(), "it is not an Excel workbook, as its name says"),
        ("manual.docx", make_docx()[:900], "the file is damaged or was cut off; open it in its own program"),
        ("manual.pdf", make_pdf()[:700], "the PDF is damaged or was cut off; fetch it again"),
        ("empty.md", b" \n", "the file is empty; fill it, or remove it"),
        ("faq.csv", b"Question;Answer\nHow long?;\n", "none of its questions has an answer; row 2"),
        ("faq.md", b"---\na: b: c\n---\nText.\n", "its front matter is not YAML: line 2, column 5: a second colon"),
        ("faq.md", b"---\n- a\n---\nText.\n", "its front matter does not hold lines such as `language: en`"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(name: str, content: bytes, told: str) -> None:
    with pytest.raises(DocumentFailed) as refused:
        load_document(name, content, LoadLimits(), lambda _pages: None)
    assert told in str(refused.value)
