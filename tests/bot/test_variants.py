"""When a question is asked back, and with which choices."""

from dataclasses import replace

import pytest

from bot.answerability import calibration
from bot.lexicon import lexicon_of
from bot.ranking import asked_question, rank_hits
from bot.turn_state import TurnState
from bot.variants import Choices, choices_of
from brands import Scope, VehicleContext
from brands.profile import BrandProfile, VehicleModel
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

MODELS = (
    VehicleModel(id="grove", name="Grove", years=(2024, 2025)),
    VehicleModel(id="fern", name="Fern", years=(2025,)),
)


def passage(model: str, year: int, heading: str, text: str) -> Passage:
    scope = Scope(language="en", models=(model,), model_years=(year,))
    return Passage(f"{model}-{year}.md", f"{model} {year}", (heading,), text, "text", scope, 0)


def choices(question: str, passages: list[Passage], state: TurnState, **known: object) -> Choices | None:
    profile: BrandProfile = state.profile.model_copy(update={"models": MODELS})
    state = replace(state, profile=profile, vehicle=VehicleContext(**known))  # type: ignore[arg-type]
    lexicon = lexicon_of(passages)
    asked = asked_question(question, "en", profile)
    hits = [Hit(one, 0.5, 0.5, 3.0) for one in passages]
    ranked = rank_hits(asked, hits, lexicon, state.vehicle, calibration().passage_weights)
    return choices_of(ranked, asked, state, lexicon)


def test_a_decision_that_differs_between_years_is_asked_back(state: TurnState) -> None:
    allowed = passage("grove", 2025, "Towing", "The Grove may pull a braked trailer of up to 500 kg.")
    forbidden = passage("grove", 2024, "Towing", "The Grove 2024 is not approved for pulling a trailer.")
    found = choices("Can it pull a trailer?", [allowed, forbidden], state, model="grove")
    assert found == Choices("clarify_year", ("2024", "2025"))


def test_a_decision_that_is_the_same_for_every_year_is_not_asked_back(state: TurnState) -> None:
    same = [passage("grove", year, "Towing", f"The Grove {year} may pull a trailer.") for year in (2024, 2025)]
    assert choices("Can it pull a trailer?", same, state, model="grove") is None


def test_a_year_is_asked_for_together_with_its_model_while_that_is_open(state: TurnState) -> None:
    both = [passage("grove", year, "Oil", f"The engine takes {year - 2020}.5 litres of oil.") for year in (2024, 2025)]
    found = choices("How many litres of oil does it take?", both, state)
    assert found == Choices("clarify_vehicle", ("Grove 2024", "Grove 2025"))


@pytest.mark.parametrize(
    ("heading", "text", "named"),
    [
        ("Filling up", "The Fern takes 3.1 litres of oil for the engine.", ("Fern 2025", "Grove 2024", "Grove 2025")),
        ("Driving", "The Fern drives 600 km with a full tank.", ("Grove 2024", "Grove 2025")),
    ],
)
def test_another_model_is_a_choice_under_another_heading_where_it_has_the_fact(
    state: TurnState, heading: str, text: str, named: tuple[str, ...]
) -> None:
    both = [passage("grove", year, "Oil", f"The engine takes {year - 2020}.5 litres of oil.") for year in (2024, 2025)]
    found = choices("How many litres of oil does it take?", [*both, passage("fern", 2025, heading, text)], state)
    assert found == Choices("clarify_vehicle", named)


def test_a_place_that_differs_between_models_alone_is_asked_back_without_years(state: TurnState) -> None:
    inside = [passage("grove", year, "Jack", "The jack lies under the rear seat.") for year in (2024, 2025)]
    outside = passage("fern", 2025, "Jack", "The jack is clipped to the inside of the tailgate.")
    found = choices("Where is the jack?", [*inside, outside], state)
    assert found == Choices("clarify_model", ("Fern", "Grove"))
    assert choices("Where is the jack?", inside, state) is None
