from datetime import date

import pytest

from brands import BrandProfile, Group, Scope
from ingest.document import RowScope
from ingest.errors import ScopeInvalid
from ingest.metadata import read_metadata, read_scope_file, row_scope, scope_of


@pytest.fixture
def alder(small_group: Group) -> BrandProfile:
    return small_group.brand("alder")


def test_nearer_layer_wins_key_by_key() -> None:
    merged = read_metadata({"language": "de", "markets": ["gb"]}, {"language": "en"}, {"version": 2})
    assert (merged.language, merged.markets, merged.version) == ("en", ("gb",), "2")


def test_norway_and_norwegian_are_no_truth_values() -> None:
    given, _files = read_scope_file("markets: [de, no]\nlanguage: no\n")
    metadata = read_metadata(given)
    assert (metadata.markets, metadata.language) == (("de", "no"), "no")
    assert read_metadata({"markets": False}).markets == ("no",)


def test_one_value_counts_as_a_list() -> None:
    assert read_metadata({"model_years": 2025, "models": "grove"}).model_years == (2025,)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"lang": "en"}, "lang"),
        ({"language": "english"}, "language"),
        ({"model_years": ["soon"]}, "model_years"),
        ({"model_years": [20]}, "no model year"),
        ({"markets": ["Great Britain"]}, "market"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"valid_from": date(2025, 2, 1), "valid_to": date(2025, 1, 1)}, "after"),
        ({"title": ["a"]}, "title"),
    ],
)
def test_unknown_keys_and_wrong_values_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ScopeInvalid, match=told):
        read_metadata(given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"lang": "en"}, "there is no key `lang`; did you mean `language`?"),
        ({"market": "gb"}, "there is no key `market`; did you mean `markets`?"),
        ({"langauge": "de"}, "there is no key `langauge`; did you mean `language`?"),
        ({"language": "english"}, "language: 'english' cannot be used; write a code of two letters, such as de"),
        (
            {"model_years": "2024-2025"},
            "model_years: '2024-2025' cannot be used; write each year, such as [2024, 2025]",
        ),
        ({"valid_to": "1.5.2026"}, "valid_to: '1.5.2026' cannot be used; write a day, such as 2025-12-31"),
    ],
)
def test_an_editor_is_told_what_to_write(given: dict[str, object], told: str) -> None:
    with pytest.raises(ScopeInvalid) as refused:
        read_metadata(given)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("title: Towing: what\n", "line 1, column 14: a second colon; put the value in quotes"),
        ("language: de\n\tmarkets: [de]\n", "a tab; indent with spaces"),
        ("markets: [de\n", "its ] is missing"),
        ("title: 'abc\n", "a quote that is not closed"),
        ("title: @home\n", "put the value in quotes"),
        ("files: [a.md]\n", "`manual.pdf: {language: de}`"),
    ],
)
def test_a_scope_file_that_cannot_be_read_says_where_and_why(content: str, told: str) -> None:
    with pytest.raises(ScopeInvalid) as refused:
        read_scope_file(content)
    assert told in str(refused.value)


def test_scope_takes_the_brand_s_language_and_model_ids(alder: BrandProfile) -> None:
    metadata = read_metadata({"models": ["Grove"], "markets": ["GB"], "valid_to": date(2026, 1, 1)})
    assert scope_of(metadata, alder, "brand") == Scope(
        "en", markets=("gb",), models=("grove",), valid_to=date(2026, 1, 1)
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"models": ["copse"]}, "no model 'copse'"),
        ({"markets": ["us"]}, "no market 'us'"),
        ({"language": "it"}, "'it'"),
    ],
)
def test_own_document_may_only_name_what_the_brand_has(
    alder: BrandProfile, given: dict[str, object], told: str
) -> None:
    with pytest.raises(ScopeInvalid, match=told):
        scope_of(read_metadata(given), alder, "brand")


def test_group_document_may_name_what_one_brand_lacks(alder: BrandProfile) -> None:
    assert scope_of(read_metadata({"language": "it", "models": ["copse"]}), alder, "group").models == ("copse",)


def test_row_narrows_the_scope_of_its_sheet(alder: BrandProfile) -> None:
    sheet = Scope("en", markets=("gb",))
    found = row_scope(RowScope("de", "DE; gb", "Grove", "2024-2025"), sheet, alder)
    assert found == Scope("de", markets=("de", "gb"), models=("grove",), model_years=(2024, 2025))
    assert row_scope(RowScope(), sheet, alder) == sheet


@pytest.mark.parametrize("years", ["2024-", "-2024", "2025-2024", "2024–"])
def test_row_of_years_without_an_end_or_in_the_wrong_order_is_refused(alder: BrandProfile, years: str) -> None:
    with pytest.raises(ScopeInvalid, match="write 2025, or 2024-2025"):
        row_scope(RowScope(model_year=years), Scope("en"), alder)


@pytest.mark.parametrize("row", [RowScope(model="copse"), RowScope(model_year="new"), RowScope(language="xx")])
def test_row_with_a_wrong_cell_is_refused(alder: BrandProfile, row: RowScope) -> None:
    with pytest.raises(ScopeInvalid):
        row_scope(row, Scope("en"), alder)


@pytest.mark.parametrize(
    ("row", "scope"),
    [
        (RowScope(language="it"), Scope("it", "group")),
        (RowScope(market="US"), Scope("en", "group", markets=("us",))),
        (RowScope(model="copse"), Scope("en", "group", models=("copse",))),
    ],
)
def test_a_row_of_the_groups_sheet_may_name_what_one_brand_lacks(
    alder: BrandProfile, row: RowScope, scope: Scope
) -> None:
    assert row_scope(row, Scope("en", "group"), alder) == scope


def test_a_row_of_the_groups_sheet_names_codes(alder: BrandProfile) -> None:
    with pytest.raises(ScopeInvalid, match="a code of two letters"):
        row_scope(RowScope(language="Italian"), Scope("en", "group"), alder)


def test_scope_file_maps_names_to_their_own_keys() -> None:
    folder, files = read_scope_file("language: en\nfiles:\n  a.pdf: {models: [grove]}\n")
    assert folder == {"language": "en"}
    assert files == {"a.pdf": {"models": ["grove"]}}


@pytest.mark.parametrize(
    "content",
    [
        *("- a", "[", "files: [a]", "lang: en", "files: {a.pdf: {colour: red}}", "files: {a.pdf: x}"),
        "files: {a.pdf: {valid_to: 2025-02-30}}",
    ],
)
def test_wrong_scope_file_is_refused(content: str) -> None:
    with pytest.raises(ScopeInvalid, match=r"_scope\.yaml"):
        read_scope_file(content)


def test_list_of_lists_that_no_memory_holds_is_refused_in_short() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(ScopeInvalid, match=r"markets: .* cannot be used; write codes of two letters"):
        read_scope_file("\n".join([*lines, "markets: *a29"]))
