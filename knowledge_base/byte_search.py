"""Looks for texts and vectors in every byte below a folder."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge_base.erased_texts import plain

_BLOCK_BYTES = 8 << 20
_OVERLAP_BYTES = 64 << 10
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MARKUP = {"\\n": " ", "\\t": " ", "\\r": " ", '\\"': '"', "\\/": "/"}


def find_bytes(folder: Path, texts: Sequence[str], patterns: Sequence[bytes] = ()) -> tuple[str, ...]:
    """Files below a folder that hold one of the texts, or one of the byte patterns, in their content or name.

    Texts are found in any case and spacing, as UTF-8 and as JSON escapes it, in files of any kind, damaged ones and
    databases with their logs too. Compressed content is not unpacked: Marque writes none.

    Args:
        folder: where to look.
        texts: each shorter than 16,000 characters.
        patterns: exact bytes.

    Returns:
        Relative paths, sorted.
    """
    wanted = [plain(one) for one in texts]
    found = [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if any(one in plain(path.name) for one in wanted)
        or (path.is_file() and not path.is_symlink() and _holds(path, wanted, patterns))
    ]
    return tuple(found)


def _holds(path: Path, wanted: Sequence[str], patterns: Sequence[bytes]) -> bool:
    try:
        return any(any(one in block for one in patterns) or _says(block, wanted) for block in _overlapping_blocks(path))
    except FileNotFoundError:
        return False  # a log of SQLite that was emptied meanwhile


def _says(block: bytes, wanted: Sequence[str]) -> bool:
    if not wanted:
        return False
    text = block.decode("utf-8", errors="replace")
    if "\\" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        for escaped, meant in _MARKUP.items():
            text = text.replace(escaped, meant)
    told = plain(text)
    return any(one in told for one in wanted)


def _overlapping_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        tail = b""
        while block := file.read(_BLOCK_BYTES):
            yield tail + block
            tail = block[-_OVERLAP_BYTES:]
