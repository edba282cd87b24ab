import io
import os
import signal
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ingest.errors import (
    DOCUMENT_ERRORS,
    DocumentEmpty,
    DocumentFailed,
    DocumentOutOfMemory,
    DocumentTimedOut,
    DocumentTooLarge,
    LoaderCrashed,
    UnsupportedFormat,
)
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from tests.ingest.made_documents import make_docx, make_pdf, make_xlsx

HOSTILE_SUFFIXES = {".pdf", ".docx", ".xlsx", ".xls", ".doc", ".pptx"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(IngestSettings()) as made:
        yield made


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b"# Title\n\ntext"),
        ("a.txt", b"text"),
        ("a.html", b"<p>text</p>"),
        ("a.csv", b"question,answer\nq,a\n"),
        ("a.pdf", make_pdf()),
        ("a.docx", make_docx()),
        ("a.xlsx", make_xlsx([["a", "b"], ["c", "d"]])),
        ("A.PDF", make_pdf()),
    ],
)
def test_every_format_comes_back_as_blocks(sandbox: Sandbox, name: str, content: bytes) -> None:
    assert sandbox.load(name, content).blocks


def test_one_child_reads_several_documents(sandbox: Sandbox) -> None:
    sandbox.load("a.md", b"one")
    before = children()
    for _ in range(5):
        sandbox.load("a.md", b"two")
    assert children() == before


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.md", b"", DocumentEmpty),
        ("a.md", b"***\n---\n", DocumentEmpty),
        ("a.exe", b"MZ", UnsupportedFormat),
        ("a", b"text", UnsupportedFormat),
        ("a.pdf", b"plain text", UnsupportedFormat),
        ("a.md", make_pdf(), UnsupportedFormat),
        ("a.docx", make_pdf(), UnsupportedFormat),
        ("a.xlsx", make_docx(), UnsupportedFormat),
    ],
)
def test_what_is_no_document_is_refused(
    sandbox: Sandbox, name: str, content: bytes, error: type[DocumentFailed]
) -> None:
    with pytest.raises(error):
        sandbox.load(name, content)


def test_too_large_a_file_is_refused_before_a_child_sees_it() -> None:
    before = children()
    with Sandbox(IngestSettings(max_file_mb=1)) as small, pytest.raises(DocumentTooLarge):
        small.load("a.txt", b"x" * (1024 * 1024 + 1))
    assert children() == before


def endless_sheet() -> bytes:
    """A workbook whose rows unpack slowly."""
    row = b'<row><c t="inlineStr"><is><t>' + b"word " * 20 + b"</t></is></c></row>"
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_xlsx([["a"]]))) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + row * 400_000
        + b"</sheetData></worksheet>"
    )
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_slow_document_is_killed_in_time_and_the_next_one_is_read() -> None:
    with Sandbox(IngestSettings(workers=1, seconds_per_document=1.5, max_rows=10_000_000)) as quick:
        begin = time.monotonic()
        with pytest.raises(DocumentTimedOut):
            quick.load("a.xlsx", endless_sheet())
        assert time.monotonic() - begin < 10
        assert quick.load("a.md", b"text").blocks


def test_memory_limit_is_kept() -> None:
    with Sandbox(IngestSettings(workers=1, memory_mb=64)) as narrow:
        with pytest.raises(DocumentOutOfMemory):
            narrow.load("a.html", b"<p>" + b"<b>x</b>" * 4_000_000)
        assert narrow.load("a.md", b"text").blocks


def test_death_of_the_child_is_a_failure_of_the_document_only() -> None:
    with Sandbox(IngestSettings(workers=1)) as lone:
        before = children()
        lone.load("a.md", b"text")
        [pid] = children() - before
        content = endless_sheet()
        killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(LoaderCrashed, match="died"):
            lone.load("a.xlsx", content)
        killer.join()
        assert lone.load("a.md", b"text").blocks


def test_child_is_told_no_secret_of_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with Sandbox(IngestSettings(workers=1)) as lone:
        before = children()
        lone.load("a.md", b"text")
        [pid] = children() - before
        assert "OPENAI_API_KEY" not in psutil.Process(pid).environ()


def test_closing_ends_the_children() -> None:
    before = children()
    made = Sandbox(IngestSettings(workers=1))
    made.load("a.md", b"text")
    made.close()
    assert children() <= before
    assert made.load("a.md", b"text").blocks
    made.close()


def test_forgetting_the_sandbox_ends_the_children() -> None:
    before = children()
    made = Sandbox(IngestSettings(workers=1))
    made.load("a.md", b"text")
    del made
    assert children() <= before


def test_nested_page_beyond_all_measure_is_a_failure(sandbox: Sandbox) -> None:
    with pytest.raises(DocumentFailed):
        sandbox.load("a.html", b"<div>" * 50_000 + b"text")


def test_every_document_error_crosses_the_process_boundary() -> None:
    def below(error: type[DocumentFailed]) -> set[type[DocumentFailed]]:
        return {error}.union(*(below(one) for one in error.__subclasses__()))

    assert set(DOCUMENT_ERRORS.values()) == below(DocumentFailed)


@pytest.mark.shared_data
def test_every_hostile_file_ends_as_text_or_one_typed_error(shared_data: Path) -> None:
    folder = shared_data.parent / "hostile"
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in HOSTILE_SUFFIXES]
    if not files:
        pytest.skip(f"hostile files absent: put them into {folder} to run this test")
    told: list[str] = []
    with Sandbox(IngestSettings(seconds_per_document=5)) as strict:
        for path in files:
            begin = time.monotonic()
            try:
                assert strict.load(path.name, path.read_bytes()).blocks
            except DocumentFailed as error:
                told.append(str(error))
            assert time.monotonic() - begin < 15
        assert strict.load("a.md", b"text").blocks
    assert all(told)
