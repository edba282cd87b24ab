"""What the keyword index finds for one text, in time that does not grow with the release."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.exact_search import best_rows
from knowledge_base.passage_store import Neighbours

# Up to so many rows every one is scored: quicker than to choose (docs/speed.md).
SCORED_WHOLE = 65_536
# In greater releases the rarest words of a question are searched in all their rows, so many in sum; each other word in
# its strongest ones. Those rows that may come first are then scored exactly.
WHOLE_ENTRIES = 131_072
STRONGEST_ROWS = 16_384
# How many of the best rows are scored exactly before the best of them are chosen.
_SCORED_EXACTLY = 512
# Among every so many-th entry the wanted ones are at most as good as among all, so what is below them can go at once.
_FIRST_LOOK = 8
# With less of its strongest rows inside a scope, a word is searched in the rows of the scope instead.
_ENOUGH_IN_SCOPE = STRONGEST_ROWS // 8
_MOST_RUNS = 8_192
_KEPT_WORDS = 512
_KEPT_SCOPES = 64


@dataclass(frozen=True, slots=True)
class Posting:
    """The rows that have a word.

    Args:
        rows: ascending.
        scores: what the word adds to the score of each.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """What the word adds to the score of some rows; 0 for one that does not have it."""
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.scores[at], np.float32(0))

    def chosen(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> "Posting":
        """Some of its entries."""
        return Posting(self.rows[which], self.scores[which])


class KeywordScores:
    """BM25 of the rows of a release for one text, or a sum of such; 0 where no word of it occurs.

    Args:
        count: how many rows the release has.
        words: the rows of each word, whole, with the factor that it counts by.
        searched: the same, but for the rows that can be among the best: admitted ones, the strongest of a common word.
        admitted: rows that may be returned; None for all.
    """

    def __init__(
        self,
        count: int,
        words: Sequence[tuple[float, Posting]],
        searched: Sequence[tuple[float, Posting]],
        admitted: NDArray[np.bool_] | None,
    ) -> None:
        self._count = count
        self._words = words
        self._searched = searched
        self._admitted = admitted
        # Where that is quick, and nothing was left out, the scores of all rows.
        self._all = count <= SCORED_WHOLE

    @cached_property
    def highest(self) -> float:
        """The score of the best row, 0 when there is none."""
        return float(self._best.cosines[0]) if len(self._best.rows) else 0.0

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of some admitted rows."""
        if self._all:
            found: NDArray[np.float32] = self._every_row[rows]
            return found
        wanted = rows.astype(np.int32)
        scores = np.zeros(len(wanted), np.float32)
        for factor, word in self._words:
            scores += np.float32(factor) * word.of(wanted)
        return scores

    def best(self, limit: int) -> NDArray[np.int64]:
        """The best rows, best first, ties by row; at most so many, and no more than 512."""
        return self._best.rows[:limit]

    def times(self, factor: float) -> "KeywordScores":
        """The same scores, each multiplied."""
        words, searched = (tuple((factor * own, word) for own, word in some) for some in (self._words, self._searched))
        return KeywordScores(self._count, words, searched, self._admitted)

    def plus(self, other: "KeywordScores") -> "KeywordScores":
        """The sum of both, of the same release and scope."""
        return KeywordScores(
            self._count, (*self._words, *other._words), (*self._searched, *other._searched), self._admitted
        )

    @cached_property
    def _every_row(self) -> NDArray[np.float32]:
        scores = np.zeros(self._count, np.float32)
        self._add_to(scores)
        return scores

    @cached_property
    def _best(self) -> Neighbours:
        if self._all:
            rows = np.flatnonzero(self._every_row)
            return best_rows(rows, self._every_row[rows], _SCORED_EXACTLY)
        if not self._searched:
            return Neighbours(np.empty(0, np.int64), np.empty(0, np.float32))
        scores = _borrow_zeros(self._count)
        self._add_to(scores)
        rows = np.concatenate([word.rows for _, word in self._searched])
        found = scores.take(rows)
        # A row stands in this list once for each of its words.
        most = _SCORED_EXACTLY * len(self._searched)
        for step in (_FIRST_LOOK, 1):
            looked = found[::step]
            if most < len(looked):
                chosen = np.flatnonzero(found >= np.partition(looked, len(looked) - most)[len(looked) - most])
                rows, found = rows[chosen], found[chosen]
        rows = _distinct(rows).astype(np.int64)
        rows = best_rows(rows, scores[rows], _SCORED_EXACTLY).rows
        scores.fill(0)
        rows.sort()
        return best_rows(rows, self.of(rows), len(rows))

    def _add_to(self, scores: NDArray[np.float32]) -> None:
        for factor, word in self._searched:
            # A third of what plain indexing takes, which turns the row numbers into others first.
            np.add.at(scores, word.rows, word.scores if factor == 1 else np.float32(factor) * word.scores)


class Postings:
    """The rows of every word of a release; safe for use by several threads.

    Args:
        count: how many rows the release has.
        starts: where each word's entries begin, one more than there are words.
        rows: word by word, ascending.
        scores: what the word adds to the row's score.
    """

    def __init__(
        self, count: int, starts: NDArray[np.int64], rows: NDArray[np.int32], scores: NDArray[np.float32]
    ) -> None:
        self._count = count
        self._starts = starts
        self._rows = rows
        self._scores = scores
        self._strongest: OrderedDict[int, Posting] = OrderedDict()
        self._runs: OrderedDict[int, tuple[NDArray[np.bool_], NDArray[np.int64]]] = OrderedDict()
        self._lock = threading.Lock()

    def word(self, number: int) -> Posting:
        """All rows that have a word."""
        start, end = self._starts[number], self._starts[number + 1]
        return Posting(self._rows[start:end], self._scores[start:end])

    def find(self, numbers: Sequence[int], admitted: NDArray[np.bool_] | None) -> KeywordScores:
        """What is found for some words.

        Args:
            numbers: of the words.
            admitted: array of shape (rows,), never changed, of the rows that may be returned; None for all.
        """
        words = [(number, self.word(number)) for number in numbers]
        searched = []
        left = WHOLE_ENTRIES if self._count > SCORED_WHOLE else self._count * len(words)
        for number, word in sorted(words, key=lambda one: len(one[1])):
            left -= len(word)
            searched.append(self._searched(number, word, admitted, common=left < 0 and len(word) > STRONGEST_ROWS))
        return KeywordScores(
            self._count,
            tuple((1.0, word) for _, word in words),
            tuple((1.0, word) for word in searched if len(word)),
            admitted,
        )

    def warm(self) -> None:
        """Find the strongest rows of the commonest words now, which the first questions with them would wait for."""
        if self._count <= SCORED_WHOLE:
            return
        sizes = np.diff(self._starts)
        commonest = np.argsort(-sizes, kind="stable")[:_KEPT_WORDS]
        for number in commonest[sizes[commonest] > STRONGEST_ROWS].tolist():
            self._strongest_of(number, self.word(number))

    def _searched(self, number: int, word: Posting, admitted: NDArray[np.bool_] | None, *, common: bool) -> Posting:
        strongest = self._strongest_of(number, word) if common else word
        if admitted is None:
            return strongest
        inside = strongest.chosen(admitted[strongest.rows])
        if not common or len(inside) >= _ENOUGH_IN_SCOPE:
            return inside
        runs = self._runs_of(admitted)
        if len(runs) > 2 * _MOST_RUNS:
            return word.chosen(admitted[word.rows])
        bounds = np.searchsorted(word.rows, runs.astype(np.int32)).reshape(-1, 2)
        sizes = bounds[:, 1] - bounds[:, 0]
        first = np.repeat(bounds[:, 0] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        return _strongest(word.chosen(first + np.arange(int(sizes.sum()))))

    def _strongest_of(self, number: int, word: Posting) -> Posting:
        with self._lock:
            if number in self._strongest:
                self._strongest.move_to_end(number)
                return self._strongest[number]
        found = _strongest(word)
        with self._lock:
            self._strongest[number] = found
            while len(self._strongest) > _KEPT_WORDS:
                self._strongest.popitem(last=False)
        return found

    def _runs_of(self, admitted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where admitted rows begin and end, in turn; the array is kept, so that its address stays its own."""
        with self._lock:
            if id(admitted) in self._runs:
                self._runs.move_to_end(id(admitted))
                return self._runs[id(admitted)][1]
        edges = np.concatenate(([False], admitted, [False]))
        runs = np.flatnonzero(edges[1:] != edges[:-1])
        with self._lock:
            self._runs[id(admitted)] = (admitted, runs)
            while len(self._runs) > _KEPT_SCOPES:
                self._runs.popitem(last=False)
        return runs


def _strongest(word: Posting) -> Posting:
    if len(word) <= STRONGEST_ROWS:
        return word
    return word.chosen(np.sort(np.argpartition(-word.scores, STRONGEST_ROWS)[:STRONGEST_ROWS]))


def _distinct(rows: NDArray[np.signedinteger[Any]]) -> NDArray[np.signedinteger[Any]]:
    # Quicker than `numpy.unique`, which hashes.
    rows = np.sort(rows)
    return rows[np.concatenate(([True], rows[1:] != rows[:-1]))]


_per_thread = threading.local()


def _borrow_zeros(count: int) -> NDArray[np.float32]:
    """An array of zeros of this thread, to be given back as zeros: a new one would cost as much as the search."""
    kept: NDArray[np.float32] | None = getattr(_per_thread, "zeros", None)
    if kept is None or len(kept) < count:
        kept = np.zeros(count, np.float32)
        _per_thread.zeros = kept
    return kept[:count]
