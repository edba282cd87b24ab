from dataclasses import replace
from pathlib import Path

import pytest

from brands import BrandProfile, Group
from brands.scope import Level
from ingest.document import Block, LoadedDocument, RowScope
from ingest.document_language import find_language, language_of, parts_by_language, tell_rows_apart
from ingest.loaders.html import load_html
from ingest.pipeline import Pipeline

GERMAN = "Prüfen Sie den Luftdruck der Reifen jeden Monat, immer bei kalten Reifen und vor jeder langen Fahrt."
ENGLISH = "Check the pressures every month when the tyres are cold, and before every long journey."
FRENCH = "Vérifiez la pression des pneus chaque mois, toujours à froid, et avant chaque long trajet."


@pytest.fixture
def alder(small_group: Group) -> BrandProfile:
    return small_group.brand("alder")  # speaks English, its default, and German


def loaded(text: str, language: str | None = None) -> LoadedDocument:
    return LoadedDocument((Block("paragraph", text),), language=language)


def declared(head: str) -> str | None:
    return load_html(f"{head}<body><p>Text.</p></body></html>".encode()).language


@pytest.mark.parametrize(
    ("head", "language"),
    [
        ("<html lang='de'>", "de"),
        ("<!DOCTYPE html><html class='x' LANG='DE-at'>", "de"),
        ("<html xmlns='http://www.w3.org/1999/xhtml' xml:lang='fr'>", "fr"),
        ("<html><head><meta http-equiv='Content-Language' content='es'></head>", "es"),
        ("<html>", None),
        ("<html lang=''>", None),
        ("<html lang='de' xml:lang='en'>", "de"),
        ("<html><head><meta http-equiv='content-language' content='de, en'></head>", None),
        ("<html lang='deu'>", None),
        ("<html lang='{{ lang }}'>", None),
    ],
)
def test_a_page_declares_its_language(head: str, language: str | None) -> None:
    assert declared(head) == language


def test_what_is_said_of_a_document_wins_and_the_difference_is_told(alder: BrandProfile) -> None:
    found = find_language("en", loaded(GERMAN, "de"), alder, "brand")
    assert (found.code, found.origin) == ("en", "scope")
    assert found.note is not None
    assert "reads as 'de'" in found.note
    assert find_language("de", loaded(GERMAN), alder, "brand").note is None


def test_the_page_s_declaration_counts_where_nothing_is_said(alder: BrandProfile) -> None:
    found = find_language(None, loaded("GT 3000", "de"), alder, "brand")
    assert (found.code, found.origin, found.note) == ("de", "page", None)


def test_a_declaration_that_the_text_contradicts_is_told(alder: BrandProfile) -> None:
    found = find_language(None, loaded(GERMAN, "en"), alder, "brand")
    assert (found.code, found.origin) == ("en", "page")
    assert "`language: de`" in str(found.note)


def test_the_text_tells_where_nothing_is_declared(alder: BrandProfile) -> None:
    assert find_language(None, loaded(GERMAN), alder, "brand").code == "de"
    assert find_language(None, loaded(GERMAN, "pt"), alder, "brand").origin == "text"
    assert find_language(None, loaded(ENGLISH), alder, "brand").code == "en"


def test_own_text_in_a_language_that_the_brand_does_not_speak_is_told(alder: BrandProfile) -> None:
    found = find_language(None, loaded(FRENCH, "fr"), alder, "brand")
    assert (found.code, found.origin) == ("en", "brand")
    assert "does not speak" in str(found.note)


def test_inherited_text_keeps_a_language_that_the_brand_does_not_speak(alder: BrandProfile) -> None:
    assert find_language(None, loaded("GT 3000", "fr"), alder, "group").code == "fr"
    assert find_language(None, loaded(FRENCH), alder, "group").code == "fr"


@pytest.mark.parametrize("text", ["GT 3000", "AC-1001 | 399,00 | AC-1002 | 289,99", "https://de.example/reifen/druck"])
def test_too_few_words_tell_nothing(text: str, alder: BrandProfile) -> None:
    found = find_language(None, loaded(text), alder, "brand")
    assert (found.code, found.origin, found.note) == ("en", "brand", None)


def test_a_document_in_two_languages_is_in_neither(alder: BrandProfile) -> None:
    halves = [*[Block("paragraph", ENGLISH)] * 60, *[Block("paragraph", GERMAN)] * 60]
    assert language_of(halves, alder) is None
    assert language_of(halves[:60], alder) == "en"


@pytest.mark.parametrize(
    "names",
    [
        "Golf Passat Tiguan Touareg Arteon Polo Up Sharan Touran Caddy Amarok ID Buzz Taigo Jetta Scirocco",
        "Rover GT-Line quattro S-Tronic TDI AWD ABS ESP AHC NVH Xenon LED Matrix Bluetooth CarPlay WLTP NEDC",
    ],
)
def test_a_list_of_names_is_in_no_other_language(names: str, alder: BrandProfile) -> None:
    levels: tuple[Level, ...] = ("brand", "group")
    for level in levels:
        found = find_language(None, loaded(names), alder, level)
        assert (found.code, found.note) == ("en", None)
    assert find_language("en", loaded(names), alder, "brand").note is None


def test_sheets_and_chapters_in_another_language_are_parts_of_their_own(alder: BrandProfile) -> None:
    def chapter(title: str, text: str) -> tuple[Block, ...]:
        return Block("heading", title, level=1), Block("paragraph", text)

    book = LoadedDocument(
        (*chapter("A", ENGLISH), *chapter("B", GERMAN), *chapter("C", "GT 3000"), *chapter("D", FRENCH))
    )
    language = find_language(None, book, alder, "brand")
    parts = parts_by_language(book, language, alder)
    assert [(blocks[0].text, code) for blocks, code in parts] == [("A", "en"), ("B", "de"), ("C", "en")]
    assert tuple(block for blocks, _ in parts for block in blocks) == book.blocks
    said = find_language("de", book, alder, "brand")
    assert parts_by_language(book, said, alder) == ((book.blocks, "de"),)


def test_a_workbook_answers_each_sheet_in_its_language(pipeline: Pipeline, documents: Path) -> None:
    (documents / "all.md").write_text(f"# Tyres\n\n{ENGLISH}\n\n# Reifen\n\n{GERMAN}\n")
    report = pipeline.ingest("alder", publish=True, created_by="tester")
    found = [one for one in pipeline.view("alder").passages if one.document_id == "all.md"]
    assert [(one.position, one.scope.language) for one in found] == [(0, "en"), (1, "de")]
    assert "'Reifen' is in 'de'" in str(report.documents["all.md"].reason)


def test_rows_of_a_sheet_in_several_languages_are_told_one_by_one(alder: BrandProfile) -> None:
    said = [ENGLISH, GERMAN, "GT 3000", FRENCH]
    rows = tuple(Block("faq", text, question="1?", row=number) for number, text in enumerate(said, start=2))
    sheet = LoadedDocument(rows)
    language = find_language(None, sheet, alder, "brand")
    told = tell_rows_apart(sheet, replace(language, code="en"), alder)
    assert [one.row_scope for one in told.blocks] == [None, RowScope(language="de"), None, None]
    assert told.notes == ("by their text, row 3 is in 'de'; a column `language` would say so",)
    whole = LoadedDocument(rows[:1] * 3)
    assert tell_rows_apart(whole, find_language(None, whole, alder, "brand"), alder) is whole


def test_rows_that_name_their_language_do_not_tell_that_of_the_sheet(alder: BrandProfile) -> None:
    rows = [Block("faq", GERMAN, question="Wie oft?", row_scope=RowScope(language="de"))]
    assert language_of(rows, alder) is None
    assert language_of([Block("faq", GERMAN, question="Wie oft?", row_scope=RowScope(market="de"))], alder) == "de"


def test_the_report_tells_each_language_and_what_told_it(pipeline: Pipeline, documents: Path) -> None:
    (documents / "declared.html").write_text("<html lang='de'><h1>GT</h1><p>GT 3000</p></html>")
    (documents / "told.txt").write_text(GERMAN)
    (documents / "short.txt").write_text("GT 3000")
    report = pipeline.ingest("alder", publish=True, created_by="tester")
    found = {name: (one.language, one.language_origin) for name, one in report.documents.items()}
    assert found["declared.html"] == ("de", "page")
    assert found["told.txt"] == ("de", "text")
    assert found["short.txt"] == ("en", "brand")
    assert found["grove-manual.md"] == ("en", "scope")
    again = pipeline.ingest("alder", publish=True, created_by="tester")  # from the cache
    assert {name: (one.language, one.language_origin) for name, one in again.documents.items()} == found
