"""Matters that a brand's documents are not written for, told by the words of the question."""

import re
from dataclasses import dataclass
from functools import cache

from bot.language_data import plain, read_data

# Of these a car maker's documents hold nothing, while their words in a document show that it is of another kind; the
# words of trade or tampering stand in every manual.
_OF_THE_WORLD = frozenset({"politics", "medical", "leisure", "world"})


@dataclass(frozen=True, slots=True)
class ForeignMatter:
    """What a question is about when no care document is written for it.

    Args:
        name: such as `politics`.
        words: those of the question that tell it, in lower case without accents.
    """

    name: str
    words: str

    @property
    def is_of_the_world(self) -> bool:
        """Whether documents with these very words are written for it after all."""
        return self.name in _OF_THE_WORLD


def foreign_matter(question: str, code: str) -> ForeignMatter | None:
    """The matter that a question is about when no care document is written for it, or None.

    Args:
        question: the question.
        code: its language.
    """
    wanted = plain(question)
    for matter, pattern in _patterns().get(code, _patterns()["en"]).items():
        if found := pattern.search(wanted):
            return ForeignMatter(matter, found.group())
    return None


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        code: {matter: re.compile(pattern) for matter, pattern in matters.items()}
        for code, matters in read_data("out_of_scope.yaml").items()
    }
