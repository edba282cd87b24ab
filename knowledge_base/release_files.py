"""Files and folders of releases: written durably, replaced atomically, checked, locked."""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from knowledge_base.errors import ReleaseBusy, ReleaseDamaged, StoreUnavailable

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EROFS: "the disk is read-only; make it writable or choose another data folder",
    errno.EACCES: "permission is denied; let this user write there or choose another data folder",
    errno.EPERM: "permission is denied; let this user write there or choose another data folder",
    errno.EMFILE: "too many files are open; raise the limit (`ulimit -n`) or lower the number of open releases",
    errno.ENOTDIR: "a file lies where a folder is needed; remove it or choose another data folder",
    errno.ENOENT: "there is no such file or folder; make it or name another one",
    errno.EIO: "the disk reported an error; check it and restore a backup if needed",
}


@contextmanager
def plain_storage_errors(doing: str, place: Path) -> Iterator[None]:
    """Turn errors of the operating system into one that says what to do.

    Args:
        doing: what is being done, e.g. "build a release".
        place: where.

    Raises:
        StoreUnavailable: the operating system refused.
    """
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise StoreUnavailable(f"Cannot {doing} in {place}: {reason}") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file and name below a folder survive a power cut."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            descriptor = os.open(Path(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(parent))


def replace_file(path: Path, content: bytes) -> None:
    """Put new content into a file in one step: a reader sees the old or the new one, whole."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def seal_json(content: dict[str, Any]) -> bytes:
    """JSON bytes that carry their own SHA-256, so that any change shows."""
    return json.dumps({"sha256": _seal(content), "content": content}, ensure_ascii=False, indent=1).encode()


def unseal_json(path: Path) -> dict[str, Any]:
    """Read what `seal_json` made.

    Raises:
        ReleaseDamaged: the file is missing, or not what was written.
    """
    try:
        sealed = json.loads(path.read_bytes())
        content = sealed["content"]
        intact = isinstance(content, dict) and sealed["sha256"] == _seal(content)
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise ReleaseDamaged(f"{path} cannot be read ({type(error).__name__})") from error
    if not intact:
        raise ReleaseDamaged(f"{path} is not what was written")
    found: dict[str, Any] = content
    return found


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by relative path.

    Args:
        folder: where to look.
    """
    names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {name: _hash_file(folder / name) for name in names}


def check_files(folder: Path, hashes: dict[str, str]) -> None:
    """Compare files with their hashes.

    Args:
        folder: where they lie.
        hashes: SHA-256 by relative path.

    Raises:
        ReleaseDamaged: one is missing or different.
    """

    def difference(name: str) -> str | None:
        try:
            return None if _hash_file(folder / name) == hashes[name] else f"{name} is not what was written"
        except FileNotFoundError:
            return f"{name} is missing"

    # hashlib gives the interpreter free while it hashes, so two threads use two cores.
    with ThreadPoolExecutor(max_workers=2) as threads:
        found = [complaint for complaint in threads.map(difference, sorted(hashes)) if complaint]
    if found:
        raise ReleaseDamaged(f"{folder}: {'; '.join(found[:3])}")


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it, if it is there."""
    if folder.is_dir():
        shutil.rmtree(folder)


@contextmanager
def lock_file(path: Path, doing: str) -> Iterator[None]:
    """Hold a lock that ends with the process, whatever happens to it.

    Args:
        path: the lock file; made if missing.
        doing: what is to be done, for the message.

    Raises:
        ReleaseBusy: someone else holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReleaseBusy(
                f"Cannot {doing}: another ingest, publish or rollback of this brand is at work; "
                "wait until it has ended and try again"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _seal(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
