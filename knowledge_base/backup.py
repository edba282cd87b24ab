"""Copies everything that is kept of all brands into one file while they are served, and checks the copy."""

import io
import json
import os
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from knowledge_base.backup_file import BACKUP_FORMAT, CONTENTS, DATA_PREFIX, read_backup
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.brand_folder import BrandFolder
from knowledge_base.chroma_working_copy import is_working_copy
from knowledge_base.erasure import known_brands
from knowledge_base.errors import BackupInvalid, ReleaseBusy, StoreUnavailable
from knowledge_base.kept_files import PARSED
from knowledge_base.release_files import plain_storage_errors, sync_folder

RESTORING = ".restoring"
"""Where a restore unpacks; no brand can be called so."""

# What is made anew by itself, or means nothing in another place.
_LEFT_OUT = frozenset({"lock", "building"})
_SQLITE_SUFFIX = ".sqlite3"
_RETRY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds.

    Args:
        path: the file.
        created_at: with time zone.
        files: how many files it holds.
        size: of the backup, in bytes.
        sha256: of the backup.
        live: id of the live release, by brand.
    """

    path: Path
    created_at: datetime
    files: int
    size: int
    sha256: str
    live: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/backup.json."""
        return {
            "file": str(self.path),
            "created_at": self.created_at.isoformat(),
            "files": self.files,
            "bytes": self.size,
            "sha256": self.sha256,
            "live": dict(self.live),
        }


def back_up(knowledge_base: KnowledgeBase, path: Path, *, wait_seconds: float = 60.0) -> BackupReport:
    """Copy releases, caches, logs, fetched pages and the SQLite file of the conversations into one file.

    Questions are answered meanwhile. A brand that is being written is waited for; while a brand is copied, nobody else
    may write it. Databases are copied by SQLite itself, so what is written beside it does no harm.

    Args:
        knowledge_base: what to copy.
        path: a new file; packed when its name ends in `.gz` or `.tgz`.
        wait_seconds: how long to wait for a brand that is being written.

    Raises:
        BackupInvalid: the file exists, lies inside the data folder, or could not be read again.
        ReleaseBusy: a brand was written for longer.
        StoreUnavailable: the data folder cannot be read, or the file cannot be written.
    """
    data_folder = knowledge_base.data_folder
    if not known_brands(data_folder):
        raise BackupInvalid(f"{data_folder} holds no release yet; there is nothing to back up")
    if path.exists():
        raise BackupInvalid(f"{path} exists already; name a new file")
    if path.resolve().is_relative_to(data_folder.resolve()):
        raise BackupInvalid(f"{path} lies inside the data folder, which it is to protect; choose another place")
    part = path.with_name(f".{path.name}.part")
    now = datetime.now(UTC)
    try:
        with plain_storage_errors("back up", path.parent), _plain_database_errors():
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                writer = _Writer(file, packed=path.suffix in {".gz", ".tgz"})
                live = _copy_all(knowledge_base, writer, wait_seconds)
                writer.close({"format": BACKUP_FORMAT, "created_at": now.isoformat(), "live": live})
                file.flush()
                os.fsync(file.fileno())
            for _ in read_backup(part):
                pass
            digest, size = _digest(part), part.stat().st_size
            part.rename(path)
            sync_folder(path.parent)
    finally:
        with suppress(OSError):
            part.unlink()
    return BackupReport(path, now, len(writer.hashes), size, digest, live)


def _copy_all(knowledge_base: KnowledgeBase, writer: "_Writer", wait_seconds: float) -> dict[str, str]:
    data_folder, live = knowledge_base.data_folder, {}
    brands = known_brands(data_folder)
    for brand_id in brands:
        with _held(knowledge_base, brand_id, wait_seconds):
            pointer = BrandFolder(data_folder, brand_id).live_id()
            if pointer is not None:
                live[brand_id] = pointer
            _copy_tree(data_folder, data_folder / brand_id, writer)
    for top in sorted(data_folder.iterdir()) if data_folder.is_dir() else ():
        if top.name not in {*brands, PARSED, RESTORING}:
            _copy_tree(data_folder, top, writer)
    return live


def _copy_tree(data_folder: Path, top: Path, writer: "_Writer") -> None:
    for path in [top] if top.is_file() else sorted(top.rglob("*")):
        inside = path.relative_to(top).parts
        if path.is_symlink() or not path.is_file() or (inside and inside[0] in _LEFT_OUT):
            continue
        if any(is_working_copy(part) for part in inside):
            continue
        if path.name.endswith(("-wal", "-shm", "-journal", ".part")):
            continue
        name = path.relative_to(data_folder).as_posix()
        if path.suffix == _SQLITE_SUFFIX:
            with _copied_database(path) as copy:
                writer.add(name, copy)
        else:
            with suppress(FileNotFoundError):  # removed since the folder was listed
                writer.add(name, path)


@contextmanager
def _held(knowledge_base: KnowledgeBase, brand_id: str, wait_seconds: float) -> Iterator[None]:
    until = time.monotonic() + wait_seconds
    while True:
        lock = knowledge_base.releases.exclusive(brand_id, "back up")
        try:
            lock.__enter__()
            break
        except ReleaseBusy:
            if time.monotonic() > until:
                raise
            time.sleep(_RETRY_SECONDS)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def _plain_database_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"a database in the data folder cannot be copied ({error}); try again") from error


@contextmanager
def _copied_database(path: Path) -> Iterator[Path]:
    """A copy that SQLite makes of one of its files, whoever writes it meanwhile; a damaged file is copied as it is."""
    with tempfile.TemporaryDirectory(prefix="marque-backup-") as folder:
        copy = Path(folder, path.name)
        try:
            with (
                closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=30)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
        except sqlite3.DatabaseError:
            if path.with_name(f"{path.name}-wal").exists():
                raise
            copy = path
        yield copy


@dataclass
class _Writer:
    """Adds files to a tar and remembers their hashes."""

    file: IO[bytes]
    packed: bool
    hashes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tar = tarfile.open(fileobj=self.file, mode="w:gz" if self.packed else "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def add(self, name: str, path: Path) -> None:
        with path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            hashing = _HashingReader(source)
            self._tar.addfile(_entry(DATA_PREFIX + name, size), hashing)
        self.hashes[name] = {"sha256": hashing.digest.hexdigest(), "bytes": size}

    def close(self, told: Mapping[str, Any]) -> None:
        content = json.dumps({**told, "files": self.hashes}, ensure_ascii=False, indent=1).encode()
        self._tar.addfile(_entry(CONTENTS, len(content)), io.BytesIO(content))
        self._tar.close()


class _HashingReader:
    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._source.read(size)
        self.digest.update(block)
        return block


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    entry.mtime = int(time.time())
    return entry


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
