"""The passages of a release in files: texts as JSON lines, found by offset; the rows beside them."""

import contextlib
import json
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from brands import Scope
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.passage import Passage
from knowledge_base.passage_rows import COLUMNS, PassageRows, describe_rows

TEXTS = "passages.jsonl"
ROWS = "rows.npy"
SCOPES = "scopes.json"
# What is found is found again: reading a passage anew costs 50 µs; about 2 kB each.
_KEPT = 1_024


def write_passages(folder: Path, passages: Sequence[Passage]) -> None:
    """Write passages into a folder.

    Args:
        folder: an existing folder.
        passages: in the order of their rows.
    """
    rows = describe_rows(passages)
    with (folder / TEXTS).open("wb") as file:
        for row, passage in enumerate(passages):
            start = file.tell()
            file.write(json.dumps(passage.as_json(), ensure_ascii=False).encode())
            rows.columns[row]["start"] = start
            rows.columns[row]["end"] = file.tell()
            file.write(b"\n")
    np.save(folder / ROWS, rows.columns, allow_pickle=False)
    scopes = [_scope_as_json(scope) for scope in rows.scopes]
    (folder / SCOPES).write_text(json.dumps(scopes, ensure_ascii=False), encoding="utf-8")


class PassageFile:
    """Passages in files, read one at a time; safe for use by several threads.

    Raises:
        ReleaseDamaged: what is there is not what was written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            scopes = tuple(_scope_from_json(one) for one in json.loads((folder / SCOPES).read_bytes()))
            columns = load_array(folder / ROWS)
            if columns.dtype != COLUMNS:
                raise ReleaseDamaged(f"{folder / ROWS} is not what was written")
            self._texts = _map_file(folder / TEXTS)
        except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
            raise ReleaseDamaged(f"{folder}: the passages cannot be read ({error})") from error
        self.rows = PassageRows(scopes, columns)
        self._kept = lru_cache(maxsize=_KEPT)(partial(_read_passage, self._texts, self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    def passage(self, row: int) -> Passage:
        """The passage at a row, 0 to len - 1.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self.rows):
            raise IndexError(f"row {row} of {len(self.rows)}")
        return self._kept(row)

    def __iter__(self) -> Iterator[Passage]:
        return (_read_passage(self._texts, self.rows, row) for row in range(len(self)))

    def close(self) -> None:
        """Give back the file."""
        if isinstance(self._texts, mmap.mmap):
            with contextlib.suppress(BufferError):
                self._texts.close()


def _read_passage(texts: mmap.mmap | bytes, rows: PassageRows, row: int) -> Passage:
    place = rows.columns[row]
    line = texts[int(place["start"]) : int(place["end"])]
    return Passage.from_json(json.loads(line), rows.scopes[int(place["scope"])])


def load_array(path: Path) -> np.ndarray[Any, Any]:
    """An array of a file, mapped into memory.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    array: np.ndarray[Any, Any] = np.load(path, allow_pickle=False)[:0] if _is_empty(path) else _mapped(path)
    return array


def _mapped(path: Path) -> np.ndarray[Any, Any]:
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    # A plain view: indexing a memmap object costs several microseconds more each time.
    return np.asarray(mapped)


def _is_empty(path: Path) -> bool:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, _ = reader(file)
    return 0 in shape


def _map_file(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _scope_as_json(scope: Scope) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in _days(scope).items()}
    return asdict(scope) | days


def _days(scope: Scope) -> dict[str, date | None]:
    return {"valid_from": scope.valid_from, "valid_to": scope.valid_to}


def _scope_from_json(content: dict[str, Any]) -> Scope:
    days = {name: date.fromisoformat(content[name]) if content[name] else None for name in ("valid_from", "valid_to")}
    lists = {name: tuple(content[name]) for name in ("markets", "models", "model_years")}
    return Scope(**content | days | lists)
