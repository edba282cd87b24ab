"""How near the passages of a release are to a question, each by the embedder of its language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.embedder_by_language import EmbedderByLanguage, embedder_of, fill_up
from knowledge_base.exact_search import compare, search_exactly
from knowledge_base.open_release import OpenRelease

# A question is searched twice when its own language does not answer it and is earlier talk to the next ones, and many
# customers ask the same.
_KEPT_VECTORS = 2_048
# Passages of each embedder that tell what its cosines with a question are like; fewer than the least tell nothing.
_SAMPLE_ROWS = 512
_LEAST_ROWS = 3
_LEAST_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class _Space:
    """The passages of one embedder in a release.

    Args:
        embedder: what made their vectors.
        rows: array of shape (passages,): which ones.
        sample: vectors of some of them, which tell what its cosines with a question are like.
        spread: standard deviation of the cosines between those.
    """

    embedder: Embedder
    rows: NDArray[np.bool_]
    sample: Vectors
    spread: float

    def mean_and_spread(self, vector: Vectors) -> tuple[float, float] | None:
        """Mean and spread of the cosines with a question; None where too few passages tell.

        The spread is that between passages at least: among a few passages of which none fits, one always stands out.
        """
        if len(self.sample) < _LEAST_ROWS:
            return None
        cosines = compare(self.sample, vector)
        return float(cosines.mean()), max(float(cosines.std()), self.spread)


class Meaning:
    """Compares questions with the passages of releases.

    Where a release has passages of several embedders, a question has a vector for each of them. Cosines of two
    embedders are not comparable: what tells a match is how far it stands out among the passages of its own embedder.
    So those of each are brought to the mean and spread that the first one's have for the same question
    (docs/decisions/0023-embedder-by-language.md).

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
            Array of shape (dimension,); of shape (embedders, dimension) where languages have embedders of their own,
            with zeros for those that are not needed: the first one is, since it gives the scale.
        """
        spaces = self._spaces_of(release)
        if not spaces:
            return self._vector(self._embedder, text)
        wanted = {id(spaces[0].embedder), *(id(embedder_of(self._embedder, language)) for language in languages)}
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
        # Row by row: an index is made of the vectors of all embedders, and may keep too little of a rarer one's.
        every = release.passages.vectors
        found = [
            search_exactly(every, vector, one.rows if admitted is None else one.rows & admitted, limit).rows
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
        scale = spaces[0].mean_and_spread(vectors[0])
        for one, vector in zip(spaces, vectors, strict=True):
            mine = one.rows[rows]
            if not mine.any():
                continue
            cosines = release.passages.cosines(vector, rows[mine])
            own = None if one is spaces[0] else one.mean_and_spread(vector)
            if scale is not None and own is not None:
                cosines = np.clip(scale[0] + (cosines - own[0]) * (scale[1] / own[1]), -1, 1).astype(np.float32)
            found[mine] = cosines
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
    found = []
    for one in embedders:
        rows = known.mask(np.array([embedder.of(scope.language) is one for scope in known.scopes], bool))
        places = np.flatnonzero(rows)
        chosen = places[np.linspace(0, len(places) - 1, min(len(places), _SAMPLE_ROWS)).astype(np.int64)]
        sample = release.passages.vectors[chosen]
        pairs = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
        found.append(_Space(one, rows, sample, max(float(pairs.std()), _LEAST_SPREAD) if len(pairs) else 1.0))
    return tuple(found)
