"""Nearest rows by comparing with every admitted one: recall 1 inside any scope."""

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Vectors
from knowledge_base.passage_store import Neighbours

# Below this share of admitted rows, gathering them is faster than multiplying all (measured at 20,000 rows).
_GATHER_BELOW = 0.25


def search_exactly(vectors: Vectors, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
    """The nearest admitted rows by cosine similarity, best first, ties by row.

    Args:
        vectors: array of shape (rows, dimension), rows of length 1.
        vector: array of shape (dimension,), of length 1.
        rows: rows that may be returned; None for all.
        limit: at most so many.
    """
    if rows is None:
        return best_rows(np.arange(len(vectors)), compare(vectors, vector), limit)
    admitted = np.flatnonzero(rows)
    if len(admitted) < _GATHER_BELOW * len(vectors):
        return best_rows(admitted, compare(vectors[admitted], vector), limit)
    return best_rows(admitted, compare(vectors, vector)[admitted], limit)


def compare(vectors: Vectors, vector: Vectors) -> NDArray[np.float32]:
    """The cosine similarity of unit rows and a unit vector, on this thread alone.

    A matrix product would be split over all cores by the linear algebra library, whose threads wait for each other
    busily: 7 times the processor time, and 25 times as long where others work too (docs/speed.md).

    Args:
        vectors: array of shape (rows, dimension).
        vector: array of shape (dimension,).
    """
    found: NDArray[np.float32] = np.vecdot(vectors, vector)
    return found


def best_rows(rows: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> Neighbours:
    """The rows with the highest scores, best first, ties by row.

    Args:
        rows: row numbers, ascending.
        scores: the score of each.
        limit: at most so many.
    """
    if limit <= 0 or len(rows) == 0:
        return Neighbours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    if limit < len(rows):
        # Everything that ties with the last one is kept for the sort, so that the choice among equals is stable.
        threshold = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        chosen = np.flatnonzero(scores >= threshold)
        rows, scores = rows[chosen], scores[chosen]
    order = np.lexsort((rows, -scores))[:limit]
    return Neighbours(rows[order], scores[order].astype(np.float32))
