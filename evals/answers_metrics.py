"""How close an answer comes to the expected words, counted as SQuAD counts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def answer_tokens(text: str) -> tuple[str, ...]:
    """The words that are compared: lower case, without punctuation and English articles (Rajpurkar et al. 2016).

    Args:
        text: an answer; Markdown marks count as punctuation.
    """
    bare = "".join("" if unicodedata.category(one)[0] in "PS" else one for one in text.casefold())
    return tuple(_ARTICLES.sub(" ", bare).split())


def token_f1(answer: str, expected: Iterable[str]) -> float:
    """Harmonic mean of precision and recall of the words, for the expected answer that fits best; 0 to 1.

    Args:
        answer: what was said.
        expected: answers of which each is right.
    """
    return max((_f1(answer_tokens(answer), answer_tokens(one)) for one in expected), default=0.0)


def exact_match(answer: str, expected: Iterable[str]) -> float:
    """1 where the answer has the words of an expected one and no others, else 0.

    Args:
        answer: what was said.
        expected: answers of which each is right.
    """
    said = answer_tokens(answer)
    return float(any(said == answer_tokens(one) for one in expected))


def _f1(said: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted))
