"""A private copy of a release's Chroma collection, so that the release itself is never written again."""

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

_PREFIX = ".opened-"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """A copy that belongs to this process as long as the lock is held.

    Args:
        folder: where Chroma may write.
        descriptor: of the lock, which ends with the process whatever happens to it.
    """

    folder: Path
    descriptor: int

    def remove(self) -> None:
        """Remove the copy; the release stays."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        os.close(self.descriptor)


def take_working_copy(collection: Path) -> WorkingCopy:
    """Copy a collection, because Chroma writes to its files whenever it opens them.

    The copy lies beside the collection and so goes with the release when that is removed or erased. Copies of processes
    that ended without removing theirs are removed first.

    Args:
        collection: folder of the collection in a release, already compared with its hashes.

    Raises:
        OSError: it cannot be copied.
    """
    for left in collection.parent.glob(f"{_PREFIX}*"):
        _remove_if_left(left)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=collection.parent))
    descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.copytree(collection, place / collection.name)
    except OSError:
        WorkingCopy(place / collection.name, descriptor).remove()
        raise
    return WorkingCopy(place / collection.name, descriptor)


def is_working_copy(name: str) -> bool:
    """Whether a name in a release's folder is that of a working copy.

    Args:
        name: of a file or folder.
    """
    return name.startswith(_PREFIX)


def _remove_if_left(place: Path) -> None:
    try:
        descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return  # just being made, or removed by someone else
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
