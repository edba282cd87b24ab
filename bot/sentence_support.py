"""Whether a passage says what a model's sentence says.

Words are compared, not meanings: a model that may be hostile is believed only where it keeps to the words of a passage.
What binds the brand, speaks in its name or grants a right is held to one sentence of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.facts import facts_of
from bot.language_data import content_stems, plain, read_data
from bot.sentences import Part, parts_of
from knowledge_base.passage import Passage

# A sentence may lean on so many neighbouring parts of a passage: a step and its warning, a row and its header.
_TOGETHER = 3
_SIGNS = re.compile(r"[*_>#|`]")
_END = ".!?…:;"


@dataclass(frozen=True, slots=True)
class _Marks:
    negation: re.Pattern[str]
    first_person: re.Pattern[str]
    policy: re.Pattern[str]
    numbers: dict[str, str]
    neutral: frozenset[str]


def never_said(text: str) -> str:
    """Why a sentence is said in no case, whatever a passage says; empty where nothing speaks against it.

    Args:
        text: a sentence that a model wrote.
    """
    folded = plain(text)
    for reason, pattern in _never().items():
        if pattern.search(folded):
            return reason
    return ""


def stands_whole(text: str, passage: Passage) -> bool:
    """Whether a text is one or more whole sentences of a passage, letter for letter but for Markdown marks.

    Part of a sentence does not count: "crawl under the vehicle" is no quotation of "never crawl under the vehicle".

    Args:
        text: a sentence.
        passage: where it may stand.
    """
    wanted = _bare(text)
    if not wanted:
        return False
    for told in (passage.text, *passage.warnings, passage.question or ""):
        spans = [_bare(part.of(told)) for part in parts_of(told)]
        for start in range(len(spans)):
            joined = ""
            for span in spans[start : start + _TOGETHER + 3]:
                joined = f"{joined} {span}".strip()
                if joined == wanted:
                    return True
    return False


def unsupported_because(text: str, passage: Passage, language: str) -> str:
    """Why a passage does not bear a sentence; empty where it does.

    Args:
        text: a sentence that a model wrote, in `language`.
        passage: what it is said to rest on.
        language: ISO 639-1 code; a passage in another language bears only what it says letter for letter.
    """
    if stands_whole(text, passage):
        return ""
    if passage.scope.language != language:
        return "its passage is in another language"
    marks = _marks(language)
    folded = plain(text)
    if marks.first_person.search(folded):
        return "it speaks in the brand's name in words that stand in no document"
    stems = set(content_stems(text, language)) - marks.neutral
    if not stems:
        return "it says nothing that a passage could bear"
    policy = marks.policy.search(folded) is not None
    numbers = _worded_numbers(folded, marks)
    facts = {(fact.value, fact.unit) for fact in facts_of(text)}
    reason = "it rests on no passage"
    for window in _windows(passage, 1 if policy else _TOGETHER):
        head = "\n".join((passage.title, *passage.heading_path, passage.question or ""))
        if not stems <= set(content_stems(f"{head}\n{window}", language)):
            continue
        told = plain(f"{head}\n{window}")
        if not all(number in _words(told) or value in _words(told) for number, value in numbers.items()):
            reason = "a number that its passage does not have"
        elif facts - {(fact.value, unit) for fact in facts_of(f"{head}\n{window}") for unit in (fact.unit, "")}:
            reason = "a figure that does not stand beside what it is said of"
        elif bool(marks.negation.search(folded)) != bool(marks.negation.search(plain(window))):
            reason = "its passage says the opposite, or may"
        else:
            return ""
    return f"{reason}, of a rule or right" if policy else reason


def _windows(passage: Passage, most: int) -> Sequence[str]:
    """The parts of a passage, alone and with their neighbours, the narrowest first."""
    found: list[str] = []
    for told in (passage.text, "\n".join(passage.warnings)):
        parts: Sequence[Part] = parts_of(told)
        heads = [part for part in parts if part.kind == "table_head"]
        for size in range(1, most + 1):
            for start in range(len(parts) - size + 1):
                chosen = parts[start : start + size]
                head = heads[0].of(told) + "\n" if heads and any(part.kind == "row" for part in chosen) else ""
                found.append(head + "\n".join(part.of(told) for part in chosen))
    return found


def _bare(text: str) -> str:
    return re.sub(r"^\s*(?:\d{1,2}[.)]|[-•–])\s+", "", " ".join(_SIGNS.sub(" ", text).split())).rstrip(_END).strip()


def _words(folded: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", folded))


def _worded_numbers(folded: str, marks: _Marks) -> dict[str, str]:
    return {word: marks.numbers[word] for word in _words(folded) if word in marks.numbers}


@cache
def _never() -> dict[str, re.Pattern[str]]:
    return {reason: re.compile(pattern) for reason, pattern in read_data("support.yaml")["never"].items()}


@cache
def _marks(language: str) -> _Marks:
    content = read_data("support.yaml")["languages"]
    known = content.get(language, content["en"])
    return _Marks(
        negation=re.compile(known["negation"]),
        first_person=re.compile(known["first_person"]),
        policy=re.compile(known["policy"]),
        numbers={plain(word): str(value) for word, value in known["numbers"].items()},
        neutral=frozenset(stem for stem in content_stems(known["neutral"], language if language in content else "en")),
    )
