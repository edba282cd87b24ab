import io
import re
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from openpyxl import Workbook

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
from ingest.loaders.sheet_cells import count_uncounted
from tests.ingest.made_documents import make_docx, make_xlsx, make_zip, parts_of

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


@pytest.mark.parametrize("delimiter", ["^", "~", "¦", "§"])
def test_a_rare_delimiter_is_known_where_it_parts_question_and_answer(delimiter: str) -> None:
    content = f"Question{delimiter}Answer\nHow loud?{delimiter}105 dB, at 2 m; outside.\n".encode()
    assert pairs(load_csv(content, LIMITS)) == [("How loud?", "105 dB, at 2 m; outside.")]
    [block] = load_csv(f"Size{delimiter}A,Price\n{delimiter}small,12\n".encode(), LIMITS).blocks
    assert block.text.startswith(f"| Size{delimiter}A | Price |")


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_delimiter_that_excel_writes_above_the_sheet_is_no_row_of_it(first: str) -> None:
    loaded = load_csv(f"\ufeff{first}\r\nPart;Price\r\nFilter, oil;12\r\n".encode(), LIMITS)
    assert [block.text for block in loaded.blocks] == ["| Part | Price |\n|---|---|\n| Filter, oil | 12 |"]


@pytest.mark.parametrize("first", ["", "sep=,\n"])
def test_quotation_mark_that_is_never_closed_is_told_with_its_row(first: str) -> None:
    sheet = f'{first}Question,Answer\nOne?,1\nTwo?,"2\nThree?,3\n'
    with pytest.raises(DocumentDamaged, match=f"row {4 if first else 3} is never closed"):
        load_csv(sheet.encode(), LIMITS)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_quotation_mark_that_is_closed_at_the_end_is_no_fault(end: str) -> None:
    assert pairs(load_csv(f'Question,Answer\nOne?,"1, or\n""2"""{end}'.encode(), LIMITS)) == [("One?", '1, or\n"2"')]


def test_a_formula_without_a_value_is_told() -> None:
    loaded = load_xlsx(
        make_xlsx([["Part", "Net", "Gross"], ["Wiper", 10, "=B2*1.2"], ["Filter", 5, "=B3*1.2"]]), LIMITS
    )
    assert loaded.notes == ("formulas without a value: 2; open it in Excel, save it and bring it in again",)


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (b'<c r="A1"><f>1+1</f><v></v></c><c r="A2"><f>1+1</f><v/></c><c r="A3"><f>1+1</f></c>', 3),
        (b'<c r="A1"><f>1+1</f><v>2</v></c><c r="A2"><f t="shared" si="0"/><v>3</v></c><c r="A3"><v>1</v></c>', 0),
        (b'<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>', 0),
        (b'<x:c r="A1"><x:f t="shared" si="0"/></x:c>', 1),
    ],
)
def test_formulas_that_no_program_has_worked_out_are_counted(cells: bytes, count: int) -> None:
    assert count_uncounted(cells) == count


def test_hidden_sheets_are_left_out_and_named() -> None:
    def fill(book: Workbook) -> None:
        book.worksheets[0].append(["Part", "Price"])
        book.worksheets[0].append(["Filter", "12"])
        hidden = book.create_sheet("Margins")
        hidden.append(["secret"])
        hidden.sheet_state = "hidden"

    loaded = load_xlsx(make_book(fill), LIMITS)
    assert "secret" not in str(loaded.blocks)
    assert loaded.notes == ("hidden sheets are left out: 'Margins'",)


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


@pytest.mark.parametrize(
    "header",
    ["Our answer;Kundenfrage", "Antwort an Kunden;Frage des Kunden", "Response;FAQ", "Answer text;Customer question"],
)
def test_header_in_other_words_is_known(header: str) -> None:
    assert pairs(load_csv(f"Nr.;{header};Notes\n1;a;q?;do not tell".encode(), LIMITS)) == [("q?", "a")]


def test_number_of_a_question_and_an_internal_answer_are_not_taken_for_them() -> None:
    loaded = load_csv(b"Question ID,Internal answer,Customer question,Answer for customers\n7,secret,q?,a\n", LIMITS)
    assert pairs(loaded) == [("q?", "a")]
    assert "'Internal answer' is not used" in "; ".join(loaded.notes)


def test_scope_column_in_other_words_is_known() -> None:
    [block] = load_csv(b"Question,Answer,Valid for model\nq?,a,Ridge\n", LIMITS).blocks
    assert block.row_scope == RowScope(model="Ridge")


def test_row_in_several_languages_becomes_a_block_for_each() -> None:
    loaded = load_csv(b"Question (EN),Answer (EN),Frage_DE,Antwort_DE\nq?,a,f?,b\nonly?,english,,\n", LIMITS)
    found = [(block.question, block.text, block.row_scope and block.row_scope.language) for block in loaded.blocks]
    assert found == [("q?", "a", "en"), ("f?", "b", "de"), ("only?", "english", "en")]


def test_rows_are_told_by_their_numbers_in_the_sheet() -> None:
    loaded = load_csv(b"Our questions\n\n\nquestion,answer\nq1,a1\n\nq2,\n", LIMITS)
    assert "row 7 has no answer" in loaded.notes[0]


def make_book(fill: Callable[[Workbook], None]) -> bytes:
    book = Workbook()
    fill(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.15, "0%", "15%"),
        (0.0825, "0.0 %", "8.3 %"),
        (2.675, "0.00", "2.68"),
        (0.1 + 0.2, "General", "0.3"),
        (1.5, "0.##", "1.5"),
        (2.0, "0.0#", "2.0"),
        (2.0, "0.##", "2"),
        (1234, "00000", "01234"),
        (8001234567, "0000 0000000", "0800 1234567"),
        (441632960000, '"+"00 0000 000000', "+44 1632 960000"),
        (1234567, "000-0000", "123-4567"),
        (1234567, '#,##0,"K"', "1234567"),
        (1234567, '0.0,,"M"', "1234567"),
        (1632960000, "[<=9999999]###-####;(###) ###-####", "1632960000"),
        (12.5, '#,##0.00 "€"', "12.50 €"),
        (1234.5, "[$£-809]#,##0.00", "£1,234.50"),
        (-3, '0.0" °C"', "-3.0 °C"),
        (2.3, "General", "2.3"),
        (2.5, '0.0\\ "bar";[Red]-0.0', "2.5 bar"),
        (0.5, "# ?/?", "0.5"),
        (time(9, 30), "h:mm", "09:30"),
        (True, "General", "TRUE"),
    ],
)
def test_cells_read_as_the_workbook_shows_them(value: Any, number_format: str, text: str) -> None:
    def fill(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["Question", "Answer"])
        sheet.append(["How much?", value])
        sheet["B2"].number_format = number_format

    assert pairs(load_xlsx(make_book(fill), LIMITS)) == [("How much?", text)]


def test_merged_cells_hold_for_every_row_and_sheets_keep_their_names() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.title = "Tyres"
        for row in (["Our FAQ"], ["Question", "Answer"], ["Front?", "2.3 bar"], ["Rear?", None], ["Spare?", None]):
            sheet.append(row)
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("B3:B4")
        other = book.create_sheet("Prices")
        for line in (["Prices 2025"], ["Part", "Price"], ["Filter", "12"]):
            other.append(line)

    loaded = load_xlsx(make_book(fill), LIMITS)
    assert pairs(loaded) == [("Front?", "2.3 bar"), ("Rear?", "2.3 bar")]
    assert loaded.notes == ("sheet 'Tyres': row 5 has no answer and is left out: 'Spare?'",)
    assert [block.text for block in loaded.blocks[-2:]] == [
        "Prices 2025",
        "| Part | Price |\n|---|---|\n| Filter | 12 |",
    ]


def test_question_is_one_line_and_the_answer_keeps_its_own() -> None:
    assert pairs(load_csv(b'question,answer\n"How\nlong?","First.\n\nSecond."\n', LIMITS)) == [
        ("How long?", "First.\n\nSecond.")
    ]


def test_raised_number_in_a_cell_is_no_digit_of_the_number_before_it() -> None:
    parts = parts_of(make_xlsx([["Question", "Answer"], ["How much?", "RUNS"]]))
    runs = (
        b"<r><t>Up to 2.5</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>"
        b"<r><rPr><b/></rPr><t xml:space='preserve'> bar</t></r>"
    )
    # As Excel writes it: in a part of its own.
    name = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = b"<sst xmlns='" + name + b"'><si>" + runs + b"</si></sst>"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    told = b"<Override PartName='/xl/sharedStrings.xml' ContentType='" + kind + b"'/></Types>"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", told)
    sheet = "xl/worksheets/sheet1.xml"
    inline = re.compile(rb't="inlineStr"><is><t>RUNS</t></is>')
    parts[sheet] = inline.sub(b't="s"><v>0</v>', parts[sheet])
    assert pairs(load_xlsx(make_zip(parts), LIMITS)) == [("How much?", "Up to 2.5¹ bar")]


def test_error_of_a_formula_is_no_answer() -> None:
    def fill(book: Workbook) -> None:
        for row in (["Question", "Answer"], ["How much?", "#N/A"], ["How many?", "Four"]):
            book.worksheets[0].append(row)

    loaded = load_xlsx(make_book(fill), LIMITS)
    assert pairs(loaded) == [("How many?", "Four")]
    assert "cells with an error such as #N/A are left empty: 1; correct their formulas" in loaded.notes


@pytest.mark.parametrize("place", ["row", "column"])
def test_hidden_rows_and_columns_are_told(place: str) -> None:
    def fill(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["Question", "Answer"])
        sheet.append(["How much?", "5 EUR"])
        (sheet.row_dimensions[2] if place == "row" else sheet.column_dimensions["B"]).hidden = True

    loaded = load_xlsx(make_book(fill), LIMITS)
    assert pairs(loaded) == [("How much?", "5 EUR")]
    assert [one for one in loaded.notes if "hidden" in one]
