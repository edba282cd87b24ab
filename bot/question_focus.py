"""The thing that a question asks for, as far as its grammar shows it."""

import re
from dataclasses import dataclass
from functools import cache

from bot.language_data import content_stems, language, plain, read_data

# A name of a thing seldom has more topic words.
_MOST = 3


@dataclass(frozen=True, slots=True)
class _Grammar:
    things: tuple[re.Pattern[str], ...]
    deed: re.Pattern[str] | None
    measured: re.Pattern[str] | None


def focus_stems(question: str, code: str) -> tuple[str, ...]:
    """The stems of the thing that a question asks for; empty where its grammar does not show it.

    Args:
        question: the question.
        code: its language.
    """
    known = _grammar().get(code)
    wanted = plain(question)
    for pattern in known.things if known else ():
        found = pattern.search(wanted)
        if found:
            stems = content_stems(_first_words(found.group(1), code), code)[:_MOST]
            if stems:
                return stems
    return ()


def deed_stems(question: str, code: str) -> tuple[str, ...]:
    """The stem of what somebody wants to do, such as "bleed" of "How do I bleed the brakes?"; empty where none shows.

    Args:
        question: the question.
        code: its language.
    """
    known = _grammar().get(code)
    return _named(known.deed if known else None, question, code)


def measured_stems(question: str, code: str) -> tuple[str, ...]:
    """The stems of the part whose measure is asked for, such as "fork" of "What pressure for the fork?".

    Args:
        question: the question.
        code: its language.

    Returns:
        Empty where the grammar shows none.
    """
    known = _grammar().get(code)
    return _named(known.measured if known else None, question, code)


def _named(pattern: re.Pattern[str] | None, question: str, code: str) -> tuple[str, ...]:
    found = pattern.search(plain(question)) if pattern else None
    if found is None:
        return ()
    return content_stems(next(words for words in found.groups() if words is not None), code)[:_MOST]


def _first_words(words: str, code: str) -> str:
    small = language(code).function_words
    taken: list[str] = []
    for word in words.split():
        if word in small:
            if taken:
                break
            continue
        taken.append(word)
    return " ".join(taken)


@cache
def _grammar() -> dict[str, _Grammar]:
    def compiled(pattern: str | None) -> re.Pattern[str] | None:
        return re.compile(pattern) if pattern else None

    return {
        code: _Grammar(
            tuple(re.compile(one) for one in known["things"]),
            compiled(known.get("deed")),
            compiled(known.get("measured")),
        )
        for code, known in read_data("focus.yaml").items()
    }
