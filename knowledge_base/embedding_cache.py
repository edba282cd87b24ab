"""Keeps the vectors of texts, so that only what is new is embedded."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from knowledge_base.embedder import Embedder, Vectors
from knowledge_base.embedder_by_language import embedder_of, fill_up
from knowledge_base.errors import StoreUnavailable
from knowledge_base.passage import Passage

Progress = Callable[[int, int], None]
"""Called with how many of the texts have a vector, and how many there are."""

_BLOCK_TEXTS = 64
"""Embedded and stored together: what a killed ingest can lose."""
_LOOK_UP_KEYS = 500
_BUSY_SECONDS = 60.0
_MAY_PASS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
"""Somebody else is at work on the file; a full or read-only disk would not pass by waiting."""
_FLOAT = np.dtype("<f4")

Item = TypeVar("Item")


class Embedded(NamedTuple):
    """Vectors of texts.

    Args:
        vectors: array of shape (texts, dimension), in the order of the texts.
        new: how many distinct texts had to be embedded.
    """

    vectors: Vectors
    new: int


class EmbeddingCache:
    """Vectors by SHA-256 of the text and fingerprint of the embedder, in one SQLite file.

    Several threads and processes may use one file; each call opens its own connection.

    Args:
        path: the file; made when it is first needed.
        embedder: makes what is not there.
    """

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self._path = path
        self._embedder = embedder

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Embedded:
        """Give the vectors of texts, embedding each new one once.

        Args:
            texts: passages as the embedder is to read them.
            progress: told after the look-up and after each block.

        Raises:
            StoreUnavailable: the file cannot be read or written.
            EmbedderUnavailable: the embedder's model is missing.
        """
        keys = [_key(text) for text in texts]
        vectors = np.empty((len(texts), self._embedder.dimension), _FLOAT)
        with self._connection() as connection:
            known = self._look_up(connection, keys)
            wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            absent = sum(key in wanted for key in keys)
            done = len(texts) - absent
            _report(progress, done, len(texts))
            repeats = Counter(keys)
            for block in _pieces([*wanted.items()], _BLOCK_TEXTS):
                made = self._embedder.embed_passages([text for _, text in block])
                self._store(connection, [key for key, _ in block], made)
                known.update({key: vector for (key, _), vector in zip(block, made, strict=True)})
                done += sum(repeats[key] for key, _ in block)
                _report(progress, done, len(texts))
        for row, key in enumerate(keys):
            vectors[row] = known[key]
        return Embedded(vectors, len(wanted))

    def embed_passages(self, passages: Sequence[Passage], progress: Progress | None = None) -> Embedded:
        """Give the vectors of passages, each by the embedder of its language.

        Args:
            passages: in any order.
            progress: told after the look-up and after each block.

        Raises:
            StoreUnavailable: the file cannot be read or written.
            EmbedderUnavailable: an embedder's model is missing.
        """
        rows_of: dict[int, list[int]] = {}
        embedders = [embedder_of(self._embedder, passage.scope.language) for passage in passages]
        for row, embedder in enumerate(embedders):
            rows_of.setdefault(id(embedder), []).append(row)
        vectors = np.zeros((len(passages), self._embedder.dimension), _FLOAT)
        new = done = 0
        for rows in rows_of.values():
            embedder, before = embedders[rows[0]], done
            found = EmbeddingCache(self._path, embedder).embed(
                [passages[row].embedded_text for row in rows],
                lambda made, _, before=before: _report(progress, before + made, len(passages)),  # type: ignore[misc]
            )
            vectors[rows] = fill_up(found.vectors, vectors.shape[1])
            new, done = new + found.new, done + len(rows)
        return Embedded(vectors, new)

    def forget(self, texts: Sequence[str]) -> int:
        """Erase the vectors of texts, of every embedder; their bytes are overwritten on disk.

        Returns:
            How many vectors were erased.

        Raises:
            StoreUnavailable: the file cannot be read or written.
        """
        erased = 0
        with self._connection() as connection:
            for keys in _pieces([*{_key(text) for text in texts}], _LOOK_UP_KEYS):
                marks = ",".join("?" * len(keys))
                # Only question marks enter the statement.
                erased += connection.execute(f"DELETE FROM vectors WHERE text_hash IN ({marks})", keys).rowcount  # noqa: S608
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # old pages must not stay in the log
        return erased

    def keep_only(self, texts: Iterable[str]) -> int:
        """Erase the vectors of all other texts, of every embedder, from the file and from its log.

        Args:
            texts: passages whose vectors may stay.

        Returns:
            How many vectors were erased.

        Raises:
            StoreUnavailable: the file cannot be read or written, or somebody kept reading it for too long.
        """
        needed = {_key(text) for text in texts}
        if not self._path.exists():
            return 0
        erased = 0
        with self._connection() as connection:
            known = {row[0] for row in connection.execute("SELECT DISTINCT text_hash FROM vectors")}
            for keys in _pieces([*(known - needed)], _LOOK_UP_KEYS):
                marks = ",".join("?" * len(keys))
                erased += connection.execute(f"DELETE FROM vectors WHERE text_hash IN ({marks})", keys).rowcount  # noqa: S608
            connection.commit()
            connection.execute("VACUUM")  # drops what moved pages left behind
            until = time.monotonic() + _BUSY_SECONDS
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    raise StoreUnavailable("what was erased is still in the embedding cache's log; erase again")
                time.sleep(0.02)
        return erased

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
            try:
                _log_ahead(connection)
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (text_hash BLOB NOT NULL, fingerprint TEXT NOT NULL, "
                    "vector BLOB NOT NULL, PRIMARY KEY (text_hash, fingerprint))"
                )
                yield connection
            finally:
                connection.close()
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(
                f"The embedding cache {self._path} cannot be used ({error}). "
                "Check the folder's permissions and free space; if the file is damaged, delete it: it is made again."
            ) from error

    def _look_up(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        size = self._embedder.dimension * _FLOAT.itemsize
        known: dict[bytes, Vectors] = {}
        for some in _pieces([*dict.fromkeys(keys)], _LOOK_UP_KEYS):
            marks = ",".join("?" * len(some))
            rows = connection.execute(
                f"SELECT text_hash, vector FROM vectors WHERE fingerprint = ? AND text_hash IN ({marks})",  # noqa: S608
                (self._embedder.fingerprint, *some),
            )
            known.update({key: np.frombuffer(vector, _FLOAT) for key, vector in rows if len(vector) == size})
        return known

    def _store(self, connection: sqlite3.Connection, keys: Sequence[bytes], vectors: Vectors) -> None:
        fingerprint = self._embedder.fingerprint
        rows = [
            (key, fingerprint, np.ascontiguousarray(vector, _FLOAT).tobytes())
            for key, vector in zip(keys, vectors, strict=True)
        ]
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        connection.commit()


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _pieces(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _log_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not wait by itself when two connections change a new file's journal at once.
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _MAY_PASS or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
