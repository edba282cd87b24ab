"""One Chroma collection: the vectors of a great release, searched by Chroma's index."""

import logging
import struct
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chroma_working_copy import take_working_copy
from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged, StoreUnavailable
from knowledge_base.exact_search import best_rows, compare, search_exactly
from knowledge_base.passage_store import Neighbours

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

CHROMA_FOLDER = "chroma"

# Chroma 1.5.9 refuses more rows in one `add` (SQLite's limit of variables).
_ROWS_PER_ADD = 5_461
_INDEX_HEADER = struct.Struct("<iQQQQ")
_INDEX_VERSION = 1
_FLOAT_BYTES = 4

_log = logging.getLogger(__name__)


class ChromaCollection:
    """Searches what `write_collection` wrote; safe for use by several threads.

    Chroma is opened with the first search of a whole release, and where it cannot be, every row is compared.

    Args:
        folder: where it lies.
        name: collection name.
        vectors: array of shape (rows, dimension), which it was made from.
    """

    def __init__(self, folder: Path, name: str, vectors: Vectors) -> None:
        self._folder = folder
        self._name = name
        self._vectors = vectors
        self._lock = threading.Lock()
        self._collection: Collection | None = None
        self._is_usable = True

    def nearest(self, vector: Vectors, rows: NDArray[np.bool_] | None, limit: int) -> Neighbours:
        """The nearest rows by cosine similarity.

        Args:
            vector: unit vector of the question.
            rows: rows that may be returned; None for all.
            limit: at most so many.
        """
        # Inside a scope everything is compared at any size: Chroma's own filter takes twenty times as long.
        found = self._ask_chroma(vector, limit) if rows is None and self._is_usable else None
        return search_exactly(self._vectors, vector, rows, limit) if found is None else found

    def _ask_chroma(self, vector: Vectors, limit: int) -> Neighbours | None:
        """The nearest rows by Chroma's index; None when Chroma cannot be used, so that all are compared instead."""
        from chromadb.errors import ChromaError

        try:
            collection = self._open()
            answer = collection.query(query_embeddings=vector[None, :], n_results=limit, include=[])
            found = np.array([int(one) for one in answer["ids"][0]], dtype=np.int64)
        except (ChromaError, ReleaseDamaged, ValueError, RuntimeError, OSError) as error:
            _log.warning("Chroma cannot search %s, every passage is compared instead: %s", self._folder, error)
            self._is_usable = False
            return None
        found = np.sort(found[(found >= 0) & (found < len(self._vectors))])
        return best_rows(found, compare(self._vectors[found], vector), limit)

    def _open(self) -> "Collection":
        with self._lock:
            if self._collection is None:
                copy = take_working_copy(self._folder)
                # This object may be dropped while a release is replaced; then Chroma's threads and files go with it.
                weakref.finalize(self, copy.remove)
                client = _open_client(copy.folder)
                weakref.finalize(self, client.close)
                self._collection = client.get_collection(self._name, embedding_function=None)
            return self._collection


def import_chroma() -> None:
    """Import Chroma ahead of time, so that processes that are forked afterwards need not."""
    import chromadb  # noqa: F401


def write_collection(place: Path, name: str, vectors: Vectors) -> None:
    """Write vectors into a new collection; the id of each is its row.

    Args:
        place: the folder of the collection.
        name: never used before.
        vectors: array of shape (rows, dimension).

    Raises:
        StoreUnavailable: Chroma could not write them.
    """
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
