from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from brands import Scope, VehicleContext

TODAY = date(2026, 3, 1)
MODELS = st.sampled_from(["grove", "copse"])
YEARS = st.integers(2020, 2027)
MARKETS = st.sampled_from(["gb", "de"])
SCOPES = st.builds(
    Scope,
    language=st.just("en"),
    markets=st.lists(MARKETS, max_size=2).map(tuple),
    models=st.lists(MODELS, max_size=2).map(tuple),
    model_years=st.lists(YEARS, max_size=2).map(tuple),
)
VEHICLES = st.builds(VehicleContext, model=MODELS, model_year=YEARS, market=MARKETS)


def test_unknown_facts_exclude_nothing() -> None:
    assert Scope("en", models=("grove",), model_years=(2025,), markets=("gb",)).admits(VehicleContext(), TODAY)


def test_a_known_fact_excludes_what_contradicts_it() -> None:
    scope = Scope("en", models=("grove",), model_years=(2025,), markets=("gb",))
    assert scope.admits(VehicleContext("grove", 2025, "gb"), TODAY)
    assert not scope.admits(VehicleContext("copse"), TODAY)
    assert not scope.admits(VehicleContext(model_year=2024), TODAY)
    assert not scope.admits(VehicleContext(market="de"), TODAY)


def test_language_excludes_only_when_asked_for() -> None:
    assert Scope("de").admits(VehicleContext(), TODAY)
    assert not Scope("de").admits(VehicleContext(), TODAY, language="en")


def test_validity_dates_are_inclusive() -> None:
    scope = Scope("en", valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31))
    assert scope.admits(VehicleContext(), date(2026, 3, 1))
    assert scope.admits(VehicleContext(), date(2026, 3, 31))
    assert not scope.admits(VehicleContext(), date(2026, 2, 28))
    assert not scope.admits(VehicleContext(), date(2026, 4, 1))


@given(SCOPES, VEHICLES)
def test_knowing_less_never_excludes_more(scope: Scope, vehicle: VehicleContext) -> None:
    if scope.admits(vehicle, TODAY):
        assert scope.admits(VehicleContext(model=vehicle.model), TODAY)
        assert scope.admits(VehicleContext(model_year=vehicle.model_year), TODAY)
        assert scope.admits(VehicleContext(market=vehicle.market), TODAY)
