"""How good a ranking is, and how sure a mean is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DEPTH = 10
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Quality:
    """How good one ranking is, 0 to 1 each.

    Args:
        ndcg_at_10: normalised discounted cumulative gain of the first ten.
        recall_at_5: share of the relevant documents among the first five.
        recall_at_10: share of the relevant documents among the first ten.
        mrr_at_10: one over the place of the first relevant document, 0 when it is not among the first ten.
    """

    ndcg_at_10: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its bootstrap 95 % interval.

    Args:
        mean: the mean.
        low: lower end.
        high: upper end.
    """

    mean: float
    low: float
    high: float


def rate_ranking(ranked: Sequence[str], relevant: Mapping[str, int]) -> Quality:
    """Rate a ranking of documents.

    nDCG takes the gain of a document as it is, without exponent, and divides by the binary logarithm of its place
    plus one (Järvelin and Kekäläinen 2002), as the BEIR benchmark does.

    Args:
        ranked: documents, best first; one that comes twice counts once.
        relevant: the gain of each relevant document; gains of 0 and less count as not relevant.
    """
    gains = {document: gain for document, gain in relevant.items() if gain > 0}
    if not gains:
        return Quality(0.0, 0.0, 0.0, 0.0)
    found = [gains.get(document, 0) for document in list(dict.fromkeys(ranked))[:DEPTH]]
    ideal = _discounted(sorted(gains.values(), reverse=True)[:DEPTH])
    first = next((place for place, gain in enumerate(found, start=1) if gain), None)
    return Quality(
        ndcg_at_10=_discounted(found) / ideal,
        recall_at_5=sum(map(bool, found[:5])) / len(gains),
        recall_at_10=sum(map(bool, found)) / len(gains),
        mrr_at_10=1 / first if first else 0.0,
    )


def estimate_mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """The mean of a figure over questions, with a bootstrap percentile interval (Efron 1979).

    Args:
        values: one a question.
        seed: makes the interval the same at every run.
    """
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    known = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(known), (_RESAMPLES, len(known)))
    means = known[draws].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    mean = float(known.mean())
    return Estimate(mean, min(mean, float(low)), max(mean, float(high)))


def area_under_curve(positives: Sequence[float], negatives: Sequence[float]) -> Estimate:
    """The chance that a positive scores higher than a negative, ties counting half (area under the ROC curve).

    Args:
        positives: scores of what should score high; at least one.
        negatives: scores of what should score low; at least one.

    Returns:
        With the 95 % interval of DeLong et al. (1988).
    """
    high, low = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    ordered = np.sort(low)
    # What share of the negatives each positive beats; each negative's share of being beaten, for the other side.
    beats = (np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")) / 2 / len(low)
    rising = np.sort(high)
    beaten = 1 - (np.searchsorted(rising, low, "left") + np.searchsorted(rising, low, "right")) / 2 / len(high)
    # The spread of the area is that of both sides together.
    sides = [one.var(ddof=1) / len(one) if len(one) > 1 else 0.0 for one in (beats, beaten)]
    mean, spread = float(beats.mean()), 1.96 * float(np.sqrt(sum(sides)))
    return Estimate(mean, max(0.0, mean - spread), min(1.0, mean + spread))


def balanced_accuracy(positives: Sequence[bool], negatives: Sequence[bool]) -> Estimate:
    """The mean of the share of positives that were taken and of negatives that were not.

    Args:
        positives: whether each of them was taken.
        negatives: whether each of them was taken.
    """
    right = estimate_mean([float(one) for one in positives])
    left = estimate_mean([float(not one) for one in negatives])
    mean = (right.mean + left.mean) / 2
    # The two shares vary apart from each other.
    below = math.hypot(right.mean - right.low, left.mean - left.low) / 2
    above = math.hypot(right.high - right.mean, left.high - left.mean) / 2
    return Estimate(mean, mean - below, mean + above)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed; 0 of nothing.

    Args:
        values: in any order.
        share: above 0, up to 1.
    """
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, the lower of the two in the middle."""
    return percentile(values, 0.5)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
