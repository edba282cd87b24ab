"""The thing that a question asks for, as far as its grammar shows it."""

import re
from functools import cache

from bot.language_data import content_stems, language, plain, read_data

# A name of a thing seldom has more topic words.
_MOST = 3


def focus_stems(question: str, code: str) -> tuple[str, ...]:
    """The stems of the thing that a question asks for; empty where its grammar does not show it.

    Args:
        question: the question.
        code: its language.
    """
    wanted = plain(question)
    for pattern in _patterns().get(code, ()):
        found = pattern.search(wanted)
        if found:
            stems = content_stems(_first_words(found.group(1), code), code)[:_MOST]
            if stems:
                return stems
    return ()


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
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {code: tuple(re.compile(one) for one in patterns) for code, patterns in read_data("focus.yaml").items()}
