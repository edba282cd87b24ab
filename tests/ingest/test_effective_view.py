from dataclasses import replace
from datetime import date
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands import BrandProfile, Group, Scope, VehicleContext
from brands.scope import Level
from ingest.effective_view import EffectiveView, build_view
from ingest.scope_difference import KnownVehicles, subtract_scope
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
).filter(lambda one: one.valid_from is None or one.valid_to is None or one.valid_from <= one.valid_to)


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
        "winter.md overrides group/winter.md#x, which is not there",
        "winter.md overrides nothing.md, which is not there",
    )


def test_text_in_another_language_shadows_nothing(alder: BrandProfile) -> None:
    own = replace(OWN, scope=Scope("de"))
    assert standing(build_view(alder, [INHERITED, own], {"winter.md": ("winter.md",)}))["Group text."] == "in"


def test_text_for_a_part_leaves_the_inherited_text_for_the_rest(alder: BrandProfile) -> None:
    own = replace(OWN, scope=Scope("en", markets=("gb",)))
    view = build_view(alder, [INHERITED, own], {})
    assert standing(view) == {"Group text.": "in", "Own text.": "in"}
    assert view.decisions[0].passage.scope.markets == ("de",)
    assert view.decisions[0].reason == "inherited from the group; winter.md replaces it only for a part (market gb)"


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


def test_own_text_for_all_markets_of_the_brand_shadows_text_for_all(alder: BrandProfile) -> None:
    view = build_view(alder, [INHERITED, replace(OWN, scope=Scope("en", markets=("gb", "de")))], {})
    assert standing(view)["Group text."] == "shadowed"


def test_own_text_takes_over_on_its_first_day(alder: BrandProfile) -> None:
    begin = date(2026, 1, 1)
    view = build_view(alder, [INHERITED, replace(OWN, scope=Scope("en", valid_from=begin))], {})
    assert view.decisions[0].passage.scope.valid_to == date(2025, 12, 31)
    assert not view.decisions[0].passage.scope.admits(VehicleContext(), begin)


def test_both_stay_where_the_other_years_cannot_be_named(alder: BrandProfile) -> None:
    view = build_view(alder, [INHERITED, replace(OWN, scope=Scope("en", model_years=(2025,)))], {})
    assert view.decisions[0].passage == INHERITED
    assert "both are found there" in view.decisions[0].reason


def in_region(text: str, markets: tuple[str, ...] = ("gb", "de")) -> Passage:
    scope = Scope("en", "region", markets=markets)
    return replace(INHERITED, document_id="region/europe/winter.md", text=text, scope=scope)


def test_region_shadows_the_group_in_its_markets_and_the_brand_shadows_both(alder: BrandProfile) -> None:
    region = in_region("Region text.")
    assert standing(build_view(alder, [INHERITED, region], {})) == {"Group text.": "shadowed", "Region text.": "in"}
    view = build_view(alder, [INHERITED, region, OWN], {})
    assert standing(view) == {"Group text.": "shadowed", "Region text.": "shadowed", "Own text.": "in"}


def test_region_that_is_not_for_the_brand_replaces_nothing(alder: BrandProfile) -> None:
    view = build_view(
        alder, [INHERITED, in_region("Region text.", ("us",))], {"region/europe/winter.md": ("winter.md",)}
    )
    assert standing(view) == {"Group text.": "in", "Region text.": "out"}


def test_market_text_replaces_the_brands_general_text_there(alder: BrandProfile) -> None:
    german = replace(OWN, document_id="winter-germany.md", text="For Germany.", scope=Scope("en", markets=("de",)))
    view = build_view(alder, [OWN, german], {"winter-germany.md": ("winter.md",)})
    assert [one.passage.scope.markets for one in view.decisions] == [("gb",), ("de",)]


def test_documents_that_override_each_other_both_stay(alder: BrandProfile) -> None:
    other = replace(OWN, document_id="other.md", text="Other.")
    view = build_view(alder, [OWN, other], {"winter.md": ("other.md",), "other.md": ("winter.md",)})
    assert set(standing(view).values()) == {"in"}
    assert all("override each other" in note for note in view.notes)


def test_an_faq_row_replaces_the_row_with_its_question_only(alder: BrandProfile) -> None:
    def row(document_id: str, question: str, text: str, level: Level) -> Passage:
        return Passage(document_id, "FAQ", (), text, "faq", Scope("en", level), 0, question=question)

    rows = [
        row("group/faq.csv", "How long?", "Group.", "group"),
        row("group/faq.csv", "How far?", "Far.", "group"),
        row("faq.csv", "how  long?", "Own.", "brand"),
    ]
    assert standing(build_view(alder, rows, {})) == {"Group.": "shadowed", "Far.": "in", "Own.": "in"}


KNOWN = KnownVehicles(("gb", "de"), ("grove", "copse"))


@given(SCOPES, SCOPES)
def test_what_is_left_and_the_nearer_text_together_admit_the_same_and_never_both(
    inherited: Scope, nearer: Scope
) -> None:
    left = subtract_scope(inherited, nearer, KNOWN)
    if left is None:
        assert nearer.model_years
        assert not inherited.model_years
        return
    met = inherited.language == nearer.language
    for market in KNOWN.markets:
        for model in KNOWN.models:
            for year in (2023, 2024, 2025):
                vehicle = VehicleContext(model, year, market)
                for day in range(1, 10):
                    on = date(2024, 1, day)
                    by_left = sum(scope.admits(vehicle, on) for scope in left)
                    replaced = met and nearer.admits(vehicle, on)
                    assert by_left == (inherited.admits(vehicle, on) and not replaced)


@given(SCOPES)
def test_nothing_is_left_beside_the_same_scope(scope: Scope) -> None:
    assert subtract_scope(scope, scope, KNOWN) == ()


def test_many_passages_on_one_topic_are_decided_in_time_that_grows_with_them(alder: BrandProfile) -> None:
    many = [replace(one, text=f"{one.text} {n}", position=n) for one in (INHERITED, OWN) for n in range(4000)]
    begin = process_time()
    assert len(build_view(alder, many, {}).passages) == 4000
    assert process_time() - begin < 5  # with every one compared with every other it was 30
