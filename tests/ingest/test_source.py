import json
import os
import sys
from pathlib import Path

import pytest

from brands import Group, UnknownBrand, load_group
from ingest.errors import DocumentFailed
from ingest.source import Discovery, discover_documents, read_bytes, source_of, topic_path


@pytest.fixture
def documents(small_group: Group) -> Path:
    return small_group.brand_folder("alder") / "documents"


def found(group: Group) -> Discovery:
    return discover_documents(group, "alder")


def test_inherited_and_own_documents_are_found_and_no_sister_s(small_group: Group) -> None:
    ids = [one.document_id for one in found(small_group).documents]
    assert ids == ["faq.csv", "group/driving-abroad.md", "grove-manual.md"]
    assert {one.document_id: one.level for one in found(small_group).documents}["group/driving-abroad.md"] == "group"


def test_unknown_brand_is_refused(small_group: Group) -> None:
    with pytest.raises(UnknownBrand):
        discover_documents(small_group, "elm")


def test_scope_files_of_parent_folders_are_layers_farthest_first(small_group: Group, documents: Path) -> None:
    inner = documents / "manuals" / "old"
    inner.mkdir(parents=True)
    (documents / "_scope.yaml").write_text("language: en\nmarkets: [gb]\n")
    (documents / "manuals" / "_scope.yaml").write_text("markets: [de]\n")
    (inner / "_scope.yaml").write_text("files: {a.md: {model_years: [2024]}}\n")
    (inner / "a.md").write_text("text")
    document = next(one for one in found(small_group).documents if one.document_id == "manuals/old/a.md")
    assert [dict(layer) for layer in document.layers if layer] == [
        {"language": "en", "markets": ["gb"]},
        {"markets": ["de"]},
        {"model_years": [2024]},
    ]


def test_wrong_scope_file_fails_its_folder_and_no_other(small_group: Group, documents: Path) -> None:
    (documents / "manuals").mkdir()
    (documents / "manuals" / "_scope.yaml").write_text("colour: red\n")
    (documents / "manuals" / "a.md").write_text("text")
    discovery = found(small_group)
    assert "colour" in discovery.failures["manuals/_scope.yaml"]
    assert discovery.failures["manuals/a.md"] == "the _scope.yaml of its folder cannot be used; correct that file"
    assert "faq.csv" in [one.document_id for one in discovery.documents]


def test_scope_file_that_names_a_missing_file_is_told(small_group: Group, documents: Path) -> None:
    (documents / "_scope.yaml").write_text("files: {gone.pdf: {language: en}}\n")
    assert any("gone.pdf" in name for name in found(small_group).failures)


def test_hidden_files_are_skipped_and_unsupported_ones_fail(small_group: Group, documents: Path) -> None:
    (documents / ".DS_Store").write_text("x")
    (documents / "~$faq.xlsx").write_text("x")
    (documents / "film.mp4").write_text("x")
    (documents / "old.doc").write_text("x")
    discovery = found(small_group)
    assert set(discovery.skipped) == {".DS_Store", "~$faq.xlsx"}
    assert "not read" in discovery.failures["film.mp4"]
    assert "save it as .docx" in discovery.failures["old.doc"]


def test_links_that_leave_the_folder_fail_and_inner_ones_are_read(
    small_group: Group, documents: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (documents / "out.md").symlink_to(tmp_path / "secret.md")
    (documents / "sister").symlink_to(small_group.brand_folder("birch") / "documents")
    (documents / "broken.md").symlink_to(documents / "nothing.md")
    (documents / "in.md").symlink_to(documents / "grove-manual.md")
    discovery = found(small_group)
    assert set(discovery.failures) == {"out.md", "sister", "broken.md"}
    assert "in.md" in [one.document_id for one in discovery.documents]


def test_a_loop_of_links_ends(small_group: Group, documents: Path) -> None:
    (documents / "loop").symlink_to(documents)
    (documents / "again").symlink_to(documents / "..")
    before = len(found(small_group).documents)
    discovery = found(small_group)
    assert "searched already" in discovery.skipped["loop"]
    assert "leaves the documents folder" in discovery.failures["again"]
    assert len(discovery.documents) == before == len({one.path for one in discovery.documents})


@pytest.mark.parametrize("name", ["group", "region", "web"])
def test_a_brand_may_not_have_a_folder_with_the_name_of_a_layer(small_group: Group, documents: Path, name: str) -> None:
    (documents / name).mkdir()
    (documents / name / "driving-abroad.md").write_text("mine")
    discovery = found(small_group)
    assert "may not be called" in discovery.failures[name]
    assert sum(one.document_id == "group/driving-abroad.md" for one in discovery.documents) == 1


def with_region(group: Group) -> tuple[Group, Path]:
    path = group.folder / "group.yaml"
    path.write_text(path.read_text() + "regions: {europe: {markets: [gb, de]}}\n")
    documents = group.folder / "regions" / "europe" / "documents"
    documents.mkdir(parents=True)
    return load_group(group.folder), documents


def test_documents_of_a_region_hold_for_its_markets(small_group: Group) -> None:
    group, folder = with_region(small_group)
    (folder / "roadside.md").write_text("text")
    document = next(one for one in found(group).documents if one.level == "region")
    assert document.document_id == "region/europe/roadside.md"
    assert document.layers[0] == {"markets": ["gb", "de"]}


@pytest.mark.parametrize(
    ("document_id", "path", "source"),
    [
        ("group/a/b.md", "a/b.md", "group"),
        ("region/europe/a/b.md", "a/b.md", "region/europe"),
        ("a/b.md", "a/b.md", "documents"),
        ("web/help/host/a", "web/help/host/a", "web/help"),
    ],
)
def test_layer_and_path_of_a_document(document_id: str, path: str, source: str) -> None:
    assert (topic_path(document_id), source_of(document_id)) == (path, source)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system takes Unicode names only")
def test_name_in_another_encoding_is_told_in_letters_that_can_be_written(small_group: Group, documents: Path) -> None:
    (documents / "_scope.yaml").write_text("langage: en\n")
    for name in (b"stra\xdfe.md", b".\xff"):
        Path(os.fsdecode(os.fsencode(documents) + b"/" + name)).write_text("x")
    discovery = found(small_group)
    assert "rename it" in discovery.failures["stra\\udcdfe.md"]
    json.dumps([dict(discovery.failures), dict(discovery.skipped)], ensure_ascii=False).encode()


def test_scope_file_of_another_encoding_is_told_what_to_do(small_group: Group, documents: Path) -> None:
    (documents / "_scope.yaml").write_bytes("title: Straße\n".encode("utf-16"))
    assert found(small_group).failures["_scope.yaml"] == "_scope.yaml is not UTF-8; save it as UTF-8"


def test_control_characters_in_a_name_fail(small_group: Group, documents: Path) -> None:
    (documents / "a\nb.md").write_text("x")
    assert any("control characters" in reason for reason in found(small_group).failures.values())


def test_a_file_that_vanished_is_a_failure_of_its_own(small_group: Group) -> None:
    document = found(small_group).documents[0]
    document.path.unlink()
    with pytest.raises(DocumentFailed, match="cannot be read"):
        read_bytes(document, 100)
