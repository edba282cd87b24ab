"""Reads a backup, trusting nothing that it says."""

import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

from knowledge_base.errors import BackupInvalid

BACKUP_FORMAT = 1
CONTENTS = "backup.json"
DATA_PREFIX = "data/"

_BLOCK_BYTES = 1 << 20
_MAX_CONTENTS_BYTES = 256 << 20
_MAX_NAME_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup says of itself; true once `read_backup` has ended.

    Args:
        created_at: ISO 8601.
        live: id of the live release, by brand.
        files: SHA-256 and size by relative path.
    """

    created_at: str
    live: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]


def read_backup(path: Path, into: Path | None = None) -> Iterator[BackupContents]:
    """Read a backup to its end and compare every file with its hash.

    Args:
        path: the backup.
        into: an empty folder that its files are written to.

    Yields:
        Once, what it says of itself, when all of it was found to be so.

    Raises:
        BackupInvalid: it is no backup, is damaged, or holds what does not belong into one.
    """
    if not path.is_file():
        raise BackupInvalid(f"there is no file {path}; name the backup")
    found: dict[str, dict[str, Any]] = {}
    contents: BackupContents | None = None
    try:
        with tarfile.open(path, mode="r:*") as tar:
            for member in tar:
                if contents is not None:
                    raise BackupInvalid(f"{path} holds something after its end")
                source = tar.extractfile(member) if member.isreg() else None
                if source is None:
                    raise BackupInvalid(f"{path} holds {member.name[:200]!r}, which is no plain file; nothing is used")
                if member.name == CONTENTS:
                    contents = _contents(path, source, member.size)
                    continue
                name = _safe_name(path, member.name)
                if name in found:
                    raise BackupInvalid(f"{path} holds {name!r} twice; nothing is used")
                found[name] = _take(source, member.size, into / name if into else None)
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        reason = str(error).partition(":")[0]  # tarfile tells of every format that it tried
        raise BackupInvalid(f"{path} is no backup, or is damaged ({reason})") from error
    if contents is None:
        raise BackupInvalid(f"{path} ends too early; it was not copied whole")
    different = [name for name in contents.files if found.get(name) != dict(contents.files[name])]
    different += [name for name in found if name not in contents.files]
    if different:
        raise BackupInvalid(f"{path} is damaged: {', '.join(sorted(different)[:3])} is not what was backed up")
    yield contents


def _contents(path: Path, source: IO[bytes], size: int) -> BackupContents:
    if size > _MAX_CONTENTS_BYTES:
        raise BackupInvalid(f"{path}: its list of files is too long to be true")
    try:
        told = json.loads(source.read())
        if told["format"] != BACKUP_FORMAT:
            raise BackupInvalid(f"{path} was written by another version of Marque (format {told['format']!r})")
        live = {str(brand): str(release) for brand, release in told["live"].items()}
        return BackupContents(str(told["created_at"]), live, dict(told["files"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupInvalid(f"{path} is damaged: its list of files cannot be read ({type(error).__name__})") from error


def _safe_name(path: Path, name: str) -> str:
    """The path below the data folder; never one outside of it."""
    inside = name.removeprefix(DATA_PREFIX)
    parts = PurePosixPath(inside).parts
    plain = (
        name.startswith(DATA_PREFIX)
        and 0 < len(inside) <= _MAX_NAME_CHARACTERS
        and inside.isprintable()
        and not any(letter in inside for letter in "\\:")
        and inside == "/".join(parts)
        and not PurePosixPath(inside).is_absolute()
        and not {".", ".."} & set(parts)
    )
    if not plain:
        raise BackupInvalid(f"{path} holds a file that would lie outside the data folder ({name[:200]!r}); refused")
    return inside


def _take(source: IO[bytes], size: int, target: Path | None) -> dict[str, Any]:
    digest = sha256()
    if target is None:
        while block := source.read(_BLOCK_BYTES):
            digest.update(block)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while block := source.read(_BLOCK_BYTES):
                digest.update(block)
                file.write(block)
    return {"sha256": digest.hexdigest(), "bytes": size}
