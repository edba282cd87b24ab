"""Matters that a brand's documents are not written for, told by the words of the question."""

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache

from bot.language_data import plain, raw_stems, read_data
from bot.passage_analysis import analysis_of
from knowledge_base.passage import Passage

# Of these a car maker's documents hold nothing, while their words in a document show that it is of another kind; the
# words of trade or tampering stand in every manual.
_OF_THE_WORLD = frozenset({"politics", "medical", "leisure", "world"})
# Of these a care site may hold something, and their everyday words ("order", "colour", "sell") stand all over its other
# documents.
_OF_BUYERS = frozenset({"purchase", "company"})


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

    @property
    def is_of_buyers(self) -> bool:
        """Whether only what speaks of it in one place answers."""
        return self.name in _OF_BUYERS


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


def speaks_of(passage: Passage, matter: ForeignMatter, words: Set[str]) -> bool:
    """Whether a passage is written for a buyers' matter: its heading names it, or its question or a sentence is of it.

    Args:
        passage: of a document.
        matter: what a question is about.
        words: stems of the words that tell it, no names of brand or vehicle among them; at least one.
    """
    language = passage.scope.language
    if passage.heading_path and words <= set(raw_stems(passage.heading_path[-1], language)):
        return True
    known = analysis_of(passage)
    sentences = (passage.question or "", *(part.of(passage.text) for part in known.parts))
    return any(_is_of(one, matter, language) and words & set(raw_stems(one, language)) for one in sentences)


def _is_of(sentence: str, matter: ForeignMatter, code: str) -> bool:
    pattern = _patterns().get(code, _patterns()["en"]).get(matter.name)
    return pattern is not None and pattern.search(plain(sentence)) is not None


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        code: {matter: re.compile(pattern) for matter, pattern in matters.items()}
        for code, matters in read_data("out_of_scope.yaml").items()
    }
