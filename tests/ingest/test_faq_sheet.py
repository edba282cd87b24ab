import pytest

from ingest.document import Block, LoadedDocument, RowScope
from ingest.errors import (
    DocumentDamaged,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentTooLarge,
    DocumentUnsafe,
    UnsupportedFormat,
)
from ingest.loaders.faq_sheet import load_csv, load_xlsx
from ingest.loaders.limits import LoadLimits
from ingest.loaders.office import load_docx
from tests.ingest.made_documents import make_docx, make_xlsx, make_zip

LIMITS = LoadLimits()


def pairs(loaded: LoadedDocument) -> list[tuple[str | None, str]]:
    return [(block.question, block.text) for block in loaded.blocks if block.kind == "faq"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_sheet_of_any_delimiter_and_encoding_is_read(delimiter: str, encoding: str) -> None:
    rows = [("Frage", "Antwort"), ("Wie groß?", '"Sehr, sehr; groß | breit"'), ("Was kostet es?", "5000 Euro")]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    assert pairs(load_csv(content, LIMITS)) == [
        ("Wie groß?", "Sehr, sehr; groß | breit"),
        ("Was kostet es?", "5000 Euro"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "question,answer",
        "Question , ANSWER",
        "Frage,Antwort",
        "Domanda,Risposta",
        "Pregunta,Respuesta",
        "Question,Réponse",
    ],
)
def test_header_words_of_every_language_are_known(header: str) -> None:
    assert pairs(load_csv(f"{header}\nq?,a.".encode(), LIMITS)) == [("q?", "a.")]


def test_scope_columns_belong_to_their_row() -> None:
    content = b"question,answer,model,model_year,market,language\nq1,a1,Ridge,2025,gb,en\nq2,a2,,,,\n"
    scopes = [block.row_scope for block in load_csv(content, LIMITS).blocks]
    assert scopes == [RowScope("en", "gb", "Ridge", "2025"), None]


def test_other_columns_and_rows_without_answer_are_told() -> None:
    loaded = load_csv(b"id,question,answer\n7,q1,a1\n8,q2,\n", LIMITS)
    assert pairs(loaded) == [("q1", "a1")]
    assert "'id' is not used" in loaded.notes[0]
    assert "row 3 has no answer" in loaded.notes[1]


def test_category_column_becomes_a_heading() -> None:
    loaded = load_csv(b"category,question,answer\nTyres,q1,a1\nTyres,q2,a2\nOil,q3,a3\n", LIMITS)
    assert [block.text for block in loaded.blocks] == ["Tyres", "a1", "a2", "Oil", "a3"]


def test_sheet_of_something_else_is_a_table() -> None:
    [block] = load_csv(b"Load,Front\nNormal,2.3 bar\n", LIMITS).blocks
    assert block == Block(
        "table",
        "| Load | Front |\n|---|---|\n| Normal | 2.3 bar |",
        header="| Load | Front |\n|---|---|",
        parts=("| Normal | 2.3 bar |",),
    )


def test_workbook_reads_values_as_they_look() -> None:
    content = make_xlsx([["Domanda", "Risposta", "anno"], ["Quanto?", 5.0, 2025], ["Dove?", "Qui", None]])
    loaded = load_xlsx(content, LIMITS)
    assert pairs(loaded) == [("Quanto?", "5"), ("Dove?", "Qui")]
    assert loaded.blocks[0].row_scope == RowScope(model_year="2025")


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(DocumentTooLarge, match="10 rows"):
        load_csv(b"a,b\n" * 11, LoadLimits(rows=10))


def test_empty_sheets_are_refused() -> None:
    with pytest.raises(DocumentEmpty):
        load_csv(b",,,\n,,\n", LIMITS)
    with pytest.raises(DocumentEmpty):
        load_xlsx(make_xlsx([]), LIMITS)


def test_word_document_keeps_headings_tables_steps_and_warnings() -> None:
    loaded = load_docx(make_docx(), LIMITS)
    assert loaded.title == "Alder warranty"
    assert [(block.kind, block.text) for block in loaded.blocks[1:]] == [
        ("heading", "Length"),
        ("paragraph", "The warranty lasts 5 years or 150,000 km."),
        ("table", "| Part | Time |\n|---|---|\n| Paint | 3 years |"),
        ("heading", "Claims"),
        ("list", "1. Visit a workshop.\n2. Show the service book."),
        ("warning", "> **WARNING** Do not repair the airbag yourself."),
    ]


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"word/other.xml": b"<a/>"}, UnsupportedFormat),
        ({"word/document.xml": b"<a/>", "../../evil.txt": b"x"}, DocumentUnsafe),
        ({"word/document.xml": b"<a/>", "C:/evil.txt": b"x"}, DocumentUnsafe),
        ({"word/document.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, DocumentUnsafe),
        ({"word/document.xml": "<!DOCTYPE a><a/>".encode("utf-16")}, DocumentUnsafe),
        ({"word/document.xml": b"0" * 3_000_000}, DocumentTooLarge),
        ({"word/document.xml": b"<a/>", **{f"word/{n}.bin": b"" for n in range(60)}}, DocumentTooLarge),
    ],
)
def test_hostile_archives_are_refused_before_they_are_unpacked(parts: dict[str, bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        load_docx(make_zip(parts), LoadLimits(unpacked_bytes=1_000_000, entries=50))


def test_broken_and_encrypted_archives_are_refused() -> None:
    with pytest.raises(DocumentDamaged):
        load_docx(make_docx()[:3000], LIMITS)
    with pytest.raises(DocumentEncrypted):
        load_xlsx(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, LIMITS)
