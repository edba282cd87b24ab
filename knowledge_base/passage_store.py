"""What keeps the passages and vectors of a release, and searches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Vectors
from knowledge_base.passage import Passage
from knowledge_base.passage_rows import PassageRows


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Rows of a release that lie nearest to a vector.

    Args:
        rows: row numbers, best first.
        cosines: cosine similarity of each.
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]


class OpenPassages(Protocol):
    """The passages of one release, open for reading; safe for use by several threads."""

    def __len__(self) -> int: ...

    @property
    def rows(self) -> PassageRows:
        """What is known of each row without reading its text: scope, document, section, identity."""
        ...

    @property
    def vectors(self) -> Vectors:
        """Array of shape (len, dimension), not to be changed."""
        ...

    def passage(self, row: int) -> Passage:
        """The passage at a row, 0 to len - 1."""
        ...

    def rows_admitted(self, mask_of_scopes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which rows belong to an admitted scope.

        Args:
            mask_of_scopes: for each of `rows.scopes`, whether it is admitted.
        """
        ...

    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
        """The nearest rows by cosine similarity.

        Args:
            vector: unit vector of the question.
            rows: rows that may be returned; None for all.
            limit: at most so many.
        """
        ...

    def cosines(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The exact cosine similarity of some rows.

        Args:
            vector: unit vector of the question.
            rows: row numbers.
        """
        ...

    def close(self) -> None:
        """Give back files and memory."""
        ...


class PassageStore(Protocol):
    """Keeps the passages and vectors of releases."""

    def write(self, folder: Path, name: str, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write the passages of a candidate into an empty folder, durably.

        Args:
            folder: the candidate's own folder.
            name: collection name; never used before.
            passages: in the order of their rows.
            vectors: array of shape (len(passages), dimension).
        """
        ...

    def open(self, folder: Path, name: str) -> OpenPassages:
        """Open what `write` wrote.

        Raises:
            ReleaseDamaged: what is there is not what was written.
        """
        ...

    def remove(self, folder: Path, name: str) -> None:
        """Forget a release whose folder is about to be removed.

        Args:
            folder: the folder that `write` was given, wherever it lies now.
            name: its collection name.
        """
        ...
