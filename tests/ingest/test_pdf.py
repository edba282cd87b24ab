import pytest

from ingest.document import LoadedDocument
from ingest.errors import DocumentDamaged, DocumentEncrypted
from ingest.loaders.pdf import load_pdf
from tests.ingest.made_documents import SENTENCE, make_page, make_pdf


@pytest.fixture(scope="module")
def manual() -> LoadedDocument:
    return load_pdf(make_pdf(), lambda _pages: None)


def test_headings_keep_their_levels_and_pages(manual: LoadedDocument) -> None:
    found = [(block.text, block.page) for block in manual.blocks if block.kind == "heading"]
    assert found == [
        ("Wheels and tyres", 1), ("Tyre pressures", 1), ("Changing a wheel", 1),
        ("Service", 2), ("Service intervals", 2), ("Towing", 3),
    ]  # fmt: skip
    levels = {block.text: block.level for block in manual.blocks if block.kind == "heading"}
    assert levels["Wheels and tyres"] == levels["Service"] < levels["Tyre pressures"] == levels["Towing"]


def test_ruled_table_becomes_a_markdown_table(manual: LoadedDocument) -> None:
    tables = [block for block in manual.blocks if block.kind == "table"]
    assert [table.text for table in tables] == [
        "| Load | Front | Rear |\n|---|---|---|\n| Normal | 2.3 bar | 2.5 bar |\n| Full | 2.6 bar | 2.9 bar |"
    ]


def test_boxed_warning_is_one_block_apart_from_what_surrounds_it(manual: LoadedDocument) -> None:
    warnings = [block.text for block in manual.blocks if block.kind == "warning"]
    assert warnings == [
        "> **WARNING** Never drive with a damaged tyre. It can burst at high speed and the vehicle can leave the road "
        "without any sign before.",
        "> **DANGER** Never crawl under a vehicle that stands on the jack.",
    ]


def test_steps_stay_in_order(manual: LoadedDocument) -> None:
    steps = next(block for block in manual.blocks if block.kind == "list")
    assert [step[:2] for step in steps.parts] == ["1.", "2.", "3."]


def test_running_headers_and_page_numbers_are_left_out(manual: LoadedDocument) -> None:
    text = "\n".join(block.text for block in manual.blocks)
    assert "running header" not in text
    assert not any(block.text.strip() in {"1", "2", "3"} for block in manual.blocks)
    assert SENTENCE in text


def test_pages_are_announced_before_they_are_read() -> None:
    told: list[int] = []
    load_pdf(make_pdf(), told.append)
    assert told == [3]


def test_encrypted_pdf_is_refused_by_name() -> None:
    with pytest.raises(DocumentEncrypted, match="password"):
        load_pdf(make_pdf(encrypted=True), lambda _pages: None)


def test_damaged_pdf_is_refused() -> None:
    with pytest.raises(DocumentDamaged):
        load_pdf(b"%PDF-1.7\nno objects at all", lambda _pages: None)


def test_text_is_read_without_layout_when_the_layout_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_content: bytes) -> None:
        raise RuntimeError("layout failed")

    monkeypatch.setattr("ingest.loaders.pdf._layout", fail)
    loaded = load_pdf(make_pdf(), lambda _pages: None)
    assert "2,000 kg" in " ".join(block.text for block in loaded.blocks)
    assert {block.page for block in loaded.blocks} == {1, 2, 3}
    assert "only its text" in loaded.notes[0]


def _sentences(*sentences: str) -> str:
    return "\n".join(block.text for block in load_pdf(make_page(*sentences), lambda _pages: None).blocks)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Up to 2.5<super>1</super> bar.", "2.5¹ bar"),
        ("Up to 120<super>2)</super> Nm.", "120²⁾ Nm"),
        ("Up to 5 m<super>2</super> of it.", "5 m² of"),
        ("Up to 10<super>-3</super> g.", "10⁻³ g"),
        ("The 4<super>th</super> of 25 bar.", "4th of 25 bar"),
        ("Some H<sub>2</sub> and 2.51 bar.", "2.51 bar"),
    ],
)
def test_raised_number_is_no_digit_of_the_number_before_it(written: str, read: str) -> None:
    assert _sentences(written).count(read) == 2


def test_word_that_stands_raised_and_plain_on_one_page_stays_as_it_is() -> None:
    assert "2.5¹" not in _sentences("Up to 2.5<super>1</super> bar.", "Never 2.51 bar.")
