"""A passage store in memory, for tests and trials."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.exact_search import compare, search_exactly
from knowledge_base.passage import Passage
from knowledge_base.passage_rows import PassageRows, describe_rows
from knowledge_base.passage_store import Neighbours, OpenPassages


class MemoryPassageStore:
    """Keeps the passages of releases in this process only."""

    def __init__(self) -> None:
        self._kept: dict[str, _MemoryPassages] = {}

    def write(self, folder: Path, name: str, passages: Sequence[Passage], vectors: Vectors) -> None:  # noqa: ARG002
        """Keep the passages of a candidate.

        Args:
            folder: not used.
            name: collection name; never used before.
            passages: in the order of their rows.
            vectors: array of shape (len(passages), dimension).

        Raises:
            ValueError: the name was used before, or the counts differ.
        """
        if name in self._kept:
            raise ValueError(f"the collection {name!r} exists already")
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages cannot have {len(vectors)} vectors")
        self._kept[name] = _MemoryPassages(tuple(passages), np.array(vectors, dtype=np.float32))

    def open(self, folder: Path, name: str) -> OpenPassages:  # noqa: ARG002
        """Open what `write` kept.

        Raises:
            ReleaseDamaged: nothing is kept under that name.
        """
        try:
            return self._kept[name]
        except KeyError:
            raise ReleaseDamaged(f"no passages are kept under {name!r}; this store forgets with its process") from None

    def remove(self, folder: Path, name: str) -> None:  # noqa: ARG002
        """Forget a release."""
        self._kept.pop(name, None)


class _MemoryPassages:
    def __init__(self, passages: tuple[Passage, ...], vectors: Vectors) -> None:
        self._passages = passages
        self._vectors = vectors
        self._rows = describe_rows(passages)

    def __len__(self) -> int:
        return len(self._passages)

    @property
    def rows(self) -> PassageRows:
        return self._rows

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def passage(self, row: int) -> Passage:
        if row < 0:
            raise IndexError(f"row {row}")
        return self._passages[row]

    def rows_admitted(self, mask_of_scopes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return self._rows.mask(mask_of_scopes)

    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
        return search_exactly(self._vectors, vector, rows, limit)

    def cosines(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return compare(self._vectors[rows], vector)

    def close(self) -> None:
        """Nothing to give back."""
