"""What the danger model is trained on: messages of danger, near misses, and what people ordinarily say and ask."""

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.trust.safety_messages import SafetyMessage
from training.care_documents.documents import HELD_OUT_COMPANIES, care_passages

NONE = "none"
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
_SHORTEST_SENTENCE = 3
# Intents and questions of public sets, none of which is about danger: what ordinary talk sounds like.
_ORDINARY = {"clinc-oos": "intent", "hint3": "intent", "nlu-eval": "intent", "product-qa": "pairs", "cnil-faq": "pairs"}
_BETWEEN = (". ", " ", ", ", "\n")
# Chances that a text is written without accents, with a slip, without its last mark, behind or before another text.
_BARE, _SLIP, _OPEN, _BEHIND, _BEFORE = 0.25, 0.3, 0.3, 0.1, 0.07


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the class of danger it tells of.

    Args:
        text: as it was written.
        hazard: its class, or none.
        near: whether it was written to tell danger from what only sounds like it.
    """

    text: str
    hazard: str
    near: bool


def written_examples(messages: Sequence[SafetyMessage]) -> list[Example]:
    """The messages of the suite's writers, each once."""
    return [Example(one.text, one.hazard or NONE, near=True) for one in messages]


def everyday_examples() -> list[Example]:
    """What customers type most and nobody must take for danger: lamps, faults, openings, ordinary questions."""
    return [Example(text, NONE, near=True) for texts in _read("everyday.yaml").values() for text in texts]


def ordinary_examples(sets: Path, group: Path) -> list[Example]:
    """What is not about danger.

    Args:
        sets: folder with a folder for each public set.
        group: group folder, whose documents and golden questions speak of cars.
    """
    texts = (*_of_sets(sets), *_of_group(group), *_of_care_documents(), *_small_talk(), *_questions())
    return [Example(text, NONE, near=False) for text in dict.fromkeys(texts)]


def disturbed(example: Example, calm: Sequence[Example], chance: random.Random) -> str:
    """A text as it may come: in a hurry, without accents, with talk around it.

    Args:
        example: what was written.
        calm: texts without danger, one of which may stand around it.
        chance: decides.
    """
    text, drawn = _written_in_a_hurry(example.text, chance), chance.random()
    if drawn > _BEHIND + _BEFORE:
        return text
    other, between = _written_in_a_hurry(chance.choice(calm).text, chance), chance.choice(_BETWEEN)
    return f"{other}{between}{text}" if drawn < _BEHIND else f"{text}{between}{other}"


def _written_in_a_hurry(text: str, chance: random.Random) -> str:
    if chance.random() < _BARE:
        folded = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in folded if not unicodedata.combining(letter))
    if chance.random() < _SLIP:
        text = _with_slip(text, chance)
    return text.rstrip(".!?") if chance.random() < _OPEN else text


def _with_slip(text: str, chance: random.Random) -> str:
    """Two letters change places, one is left out, or one is written twice."""
    words = text.split(" ")
    longer = [place for place, word in enumerate(words) if len(word) > 3]
    if not longer:
        return text
    place = chance.choice(longer)
    word = words[place]
    at = chance.randrange(len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = chance.choice((swapped, swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))
    return " ".join(words)


def _of_sets(sets: Path) -> Iterator[str]:
    for name, kind in _ORDINARY.items():
        with gzip.open(sets / name / f"{kind}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from (str(row.get("text") or row.get("query")) for row in map(json.loads, lines))


def _of_group(group: Path) -> Iterator[str]:
    """Sentences, headings and rows of documents, and the golden questions that are no messages of danger."""
    found = {
        line.strip("#*|> -0123456789.")
        for path in sorted(group.rglob("documents/**/*.md"))
        for part in path.read_text(encoding="utf-8").splitlines()
        for line in _SENTENCE_END.split(part)
    }
    yield from sorted(text for text in found if len(text.split()) >= _SHORTEST_SENTENCE)
    for path in sorted(group.rglob("golden_questions.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name in ("questions", "must_decline"):
            yield from (str(one["question"]) for one in content.get(name, ()))


def _of_care_documents() -> Iterator[str]:
    """What customers ask of care documents, but of the companies on which false alarms are counted."""
    for one in care_passages():
        if one.company not in HELD_OUT_COMPANIES:
            yield from (*one.questions, *one.near)


def _small_talk() -> Iterator[str]:
    for texts in _read("small_talk.yaml").values():
        yield from texts


def _questions() -> Iterator[str]:
    for content in _read("questions.yaml").values():
        yield from content["single"]
        for frame in content["frames"]:
            yield from (frame.format(thing=thing) for thing in content["things"])


def _read(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
