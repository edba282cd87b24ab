"""The passage store on Chroma and memory-mapped arrays."""

import logging
import struct
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chroma_working_copy import take_working_copy
from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged, StoreUnavailable
from knowledge_base.exact_search import best_rows, compare, search_exactly
from knowledge_base.passage import Passage
from knowledge_base.passage_file import PassageFile, load_array, write_passages
from knowledge_base.passage_rows import PassageRows
from knowledge_base.passage_store import Neighbours, OpenPassages

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

CHROMA_FOLDER = "chroma"
VECTORS = "vectors.npy"

# Chroma 1.5.9 refuses more rows in one `add` (SQLite's limit of variables).
_ROWS_PER_ADD = 5_461
_INDEX_HEADER = struct.Struct("<iQQQQ")
_INDEX_VERSION = 1
_FLOAT_BYTES = 4

_log = logging.getLogger(__name__)


class ChromaPassageStore:
    """Keeps a release's passages and vectors in files, and those of a great release in a Chroma collection too.

    Releases up to the limit, and any scope inside a greater one, are searched exactly; a greater one gets a collection,
    which is asked when all of it is searched. Chroma is imported for that alone (docs/decisions/0003).

    Args:
        exact_search_limit: up to so many passages a release is searched exactly and has no collection.
    """

    def __init__(self, exact_search_limit: int = 50_000) -> None:
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
            _write_collection(folder / CHROMA_FOLDER, name, vectors)

    def open(self, folder: Path, name: str) -> OpenPassages:
        """Open what `write` wrote.

        Raises:
            ReleaseDamaged: what is there is not what was written.
        """
        return _ChromaPassages(folder, name, self._exact_search_limit)

    def remove(self, folder: Path, name: str) -> None:
        """Nothing is kept outside the folder."""


class _ChromaPassages:
    def __init__(self, folder: Path, name: str, exact_search_limit: int) -> None:
        self._folder = folder
        self._name = name
        self._exact_search_limit = exact_search_limit
        self._file = PassageFile(folder)
        try:
            self._vectors: Vectors = load_array(folder / VECTORS)
        except (FileNotFoundError, ValueError) as error:
            raise ReleaseDamaged(f"{folder / VECTORS} cannot be read ({error})") from error
        if self._vectors.ndim != 2 or len(self._vectors) != len(self._file):
            raise ReleaseDamaged(f"{folder}: vectors and passages do not match")
        self._lock = threading.Lock()
        self._collection: Collection | None = None
        # A release that was built under a higher limit has no collection.
        self._without_chroma = not (folder / CHROMA_FOLDER).is_dir()

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
        # Inside a scope everything is compared at any size: Chroma's own filter takes twenty times as long.
        if rows is None and 0 < limit < len(self) > self._exact_search_limit and not self._without_chroma:
            found = self._ask_chroma(vector, limit)
            if found is not None:
                return found
        return search_exactly(self._vectors, vector, rows, limit)

    def cosines(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return compare(self._vectors[rows], vector)

    def close(self) -> None:
        self._file.close()

    def _ask_chroma(self, vector: Vectors, limit: int) -> Neighbours | None:
        """The nearest rows by Chroma's index; None when Chroma cannot be used, so that all are compared instead."""
        from chromadb.errors import ChromaError

        try:
            collection = self._open_collection()
            answer = collection.query(query_embeddings=vector[None, :], n_results=limit, include=[])
            found = np.array([int(one) for one in answer["ids"][0]], dtype=np.int64)
        except (ChromaError, ReleaseDamaged, ValueError, RuntimeError, OSError) as error:
            _log.warning("Chroma cannot search %s, every passage is compared instead: %s", self._folder, error)
            self._without_chroma = True
            return None
        found = np.sort(found[(found >= 0) & (found < len(self))])
        return best_rows(found, self.cosines(vector, found), limit)

    def _open_collection(self) -> "Collection":
        with self._lock:
            if self._collection is None:
                copy = take_working_copy(self._folder / CHROMA_FOLDER)
                # This object may be dropped while a release is replaced; then Chroma's threads and files go with it.
                weakref.finalize(self, copy.remove)
                client = _open_client(copy.folder)
                weakref.finalize(self, client.close)
                self._collection = client.get_collection(self._name, embedding_function=None)
            return self._collection


def import_chroma() -> None:
    """Import Chroma ahead of time, so that processes that are forked afterwards need not."""
    import chromadb  # noqa: F401


def _write_collection(place: Path, name: str, vectors: Vectors) -> None:
    from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
    from chromadb.errors import ChromaError

    count = len(vectors)
    # Written out once, exactly when the last row is in, so that Chroma never has to write the index again.
    hnsw = CreateHNSWConfiguration(space="cosine", batch_size=max(2, min(count, 5_000)), sync_threshold=max(2, count))
    configuration = CreateCollectionConfiguration(hnsw=hnsw)
    try:
        client = _open_client(place)
        try:
            collection = client.create_collection(name, configuration=configuration, embedding_function=None)
            for start in range(0, count, _ROWS_PER_ADD):
                block = vectors[start : start + _ROWS_PER_ADD]
                collection.add(ids=[str(row) for row in range(start, start + len(block))], embeddings=block)
            written = collection.count()
        finally:
            client.close()
    except (ChromaError, RuntimeError) as error:
        raise StoreUnavailable(f"Chroma cannot write in {place}: {error}; is the disk full or read-only?") from error
    if written != count:
        raise StoreUnavailable(f"Chroma wrote {written} of {count} vectors in {place}; try again")
    clear_unused_space(place)


def clear_unused_space(place: Path) -> None:
    """Put zeros where an index has room for further rows.

    Chroma 1.5.9 writes that room as it found it in memory: vectors and texts that this process held before, of other
    brands and of what was erased, would lie in the file (docs/reliability.md).

    Args:
        place: the folder of a collection that is closed.

    Raises:
        StoreUnavailable: the index is not laid out as this version of Chroma does it.
    """
    for header in sorted(place.glob("*/header.bin")):
        # Version, where the elements begin, room, rows, bytes of an element.
        version, _, _, rows, element = _INDEX_HEADER.unpack(header.read_bytes()[: _INDEX_HEADER.size])
        for name, size in (("data_level0.bin", element), ("length.bin", _FLOAT_BYTES)):
            path = header.with_name(name)
            unused = path.stat().st_size - rows * size
            if version != _INDEX_VERSION or unused < 0:
                raise StoreUnavailable(f"{header} is not laid out as Chroma 1.5.9 does it; install that version")
            with path.open("r+b") as file:
                file.seek(rows * size)
                file.write(bytes(unused))


def _open_client(place: Path) -> "Client":
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(place), settings=Settings(anonymized_telemetry=False))
    return cast("Client", client)
