"""Whether the answer differs between the vehicles that are still possible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering_share import answering_share
from bot.language_data import content_stems, plain
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.places import asks_place, place_told
from bot.ranking import Asked, RankedHit
from bot.turn_state import TurnState
from bot.wanted_facts import facts_answer
from bot.whole_words import whole_words
from brands import BrandProfile, Scope
from knowledge_base.passage import Passage

_NUMBERS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
# A variant is worth nearly as much as the best passage; what is worth less answers something else.
_WITHIN = 2.5
# A passage that holds for every vehicle and is worth nearly as much answers without asking back.
_HOLDS_FOR_ALL_WITHIN = 1.2
# Texts that share less of their words say different things.
_SAME_TEXT = 0.5
# So do sentences that decide a question, which are short.
_SAME_DECISION = 0.75
# What another heading may cost in worth, and how much of the best passage's share of the question must stand there.
_WITHIN_OTHER_HEADING = 3.5
_AS_MUCH = 0.9


@dataclass(frozen=True, slots=True)
class Choices:
    """What a clarifying question offers.

    Args:
        reason: name of the phrase that asks.
        names: the choices, as the customer knows them.
    """

    reason: str
    names: tuple[str, ...]


def choices_of(ranked: Sequence[RankedHit], asked: Asked, state: TurnState, lexicon: Lexicon) -> Choices | None:
    """The vehicles to choose from, when the answer differs between them; None when there is nothing to ask.

    Questions after a fact, a place, a procedure or a decision are asked back.

    Args:
        ranked: the hits, best first.
        asked: the question.
        state: with what is known of the vehicle.
        lexicon: how rare words are.
    """
    best = ranked[0]
    asks = asked.wanted or asked.how_to or asked.kind == "yes_no" or asks_place(asked)
    if not _is_open(best.hit.passage.scope, state) or not asks:
        return None
    by_scope: dict[tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]], Passage] = {}
    for one in ranked:
        passage, scope = one.hit.passage, one.hit.passage.scope
        if _is_open(scope, state) and _is_variant(one, best, asked, state.profile, lexicon):
            by_scope.setdefault((scope.models, scope.model_years, scope.markets), passage)
    if len(by_scope) < 2 or not _differ(tuple(by_scope.values()), asked, state.profile, lexicon):
        return None
    scopes = [passage.scope for passage in by_scope.values()]
    by_model: dict[tuple[str, ...], list[Passage]] = {}
    for passage in by_scope.values():
        by_model.setdefault(passage.scope.models, []).append(passage)
    if len(by_model) > 1 and not any(_differ(own, asked, state.profile, lexicon) for own in by_model.values()):
        # Who tells the model need not tell the year as well.
        scopes = [replace(one, model_years=()) for one in scopes]
    return _named(scopes, state)


def _is_variant(one: RankedHit, best: RankedHit, asked: Asked, profile: BrandProfile, lexicon: Lexicon) -> bool:
    """Whether a passage says of its vehicle what the best one says of its own.

    Manuals of two models may head the same matter differently: there it must have the fact that is asked for, beside as
    much of the question.
    """
    passage, first = one.hit.passage, best.hit.passage
    less_worth = best.worth - one.worth
    if less_worth <= _WITHIN and same_topic(passage, first, profile):
        return True
    of_another_model = bool(set(passage.scope.models) ^ set(first.scope.models))
    if not of_another_model or not asked.wanted or less_worth > _WITHIN_OTHER_HEADING:
        return False
    share = answering_share(first, asked, lexicon)
    return share > 0 and answering_share(passage, asked, lexicon) >= _AS_MUCH * share


def settled_hit(ranked: Sequence[RankedHit], state: TurnState) -> RankedHit | None:
    """The best hit that holds for every vehicle that is still possible, when it is worth nearly as much as the best.

    Args:
        ranked: the hits, best first.
        state: with what is known of the vehicle.
    """
    for one in ranked[:5]:
        if ranked[0].worth - one.worth <= _HOLDS_FOR_ALL_WITHIN and not _is_open(one.hit.passage.scope, state):
            return one
    return None


def same_topic(one: Passage, other: Passage, profile: BrandProfile) -> bool:
    """Whether two passages say the same of different vehicles: same heading or same question, vehicles left out."""
    if one.question or other.question:
        return bool(one.question and other.question) and _topic(one, profile) == _topic(other, profile)
    return bool(one.heading_path and other.heading_path) and _topic(one, profile) == _topic(other, profile)


def _topic(passage: Passage, profile: BrandProfile) -> frozenset[str]:
    words = _without_vehicle(plain(passage.question or passage.heading_path[-1]), profile)
    return frozenset(content_stems(words, passage.scope.language))


def _without_vehicle(words: str, profile: BrandProfile) -> str:
    return _NUMBERS.sub(" ", whole_words(tuple(map(plain, profile.names))).sub(" ", words))


def _is_open(scope: Scope, state: TurnState) -> bool:
    vehicle = state.vehicle
    return bool(
        (scope.models and vehicle.model is None)
        or (scope.model_years and vehicle.model_year is None)
        or (scope.markets and vehicle.market is None and len(state.profile.markets) > 1)
    )


def _say_other_words(told: Sequence[frozenset[str]]) -> bool:
    return any(len(told[0] & one) / max(1, len(told[0] | one)) < _SAME_DECISION for one in told[1:])


def _differ(passages: Sequence[Passage], asked: Asked, profile: BrandProfile, lexicon: Lexicon) -> bool:
    if asked.wanted:
        return len({_answering_facts(passage, asked, profile, lexicon) for passage in passages}) > 1
    if asked.kind == "yes_no":
        return _say_other_words([_deciding_words(one, asked, profile, lexicon) for one in passages])
    if asks_place(asked):
        return _say_other_words([told for one in passages if (told := place_told(one, asked))])
    first = analysis_of(passages[0]).stems
    return any(
        len(first & analysis_of(one).stems) / len(first | analysis_of(one).stems) < _SAME_TEXT for one in passages[1:]
    )


def _answering_facts(
    passage: Passage, asked: Asked, profile: BrandProfile, lexicon: Lexicon
) -> frozenset[tuple[str, str]]:
    """The facts of a wanted kind in the part that fits the question best, or in all that fit it as well."""
    known = analysis_of(passage)
    years = {str(year) for model in profile.models for year in model.years}
    answering = [part for part in known.parts if facts_answer(known.part_facts[part], asked.wanted)]
    if not answering:
        return frozenset()
    # What the heading says tells no part from another.
    telling, stems, columns = asked.topic - known.leaf_stems, known.part_stems, known.column_stems
    shares = {
        part: lexicon.share(telling, stems[part] | columns if part.kind == "row" else stems[part]) for part in answering
    }
    best = max(shares.values())
    return frozenset(
        (fact.value, fact.unit)
        for part in answering
        if shares[part] >= best
        for fact in known.part_facts[part]
        if fact.value not in years and facts_answer((fact,), asked.wanted)
    )


def _deciding_words(passage: Passage, asked: Asked, profile: BrandProfile, lexicon: Lexicon) -> frozenset[str]:
    """The words of the part that fits the question best, small words included: "no" decides."""
    stems = analysis_of(passage).part_stems
    best = max(stems, key=lambda part: (lexicon.share(asked.topic, stems[part]), -part.start), default=None)
    words = passage.text if best is None else best.of(passage.text)
    return frozenset(_WORD.findall(_without_vehicle(plain(words), profile)))


def _named(scopes: Sequence[Scope], state: TurnState) -> Choices | None:
    names = {model.id: model.name for model in state.profile.models}
    models = sorted({one for scope in scopes for one in scope.models})
    years = sorted({one for scope in scopes for one in scope.model_years})
    markets = sorted({one for scope in scopes for one in scope.markets})
    ask_model = state.vehicle.model is None and len(models) > 1
    ask_year = state.vehicle.model_year is None and len(years) > 1
    # A year alone tells nothing while the model is open.
    is_year_of_a_model = state.vehicle.model is None and bool(models) and len(state.profile.models) > 1
    if ask_year and (ask_model or is_year_of_a_model):
        pairs = sorted({(model, year) for scope in scopes for model in scope.models for year in scope.model_years})
        return Choices("clarify_vehicle", tuple(f"{names.get(model, model)} {year}" for model, year in pairs))
    if ask_model:
        return Choices("clarify_model", tuple(names.get(model, model) for model in models))
    if ask_year:
        return Choices("clarify_year", tuple(str(year) for year in years))
    if state.vehicle.market is None and len(markets) > 1:
        return Choices("clarify_market", tuple(market.upper() for market in markets))
    return None
