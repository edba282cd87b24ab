"""Whether a passage says what a model's sentence says.

Words are compared, not meanings: a model that may be hostile is believed only where it keeps to the words of a passage.
What binds the brand, speaks in its name or grants a right is held to one sentence of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from bot.facts import facts_of
from bot.figure_places import FigurePlace, given_to_another, places_of, places_of_row
from bot.language_data import content_stems, plain, read_data
from bot.sentences import parts_of
from bot.tables import tables_of
from knowledge_base.passage import Passage

# A sentence may lean on so many neighbouring parts of a passage: a step and its warning, a row and its header.
_TOGETHER = 3
# With fewer topic words a sentence is a fragment, and agreement may be chance.
_LEAST_WORDS = 2
# Prose is letters and figures to more than nine tenths; what of it is less, and stands nowhere whole, is code.
_LEAST_LETTERS = 0.7
_SIGNS = re.compile(r"[*_>#|`]")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_ENUMERATOR = re.compile(r"(?<![\w(\[])\w{1,2}\)(?=\s)")
_END = ".!?…:;"
_ENDED_LINE = re.compile(r"(?<=[.!?…])[ \t]*\n\s*(?=\S)")

_EXCLUSION = re.compile(r"\b(?:exclu|esclus|ausschl|ausgeschl)\w*")


@dataclass(frozen=True, slots=True)
class _Marks:
    negation: re.Pattern[str]
    condition: re.Pattern[str]
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
    for spans in _read(passage).spans:
        for start, first in enumerate(spans):
            if not wanted.startswith(first):
                continue
            joined = first
            for span in spans[start + 1 :]:
                if joined == wanted or len(joined) > len(wanted):
                    break
                joined = f"{joined} {span}"
            if joined == wanted:
                return True
    return False


def stands_unbroken(text: str, passage: Passage) -> bool:
    """Whether a passage has the words of a text in a row, whatever stands before and after them.

    Args:
        text: a sentence.
        passage: where it may stand.
    """
    wanted = _bare(text)
    return bool(wanted) and wanted in _bare(passage.text)


def number_words(language: str) -> frozenset[str]:
    """The words that stand for a number, such as "five"; lower case, without accents.

    Args:
        language: ISO 639-1 code; those of English where nothing is known of it.
    """
    return frozenset(word for word, value in _marks(language).numbers.items() if value != "0")


def unsupported_because(text: str, passage: Passage, language: str) -> str:
    """Why a passage does not bear a sentence; empty where it does.

    Args:
        text: a sentence that a model wrote, in `language`.
        passage: what it is said to rest on.
        language: ISO 639-1 code; a passage in another language bears only what it says letter for letter.
    """
    if stands_whole(text, passage):
        return ""
    lines = _ENDED_LINE.split(text)
    if len(lines) > 1:
        # What begins small may go on from the line before; after a full stop it is read as a sentence of its own.
        return next(filter(None, (unsupported_because(line, passage, language) for line in lines)), "")
    if passage.scope.language != language:
        return "its passage is in another language"
    marks = _marks(language)
    stems = frozenset(content_stems(text, language)) - marks.neutral
    facts = frozenset((fact.value, fact.unit) for fact in facts_of(text))
    known = _read(passage)
    reason = _no_sentence(text, known) or _out_of_place(text, stems, facts, known, marks)
    return reason or _unsaid(_Said(plain(text), stems, facts, places_of(text, language)), known, marks)


def _no_sentence(text: str, known: "_Read") -> str:
    """Why a text is no one sentence: code, or a whole line that runs on with words which do not follow it there."""
    signs = [sign for sign in text if not sign.isspace()]
    if sum(sign.isalnum() for sign in signs) < _LEAST_LETTERS * len(signs) or not _pairs(text):
        return "a piece of code"
    wanted = _bare(text)
    whole = (span for spans in known.spans for span in spans if len(span.split()) >= _LEAST_WORDS)
    return "words of two places run together" if any(wanted.startswith(f"{span} ") for span in whole) else ""


def _pairs(text: str) -> bool:
    """Whether every bracket of a text has its other one; that of "a)" or "2)" has none."""
    waiting: list[str] = []
    for sign in _ENUMERATOR.sub("", text):
        if sign in _BRACKETS:
            waiting.append(_BRACKETS[sign])
        elif sign in _BRACKETS.values() and (not waiting or waiting.pop() != sign):
            return False
    return not waiting


@dataclass(frozen=True, slots=True)
class _Said:
    folded: str
    stems: frozenset[str]
    facts: frozenset[tuple[str, str]]
    places: tuple[FigurePlace, ...]


def _out_of_place(
    text: str, stems: frozenset[str], facts: frozenset[tuple[str, str]], known: "_Read", marks: _Marks
) -> str:
    """Why no passage could bear the sentence, or this one cannot."""
    if marks.first_person.search(plain(text)):
        return "it speaks in the brand's name in words that stand in no document"
    if "|" in text:
        return "a piece of a table"
    if text.rstrip(" *_").endswith("?"):
        return "a question that stands in no document"
    if not stems <= known.stems:
        return "it rests on no passage"
    if len(stems) < _LEAST_WORDS or (stems <= known.head.stems and facts <= known.head.facts):
        return "it says nothing that a passage could bear"
    return ""


def _unsaid(said: _Said, known: "_Read", marks: _Marks) -> str:
    """Why no place of the passage says the sentence; empty where one does."""
    policy = marks.policy.search(said.folded) is not None
    numbers = {word: marks.numbers[word] for word in _words(said.folded) if word in marks.numbers}
    denials = len(marks.negation.findall(said.folded))
    reason = "it rests on no passage"
    # A denial of a neighbouring sentence must not pass for this one's.
    for window in _windows(known, 1 if policy or denials else _TOGETHER):
        stems = frozenset[str]().union(*(part.stems for part in window))
        # A heading alone says nothing.
        if not said.stems <= known.head.stems | stems or 3 * len(said.stems & stems) < 2 * len(said.stems):
            continue
        words = known.head.words.union(*(part.words for part in window))
        facts = known.head.facts.union(*(part.facts for part in window))
        if not all(word in words or value in words for word, value in numbers.items()):
            reason = "a number that its passage does not have"
        elif not said.facts <= facts:
            reason = "a figure that does not stand beside what it is said of"
        elif given_to_another(said.places, [place for part in window for place in part.places], known.head.stems):
            reason = "a figure that its passage gives to another thing"
        elif denials != sum(part.denials for part in window):
            reason = "its passage says the opposite, or may"
        elif any(part.depends for part in window) and not marks.condition.search(said.folded):
            reason = "its passage says so on a condition"
        else:
            return ""
    return f"{reason}, of a rule or right" if policy else reason


@dataclass(frozen=True, slots=True)
class _Told:
    stems: frozenset[str]
    words: frozenset[str]
    facts: frozenset[tuple[str, str]]
    denials: int
    depends: bool
    places: tuple[FigurePlace, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    head: _Told
    parts: tuple[tuple[_Told, ...], ...]
    table_head: _Told | None
    spans: tuple[tuple[str, ...], ...]
    stems: frozenset[str]


def _windows(known: _Read, most: int) -> Iterator[tuple[_Told, ...]]:
    """The parts of a passage, alone and with their neighbours, the narrowest first; a table's header goes along."""
    header = (known.table_head,) if known.table_head else ()
    for parts in known.parts:
        for size in range(1, most + 1):
            for start in range(len(parts) - size + 1):
                yield (*header, *parts[start : start + size])


@lru_cache(maxsize=2_000)
def _read(passage: Passage) -> _Read:
    language = passage.scope.language
    head = _told("\n".join((passage.title, *passage.heading_path, passage.question or "")), language)
    parts, spans, table_head = [], [], None
    for text in (passage.text, *passage.warnings):
        # What a passage asks it does not say.
        found = tuple(part for part in parts_of(text) if not part.of(text).rstrip().endswith("?"))
        rows = {row: table.head for table in tables_of(found) for row in table.rows}
        parts.append(
            tuple(
                _told(
                    part.of(text),
                    language,
                    places_of_row(text, part, rows[part], language)
                    if part in rows
                    else places_of(part.of(text), language),
                )
                for part in found
            )
        )
        spans.append(tuple(bare for part in found if (bare := _bare(part.of(text)))))
        heads = [part for part in found if part.kind == "table_head"]
        # "No" above a column of numbers denies nothing.
        table_head = table_head or (replace(_told(heads[0].of(text), language), denials=0) if heads else None)
    stems = head.stems.union(*(part.stems for one in parts for part in one))
    return _Read(head, tuple(parts), table_head, tuple(spans), stems)


def _told(text: str, language: str, places: tuple[FigurePlace, ...] = ()) -> _Told:
    folded = plain(text)
    facts = facts_of(text)
    return _Told(
        stems=frozenset(content_stems(text, language)),
        words=_words(folded),
        facts=frozenset((fact.value, unit) for fact in facts for unit in (fact.unit, "")),
        denials=len(_marks(language).negation.findall(folded)),
        depends=_marks(language).condition.search(folded) is not None,
        places=places,
    )


def takes_back(heading: str, language: str) -> bool:
    """Whether a heading says the opposite of what stands below it, such as "What is not covered" or "Exclusions".

    Args:
        heading: of a passage.
        language: of the passage.
    """
    said = plain(heading)
    return _EXCLUSION.search(said) is not None or _marks(language).negation.search(said) is not None


def _bare(text: str) -> str:
    return re.sub(r"^\s*(?:\d{1,2}[.)]|[-•–])\s+", "", " ".join(_SIGNS.sub(" ", text).split())).rstrip(_END).strip()


def _words(folded: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", folded))


@cache
def _never() -> dict[str, re.Pattern[str]]:
    return {reason: re.compile(pattern) for reason, pattern in read_data("support.yaml")["never"].items()}


@cache
def _marks(language: str) -> _Marks:
    content = read_data("support.yaml")["languages"]
    known = content.get(language, content["en"])
    return _Marks(
        negation=re.compile(known["negation"]),
        condition=re.compile(known["condition"]),
        first_person=re.compile(known["first_person"]),
        policy=re.compile(known["policy"]),
        numbers={plain(word): str(value) for word, value in known["numbers"].items()},
        neutral=frozenset(stem for stem in content_stems(known["neutral"], language if language in content else "en")),
    )
