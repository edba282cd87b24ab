"""The safety router: messages of danger get an approved, local script at once, with no search and no language model.

Decided by rules (`safety.yaml`) and by a small network of our own (`danger_model.py`): it finds what no rule names, and
where it is sure that nothing is wrong a rule alone is not believed. Where it cannot be opened, the rules hold.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from bot.danger_model import DangerModel, Suspicion, danger_model
from bot.errors import DangerModelUnavailable
from bot.handoff_words import told_hours
from bot.language_data import content_stems, is_thing, language, plain, read_data
from bot.reply import TextApproval
from bot.safety_concepts import hazards_by_concept, is_over, stems_of_danger, words_of_danger
from bot.safety_texts import SafetyTexts
from bot.settings import SUPPORTED_LANGUAGES
from brands import BrandProfile

Danger = Literal["life", "do_not_drive", "record"]
# The gravest first.
RANK: dict[str, int] = {"life": 0, "do_not_drive": 1, "record": 2}

_WORD = re.compile(r"[^\W\d_]{4,}(?:'[^\W\d_]+)?")
# A letter too many or too few is repaired only in longer words: of short ones another word may be meant.
_LONG_WORD = 7
_SHORTEST_STEM = 5
# Of three dangers one always is: to take the graver for the lesser one is worse than the other way round.
_LIKELY_ENOUGH = 0.3
# Where a rule has told a danger, the model must be surer to tell a graver one.
_SURER = 0.98
_SELF_HARM = "self_harm"
_SENTENCE_END = re.compile(r"[.!?;\n]+")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What kind of danger a message tells of.

    Args:
        name: its class, such as `fire` or `brake_lamp`.
        danger: whether life is threatened now, the vehicle must not be driven, or something that happened must be
            kept on record.
    """

    name: str
    danger: Danger


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the router makes of a message.

    Args:
        hazard: the gravest that was found, or None.
        possible: whether a message without one still sounds enough like danger to name the emergency number beside
            the answer.
    """

    hazard: Hazard | None
    possible: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    hazard: Hazard
    all: tuple[str, ...]
    unless: tuple[str, ...]

    def holds(self, sentence: str) -> bool:
        # Most rules end here; the generators below cost more than a search.
        if not _pattern(self.all[0]).search(sentence):
            return False
        return all(_pattern(one).search(sentence) for one in self.all[1:]) and not any(
            _pattern(one).search(sentence) for one in self.unless
        )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # Compiled when a message first asks for it: most rules end at their first pattern, and all 600 take 0.2 s.
    return re.compile(text)


def judge_message(text: str, code: str) -> Judgement:
    """Tell whether a message speaks of danger, or may; what threatens life comes first.

    Args:
        text: what the customer wrote.
        code: ISO 639-1 code of the language it was found to be in.
    """
    found, model = _by_rules(plain(text), code), _model()
    if model is None:
        return Judgement(_gravest(found))
    if not found and model.is_ordinary(text):
        return Judgement(None)
    suspected = model.suspicion(text)
    if suspected.score < model.harmless:
        told = [hazard for hazard in found if hazard.danger == "life" and suspected.score >= model.harmless_life]
        return Judgement(_gravest(told))
    # Who may want to die is not answered with a number above a table: what is possible is enough.
    is_of_self_harm = max(suspected.classes, key=suspected.classes.__getitem__) == _SELF_HARM
    least = model.possible if is_of_self_harm else model.certain
    if suspected.score >= least and not any(hazard.danger == "life" for hazard in found):
        likeliest = _likeliest(suspected, _SURER if found else _LIKELY_ENOUGH)
        if likeliest and not (likeliest.danger == "record" and _is_mere_anger(text, code)):
            found.append(likeliest)
    return Judgement(_gravest(found), possible=not found and suspected.score >= model.possible)


def find_hazard(text: str, language: str) -> Hazard | None:
    """The gravest hazard that a message speaks of, or None.

    Args:
        text: what the customer wrote.
        language: ISO 639-1 code it was found to be in.
    """
    return judge_message(text, language).hazard


def _is_mere_anger(text: str, code: str) -> bool:
    """Whether a message is of anger and names no thing: a person takes over, and there is nothing to put on record."""
    folded, anger = plain(text), language(code).anger
    is_angry = any(anger.search(one) for one in (folded, folded.replace("'", " ")))
    return is_angry and not any(is_thing(stem) for stem in content_stems(text, code))


@cache
def _model() -> DangerModel | None:
    try:
        return danger_model()
    except DangerModelUnavailable as error:
        _log.error("Danger is told by rules alone, which find about half of it: %s", error)
        return None


def _gravest(found: Sequence[Hazard]) -> Hazard | None:
    return min(found, key=lambda hazard: RANK[hazard.danger], default=None)


def _by_rules(folded: str, language: str) -> list[Hazard]:
    """The hazards that rules find.

    Those of the message's own language are asked first, then those of all the others: whoever is in danger may write
    in any of them.
    """
    order = [language, *(code for code in SUPPORTED_LANGUAGES if code != language)]
    found = _hazards(folded, order) + _by_concept(folded)
    if not found:
        asked = {folded}
        for code in order:
            repaired = repair_slips(folded, code)
            if repaired != folded:
                found += _hazards(repaired, [code])
            if repaired not in asked:
                found += _by_concept(repaired)
                asked.add(repaired)
    return found


def _likeliest(suspected: Suspicion, least: float) -> Hazard | None:
    """The likeliest class of the gravest danger that is at least so likely."""
    dangers = read_safety_data()["classes"]
    chances: dict[Danger, float] = {"life": 0.0, "do_not_drive": 0.0, "record": 0.0}
    for name, chance in suspected.classes.items():
        chances[dangers[name]] += chance
    danger = next((danger for danger, chance in chances.items() if chance >= least), None)
    if danger is None:
        return None
    name = max((name for name in suspected.classes if dangers[name] == danger), key=lambda one: suspected.classes[one])
    return Hazard(name, danger)


def _by_concept(folded: str) -> list[Hazard]:
    dangers = read_safety_data()["classes"]
    return [Hazard(name, dangers[name]) for name in hazards_by_concept(folded)]


def repair_slips(folded: str, language: str) -> str:
    """A text with slips of the finger in words of danger repaired: swapped, missing or doubled letters.

    Args:
        folded: text in lower case, without accents.
        language: whose words are known.
    """
    table, known = _slips(language)

    usual, of_danger = _concept_slips()

    def repair(found: re.Match[str]) -> str:
        word = found[0]
        if word in known or word in of_danger:
            return word
        return table.get(word) or usual.get(word) or _repair_stem(word)

    return _WORD.sub(repair, folded)


def _repair_stem(word: str) -> str:
    table = _stem_slips()
    for end in range(_SHORTEST_STEM, len(word) + 1):
        stem = table.get(word[:end])
        if stem is not None:
            return stem + word[end:]
    return word


@cache
def _stem_slips() -> dict[str, str]:
    """Beginnings of words with two letters swapped, each with the right one."""
    stems = stems_of_danger()
    return {
        swapped: stem
        for stem in sorted(stems)
        for at in range(len(stem) - 1)
        if (swapped := stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :]) not in stems
    }


@cache
def _concept_slips() -> tuple[dict[str, str], frozenset[str]]:
    return _slips_of(words_of_danger()), words_of_danger()


@cache
def _slips(language: str) -> tuple[dict[str, str], frozenset[str]]:
    words = frozenset(plain(str(read_safety_data()["slips"].get(language, ""))).split())
    return _slips_of(words), words


def _slips_of(words: frozenset[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for word in words:
        for at in range(len(word) - 1):
            table[word[:at] + word[at + 1] + word[at] + word[at + 2 :]] = word
        for at in range(1, len(word)) if len(word) >= _LONG_WORD else ():
            table[word[:at] + word[at + 1 :]] = word
            table[word[:at] + word[at - 1] + word[at:]] = word
    return table


def _hazards(folded: str, order: Sequence[str]) -> list[Hazard]:
    # What threatened life some time ago is for the record, and no reason to call for help now.
    sentences = [one for one in _SENTENCE_END.split(folded) if one.strip() and not is_over(one)]
    together = (*sentences, " ".join(sentences)) if len(sentences) > 1 else sentences
    return [
        rule.hazard
        for code in order
        for rule in _rules().get(code, ())
        if any(rule.holds(one) for one in (together if rule.hazard.danger == "life" else sentences))
    ]


def emergency_number(profile: BrandProfile, market: str | None) -> tuple[str, bool]:
    """The emergency number of a market, never guessed.

    Args:
        profile: the brand.
        market: the customer's market, where it is known.

    Returns:
        The number and True; or, where the market is not known and the brand's markets differ, each number with its
        market, and False.
    """
    table: dict[str, str] = read_safety_data()["emergency_numbers"]
    markets = [market] if market in table else [one for one in profile.markets if one in table]
    numbers = {table[one] for one in markets if one is not None}
    if len(numbers) == 1:
        return numbers.pop(), True
    by_number: dict[str, list[str]] = {}
    for one in markets or ("gb", "us", "de"):
        by_number.setdefault(table[str(one)], []).append(str(one).upper())
    if not markets:
        return "EU 112, UK 999, US 911", False
    return ", ".join(f"{'/'.join(where)} {number}" for number, where in by_number.items()), False


@dataclass(frozen=True, slots=True)
class SafetyText:
    """What is shown, and who approved it.

    Args:
        text: the emergency number first, then at most three steps, then who has been told.
        approval: version and sign-off of the steps.
    """

    text: str
    approval: TextApproval


def safety_text(
    hazard: Hazard,
    profile: BrandProfile,
    language: str,
    market: str | None,
    texts: SafetyTexts | None = None,
    *,
    person: str = "",
) -> SafetyText:
    """The approved text for a hazard.

    Args:
        hazard: what was found.
        profile: the brand that speaks.
        language: ISO 639-1 code; English where there is no text.
        market: the customer's market, where it is known.
        texts: the company's own steps, which take the place of the bot's; the emergency number always stays first.
        person: the last line: who has been told, and when they are there.
    """
    content = read_safety_data()
    script = _script(language)
    contact = profile.contact(market)
    fill = {"phone": contact.phone, "hours": told_hours(contact, language), "brand": profile.name}
    own = texts.steps(language, market, (hazard.name, hazard.danger)) if texts else ()
    steps: Sequence[str] = own or script.get(hazard.name) or script[hazard.danger]
    first = _emergency_line("emergency" if hazard.danger == "life" else "emergency_if", profile, language, market)
    fill["emergency"] = emergency_number(profile, market)[0]
    numbered = [f"{place}. {step.format(**fill)}" for place, step in enumerate(steps, start=1)]
    lines = [f"{first}\n", *numbered, *([f"\n{person}"] if person else [])]
    approval = TextApproval(f"bot-{content['version']}")
    if own and texts:
        approval = TextApproval(texts.version, texts.signed_off_by, texts.signed_off_on)
    return SafetyText("\n".join(lines), approval)


def caution_text(profile: BrandProfile, language: str, market: str | None) -> str:
    """Whom to call if there is danger, for the beginning of a reply to a message that may tell of some.

    Args:
        profile: the brand that speaks.
        language: ISO 639-1 code; English where there is no text.
        market: the customer's market, where it is known.
    """
    return _emergency_line("emergency_if", profile, language, market)


def _emergency_line(name: str, profile: BrandProfile, language: str, market: str | None) -> str:
    number, known = emergency_number(profile, market)
    line: str = _script(language)[name if known else f"{name}_unknown"]
    return f"**{line.format(emergency=number)}**"


def _script(language: str) -> Any:
    scripts = read_safety_data()["scripts"]
    return scripts.get(language, scripts["en"])


@cache
def read_safety_data() -> Any:
    """Read safety.yaml, once a process."""
    return read_data("safety.yaml")


@cache
def _rules() -> dict[str, tuple[_Rule, ...]]:
    content = read_safety_data()
    dangers = content["classes"]
    return {
        code: tuple(
            _Rule(
                hazard=Hazard(rule["class"], dangers[rule["class"]]),
                all=tuple(rule["all"]),
                unless=tuple(rule.get("unless", ()))
                + ((content["not_now"][code],) if dangers[rule["class"]] == "do_not_drive" else ()),
            )
            for rule in rules
        )
        for code, rules in content["rules"].items()
    }
