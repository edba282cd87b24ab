"""The simple searches that ours is compared with, over the very same release: one ranking each."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Embedder
from knowledge_base.open_release import OpenRelease

BASELINES = ("dense", "bm25", "rrf")
# How many rows each search contributes, as the retriever takes.
_CANDIDATES = 100
# The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
_RRF = 60


def rank_simply(release: OpenRelease, embedder: Embedder, question: str) -> Mapping[str, list[str]]:
    """Search without fusion, and with plain reciprocal rank fusion.

    Args:
        release: where.
        embedder: what made its vectors.
        question: the question as it was asked.

    Returns:
        Document ids, best first, of `dense`, `bm25` and `rrf`.
    """
    nearest = release.passages.nearest(embedder.embed_question(question), None, _CANDIDATES).rows
    keywords = release.keywords.scores(question, release.passages.rows.languages)
    matched = np.flatnonzero(keywords)
    best = matched[np.argsort(-keywords[matched], kind="stable")][:_CANDIDATES]
    rankings = {"dense": nearest, "bm25": best, "rrf": fuse_ranks((nearest, best))}
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
