"""Matters that a brand's documents are not written for, told by the words of the question."""

import re
from functools import cache

from bot.language_data import plain, read_data


def foreign_matter(question: str, code: str) -> str | None:
    """The matter that a question is about when no care document is written for it, such as `politics`, or None.

    Args:
        question: the question.
        code: its language.
    """
    wanted = plain(question)
    for matter, pattern in _patterns().get(code, _patterns()["en"]).items():
        if pattern.search(wanted):
            return matter
    return None


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        code: {matter: re.compile(pattern) for matter, pattern in matters.items()}
        for code, matters in read_data("out_of_scope.yaml").items()
    }
