"""Finds the nearest vectors of a great release without comparing every one: near ones lie together on disk.

Vectors are projected on the directions in which they differ most, and sorted into lists around centres. A question is
compared with the lists whose centres are nearest, in the few numbers that are left of each vector; the best of them are
compared exactly (docs/decisions/0026-large-releases.md).
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.exact_search import best_rows, compare, search_exactly
from knowledge_base.passage_file import load_array
from knowledge_base.passage_store import Neighbours

# What these cost and find: docs/decisions/0026-large-releases.md.
# Numbers that are left of a vector.
_REDUCED_DIMENSION = 128
# Lists for each square root of the rows.
_LISTS_BY_ROOT = 8
# Rows of a list that its centre is found from, and how often it is moved.
_TRAINING_ROWS = 16
_TRAINING_ROUNDS = 6
_DIRECTION_ROWS = 20_000
# Rows that are compared in few numbers, in the whole release and in a scope, and the best of them, compared exactly.
_COMPARED_ROWS = 10_000
_COMPARED_ROWS_IN_SCOPE = 20_000
_COMPARED_EXACTLY = 500
# A scope of so few rows is compared exactly, whole.
_EXACT_ROWS_IN_SCOPE = 8_192

_KEPT_SCOPES = 16
_BLOCK_ROWS = 4_096
_FILES = {"directions": np.float32, "centres": np.float32, "starts": np.int64, "rows": np.int32, "reduced": np.float32}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where rows lie in the lists.

    Args:
        order: places of the rows, ascending; None when every place is meant.
        starts: where each list begins in `order`, one more than there are lists.
    """

    order: NDArray[np.int32] | None
    starts: NDArray[np.int64]

    def of(self, lists: NDArray[np.int64]) -> NDArray[np.signedinteger[Any]]:
        """The places of all rows of some lists."""
        sizes = self.starts[lists + 1] - self.starts[lists]
        ends = np.cumsum(sizes)
        at: NDArray[np.signedinteger[Any]] = np.arange(ends[-1]) + np.repeat(self.starts[lists] - ends + sizes, sizes)
        return at if self.order is None else self.order[at]


class ClusterIndex:
    """Searches what `write_clusters` wrote; safe for use by several threads.

    Args:
        folder: where it lies.
        vectors: array of shape (rows, dimension), which it was made from.

    Raises:
        ReleaseDamaged: what is there is not what was written.
    """

    def __init__(self, folder: Path, vectors: Vectors) -> None:
        try:
            found: dict[str, NDArray[Any]] = {name: load_array(_path(folder, name)) for name in _FILES}
        except (FileNotFoundError, ValueError) as error:
            raise ReleaseDamaged(f"{folder} cannot be read ({error})") from error
        self._directions, self._centres = found["directions"], found["centres"]
        self._row_at, self._reduced = found["rows"], found["reduced"]
        self._vectors = vectors
        self._whole = _Places(None, found["starts"])
        self._scopes: OrderedDict[int, tuple[NDArray[np.bool_], _Places]] = OrderedDict()
        self._lock = threading.Lock()
        count, dimension = vectors.shape
        kept = len(self._directions)
        shapes = {
            "directions": (kept, dimension),
            "centres": (len(self._centres), kept),
            "starts": (len(self._centres) + 1,),
            "rows": (count,),
            "reduced": (count, kept),
        }
        if any(found[name].shape != shapes[name] or found[name].dtype != of for name, of in _FILES.items()):
            raise ReleaseDamaged(f"{folder} does not belong to these vectors")

    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
        """The nearest rows by cosine similarity; one may be missed that lies apart from those like the question.

        Args:
            vector: unit vector of the question.
            rows: rows that may be returned, an array that is never changed; None for all.
            limit: at most so many.
        """
        if rows is not None and np.count_nonzero(rows) <= _EXACT_ROWS_IN_SCOPE:
            return search_exactly(self._vectors, vector, rows, limit)
        places, enough = (
            (self._whole, _COMPARED_ROWS) if rows is None else (self._places_of(rows), _COMPARED_ROWS_IN_SCOPE)
        )
        reduced = compare(self._directions, vector)
        at = places.of(self._nearest_lists(reduced, places, max(enough, 20 * limit)))
        scores = compare(self._reduced.take(at, axis=0), reduced)
        wanted = max(_COMPARED_EXACTLY, 5 * limit)
        if wanted < len(at):
            at = at[np.argpartition(scores, len(at) - wanted)[len(at) - wanted :]]
        found = np.sort(self._row_at[at]).astype(np.int64)
        return best_rows(found, compare(self._vectors.take(found, axis=0), vector), limit)

    def _nearest_lists(self, reduced: Vectors, places: _Places, rows: int) -> NDArray[np.int64]:
        """The lists with the nearest centres, ascending, so many that they hold so many rows."""
        nearest = np.argsort(-compare(self._centres, reduced))
        sizes = places.starts[nearest + 1] - places.starts[nearest]
        enough = int(np.searchsorted(np.cumsum(sizes), rows)) + 1
        return np.sort(nearest[:enough])

    def _places_of(self, rows: NDArray[np.bool_]) -> _Places:
        """Where the rows of a scope lie; the array is kept, so that its address stays its own."""
        with self._lock:
            if id(rows) in self._scopes:
                self._scopes.move_to_end(id(rows))
                return self._scopes[id(rows)][1]
        order = np.flatnonzero(rows[self._row_at])
        places = _Places(order.astype(np.int32), np.searchsorted(order, self._whole.starts))
        with self._lock:
            self._scopes[id(rows)] = (rows, places)
            while len(self._scopes) > _KEPT_SCOPES:
                self._scopes.popitem(last=False)
        return places


def write_clusters(folder: Path, vectors: Vectors) -> None:
    """Sort vectors into lists and write them into a new folder; on one machine the same vectors give the same bytes.

    Args:
        folder: not there yet.
        vectors: array of shape (rows, dimension), rows of length 1; one or more.
    """
    chance = np.random.default_rng(0)
    directions = _find_directions(vectors, chance)
    reduced = np.empty((len(vectors), len(directions)), np.float32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        np.matmul(vectors[start : start + _BLOCK_ROWS], directions.T, out=reduced[start : start + _BLOCK_ROWS])
    centres = _find_centres(reduced, chance)
    lists = _nearest_centres(reduced, centres)
    order = np.argsort(lists, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(lists, minlength=len(centres)))))
    folder.mkdir()
    found = {
        "directions": directions,
        "centres": centres,
        "starts": starts,
        "rows": order,
        "reduced": reduced[order],
    }
    for name, of in _FILES.items():
        np.save(_path(folder, name), np.ascontiguousarray(found[name], dtype=of), allow_pickle=False)


def _find_directions(vectors: Vectors, chance: np.random.Generator) -> Vectors:
    """The directions in which vectors are longest, of shape (reduced, dimension): principal components, uncentred."""
    sample = vectors[_sample(len(vectors), _DIRECTION_ROWS, chance)].astype(np.float64)
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, ::-1][:, :_REDUCED_DIMENSION].T, dtype=np.float32)


def _find_centres(reduced: Vectors, chance: np.random.Generator) -> Vectors:
    """Unit vectors around which the rows lie: k-means on a sample (Lloyd 1982), then brought to length 1."""
    count = max(1, min(int(_LISTS_BY_ROOT * len(reduced) ** 0.5), len(reduced) // 4))
    sample = reduced[_sample(len(reduced), _TRAINING_ROWS * count, chance)]
    centres = sample[_sample(len(sample), count, chance)]
    for _ in range(_TRAINING_ROUNDS):
        lists = _nearest_centres(sample, centres)
        order = np.argsort(lists, kind="stable")
        sizes = np.bincount(lists, minlength=count)
        used = sizes > 0
        sums = np.add.reduceat(sample[order], (np.cumsum(sizes) - sizes)[used], axis=0)
        centres[used] = sums / sizes[used, None]
        centres[~used] = sample[_sample(len(sample), int(count - used.sum()), chance)]
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return centres


def _nearest_centres(rows: Vectors, centres: Vectors) -> NDArray[np.int64]:
    """For each row the centre that is nearest by Euclidean distance."""
    found = np.empty(len(rows), np.int64)
    half_squares = np.vecdot(centres, centres) / 2
    for start in range(0, len(rows), _BLOCK_ROWS):
        nearness = rows[start : start + _BLOCK_ROWS] @ centres.T
        nearness -= half_squares
        found[start : start + _BLOCK_ROWS] = nearness.argmax(axis=1)
    return found


def _sample(rows: int, wanted: int, chance: np.random.Generator) -> NDArray[np.int64]:
    if wanted >= rows:
        return np.arange(rows)
    return np.sort(chance.choice(rows, wanted, replace=False))


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"
