"""Questions after a measure of the whole vehicle ("how long is the van?"), which documents tell under its noun."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.language_data import plain, read_data
from brands import BrandProfile


@dataclass(frozen=True, slots=True)
class _Measures:
    vehicles: frozenset[str]
    pronouns: frozenset[str]
    own: tuple[str, ...]
    before: str
    measures: tuple[tuple[str, str], ...]
    after: str


def in_measures(question: str, code: str, profile: BrandProfile, *, opening: bool) -> str:
    """A question after a measure of the vehicle in the words of documents; every other question as it is.

    "How long" asks for a time, and only of a vehicle for a length.

    Args:
        question: one line.
        code: its language.
        profile: whose names tell a vehicle.
        opening: whether nothing was said before, so that "it" is the vehicle.
    """
    known = _measures().get(code)
    if known is None:
        return question
    names = set(map(plain, profile.names))
    names |= known.vehicles | (known.pronouns if opening else frozenset())
    said = plain(question).strip()
    for asking, instead in _asking(code, frozenset(names)):
        if found := asking.search(said):
            return f"{instead} {found['vehicle'].strip()}?"
    return question


@lru_cache(maxsize=256)
def _asking(code: str, names: frozenset[str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    known = _measures()[code]
    vehicle = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    of_vehicle = rf"{known.before}(?P<vehicle>(?:(?:{vehicle}|\d{{4}})\b ?)+){known.after}"
    return tuple((re.compile(rf"^(?:\w+ ){{0,2}}{asks}{of_vehicle}"), instead) for asks, instead in known.measures)


def vehicle_nouns(code: str) -> frozenset[str]:
    """What any vehicle is called, such as "van"; lower case, without accents; empty where the language is not known."""
    known = _measures().get(code)
    return known.vehicles if known else frozenset()


def own_vehicles(code: str) -> tuple[str, ...]:
    """What customers call their own motor vehicle, the word for any of them first; empty where nothing is known."""
    known = _measures().get(code)
    return known.own if known else ()


@cache
def _measures() -> dict[str, _Measures]:
    return {
        code: _Measures(
            frozenset(one["vehicles"].split()),
            frozenset(one["pronouns"].split()),
            tuple(one["own"].split()),
            one["before"],
            tuple((asks, instead) for asks, instead in one["measures"]),
            one["after"],
        )
        for code, one in read_data("vehicle_measures.yaml").items()
    }
