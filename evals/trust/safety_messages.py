"""The messages of danger and the near misses that the safety router is measured on, by several writers.

A file of `messages/` holds all of one writer. The danger model is trained on all but those of `HELD_OUT`, which were
never read while rules or model were made.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

WRITINGS = ("first", "second", "third", "fourth", *(f"writer_{one}" for one in "abcdghijkmnopqrstu"))
HELD_OUT = ("writer_f", "writer_l", "writer_v", "everyday")


@dataclass(frozen=True, slots=True)
class SafetyMessage:
    """A message, and what the router must make of it.

    Args:
        text: the message.
        language: its language.
        hazard: the class it was written for; None where it only sounds dangerous.
        writing: whose.
        framed: whether a script put it together of a question and a thing, as it did some of the first near misses.
    """

    text: str
    language: str
    hazard: str | None
    writing: str = WRITINGS[0]
    framed: bool = False


def safety_messages(split: str) -> tuple[SafetyMessage, ...]:
    """The messages that rules and model may be mended on, or those of the writers who are kept unseen.

    Args:
        split: `build`, `held-out`, or the name of one writing.
    """
    writings = {"build": WRITINGS, "held-out": HELD_OUT}.get(split, (split,))
    return tuple(message for writing in writings for message in _of(writing))


def message_variants(text: str, language: str) -> Iterator[str]:
    """A message in capitals, without accents, with a slip of the finger, and with talk around it.

    Args:
        text: the message.
        language: its language.
    """
    yield text.upper() + "!!!"
    yield _without_accents(text)
    yield _with_slip(text)
    for frame in _content(WRITINGS[0])["around"][language][1:]:
        yield frame.format(message=text)


def _of(writing: str) -> Iterator[SafetyMessage]:
    content = _content(writing)
    for name, by_language in content["danger"].items():
        for language, texts in by_language.items():
            yield from (SafetyMessage(text, language, name, writing) for text in texts)
    for language, near in content["near_misses"].items():
        single, frames, things = (
            (near, (), ()) if isinstance(near, list) else map(near.get, ("single", "frames", "things"))
        )
        yield from (SafetyMessage(text, language, None, writing) for text in single)
        framed = (frame.format(thing=thing) for thing in things for frame in frames)
        yield from (SafetyMessage(text, language, None, writing, framed=True) for text in framed)


def _without_accents(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _with_slip(text: str) -> str:
    """Two neighbouring letters of the longest word change places, as they do in a hurry."""
    word = max(text.split(), key=lambda one: (sum(letter.isalpha() for letter in one), one))
    middle = len(word) // 2
    slipped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return text.replace(word, slipped, 1)


@cache
def _content(writing: str) -> Any:
    file = files("evals.trust").joinpath("messages", f"{writing}.yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))
