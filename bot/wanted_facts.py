"""What kind of fact a question asks for, and whether a text has one."""

import re
from collections.abc import Iterable
from functools import cache

from bot.facts import Fact, unit_of
from bot.language_data import plain, read_data

_COUNTED = re.compile(
    r"\b(?:how many|wie ?viele?|combien d[e']|quant[ei]|cuant[oa]s) ?"
    r"((?:kilo)?watt[ -]?hours?|amp(?:ere)?[ -]?hours?|[\w°%/-]+)"
)
_UNIT_HOURS = re.compile(r"^(kilowatt|watt|amp)(?:ere)?[ -]?hours?$")
_SIGNS = {"kilowatt": "kwh", "watt": "wh", "amp": "ah"}


def wanted_facts(question: str, code: str) -> frozenset[str]:
    """The units and kinds of fact that would answer a question; empty when it asks for none.

    Args:
        question: the question.
        code: its language.
    """
    wanted = plain(question)
    found: set[str] = set()
    for pattern, kinds in _patterns().get(code, _patterns()["en"]):
        if pattern.search(wanted):
            found.update(kinds)
    if "count" in found:
        # "How many amps" names the unit, "how many seats" is told without one.
        found.update(unit for unit in map(_unit_said, _COUNTED.findall(wanted)) if unit)
    # "How much" alone asks for any number, "how many" for a count; with something sharper beside it, for that.
    return frozenset(found - {"number", "count"}) or frozenset(found)


def facts_answer(facts: Iterable[Fact], wanted: frozenset[str]) -> bool:
    """Whether one of the facts is of a wanted unit or kind.

    Args:
        facts: of a sentence or a passage.
        wanted: what `wanted_facts` gave.
    """
    for fact in facts:
        if fact.unit in wanted or (fact.kind in wanted and fact.kind != "number"):
            return True
        if "number" in wanted and fact.kind in {"number", "price"}:
            return True
        if "count" in wanted and fact.kind == "number" and not fact.unit:
            return True
    return False


def _unit_said(words: str) -> str:
    """The unit that words of a question name; empty where they name none."""
    hours = _UNIT_HOURS.match(words)
    return _SIGNS[hours[1]] if hours else unit_of(words)


@cache
def _patterns() -> dict[str, tuple[tuple[re.Pattern[str], frozenset[str]], ...]]:
    return {
        code: tuple((re.compile(pattern), frozenset(kinds)) for pattern, kinds in rules)
        for code, rules in read_data("wanted_facts.yaml").items()
    }


def unit_words(question: str) -> str:
    """The units that a question names as what it asks for, such as "watts" of "how many watts"; empty where none.

    Args:
        question: the question.
    """
    return " ".join(word for word in _COUNTED.findall(plain(question)) if _unit_said(word))


def measure_words(question: str, code: str) -> str:
    """The words of a question that say what kind of fact it asks for, such as "how tight"; empty where none do.

    Args:
        question: the question.
        code: its language.
    """
    wanted = plain(question)
    rules = _patterns().get(code, _patterns()["en"])
    return " ".join(found.group() for pattern, _ in rules for found in pattern.finditer(wanted))
