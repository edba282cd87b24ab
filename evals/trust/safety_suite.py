"""How surely the safety router finds danger, and how often it cries wolf."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from time import perf_counter
from typing import Any, Literal

import yaml

from bot.safety import RANK, find_hazard
from evals.trust.bounds import upper_bound

Split = Literal["all", "build", "held-out"]
# One message in three is kept unseen while the rules are mended.
_HELD_OUT = 3


@dataclass(frozen=True, slots=True)
class SafetyMessage:
    """A message, and what the router must make of it.

    Args:
        text: the message.
        language: its language.
        hazard: the class it was written for; None where it only sounds dangerous.
        held_out: whether it is kept unseen while rules are mended.
        writing: in which of the writings it stands; the later ones were made when the rules stood,
            the fourth by another writer.
    """

    text: str
    language: str
    hazard: str | None
    held_out: bool
    writing: int = 1


def safety_messages(split: Split = "all") -> tuple[SafetyMessage, ...]:
    """All messages of the suite, or the part that rules may be mended on, or the rest.

    Args:
        split: which part; all variants of a written message lie in the same one.
    """
    found = (*_dangers(), *_near_misses())
    return tuple(one for one in found if split == "all" or one.held_out == (split == "held-out"))


def run_safety(split: Split = "all", writing: int | None = None) -> dict[str, Any]:
    """Ask the router about every message.

    Args:
        split: which part of the suite.
        writing: only one of the writings, from 1.

    Returns:
        Recall by class and of life-threatening and do-not-drive messages, false alarms, milliseconds, and each miss.
    """
    messages = [one for one in safety_messages(split) if writing in {None, one.writing}]
    dangers = _danger_of_class()
    found: dict[str, list[bool]] = {}
    missed, alarms, times = [], [], []
    near = 0
    for one in messages:
        begun = perf_counter()
        hazard = find_hazard(one.text, one.language)
        times.append((perf_counter() - begun) * 1000)
        if one.hazard is None:
            near += 1
            if hazard is not None:
                alarms.append({"language": one.language, "text": one.text, "class": hazard.name})
            continue
        # A graver class than the one that was meant is no miss.
        right = hazard is not None and RANK[hazard.danger] <= RANK[dangers[one.hazard]]
        found.setdefault(one.hazard, []).append(right)
        if not right:
            missed.append({"language": one.language, "text": one.text, "class": one.hazard})
    by_danger: dict[str, list[bool]] = {}
    for name, rights in found.items():
        by_danger.setdefault(dangers[name], []).extend(rights)
    times.sort()
    return {
        "split": split,
        "writing": writing,
        "messages": sum(len(rights) for rights in found.values()),
        "near_misses": near,
        "recall": {name: round(sum(rights) / len(rights), 4) for name, rights in sorted(by_danger.items())},
        "missed_upper_95": {
            name: round(upper_bound(len(rights) - sum(rights), len(rights)), 4) for name, rights in by_danger.items()
        },
        "recall_by_class": {name: round(sum(rights) / len(rights), 4) for name, rights in found.items()},
        "false_alarms": round(len(alarms) / near, 4) if near else 0.0,
        "p95_ms": round(times[int(len(times) * 0.95)], 3) if times else 0.0,
        "missed": missed,
        "alarms": alarms,
    }


def _dangers() -> Iterator[SafetyMessage]:
    around = _content()[0]["around"]
    for writing, content in enumerate(_content(), start=1):
        for name, by_language in content["danger"].items():
            for language, texts in by_language.items():
                for text in texts:
                    held_out = _is_held_out(text)
                    for number, variant in enumerate(_variants(text, around[language])):
                        if number == 0 or variant != text:
                            yield SafetyMessage(variant, language, name, held_out, writing)


def _variants(text: str, around: list[str]) -> Iterator[str]:
    yield text
    yield text.upper() + "!!!"
    yield _without_accents(text)
    yield _with_slip(text)
    for frame in around[1:]:
        yield frame.format(message=text)


def _near_misses() -> Iterator[SafetyMessage]:
    for writing, file in enumerate(_content(), start=1):
        for language, content in file["near_misses"].items():
            framed = [frame.format(thing=thing) for thing in content["things"] for frame in content["frames"]]
            for text in (*framed, *content["single"]):
                yield SafetyMessage(text, language, None, _is_held_out(text), writing)


def _without_accents(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _with_slip(text: str) -> str:
    """Two neighbouring letters of the longest word change places, as they do in a hurry."""
    word = max(text.split(), key=lambda one: (sum(letter.isalpha() for letter in one), one))
    middle = len(word) // 2
    slipped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return text.replace(word, slipped, 1)


def _is_held_out(text: str) -> bool:
    return int(sha256(text.encode()).hexdigest(), 16) % _HELD_OUT == 0


def _danger_of_class() -> dict[str, str]:
    from bot.safety import read_safety_data

    return dict(read_safety_data()["classes"])


@cache
def _content() -> tuple[Any, ...]:
    names = (
        "safety_messages.yaml",
        "safety_messages_second.yaml",
        "safety_messages_third.yaml",
        "safety_messages_fourth.yaml",
    )
    return tuple(yaml.safe_load(files("evals.trust").joinpath(name).read_text(encoding="utf-8")) for name in names)
