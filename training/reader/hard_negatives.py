"""Makes questions that a passage seems to answer and does not, by small edits of ones that it does answer.

Each edit takes an answerable example and gives an unanswerable one (or None where it finds nothing to edit), so that
the pair differs in the one word that decides. `rename_in_both` is the counterweight: the same kind of edit in question
and passage, which leaves the question answerable, so that an edited look is no sign of anything.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?\n]+\s*|$)")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
_WORD = re.compile(r"[a-z]{4,}")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|can|could|will|would|has|have|should)\b", re.IGNORECASE)
_LISTS = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
_OPPOSITE = {a: b for a, b in _LISTS["opposites"]} | {b: a for a, b in _LISTS["opposites"]}  # noqa: C416
_PLAIN = frozenset(_LISTS["plain"])

SOMEWHERE = ((0, 0),)
"""The answers of an example whose passage answers, nobody marked where."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a passage.

    Args:
        id: of the row it comes from, with the edit behind a hyphen.
        question: as asked.
        context: the passage.
        answers: (start, end) of each gold span in the passage's characters; empty where it does not answer.
        language: ISO 639-1 code.
        source: the set, with the edit behind a colon.
        title: what the passage was cut from; examples of one title stay on one side of the split.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]
    language: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Words:
    """What edits draw from.

    Args:
        neighbours: words of the same kind for a word (from the nearest word vectors, inflections left out).
        names: names found in the questions of the sets.
    """

    neighbours: Mapping[str, Sequence[str]]
    names: Sequence[str]


Edit = Callable[[Example, Words, random.Random], Example | None]


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) of each sentence, end exclusive; they cover the text."""
    return [one.span() for one in _SENTENCE.finditer(text) if one.end() > one.start()]


def crop(example: Example, words: int) -> Example:
    """Cut the passage to whole sentences round the first gold span, about that many words."""
    spans = sentences(example.context)
    start, end = example.answers[0] if example.answers else (0, 1)
    first = max((i for i, s in enumerate(spans) if s[0] <= start), default=0)
    last = max(first, min((i for i, s in enumerate(spans) if s[1] >= end), default=len(spans) - 1))
    room = words - len(example.context[spans[first][0] : spans[last][1]].split())
    chance = random.Random(f"crop {example.id}")  # noqa: S311
    while room > 0 and (first > 0 or last < len(spans) - 1):
        backward = first > 0 and (last == len(spans) - 1 or chance.random() < 0.5)
        first, last = (first - 1, last) if backward else (first, last + 1)
        added = spans[first] if backward else spans[last]
        room -= len(example.context[added[0] : added[1]].split())
    low, high = spans[first][0], spans[last][1]
    kept = tuple((a - low, b - low) for a, b in example.answers if a >= low and b <= high)
    return replace(example, context=example.context[low:high], answers=kept)


def change_question(example: Example, words: Words, chance: random.Random) -> Example | None:
    """Replace one name, number or word of the question, negate it, or turn it into its opposite."""
    edits = [_other_name, _other_number, _opposite_word, _other_word, _other_word]
    chance.shuffle(edits)
    if chance.random() < 0.12:
        edits.insert(0, _negate)
    for edit in edits:
        question = edit(example, words, chance)
        if question is not None and question != example.question:
            kind = edit.__name__.strip("_")
            return _unanswerable(example, kind, question, example.context)
    return None


def remove_answer(example: Example, words: Words, chance: random.Random) -> Example | None:  # noqa: ARG001
    """Take the sentences that hold a gold span out of the passage."""
    golds = [example.context[a:b].lower() for a, b in example.answers]
    kept = [
        example.context[a:b]
        for a, b in sentences(example.context)
        if not any(a < end and b > start for start, end in example.answers)
    ]
    text = "".join(kept)
    if len(kept) < 2 or len(text.split()) < 25 or any(gold in text.lower() for gold in golds):
        return None
    return _unanswerable(example, "removed", example.question, text)


def change_passage(example: Example, words: Words, chance: random.Random) -> Example | None:
    """Replace a name, number or word that the question asks about wherever the passage says it."""
    for old, new in _replacements(example, words, chance):
        changed = re.sub(rf"\b{re.escape(old)}\b", new, example.context)
        if changed != example.context:
            return _unanswerable(example, "passage", example.question, changed)
    return None


def rename_in_both(example: Example, words: Words, chance: random.Random) -> Example | None:
    """Replace a name, number or word in question and passage alike: still answerable."""
    for old, new in _replacements(example, words, chance):
        pattern = rf"\b{re.escape(old)}\b"
        start, end = example.answers[0]
        head, tail = (re.sub(pattern, new, text) for text in (example.context[:start], example.context[end:]))
        gold = example.context[start:end]
        return replace(
            example,
            id=f"{example.id}-renamed",
            question=re.sub(pattern, new, example.question),
            context=head + gold + tail,
            answers=((len(head), len(head) + len(gold)),),
            source=f"{example.source}:renamed",
        )
    return None


def _unanswerable(example: Example, kind: str, question: str, context: str) -> Example:
    return replace(
        example,
        id=f"{example.id}-{kind}",
        question=question,
        context=context,
        answers=(),
        source=f"{example.source}:{kind}",
    )


def _answer_sentence(example: Example) -> str:
    start, end = example.answers[0]
    return "".join(example.context[a:b] for a, b in sentences(example.context) if a < end and b > start)


def _replacements(example: Example, words: Words, chance: random.Random) -> list[tuple[str, str]]:
    golds = " ".join(example.context[a:b] for a, b in example.answers)
    sentence = _answer_sentence(example)
    names = [name for name in _NAME.findall(example.question) if name in example.context and name not in golds]
    numbers = [number for number in _NUMBER.findall(example.question) if number in sentence and number not in golds]
    found = [(name, chance.choice(words.names)) for name in names]
    found += [(number, _near_number(number, chance)) for number in numbers]
    for word in dict.fromkeys(_WORD.findall(example.question)):
        others = [_OPPOSITE[word]] if word in _OPPOSITE else list(words.neighbours.get(word, ()))
        if others and re.search(rf"\b{word}\b", sentence) and word not in golds:
            found.append((word, chance.choice(others)))
    chance.shuffle(found)
    return found


def _other_name(example: Example, words: Words, chance: random.Random) -> str | None:
    names = _NAME.findall(example.question)
    if not names:
        return None
    old = chance.choice(names)
    golds = " ".join(example.context[a:b] for a, b in example.answers)
    near = [n for n in set(_NAME.findall(example.context)) if n not in example.question and n not in golds]
    new = chance.choice(sorted(near)) if near and chance.random() < 0.7 else chance.choice(words.names)
    return example.question.replace(old, new, 1)


def _other_number(example: Example, words: Words, chance: random.Random) -> str | None:  # noqa: ARG001
    numbers = _NUMBER.findall(example.question)
    if not numbers:
        return None
    old = chance.choice(numbers)
    near = [n for n in set(_NUMBER.findall(example.context)) if n not in example.question and len(n) == len(old)]
    new = chance.choice(sorted(near)) if near and chance.random() < 0.6 else _near_number(old, chance)
    return example.question.replace(old, new, 1)


def _near_number(number: str, chance: random.Random) -> str:
    place = chance.randrange(max(0, len(number) - 2), len(number))
    digit = chance.choice([d for d in "123456789" if d != number[place]])
    return number[:place] + (digit if number[place].isdigit() else number[place]) + number[place + 1 :]


def _opposite_word(example: Example, words: Words, chance: random.Random) -> str | None:  # noqa: ARG001
    found = [w for w in re.findall(r"[a-z]+", example.question) if w in _OPPOSITE]
    if not found:
        return None
    old = chance.choice(found)
    return re.sub(rf"\b{old}\b", _OPPOSITE[old], example.question, count=1)


def _other_word(example: Example, words: Words, chance: random.Random) -> str | None:
    found = [w for w in _WORD.findall(example.question) if w in words.neighbours and w not in _PLAIN]
    said = [w for w in found if w in example.context]
    found = said if said and chance.random() < 0.8 else found
    if not found:
        return None
    old = chance.choice(found)
    others = [w for w in words.neighbours[old] if w in example.context] or words.neighbours[old]
    return re.sub(rf"\b{old}\b", chance.choice(list(others)), example.question, count=1)


def _negate(example: Example, words: Words, chance: random.Random) -> str | None:  # noqa: ARG001
    question = example.question
    if re.search(r"\bnot\b|n't\b", question):
        return re.sub(r"\s+not\b|n't\b", "", question, count=1)
    found = _AUXILIARY.search(question)
    if found is None:
        return None
    rest = question[found.end() :]
    if chance.random() < 0.5:
        return f"{question[: found.end()]}n't{rest}" if found[0].lower() not in {"can", "will"} else None
    return f"{question[: found.end()]} not{rest}" if not rest.strip().startswith("the") else None
