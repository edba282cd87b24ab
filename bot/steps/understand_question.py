"""Second step: which vehicle, which topic, and whether a person is wished for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from bot.conversation import Turn, vehicle_known
from bot.facts import facts_of
from bot.introduction import is_introduction
from bot.language_data import Language, content_stems, is_thing, language, language_by_words, languages, plain
from bot.overview import asks_for_overview
from bot.personal_data import PLACEHOLDER, vin_model_year
from bot.question_kind import question_kind
from bot.turn_state import TurnState, Wish
from bot.vehicle_measures import in_measures
from bot.wanted_facts import wanted_facts
from bot.whole_words import whole_words
from brands import BrandProfile, Group, VehicleContext

_SENTENCE_ENDS = re.compile(r"[.?!…]+")
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d{2}(?![\d.,]\d|\d)")
# A message of so few topic words leans on an earlier one when it also has a pronoun or begins with "and".
_SHORT = 3
_BARE = 2
_PRESSURES = frozenset({"bar", "psi"})
# Without one of these words "yes" or "that" answers a question of ours and thanks for nothing.
_GRATITUDE = re.compile(
    r"\b(thank\w*|thx|ty|ta|cheers|help\w*|worked|solved|great|perfect|dank\w*|geholfen|weitergeholfen|hilft|hilfreich"
    r"|geklappt|perfekt|merci\w*|aide\w*|utile?|parfait|grazie|aiutato|perfetto|gracias|ayud\w*|perfecto)\b"
)


def understand_question(state: TurnState, *, group: Group) -> TurnState:
    """Find out what a message is about, with the help of the conversation.

    Args:
        state: with the screened message.
        group: whose other brands a message may name.
    """
    profile = state.profile
    named = vehicle_named(state.text, profile)
    # What was said in the conversation is newer than what the page knew; what is said now is newest.
    vehicle = _merged(_from_vin(state), _merged(named, _merged(vehicle_known(state.turns), state.vehicle)))
    vehicle = replace(vehicle, market=state.vehicle.market or market_named(state.text, state) or vehicle.market)
    search_text = PLACEHOLDER.sub(" ", state.text).strip()
    search_text = in_measures(search_text, state.language, profile, opening=not state.turns)
    if leans_on_earlier(state.text, state.language, state.turns, named):
        search_text = with_load(with_topic(search_text, state.turns, state.language, profile), state.language)
    wish = find_wish(state.text, state.language)
    asked_before = any(
        turn.role == "customer" and find_wish(turn.text, turn.language or state.language) is None
        for turn in state.turns
    )
    others = other_brands_named(state.text, profile, group)
    if wish is None and not asked_before and is_introduction(state.text, state.language, profile):
        wish = "greeting"
    elif (
        wish is None
        and not others
        and asks_for_overview(state.text, state.language, profile, is_first=not asked_before)
    ):
        wish = "overview"
    return replace(
        state,
        vehicle=vehicle,
        wish=wish,
        search_text=search_text,
        other_brands=others,
    )


def vehicle_named(text: str, profile: BrandProfile) -> VehicleContext:
    """The model and model year that a message names.

    Args:
        text: the message.
        profile: whose models are looked for; a year counts only where the brand documents it.

    Returns:
        What was named; two models or years at once are none.
    """
    wanted = plain(text)
    found: dict[str, int] = {}
    for model in profile.models:
        for name in model.names:
            if whole_words((plain(name),)).search(wanted):
                found[model.id] = max(found.get(model.id, 0), len(name))
    years = {year for model in profile.models for year in model.years}
    named_years = {int(one) for one in _YEAR.findall(text)} & years
    return VehicleContext(
        model=next(iter(found)) if len(found) == 1 else None,
        model_year=named_years.pop() if len(named_years) == 1 else None,
    )


def market_named(text: str, state: TurnState) -> str | None:
    """The brand's market that a message says its writer is in ("in Germany"), or None."""
    wanted = plain(text)
    for market, pattern in language(state.language).markets.items():
        if market in state.profile.markets and pattern.search(wanted):
            return market
    return None


def find_wish(text: str, code: str) -> Wish | None:
    """The wish for a human, anger, a bare greeting or thanks.

    Courtesy is known in every language of the bot: "hallo" is too short to tell one, and not all are the brand's.

    Args:
        text: the message.
        code: its language.
    """
    wanted = plain(text)
    if not any(letter.isalnum() for letter in wanted):
        return None
    codes = dict.fromkeys((code, language_by_words(text) or code, "en"))
    spoken = [language(one) for one in codes]
    if any(_asks_what_you_are(wanted, known) for known in spoken):
        return "what_are_you"
    every = (*spoken, *(known for other, known in languages().items() if other not in codes))
    forms = (wanted, wanted.replace("'", " "))
    patterns: Iterator[tuple[Wish, re.Pattern[str]]] = chain(
        *((("person", known.person), ("anger", known.anger)) for known in spoken),
        *((("greeting", known.greeting), ("bye", known.bye), ("thanks", known.thanks)) for known in every),
    )
    for wish, pattern in patterns:
        if wish == "thanks" and ("?" in wanted or not _GRATITUDE.search(wanted)):
            continue
        if any(pattern.search(form) for form in forms):
            return wish
    return None


def leans_on_earlier(text: str, code: str, turns: tuple[Turn, ...], named: VehicleContext) -> bool:
    """Whether a message can be understood only with what was said before.

    Args:
        text: the message.
        code: its language.
        turns: earlier turns, oldest first.
        named: the vehicle that the message names.
    """
    if not any(turn.role == "customer" for turn in turns):
        return False
    topics = set(content_stems(text, code)) - {named.model or "", str(named.model_year or "")}
    if len(topics) < _BARE:
        return True
    if turns[-1].kind == "clarify" and len(topics) <= _BARE and question_kind(text, code) == "unclear":
        return True
    if tells_circumstance(text, code):
        return True
    named_thing = any(is_thing(stem) for stem in topics)
    if not named_thing and named.model is None and len(topics) <= _SHORT:
        return True
    dependent = language(code).dependent.search(plain(text).replace("'", " "))
    opening = dependent is not None and dependent.start() == 0
    return opening or (dependent is not None and len(topics) <= _SHORT)


def may_stand_alone(text: str, code: str, named: VehicleContext) -> bool:
    """Whether a message that leans on an earlier one may be a question of its own ("can I charge it in the rain?").

    Args:
        text: the message.
        code: its language.
        named: the vehicle that the message names.
    """
    if language(code).dependent.match(plain(text).replace("'", " ")):
        return False
    topics = set(content_stems(text, code)) - {named.model or "", str(named.model_year or "")}
    asks = "?" in text or question_kind(text, code) != "unclear"
    if asks:
        return len(topics) >= _BARE or any(is_thing(stem) for stem in topics)
    return len(topics) >= _SHORT


def tells_circumstance(text: str, code: str) -> bool:
    """Whether a message only tells a figure that what was asked before depends on ("I weigh 95 kg").

    Args:
        text: the message.
        code: its language.
    """
    if "?" in text or question_kind(text, code) != "unclear" or len(content_stems(text, code)) > _SHORT:
        return False
    return any(fact.kind == "number" and fact.unit for fact in facts_of(text))


def with_topic(text: str, turns: tuple[Turn, ...], code: str, profile: BrandProfile) -> str:
    """The message together with the customer's earlier question that it leans on.

    Args:
        text: the message.
        turns: earlier turns, oldest first.
        code: language of the message.
        profile: whose vehicles are no topic of their own.
    """
    carried: list[str] = []
    for turn in reversed([one for one in turns if one.role == "customer"]):
        said = PLACEHOLDER.sub(" ", turn.text).strip()
        carried.insert(0, said)
        spoken = turn.language or code
        named = vehicle_named(said, profile)
        topics = set(content_stems(said, spoken)) - {named.model or "", str(named.model_year or "")}
        if len(topics) >= _BARE and not language(spoken).dependent.match(plain(said)):
            break
        if len(carried) == 3:
            break
    # What is asked stands last, and a circumstance asks nothing.
    return "\n".join((text, *carried) if tells_circumstance(text, code) else (*carried, text))


def with_load(text: str, code: str) -> str:
    """A follow-up about tyre pressures with the words in which tables say the load that it names ("and unloaded?").

    Args:
        text: the message with the earlier questions that it leans on.
        code: its language.
    """
    if not wanted_facts(text, code) & _PRESSURES:
        return text
    said = plain(text.rsplit("\n", 1)[-1])
    named = next((load for load, pattern in language(code).loads.items() if pattern.search(said)), "")
    return f"{text} {named}".rstrip()


def _merged(newer: VehicleContext, older: VehicleContext) -> VehicleContext:
    return VehicleContext(
        model=newer.model or older.model,
        model_year=newer.model_year or older.model_year,
        market=newer.market or older.market,
    )


def _from_vin(state: TurnState) -> VehicleContext:
    for one in state.replaced:
        vin = one.original.upper()
        if one.kind == "VIN" and vin[:3] in state.profile.vin_prefixes:
            year = vin_model_year(vin)
            if any(year in model.years for model in state.profile.models):
                return VehicleContext(model_year=year)
    return VehicleContext()


def other_brands_named(text: str, profile: BrandProfile, group: Group) -> tuple[str, ...]:
    """The brands and models of the group that a message names and that are not ours.

    A model's name may be an everyday word ("arc", "ridge"): written small it counts only beside its brand's name.

    Args:
        text: the message.
        profile: our brand.
        group: whose brands are known.
    """
    wanted = plain(text)
    ours = {plain(name) for name in profile.names}
    found: list[str] = []
    for brand in group.brands.values():
        if brand.id == profile.id:
            continue
        beside = _has_word(plain(brand.name), wanted)
        found += [
            name
            for name in brand.names
            if plain(name) not in ours and (_has_word(name, text) or (beside and _has_word(plain(name), wanted)))
        ]
    return tuple(found)


def _has_word(name: str, text: str) -> bool:
    return whole_words((name,)).search(text) is not None


def _asks_what_you_are(wanted: str, known: Language) -> bool:
    """Whether each sentence asks whether this is a person, a greeting aside."""
    sentences = [one.strip() for one in _SENTENCE_ENDS.split(wanted) if any(letter.isalnum() for letter in one)]
    asking = [one for one in sentences if known.what_are_you.search(one)]
    return bool(asking) and all(one in asking or known.greeting.search(one) for one in sentences)
