"""How near the passages of a release are to a question, each by the embedder of its language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.embedder_by_language import EmbedderByLanguage, embedder_of, fill_up
from knowledge_base.open_release import OpenRelease

# A question is searched twice when its own language does not answer it, and many customers ask the same.
_KEPT_VECTORS = 256
# Passages of one embedder that are compared with each other, to learn what its cosines are like.
_SAMPLE_ROWS = 512
_LEAST_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class _Space:
    """The passages of one embedder in a release, and how its cosines become those of the first one.

    Args:
        embedder: what made their vectors.
        rows: array of shape (passages,): which ones.
        scale: what a cosine is multiplied with.
        shift: what is added then.
    """

    embedder: Embedder
    rows: NDArray[np.bool_]
    scale: float
    shift: float


class Meaning:
    """Compares questions with the passages of releases.

    Where a release has passages of several embedders, a question has a vector for each of them. Cosines of two
    embedders are not comparable: those of each are brought to the mean and spread that the first one has between
    passages of the release (docs/decisions/0023-embedder-by-language.md).

    Args:
        embedder: what made the vectors.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vector_by: dict[int, Callable[[str], Vectors]] = {}
        self._spaces: WeakKeyDictionary[OpenRelease, tuple[_Space, ...]] = WeakKeyDictionary()

    def of(self, text: str, release: OpenRelease, languages: tuple[str, ...]) -> Vectors:
        """What a question means to the embedders of some languages.

        Args:
            text: the question.
            release: where it is asked.
            languages: of the passages that it is compared with.

        Returns:
            Array of shape (dimension,); of shape (embedders, dimension) where the release has several, with zeros for
            those of other languages.
        """
        spaces = self._spaces_of(release)
        if not spaces:
            return self._vector(self._embedder, text)
        wanted = {id(embedder_of(self._embedder, language)) for language in languages}
        dimension = self._embedder.dimension
        return np.array(
            [
                fill_up(self._vector(one.embedder, text), dimension)
                if id(one.embedder) in wanted
                else np.zeros(dimension, np.float32)
                for one in spaces
            ]
        )

    def nearest(
        self, release: OpenRelease, vectors: Vectors, admitted: NDArray[np.bool_] | None, limit: int
    ) -> NDArray[np.int64]:
        """The nearest rows: of each embedder so many, since its best ones are not comparable with another's.

        Args:
            release: what is searched.
            vectors: as `of` gives them.
            admitted: rows that may be returned; None for all.
            limit: at most so many of each embedder.
        """
        spaces = self._spaces_of(release)
        if not spaces:
            return release.passages.nearest(vectors, admitted, limit).rows
        if len(spaces) == 1:
            return release.passages.nearest(vectors[0], admitted, limit).rows
        found = [
            release.passages.nearest(vector, one.rows if admitted is None else one.rows & admitted, limit).rows
            for one, vector in zip(spaces, vectors, strict=True)
            if vector.any()
        ]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def cosines(self, release: OpenRelease, vectors: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine similarity of some rows, brought to one scale.

        Args:
            release: whose rows.
            vectors: as `of` gives them.
            rows: row numbers.
        """
        spaces = self._spaces_of(release)
        if not spaces:
            return release.passages.cosines(vectors, rows)
        found = np.zeros(len(rows), np.float32)
        for one, vector in zip(spaces, vectors, strict=True):
            mine = one.rows[rows]
            if vector.any() and mine.any():
                cosines = release.passages.cosines(vector, rows[mine])
                found[mine] = np.clip(one.scale * cosines + one.shift, -1, 1)
        return found

    def _vector(self, embedder: Embedder, text: str) -> Vectors:
        kept = self._vector_by.get(id(embedder))
        if kept is None:
            kept = self._vector_by.setdefault(id(embedder), lru_cache(maxsize=_KEPT_VECTORS)(embedder.embed_question))
        return kept(text)

    def _spaces_of(self, release: OpenRelease) -> tuple[_Space, ...]:
        """The embedders of a release, the default one first; empty where languages have none of their own."""
        if not isinstance(self._embedder, EmbedderByLanguage):
            return ()
        spaces = self._spaces.get(release)
        if spaces is None:
            spaces = self._spaces[release] = _find_spaces(release, self._embedder)
        return spaces


def _find_spaces(release: OpenRelease, embedder: EmbedderByLanguage) -> tuple[_Space, ...]:
    known = release.passages.rows
    languages = sorted(known.languages, key=lambda one: (one in embedder.languages, one))
    embedders = list({id(one): one for one in map(embedder.of, languages)}.values())
    found: list[_Space] = []
    first: tuple[float, float] | None = None
    for one in embedders:
        rows = known.mask(np.array([embedder.of(scope.language) is one for scope in known.scopes], bool))
        measured = _mean_and_spread(release.passages.vectors, np.flatnonzero(rows))
        first = first or measured
        scale, shift = 1.0, 0.0
        if first is not None and measured is not None:
            scale = first[1] / measured[1]
            shift = first[0] - scale * measured[0]
        found.append(_Space(one, rows, scale, shift))
    return tuple(found)


def _mean_and_spread(vectors: Vectors, rows: NDArray[np.int64]) -> tuple[float, float] | None:
    """Mean and standard deviation of the cosines between passages; None where there are too few of them."""
    if len(rows) < 3:
        return None
    chosen = vectors[rows[np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE_ROWS)).astype(np.int64)]]
    pairs = (chosen @ chosen.T)[np.triu_indices(len(chosen), 1)]
    return float(pairs.mean()), max(float(pairs.std()), _LEAST_SPREAD)
