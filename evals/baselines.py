"""The simple searches that ours is compared with, over the very same release: one ranking each."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Embedder
from knowledge_base.fusion import fuse_scores
from knowledge_base.open_release import OpenRelease

BASELINES = ("dense", "bm25", "rrf")
# The same share of meaning for every question; the best of them is known only when a set's judgements are.
WEIGHTS = {f"weight_0.{tenths}": tenths / 10 for tenths in range(1, 10)}
# How many rows each search contributes, as the retriever takes.
_CANDIDATES = 100
# The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
_RRF = 60


def rank_simply(release: OpenRelease, embedder: Embedder, question: str) -> Mapping[str, list[str]]:
    """Search without fusion, with plain reciprocal rank fusion, and with fixed weights.

    Args:
        release: where.
        embedder: what made its vectors.
        question: the question as it was asked.

    Returns:
        Document ids, best first, of each of `BASELINES` and of `WEIGHTS`.
    """
    vector = embedder.embed_question(question)
    nearest = release.passages.nearest(vector, None, _CANDIDATES).rows
    keywords = release.keywords.scores(question, release.passages.rows.languages)
    matched = np.flatnonzero(keywords)
    best = matched[np.argsort(-keywords[matched], kind="stable")][:_CANDIDATES]
    rankings = {"dense": nearest, "bm25": best, "rrf": fuse_ranks((nearest, best))}
    both = np.union1d(nearest, best)
    cosines, highest = release.passages.cosines(vector, both), float(keywords.max(initial=0))
    for name, weight in WEIGHTS.items():
        scores = fuse_scores(cosines, keywords[both], highest, weight)
        rankings[name] = both[np.argsort(-scores, kind="stable")]
    return {name: _documents(release, rows) for name, rows in rankings.items()}


def fuse_ranks(rankings: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Reciprocal rank fusion, ties by row.

    Args:
        rankings: rows, best first.
    """
    worth: dict[int, float] = {}
    for ranking in rankings:
        for place, row in enumerate(ranking.tolist(), start=1):
            worth[row] = worth.get(row, 0.0) + 1 / (_RRF + place)
    return np.array(sorted(worth, key=lambda row: (-worth[row], row)), dtype=np.int64)


def _documents(release: OpenRelease, rows: NDArray[np.int64]) -> list[str]:
    return list(dict.fromkeys(release.passages.passage(int(row)).document_id for row in rows))
