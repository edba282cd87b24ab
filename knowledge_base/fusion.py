"""How similarity of meaning and of words become one score."""

from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

# The best fixed weight on nearly all measured sets lies from .5 to .7 (docs/decisions/0004-hybrid-search.md).
DENSE_WEIGHT = 0.6
# The best weight for passages in a language that the embedder was not trained for (0011-search-quality.md).
FOREIGN_DENSE_WEIGHT = 0.3
# What the best keyword match counts, in units of cosine similarity.
KEYWORD_SCALE = 0.7

DenseWeight = Callable[[str, str], float]
"""Share of the cosine similarity, 0 to 1, by question and by language of the passage."""


def fixed_weight(weight: float = DENSE_WEIGHT) -> DenseWeight:
    """The same weight for every question and language.

    Args:
        weight: share of the cosine similarity, 0 to 1.

    Raises:
        ValueError: the weight is outside 0 to 1.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"a weight lies between 0 and 1, not {weight}")
    return lambda _question, _language: weight


def weight_by_language(
    languages: Collection[str], weight: float = DENSE_WEIGHT, foreign: float = FOREIGN_DENSE_WEIGHT
) -> DenseWeight:
    """Less weight on meaning for passages in a language that the embedder does not know well.

    Args:
        languages: ISO 639-1 codes of the languages that it was trained for.
        weight: share of the cosine similarity for those, 0 to 1.
        foreign: for all others, 0 to 1; never more than for those.

    Raises:
        ValueError: a weight is outside 0 to 1.
    """
    known, other = fixed_weight(weight), fixed_weight(min(weight, foreign))
    return lambda question, language: (known if language in languages else other)(question, language)


def fuse_scores(
    cosines: NDArray[np.float32],
    keywords: NDArray[np.float32],
    best_keyword: float,
    dense_weight: float | NDArray[np.float32],
) -> NDArray[np.float32]:
    """Score = w · cosine + (1 - w) · 0.7 · BM25 / best BM25 of the question, 0 to 1.

    Args:
        cosines: cosine similarity of each row; below 0 counts as 0.
        keywords: BM25 of each row.
        best_keyword: the highest BM25 among all admitted rows; 0 where no word of the question occurs.
        dense_weight: w, 0 to 1, of all rows or of each.
    """
    similarity = np.clip(cosines, 0, 1)
    matches = keywords / best_keyword if best_keyword > 0 else np.zeros_like(keywords)
    fused: NDArray[np.float32] = dense_weight * similarity + (1 - dense_weight) * KEYWORD_SCALE * matches
    return fused
