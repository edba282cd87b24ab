"""What sort of answer a question asks for."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from bot.language_data import plain, read_data
from bot.sentences import sentences_of

QuestionKind = Literal["yes_no", "steps", "open", "fact", "unclear"]
# "Good morning." tells of nothing.
_ADDRESS_WORDS = 3
# In the order in which they are tried: "is there a way to" asks for steps.
_KINDS: tuple[QuestionKind, ...] = ("steps", "yes_no", "open", "fact")


def question_kind(question: str, code: str) -> QuestionKind:
    """Whether a question asks for a decision, for steps, for a fact, or for all there is to say.

    A question after a description, or of several parts, asks for all there is to say; of others the words may not tell.

    Args:
        question: the question.
        code: its language; one that is not known is read as English.
    """
    wanted = plain(question).strip()
    known = _patterns().get(code) or _patterns()["en"]
    if known["joined"].search(wanted) or sum(len(one.split()) > _ADDRESS_WORDS for one in sentences_of(question)) > 1:
        return "open"
    return next((kind for kind in _KINDS if known[kind].search(wanted)), "unclear")


def leans_on_sentence_before(sentence: str, code: str) -> bool:
    """Whether a sentence begins with a word that points to the one before, such as "It" or "Otherwise".

    Args:
        sentence: of a document.
        code: its language.
    """
    known = _patterns().get(code) or _patterns()["en"]
    return known["leans"].match(plain(sentence).lstrip(" *_")) is not None


def asks_how_often(question: str, code: str) -> bool:
    """Whether a question asks after how much time or distance something comes again."""
    known = _patterns().get(code) or _patterns()["en"]
    return known["how_often"].search(plain(question)) is not None


def asks_who_when_where(question: str, code: str) -> bool:
    """Whether a question asks after a person, a time or a place, which is told in a few words."""
    known = _patterns().get(code, {}).get("who_when_where")
    return known is not None and known.search(plain(question)) is not None


def asks_where(question: str, code: str) -> bool:
    """Whether a question asks where a thing is."""
    known = _patterns().get(code) or _patterns()["en"]
    return known["where"].search(plain(question)) is not None


def place_phrases(words: str, code: str) -> Iterator[re.Match[str]]:
    """The words of a document that begin a place, such as "behind".

    Args:
        words: in lower case, without accents.
        code: their language; one that is not known is read as English.
    """
    known = _patterns().get(code) or _patterns()["en"]
    return known["place"].finditer(words)


def asks_may_i(question: str, code: str) -> bool:
    """Whether a question asks if something may be done, as who is about to do it asks."""
    known = _patterns().get(code) or _patterns()["en"]
    return known["may_i"].search(plain(question)) is not None


def tells_how_often(sentence: str) -> bool:
    """Whether a sentence or row of a document says after how much time or distance something comes again."""
    wanted = plain(sentence)
    return any(known["every"].search(wanted) for known in _patterns().values())


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        code: {name: re.compile(pattern) for name, pattern in patterns.items()}
        for code, patterns in read_data("question_kinds.yaml").items()
    }
