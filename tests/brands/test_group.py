from pathlib import Path

import pytest

from brands import Group, GroupFolderInvalid, ProfileInvalid, UnknownBrand, load_group


def test_reads_the_group_and_its_brands_in_order(small_group: Group) -> None:
    assert small_group.profile.id == "orchard"
    assert list(small_group.brands) == ["alder", "birch"]
    assert small_group.brand_folder("birch").is_dir()


@pytest.mark.parametrize("brand_id", ["Alder", "elm", "", "../alder", "alder "])
def test_refuses_an_unknown_brand_and_names_those_there_are(small_group: Group, brand_id: str) -> None:
    with pytest.raises(UnknownBrand, match="its brands are: alder, birch"):
        small_group.brand_folder(brand_id)


def test_refuses_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(GroupFolderInvalid, match="is no folder"):
        load_group(tmp_path / "nowhere")


def test_refuses_a_folder_without_group_file(tmp_path: Path) -> None:
    with pytest.raises(GroupFolderInvalid, match=r"has no group\.yaml"):
        load_group(tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("id: x\nname: X\nbrands: []\n", "names no brand"),
        ("- just\n- a list\n", "id: it is missing"),
        ("id: x\nname: [", "cannot be read as YAML: line 2, column 8: expected"),
        ("id: x\nname: X\nbrands: [../../etc]\n", "brands"),
        ("id: x\nname: X\nbrands: [a]\nsecret: 1\n", "secret"),
    ],
)
def test_refuses_a_group_file_that_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "group.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GroupFolderInvalid) as caught:
        load_group(tmp_path)
    assert complaint in str(caught.value)


def test_refuses_a_brand_without_profile(tmp_path: Path) -> None:
    (tmp_path / "group.yaml").write_text("id: x\nname: X\nbrands: [elm]\n", encoding="utf-8")
    with pytest.raises(ProfileInvalid, match=r"brand\.yaml is missing"):
        load_group(tmp_path)


def _with_regions(group: Group, text: str) -> Path:
    path = group.folder / "group.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return group.folder


def test_reads_regions_and_knows_where_their_documents_lie(small_group: Group) -> None:
    group = load_group(_with_regions(small_group, "regions: {europe: {markets: [gb, de]}}\n"))
    assert group.profile.regions["europe"].markets == ("gb", "de")
    assert group.region_documents_folder("europe") == group.folder / "regions" / "europe" / "documents"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("regions: {europe: {markets: []}}\n", "regions.europe.markets"),
        ("regions: {europe: {markets: [germany]}}\n", "regions.europe.markets"),
        ("regions: {../europe: {markets: [de]}}\n", "regions"),
        ("regions: {europe: {markets: [de], colour: red}}\n", "colour"),
    ],
)
def test_refuses_a_region_that_is_wrong(small_group: Group, text: str, complaint: str) -> None:
    with pytest.raises(GroupFolderInvalid, match=complaint):
        load_group(_with_regions(small_group, text))


def test_refuses_a_regions_folder_that_group_yaml_does_not_name(small_group: Group) -> None:
    (small_group.folder / "regions" / "asia" / "documents").mkdir(parents=True)
    with pytest.raises(GroupFolderInvalid, match="does not name"):
        load_group(small_group.folder)
