"""Documents that a content editor brings: checked first, kept only when confirmed."""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile, TemporaryDirectory
from threading import Lock
from typing import Any

import yaml

from brands import Group
from ingest.errors import IngestError
from ingest.loaders.registry import SUFFIXES, check_supported
from ingest.metadata import SCOPE_FILE, read_metadata, read_scope_file, scope_of
from ingest.parsed_documents import ParsedDocument
from ingest.pipeline import Pipeline
from knowledge_base.passage import Passage
from ui.errors import DoorError

UPLOADS = "uploads"
_LONGEST_NAME_CHARACTERS = 100
# Of two editors at once, the second one's scopes must not be written over the first one's.
_KEEPING = Lock()
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class UploadRefused(DoorError):
    """A document cannot be taken as it is."""


@dataclass(frozen=True, slots=True)
class UploadScope:
    """What an editor says of an uploaded document; what is empty holds for all.

    Args:
        title: its title.
        language: ISO 639-1 code.
        models: model ids.
        model_years: model years.
        markets: market codes.
    """

    title: str
    language: str
    models: tuple[str, ...] = ()
    model_years: tuple[int, ...] = ()
    markets: tuple[str, ...] = ()

    def as_yaml(self) -> dict[str, Any]:
        """The keys of _scope.yaml."""
        content: dict[str, Any] = {"title": self.title, "language": self.language}
        for name in ("models", "model_years", "markets"):
            if getattr(self, name):
                content[name] = list(getattr(self, name))
        return content


def safe_name(name: str) -> str:
    """The file name under which a document is kept: letters, digits, dots, hyphens and underscores only.

    Args:
        name: as the browser told it; folders in it are ignored.

    Raises:
        UploadRefused: nothing usable is left, or the format is not read.
    """
    plain = unicodedata.normalize("NFKD", name.replace("\\", "/"))
    last = PurePosixPath(plain).name.encode("ascii", "ignore").decode()
    path = PurePosixPath(re.sub(r"[^A-Za-z0-9._-]+", "-", last))
    stem = path.stem.strip(".-_")[:_LONGEST_NAME_CHARACTERS].rstrip(".-_")
    suffix = path.suffix.lower()
    try:
        check_supported(suffix)
    except IngestError as error:
        raise UploadRefused(str(error)) from None
    if not stem or _RESERVED.fullmatch(stem):
        raise UploadRefused(f"give the file a name of letters and digits, such as manual{suffix}")
    return stem + suffix


def check_upload(name: str, size_bytes: int, limit_mb: int) -> str:
    """Check a document before it is read.

    Args:
        name: as the browser told it.
        size_bytes: its size.
        limit_mb: the largest size that is taken.

    Returns:
        The name under which it would be kept.

    Raises:
        UploadRefused: with what to do instead.
    """
    if size_bytes == 0:
        raise UploadRefused("the file is empty; choose another one")
    if size_bytes > limit_mb * 1_000_000:
        raise UploadRefused(f"the file is larger than {limit_mb} MB; split it, or raise MARQUE_UI_UPLOAD_LIMIT_MB")
    return safe_name(name)


def preview_upload(pipeline: Pipeline, brand_id: str, name: str, content: bytes) -> ParsedDocument:
    """What a document would become; nothing of it is kept.

    Args:
        pipeline: reads it, with its limits.
        brand_id: for whom.
        name: from `check_upload`.
        content: its bytes.

    Raises:
        IngestError: it cannot be read.
    """
    with TemporaryDirectory(prefix="marque-preview-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return pipeline.preview(brand_id, path)


def keep_upload(group: Group, brand_id: str, name: str, content: bytes, scope: UploadScope, by: str) -> Path:
    """Put a document into the brand's documents folder, and its scope beside it.

    It is not published: the next ingest brings it in.

    Args:
        group: the group.
        brand_id: whose document it is.
        name: from `check_upload`.
        content: its bytes.
        scope: what the editor says of it.
        by: the editor, who may not publish it alone where the group asks for two people.

    Returns:
        Where it lies.

    Raises:
        UploadRefused: the folder cannot be written, or what was said of the document is wrong.
    """
    name = safe_name(name)
    folder = group.brand_folder(brand_id) / "documents" / UPLOADS
    scope_path = folder / SCOPE_FILE
    try:
        scope_of(read_metadata(scope.as_yaml()), group.brand(brand_id), "brand")
        with _KEEPING:
            folder.mkdir(parents=True, exist_ok=True)
            own, files = read_scope_file(scope_path.read_text(encoding="utf-8")) if scope_path.exists() else ({}, {})
            files[name] = {**scope.as_yaml(), "uploaded_by": by}
            _replace(folder / name, content)
            kept = {one: keys for one, keys in files.items() if (folder / one).exists()}
            told = yaml.safe_dump({**own, "files": kept}, allow_unicode=True, sort_keys=False)
            _replace(scope_path, told.encode())
    except IngestError as error:
        raise UploadRefused(f"what was said of the document cannot be used: {error}") from None
    except UnicodeDecodeError:
        raise UploadRefused(f"{scope_path} is no UTF-8; save it as UTF-8 first") from None
    except OSError as error:
        raise UploadRefused(f"{folder} cannot be written: {error.strerror or error}") from None
    return folder / name


def is_kept(group: Group, brand_id: str, name: str) -> bool:
    """Whether a document of this name was added before.

    Args:
        group: the group.
        brand_id: whose document it is.
        name: from `check_upload`.
    """
    return (group.brand_folder(brand_id) / "documents" / UPLOADS / name).exists()


def accepted_suffixes() -> list[str]:
    """The formats that are read, without their dots."""
    return [suffix.removeprefix(".") for suffix in SUFFIXES]


def count_kinds(passages: Iterable[Passage]) -> dict[str, int]:
    """How many passages there are of each kind."""
    counts: dict[str, int] = {}
    for one in passages:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return counts


def _replace(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
            os.chmod(temporary.name, 0o644)
            os.replace(temporary.name, path)
        except OSError:
            Path(temporary.name).unlink(missing_ok=True)
            raise
