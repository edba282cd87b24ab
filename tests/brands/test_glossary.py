from pathlib import Path

import pytest

from brands import GroupFolderInvalid, load_group
from brands.glossary import load_glossary, merge_glossaries
from tests.conftest import write_small_group


def test_a_missing_glossary_is_empty(tmp_path: Path) -> None:
    assert load_glossary(tmp_path / "glossary.yaml") == {}


def test_a_brand_adds_to_the_groups_words(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    (folder / "glossary.yaml").write_text("en: {tyre: [tire]}\n", encoding="utf-8")
    (folder / "brands" / "alder" / "glossary.yaml").write_text("en: {bonnet: [hood]}\n", encoding="utf-8")
    glossaries = load_group(folder).glossaries
    assert [entry.term for entry in glossaries["alder"]["en"]] == ["tyre", "bonnet"]
    assert [entry.term for entry in glossaries["birch"]["en"]] == ["tyre"]


@pytest.mark.parametrize("text", ["en: [tyre, tire]", "english: {tyre: [tire]}", "en: {tyre: tire}", "en: {", "- x"])
def test_refuses_a_glossary_that_is_wrong(tmp_path: Path, text: str) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GroupFolderInvalid) as caught:
        load_glossary(path)
    assert "glossary.yaml" in str(caught.value)


def test_norwegian_is_a_language(tmp_path: Path) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text("no: {dekk: [bildekk]}\n", encoding="utf-8")
    assert [entry.term for entry in load_glossary(path)["no"]] == ["dekk"]


def test_merging_with_nothing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text("en: {tyre: [tire]}\nde: {Reifen: [Pneu]}\n", encoding="utf-8")
    glossary = load_glossary(path)
    assert merge_glossaries(glossary, {}) == glossary == merge_glossaries({}, glossary)
