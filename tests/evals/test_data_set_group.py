from pathlib import Path

from brands import load_group
from evals.data_set import DataSet, JudgedQuestion, SourceText
from evals.data_set_group import write_group
from ingest.loaders.markdown import load_markdown

DOCUMENTS = (
    SourceText("x", "Tyres: {pressures}", "Tyres: {pressures}\nInflate to 2.4 bar.", "Alder Cars", "en"),
    SourceText("y", "", "Reifen\n---\nDruck prüfen.", "Birch", "de"),
    SourceText("z", "Wheels", "Wheels are round.", "Birch", "en"),
)
DATA_SET = DataSet("cars", "brand", DOCUMENTS, (JudgedQuestion("q", "?", (), "Birch", {"y": 1}),))


def test_every_scope_becomes_a_brand_that_the_product_reads(tmp_path: Path) -> None:
    written = write_group(DATA_SET, tmp_path)
    group = load_group(tmp_path)

    assert list(group.brands) == ["b0-alder-cars", "b1-birch"]
    assert written.brands == {"Alder Cars": "b0-alder-cars", "Birch": "b1-birch"}
    assert group.brand("b1-birch").languages == ("de", "en")
    assert written.documents["b1-birch", "000001.md"] == "z"


def test_title_stands_in_front_once(tmp_path: Path) -> None:
    write_group(DATA_SET, tmp_path)
    loaded = load_markdown((tmp_path / "brands/b0-alder-cars/documents/000000.md").read_bytes())

    assert loaded.metadata == {"language": "en", "title": "Tyres: {pressures}"}
    assert [block.text for block in loaded.blocks] == ["Inflate to 2.4 bar."]


def test_sentence_that_begins_with_the_title_stays_whole(tmp_path: Path) -> None:
    write_group(DATA_SET, tmp_path)

    assert "Wheels are round." in (tmp_path / "brands/b1-birch/documents/000001.md").read_text()


def test_unchanged_documents_are_not_written_again_and_others_go(tmp_path: Path) -> None:
    write_group(DATA_SET, tmp_path)
    kept = tmp_path / "brands/b1-birch/documents/000000.md"
    before = kept.stat().st_mtime_ns
    write_group(DataSet("cars", "brand", DOCUMENTS[:2], DATA_SET.questions), tmp_path)

    assert kept.stat().st_mtime_ns == before
    assert not (tmp_path / "brands/b1-birch/documents/000001.md").exists()
