"""The passage store in plain files: texts and vectors mapped into memory, and an index of great releases."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chroma_collection import CHROMA_FOLDER, ChromaCollection
from knowledge_base.cluster_index import ClusterIndex, write_clusters
from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.exact_search import compare, search_exactly
from knowledge_base.passage import Passage
from knowledge_base.passage_file import PassageFile, load_array, write_passages
from knowledge_base.passage_rows import PassageRows
from knowledge_base.passage_store import Neighbours, OpenPassages

CLUSTERS_FOLDER = "clusters"
VECTORS = "vectors.npy"


class _Index(Protocol):
    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours: ...


class FilePassageStore:
    """Keeps a release's passages and vectors in files, and those of a great release in lists of near ones too.

    Releases up to the limit are searched exactly. A great one is searched by the index that it was built with, whatever
    is built now (docs/decisions/0026-large-releases.md).

    Args:
        exact_search_limit: up to so many passages a release is searched exactly and has no index.
    """

    def __init__(self, exact_search_limit: int = 25_000) -> None:
        self._exact_search_limit = exact_search_limit

    def write(self, folder: Path, name: str, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write the passages of a candidate into an empty folder.

        Args:
            folder: the candidate's own folder.
            name: collection name; never used before.
            passages: in the order of their rows.
            vectors: array of shape (len(passages), dimension).

        Raises:
            ValueError: the counts differ, or a vector is not of length 1.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages cannot have {len(vectors)} vectors")
        if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2):
            raise ValueError("vectors must have length 1, so that a dot product is a cosine")
        write_passages(folder, passages)
        np.save(folder / VECTORS, vectors, allow_pickle=False)
        if len(passages) > self._exact_search_limit:
            self._write_index(folder, name, vectors)

    def open(self, folder: Path, name: str) -> OpenPassages:
        """Open what `write` wrote.

        Raises:
            ReleaseDamaged: what is there is not what was written.
        """
        return _FilePassages(folder, name, self._exact_search_limit)

    def remove(self, folder: Path, name: str) -> None:
        """Nothing is kept outside the folder."""

    def _write_index(self, folder: Path, name: str, vectors: Vectors) -> None:  # noqa: ARG002 - for a collection
        write_clusters(folder / CLUSTERS_FOLDER, vectors)


class _FilePassages:
    def __init__(self, folder: Path, name: str, exact_search_limit: int) -> None:
        self._file = PassageFile(folder)
        try:
            self._vectors: Vectors = load_array(folder / VECTORS)
        except (FileNotFoundError, ValueError) as error:
            raise ReleaseDamaged(f"{folder / VECTORS} cannot be read ({error})") from error
        if self._vectors.ndim != 2 or len(self._vectors) != len(self._file):
            raise ReleaseDamaged(f"{folder}: vectors and passages do not match")
        self._index = _open_index(folder, name, self._vectors) if len(self) > exact_search_limit else None

    def __len__(self) -> int:
        return len(self._file)

    @property
    def rows(self) -> PassageRows:
        return self._file.rows

    @property
    def vectors(self) -> Vectors:
        return self._vectors

    def passage(self, row: int) -> Passage:
        return self._file.passage(row)

    def rows_admitted(self, mask_of_scopes: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return self.rows.mask(mask_of_scopes)

    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
        if self._index is not None and 0 < limit < len(self):
            return self._index.nearest(vector, rows, limit)
        return search_exactly(self._vectors, vector, rows, limit)

    def cosines(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return compare(self._vectors[rows], vector)

    def close(self) -> None:
        self._file.close()


def _open_index(folder: Path, name: str, vectors: Vectors) -> _Index | None:
    """The index that lies in a release's folder; None when it was built under a higher limit and has none."""
    if (folder / CLUSTERS_FOLDER).is_dir():
        return ClusterIndex(folder / CLUSTERS_FOLDER, vectors)
    if (folder / CHROMA_FOLDER).is_dir():
        return ChromaCollection(folder / CHROMA_FOLDER, name, vectors)
    return None
