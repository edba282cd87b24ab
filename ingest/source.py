"""Which documents a brand has, and what its folders say of them."""

import os
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brands import Group
from brands.scope import Level
from ingest.errors import DocumentFailed, ScopeInvalid, UnsupportedFormat
from ingest.loaders.registry import check_supported
from ingest.metadata import SCOPE_FILE, read_scope_file

GROUP_PREFIX = "group/"
REGION_PREFIX = "region/"
WEB_PREFIX = "web/"
# First folders of ids that are not a brand's own files.
RESERVED_NAMES = tuple(prefix.rstrip("/") for prefix in (GROUP_PREFIX, REGION_PREFIX, WEB_PREFIX))
# Deeper folders than any real collection has; a loop of links ends here.
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A file that may become passages.

    Args:
        document_id: path below its documents folder; of the group's with `group/`, of a region's with
            `region/<id>/` before it; of a web page `web/<source>/<host>/<path>`.
        path: where its bytes lie.
        level: who wrote it.
        layers: what region, folders and sources say of it, farthest first.
        address: where a web page came from; empty for a file.
    """

    document_id: str
    path: Path
    level: Level
    layers: tuple[Mapping[str, Any], ...] = ()
    address: str = ""

    @property
    def source(self) -> str:
        """What its passages are cited by: file name or address."""
        return self.address or self.path.name


@dataclass(frozen=True, slots=True)
class Discovery:
    """What lies in the documents folders.

    Args:
        documents: in the order of their ids.
        failures: reason by document id, of what should have been a document.
        skipped: reason by path, of what is left out on purpose.
        vanished: reason by document id, of web pages that are gone without anybody here asking for it.
        sources: those that are configured now, such as `web/help`.
        notes: what else a content editor should know.
        synced: by web source, when it was fetched, ISO 8601.
        still_listed: told a document id and an address, whether sources.yaml still names that page.
    """

    documents: tuple[SourceDocument, ...]
    failures: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    vanished: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    synced: Mapping[str, str] = field(default_factory=dict)
    still_listed: Callable[[str, str], bool] = field(default=lambda _document_id, _address: False)


def topic_path(document_id: str) -> str:
    """The path of a document within its layer: what a nearer document must be called to replace it.

    Args:
        document_id: id of a document.
    """
    if document_id.startswith(REGION_PREFIX):
        return document_id.removeprefix(REGION_PREFIX).partition("/")[2]
    return document_id.removeprefix(GROUP_PREFIX)


def source_of(document_id: str) -> str:
    """The source that a document came from: `group`, `region/<id>`, `web/<id>`, or `documents` for own files.

    Args:
        document_id: id of a document.
    """
    first, _, rest = document_id.partition("/")
    if first not in RESERVED_NAMES:
        return "documents"
    return first if first == RESERVED_NAMES[0] else f"{first}/{rest.partition('/')[0]}"


def discover_documents(group: Group, brand_id: str) -> Discovery:
    """Find the group's documents, the regions' and a brand's own files.

    Args:
        group: the group.
        brand_id: one of its brands.

    Raises:
        UnknownBrand: the group has no such brand.
    """
    search = _Search()
    search.walk(group.documents_folder, GROUP_PREFIX, "group")
    for region_id, region in group.profile.regions.items():
        for_markets: Mapping[str, Any] = {"markets": list(region.markets)}
        search.walk(group.region_documents_folder(region_id), f"{REGION_PREFIX}{region_id}/", "region", for_markets)
    search.walk(group.brand_folder(brand_id) / "documents", "", "brand")
    documents = tuple(sorted(search.documents, key=lambda one: one.document_id))
    return Discovery(documents, dict(sorted(search.failures.items())), dict(sorted(search.skipped.items())))


class _Search:
    """Walks the folders and sorts what it meets."""

    def __init__(self) -> None:
        self.documents: list[SourceDocument] = []
        self.failures: dict[str, str] = {}
        self.skipped: dict[str, str] = {}

    def walk(self, folder: Path, prefix: str, level: Level, *layers: Mapping[str, Any]) -> None:
        """Search one documents folder.

        Args:
            folder: it may be missing.
            prefix: what the ids of its documents begin with.
            level: who wrote them.
            layers: what holds for all of them.
        """
        if folder.is_dir():
            self._folder(folder, folder.resolve(), prefix, level, layers)

    def _folder(
        self, folder: Path, root: Path, prefix: str, level: Level, layers: tuple[Mapping[str, Any], ...]
    ) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.failures[prefix.rstrip("/") or "documents"] = f"the folder cannot be read: {error.strerror}"
            return
        reason = None
        own: Mapping[str, Any] = {}
        files: dict[str, dict[str, Any]] = {}
        try:
            own, files = _scope_file(folder)
        except ScopeInvalid as error:
            reason = str(error)
            self.failures[prefix + SCOPE_FILE] = reason
        names = {unicodedata.normalize("NFC", entry.name) for entry in entries}
        for name in sorted(set(files) - names):
            self.failures[f"{prefix}{SCOPE_FILE}: {name}"] = (
                "it names a file that is not in its folder; correct the name, or remove the line"
            )
        for entry in entries:
            name = unicodedata.normalize("NFC", entry.name)
            if name == SCOPE_FILE:
                continue
            document_id = prefix + name
            if not name.isprintable():
                told = self.skipped if name.startswith(".") else self.failures
                told[ascii(document_id)[1:-1]] = "its name holds control characters or is in no Unicode; rename it"
            elif reason is None:
                inner = (*layers, own)
                self._entry(entry, root, document_id, level, inner, files.get(name, {}))
            elif not name.startswith("."):
                self.failures[document_id] = f"the {SCOPE_FILE} of its folder cannot be used; correct that file"

    def _entry(
        self,
        entry: os.DirEntry[str],
        root: Path,
        document_id: str,
        level: Level,
        layers: tuple[Mapping[str, Any], ...],
        own: Mapping[str, Any],
    ) -> None:
        path = Path(entry.path)
        if entry.name.startswith((".", "~$")):
            self.skipped[document_id] = "hidden and temporary files are left out"
        elif len(document_id) > 500:
            self.failures[document_id] = "its path is too long; rename it, or its folders"
        elif entry.is_symlink() and not _stays_inside(path, root):
            self.failures[document_id] = "it is a link that leaves the documents folder; copy the file instead"
        elif level == "brand" and document_id in RESERVED_NAMES:
            self.failures[document_id] = f"a brand's own folder or file may not be called `{document_id}`; rename it"
        elif entry.is_symlink() and path.is_dir():
            self.skipped[document_id] = "it is a link to a folder that is searched already"
        elif path.is_dir():
            if document_id.count("/") > MAX_DEPTH:
                self.failures[document_id] = f"folders are searched {MAX_DEPTH} deep"
            else:
                self._folder(path, root, document_id + "/", level, layers)
        elif path.is_file():
            try:
                check_supported(path.suffix.lower())
                self.documents.append(SourceDocument(document_id, path, level, (*layers, own)))
            except UnsupportedFormat as error:
                self.failures[document_id] = str(error)
        else:
            self.skipped[document_id] = "it is neither a file nor a folder"


def read_bytes(document: SourceDocument, max_bytes: int) -> bytes:
    """The bytes of a document.

    Args:
        document: the document.
        max_bytes: one byte more than this is read at most.

    Raises:
        DocumentFailed: the file is gone or may not be read.
    """
    try:
        with document.path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise DocumentFailed(f"the file cannot be read: {error.strerror}") from None


def _scope_file(folder: Path) -> tuple[Mapping[str, Any], dict[str, dict[str, Any]]]:
    path = folder / SCOPE_FILE
    try:
        return read_scope_file(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}, {}
    except UnicodeDecodeError:
        raise ScopeInvalid(f"{SCOPE_FILE} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise ScopeInvalid(f"{SCOPE_FILE} cannot be read: {error.strerror}; let this user read it") from None


def _stays_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False
