"""Whether the answer differs between the vehicles that are still possible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.extract import extract
from bot.facts import facts_of
from bot.language_data import content_stems, plain
from bot.lexicon import Lexicon
from bot.turn_state import TurnState
from brands import BrandProfile, Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

_LIMIT_WORDS = 90
_NUMBERS = re.compile(r"\d+")
# A variant ranks near the best hit; what lies further below answers something else.
_WITHIN = 0.12


@dataclass(frozen=True, slots=True)
class Choices:
    """What a clarifying question offers.

    Args:
        reason: name of the phrase that asks.
        names: the choices, as the customer knows them.
    """

    reason: str
    names: tuple[str, ...]


def choices_of(ranked: Sequence[Hit], state: TurnState, lexicon: Lexicon) -> Choices | None:
    """The vehicles to choose from, when the answer differs between them; None when there is nothing to ask.

    Args:
        ranked: the hits, best first.
        state: with the question and what is known of the vehicle.
        lexicon: how rare words are.
    """
    best = ranked[0]
    if not _is_open(best.passage.scope, state):
        return None
    alike = [
        hit.passage
        for hit in ranked
        if best.score - hit.score <= _WITHIN
        and same_topic(hit.passage, best.passage, state.profile)
        and (hit.passage.scope.models or hit.passage.scope.model_years or hit.passage.scope.markets)
    ]
    by_scope: dict[tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]], Passage] = {}
    for passage in alike:
        scope = passage.scope
        by_scope.setdefault((scope.models, scope.model_years, scope.markets), passage)
    if len(by_scope) < 2:
        return None
    answers = {_answer(passage, state, lexicon) for passage in by_scope.values()}
    if len(answers) < 2:
        return None
    return _named([passage.scope for passage in by_scope.values()], state)


def same_topic(one: Passage, other: Passage, profile: BrandProfile) -> bool:
    """Whether two passages say the same of different vehicles: same heading or same question, vehicles left out."""
    if one.question or other.question:
        return bool(one.question and other.question) and _topic(one, profile) == _topic(other, profile)
    return bool(one.heading_path and other.heading_path) and _topic(one, profile) == _topic(other, profile)


def _topic(passage: Passage, profile: BrandProfile) -> frozenset[str]:
    words = plain(passage.question or passage.heading_path[-1])
    for model in profile.models:
        for name in (*model.aliases, model.name, profile.name):
            words = re.sub(rf"(?<!\w){re.escape(plain(name))}(?!\w)", " ", words)
    return frozenset(content_stems(_NUMBERS.sub(" ", words), passage.scope.language))


def _is_open(scope: Scope, state: TurnState) -> bool:
    vehicle = state.vehicle
    return bool(
        (scope.models and vehicle.model is None)
        or (scope.model_years and vehicle.model_year is None)
        or (scope.markets and vehicle.market is None and len(state.profile.markets) > 1)
    )


def _answer(passage: Passage, state: TurnState, lexicon: Lexicon) -> frozenset[tuple[str, str]]:
    quotes = extract(passage, state.search_text, state.language, lexicon, _LIMIT_WORDS)
    years = {str(year) for model in state.profile.models for year in model.years}
    return frozenset(
        (fact.value, fact.unit) for quote in quotes for fact in facts_of(quote.words) if fact.value not in years
    )


def _named(scopes: Sequence[Scope], state: TurnState) -> Choices | None:
    names = {model.id: model.name for model in state.profile.models}
    models = sorted({one for scope in scopes for one in scope.models})
    years = sorted({one for scope in scopes for one in scope.model_years})
    markets = sorted({one for scope in scopes for one in scope.markets})
    ask_model = state.vehicle.model is None and len(models) > 1
    ask_year = state.vehicle.model_year is None and len(years) > 1
    if ask_model and ask_year:
        pairs = sorted({(model, year) for scope in scopes for model in scope.models for year in scope.model_years})
        return Choices("clarify_vehicle", tuple(f"{names.get(model, model)} {year}" for model, year in pairs))
    if ask_model:
        return Choices("clarify_model", tuple(names.get(model, model) for model in models))
    if ask_year:
        return Choices("clarify_year", tuple(str(year) for year in years))
    if state.vehicle.market is None and len(markets) > 1:
        return Choices("clarify_market", tuple(market.upper() for market in markets))
    return None
