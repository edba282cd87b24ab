"""How similarity of meaning and of words become one score."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# The best fixed weight on nearly all measured sets lies from .5 to .7 (docs/decisions/0004-hybrid-search.md).
DENSE_WEIGHT = 0.6
# What the best keyword match counts, in units of cosine similarity.
KEYWORD_SCALE = 0.7

DenseWeight = Callable[[str], float]


def fixed_weight(weight: float = DENSE_WEIGHT) -> DenseWeight:
    """The same weight for every question.

    Args:
        weight: share of the cosine similarity, 0 to 1.

    Raises:
        ValueError: the weight is outside 0 to 1.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"a weight lies between 0 and 1, not {weight}")
    return lambda _question: weight


def fuse_scores(
    cosines: NDArray[np.float32], keywords: NDArray[np.float32], best_keyword: float, dense_weight: float
) -> NDArray[np.float32]:
    """Score = w · cosine + (1 - w) · 0.7 · BM25 / best BM25 of the question, 0 to 1.

    Args:
        cosines: cosine similarity of each row; below 0 counts as 0.
        keywords: BM25 of each row.
        best_keyword: the highest BM25 among all admitted rows; 0 where no word of the question occurs.
        dense_weight: w, 0 to 1.
    """
    similarity = np.clip(cosines, 0, 1)
    matches = keywords / best_keyword if best_keyword > 0 else np.zeros_like(keywords)
    fused: NDArray[np.float32] = dense_weight * similarity + (1 - dense_weight) * KEYWORD_SCALE * matches
    return fused
