"""Which of the best passages a re-ranker reads, where what speaks for them hardly tells them apart."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.errors import ReaderUnavailable
from bot.ranking import Asked, RankedHit

# What the re-ranker was trained on.
_LANGUAGES = frozenset({"en"})
# Of its log-odds beside the worth of a passage, and how close the second must come to the first to be read, in worth:
# both chosen on the sample group's golden questions and on one company of the care documents that it was not trained on
# (docs/decisions/0029-reranker.md).
_WEIGHT = 0.6
_CLOSE = 1.0
_NOT_FAR = 1.5
_MOST = 8

_log = logging.getLogger(__name__)


class PassageReranker(Protocol):
    """Says how likely passages answer a question."""

    def read(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """Log-odds that each passage answers.

        Args:
            question: as asked.
            passages: texts with their headings.

        Raises:
            ReaderUnavailable: it cannot be used.
        """
        ...


def reread(asked: Asked, ranked: Sequence[RankedHit], reranker: PassageReranker | None) -> tuple[RankedHit, ...]:
    """Order the best passages again by what the re-ranker reads in them, where they are close.

    Args:
        asked: the question.
        ranked: best first.
        reranker: None where it is switched off.

    Returns:
        Best first; what was not read stays behind what was.
    """
    order = tuple(ranked)
    if reranker is None or asked.language not in _LANGUAGES or len(order) < 2 or _distance(order, 1) >= _CLOSE:
        return order
    count = sum(_distance(order, place) <= _NOT_FAR for place in range(min(_MOST, len(order))))
    best, rest = order[:count], order[count:]
    try:
        odds = reranker.read(asked.text.replace("\n", " "), [one.hit.passage.embedded_text for one in best])
    except ReaderUnavailable as error:
        _log.error("passages stay as the search ordered them: %s", error)
        return order
    read = [replace(one, worth=one.worth + _WEIGHT * told) for one, told in zip(best, odds, strict=True)]
    least = min(one.worth for one in read)
    behind = (replace(one, worth=min(one.worth, least)) for one in rest)
    return (*sorted(read, key=lambda one: -one.worth), *behind)


def _distance(order: Sequence[RankedHit], place: int) -> float:
    return order[0].worth - order[place].worth
