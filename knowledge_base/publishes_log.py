"""Who made which release live, and when: a file per brand that is only ever added to."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from knowledge_base.release_files import replace_file, sync_folder

PUBLISHES = "publishes.jsonl"

Action = Literal["publish", "rollback", "erase", "restore"]


@dataclass(frozen=True, slots=True)
class PublishEntry:
    """One move of the pointer.

    Args:
        at: when, with time zone.
        action: why the pointer was moved.
        release_id: what was made live.
        by: who did it; empty when nobody said so.
        created_by: who had built the release.
    """

    at: datetime
    action: Action
    release_id: str
    by: str
    created_by: str

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON values."""
        return asdict(self) | {"at": self.at.isoformat()}


class PublishesLog:
    """The moves of one brand's pointer, oldest first.

    An entry is written before the pointer moves: a process that is killed between the two leaves one too many, never
    a move that nobody recorded.

    Args:
        folder: the folder of the brand.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / PUBLISHES

    def add(self, action: Action, release_id: str, by: str, created_by: str) -> None:
        """Write an entry, durably; the caller holds the brand's lock."""
        entry = PublishEntry(datetime.now(UTC), action, release_id, by, created_by)
        line = _line(entry)
        is_new = not self._path.exists()
        with self._path.open("ab+") as file:
            if file.tell() and not _ends_a_line(file.fileno(), file.tell()):
                line = b"\n" + line  # a line that a crash cut short stays by itself
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self._path.parent)

    def entries(self) -> tuple[PublishEntry, ...]:
        """What was recorded, oldest first; a line that a crash cut short is left out."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        found = (_entry(line) for line in lines)
        return tuple(one for one in found if one is not None)

    def erase_names(self, is_erased: Callable[[str], bool], instead: str) -> int:
        """Put something else in the place of names that are erased.

        Args:
            is_erased: whether a name is to go.
            instead: what is to stand there.

        Returns:
            How many entries held one.
        """
        entries = self.entries()
        changed = [
            replace(
                one,
                by=instead if is_erased(one.by) else one.by,
                created_by=instead if is_erased(one.created_by) else one.created_by,
            )
            for one in entries
        ]
        held = sum(one != other for one, other in zip(entries, changed, strict=True))
        if held:
            replace_file(self._path, b"".join(_line(one) for one in changed))
        return held


def _line(entry: PublishEntry) -> bytes:
    return json.dumps(entry.as_json(), ensure_ascii=False).encode() + b"\n"


def _ends_a_line(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"


def _entry(line: bytes) -> PublishEntry | None:
    try:
        content = json.loads(line)
        return PublishEntry(**content | {"at": datetime.fromisoformat(content["at"])})
    except (ValueError, KeyError, TypeError):
        return None
