from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import BrandProfile, Group, Scope, VehicleContext
from ingest.effective_view import EffectiveView, build_view, covers
from knowledge_base.passage import Passage

PATH = ("Tyres", "Winter tyres")
INHERITED = Passage(
    "group/winter.md", "Winter", ("Tyres", "Winter tyres"), "Group text.", "text", Scope("en", "group"), 0
)
OWN = Passage("winter.md", "Winter", ("Tyres", "winter  tyres"), "Own text.", "text", Scope("en"), 0)

DAYS = st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2024, 1, 9)))
SCOPES = st.builds(
    Scope,
    st.sampled_from(["en", "de"]),
    markets=st.sampled_from([(), ("gb",), ("de",), ("gb", "de")]),
    models=st.sampled_from([(), ("grove",), ("copse",)]),
    model_years=st.sampled_from([(), (2024,), (2024, 2025)]),
    valid_from=DAYS,
    valid_to=DAYS,
)


@pytest.fixture
def alder(small_group: Group) -> BrandProfile:
    return small_group.brand("alder")


def standing(view: EffectiveView) -> dict[str, str]:
    return {one.passage.text: one.standing for one in view.decisions}


def test_same_path_and_heading_shadows_the_inherited_text(alder: BrandProfile) -> None:
    view = build_view(alder, [INHERITED, OWN], {})
    assert standing(view) == {"Group text.": "shadowed", "Own text.": "in"}
    assert view.decisions[0].shadowed_by == "winter.md"
    assert view.passages == (OWN,)


def test_other_headings_of_the_same_document_stay(alder: BrandProfile) -> None:
    other = replace(INHERITED, heading_path=("Chains",), text="Chains.")
    assert standing(build_view(alder, [INHERITED, other, OWN], {}))["Chains."] == "in"


@pytest.mark.parametrize("target", ["winter.md", "group/winter.md", "winter.md#Winter Tyres", "group/winter.md#tyres"])
def test_override_shadows_a_document_or_a_heading(alder: BrandProfile, target: str) -> None:
    own = replace(OWN, document_id="guides/cold.md", heading_path=("Cold",))
    view = build_view(alder, [INHERITED, own], {"guides/cold.md": (target,)})
    assert standing(view)["Group text."] == "shadowed"
    assert view.notes == ()


def test_override_of_what_is_not_there_is_told(alder: BrandProfile) -> None:
    view = build_view(alder, [OWN], {"winter.md": ("nothing.md", "group/winter.md#x")})
    assert view.notes == (
        "winter.md overrides group/nothing.md, which is not there",
        "winter.md overrides group/winter.md#x, which is not there",
    )


def test_text_in_another_language_shadows_nothing(alder: BrandProfile) -> None:
    own = replace(OWN, scope=Scope("de"))
    assert standing(build_view(alder, [INHERITED, own], {"winter.md": ("winter.md",)}))["Group text."] == "in"


def test_text_for_a_part_leaves_the_inherited_text_for_the_rest(alder: BrandProfile) -> None:
    own = replace(OWN, scope=Scope("en", markets=("gb",)))
    view = build_view(alder, [INHERITED, own], {})
    assert standing(view) == {"Group text.": "in", "Own text.": "in"}
    assert "only for a part" in view.decisions[0].reason


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (Scope("fr", "group"), "does not speak"),
        (Scope("en", "group", markets=("us",)), "not sold in us"),
        (Scope("en", "group", models=("copse",)), "none of the models"),
    ],
)
def test_inherited_text_that_is_not_for_the_brand_is_out(alder: BrandProfile, scope: Scope, reason: str) -> None:
    [decision] = build_view(alder, [replace(INHERITED, scope=scope)], {}).decisions
    assert decision.standing == "out"
    assert reason in decision.reason


def test_own_text_is_always_in(alder: BrandProfile) -> None:
    [decision] = build_view(alder, [OWN], {}).decisions
    assert (decision.standing, decision.reason) == ("in", "Alder's own text")


@given(SCOPES, SCOPES)
def test_what_covers_a_scope_is_admitted_wherever_that_is(own: Scope, inherited: Scope) -> None:
    if not covers(own, inherited):
        return
    for market in (None, "gb", "de", "us"):
        for model in (None, "grove", "copse"):
            for year in (None, 2024, 2025):
                vehicle = VehicleContext(model, year, market)
                for day in range(1, 10):
                    on = date(2024, 1, day)
                    for language in (None, "en", "de"):
                        assert not inherited.admits(vehicle, on, language) or own.admits(vehicle, on, language)


@given(SCOPES)
def test_a_scope_covers_itself(scope: Scope) -> None:
    assert covers(scope, scope)
