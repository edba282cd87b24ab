"""What danger is made of: things and their states, in the words of all the bot's languages at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.language_data import read_data

_LITERAL = re.compile(r"[a-z]{5,}")
_STEM = re.compile(r"([a-z]{5,})\\w\*")


@dataclass(frozen=True, slots=True)
class ConceptRule:
    """Concepts that together are a hazard.

    Args:
        name: class of the hazard.
        all: of each group one concept must be there.
        unless: concepts that take the message out.
    """

    name: str
    all: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]


def hazards_by_concept(folded: str) -> Iterator[str]:
    """The classes of hazard that a text's concepts make up.

    Args:
        folded: text in lower case, without accents.
    """
    words, rules = concept_rules()
    found: dict[str, bool] = {}

    def holds(concept: str) -> bool:
        if concept not in found:
            over = concept == "past"
            found[concept] = is_over(folded) if over else _pattern(words[concept]).search(folded) is not None
        return found[concept]

    for rule in rules:
        if all(any(map(holds, group)) for group in rule.all) and not any(map(holds, rule.unless)):
            yield rule.name


def is_over(folded: str) -> bool:
    """Whether a sentence tells of something that happened before and is not going on.

    Args:
        folded: text in lower case, without accents.
    """
    words, _ = concept_rules()
    return _pattern(words["past"]).search(folded) is not None and _pattern(words["still"]).search(folded) is None


@cache
def concept_rules() -> tuple[dict[str, str], tuple[ConceptRule, ...]]:
    """The words of each concept, and the rules, from safety_concepts.yaml."""
    content = read_data("safety_concepts.yaml")
    rules = tuple(
        ConceptRule(one["class"], tuple(tuple(group.split("|")) for group in one["all"]), tuple(one["unless"]))
        for one in content["rules"]
    )
    return content["concepts"], rules


@cache
def words_of_danger() -> frozenset[str]:
    """The longer words of the concepts, whose slips of the finger are repaired."""
    content = read_data("safety_concepts.yaml")
    return frozenset(word for words in content["concepts"].values() for word in _LITERAL.findall(words))


@cache
def stems_of_danger() -> frozenset[str]:
    """The longer beginnings of words, of which the concepts leave the end open."""
    content = read_data("safety_concepts.yaml")
    return frozenset(stem for words in content["concepts"].values() for stem in _STEM.findall(words))


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words.split())})(?!\w)".replace("_", " "))
