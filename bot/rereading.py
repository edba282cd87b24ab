"""Orders passages that were read by what the reader saw in them, where their worth hardly tells them apart."""

from collections.abc import Sequence
from dataclasses import replace
from math import log

from bot.ranking import RankedHit

CLOSE = 1.0
"""How near to the first a passage must come, in worth, to take its place."""
# Of the reader's log-odds beside the worth of a passage; chosen, as CLOSE, on the sample group's golden questions and
# on two companies that the reader was not trained on (docs/decisions/0031-reader-of-care-documents.md).
_WEIGHT = 0.5
_LEAST_CHANCE = 1e-4


def reread(ranked: Sequence[RankedHit], read: Sequence[float]) -> tuple[RankedHit, ...]:
    """Order the best passages again by how likely each answers, where they are close.

    Args:
        ranked: best first.
        read: probability that each of the first answers, as the reader sees it; of those behind nothing is known.

    Returns:
        Best first; what was not read, or is not close, stays behind what was.
    """
    count = sum(is_close(ranked, place) for place in range(len(read)))
    best = [
        replace(one, worth=one.worth + _WEIGHT * _log_odds(chance))
        for one, chance in zip(ranked[:count], read, strict=False)
    ]
    least = min((one.worth for one in best), default=0.0)
    behind = (replace(one, worth=min(one.worth, least)) if best else one for one in ranked[count:])
    return (*sorted(best, key=lambda one: -one.worth), *behind)


def is_close(ranked: Sequence[RankedHit], place: int) -> bool:
    """Whether a passage is worth nearly as much as the first.

    Args:
        ranked: best first.
        place: of the passage; behind the last there is none.
    """
    return place < len(ranked) and ranked[0].worth - ranked[place].worth <= CLOSE


def _log_odds(chance: float) -> float:
    kept = min(max(chance, _LEAST_CHANCE), 1 - _LEAST_CHANCE)
    return log(kept / (1 - kept))
