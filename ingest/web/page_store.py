"""Keeps what was fetched: the bytes of every page, and what is known of it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from ingest.errors import AddressRefused
from ingest.source import WEB_PREFIX, SourceDocument
from ingest.web.address import parse_address
from ingest.web.sources import WebSource, WebSources
from knowledge_base.errors import ReleaseBusy
from knowledge_base.release_files import lock_file, plain_storage_errors, remove_tree, replace_file

# No brand can be called so: ids of brands have no underscore.
PAGES_FOLDER = "web_pages"
INDEX = "index.json"

PageState = Literal["here", "gone", "missing"]

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """What is known of one page.

    Args:
        state: here: there is a good copy; gone: it vanished from its site; missing: it was never had.
        file: name of the copy.
        digest: SHA-256 of its bytes.
        etag: for the next time.
        last_modified: for the next time.
        changed_at: when its words last changed, ISO 8601.
        checked_at: when it was last asked for, ISO 8601.
        failing_since: since when it cannot be had, ISO 8601; None while it can.
        reason: why it is gone or cannot be had.
    """

    state: PageState
    file: str | None = None
    digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    changed_at: str | None = None
    checked_at: str | None = None
    failing_since: str | None = None
    reason: str | None = None


@dataclass
class PageIndex:
    """What is known of the pages of one source.

    Args:
        pages: by address.
        synced_at: when the source was last fetched, ISO 8601.
        pending: whether something changed that no ingest has taken up yet.
    """

    pages: dict[str, KeptPage] = field(default_factory=dict)
    synced_at: str | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class WebDocuments:
    """The pages of a brand as documents.

    Args:
        documents: pages of which there is a good copy.
        vanished: reason by document id, of pages that are gone.
        sources: the sources that are configured.
        notes: what a content editor should know.
        synced: by id of the source, when it was fetched, ISO 8601.
    """

    documents: tuple[SourceDocument, ...] = ()
    vanished: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    synced: Mapping[str, str] = field(default_factory=dict)


class PageStore:
    """One brand's fetched pages: a folder a source, with its index and a file a page.

    Args:
        folder: of the brand; made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the brand's pages lie."""
        return self._folder

    def index(self, source_id: str) -> PageIndex:
        """What is known of a source; nothing when its index is absent or damaged."""
        try:
            content = json.loads((self._folder / source_id / INDEX).read_bytes())
            pages = {str(url): KeptPage(**page) for url, page in content["pages"].items()}
            return PageIndex(pages, content["synced_at"], bool(content["pending"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return PageIndex()

    def keep_index(self, source_id: str, index: PageIndex) -> None:
        """Write what is known of a source, and remove copies that nothing names any more."""
        folder = self._folder / source_id
        folder.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {
            "pages": {url: asdict(page) for url, page in sorted(index.pages.items())},
            "synced_at": index.synced_at,
            "pending": index.pending,
        }
        replace_file(folder / INDEX, json.dumps(content, ensure_ascii=False, indent=1).encode())
        named = {INDEX, *(page.file for page in index.pages.values() if page.file)}
        for path in folder.iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)

    def keep_page(self, source_id: str, content: bytes, suffix: str) -> str:
        """Write a page and give the name of its copy.

        Args:
            source_id: its source.
            content: its bytes.
            suffix: its kind, such as `.html`.
        """
        folder = self._folder / source_id
        folder.mkdir(parents=True, exist_ok=True)
        name = sha256(content).hexdigest() + suffix
        replace_file(folder / name, content)
        return name

    def page(self, source_id: str, kept: KeptPage) -> bytes | None:
        """The copy of a page; None when it is not there."""
        try:
            return (self._folder / source_id / kept.file).read_bytes() if kept.file else None
        except OSError:
            return None

    def path(self, source_id: str, kept: KeptPage) -> Path:
        """Where the copy of a page lies."""
        return self._folder / source_id / (kept.file or "")

    def keep_only(self, source_ids: tuple[str, ...]) -> None:
        """Remove the pages of sources that are no longer configured."""
        if self._folder.is_dir():
            for folder in self._folder.iterdir():
                if folder.is_dir() and folder.name not in source_ids:
                    remove_tree(folder)

    @contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        """Keep every other writer of these pages away.

        Args:
            doing: what is to be done, for the message.

        Raises:
            ReleaseBusy: another process or thread is writing.
            StoreUnavailable: the data folder cannot be written.
        """
        with ExitStack() as held:
            with plain_storage_errors(doing, self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(lock_file(self._folder / "lock", doing))
            yield

    def settle(self, synced: Mapping[str, str]) -> None:
        """Note that what is live now has taken up all that was fetched; pages that are gone are forgotten.

        A source that was fetched again meanwhile keeps waiting for the next ingest.

        Args:
            synced: by id of the source, when that was fetched which was taken up.
        """
        if not self._folder.is_dir():
            return
        with suppress(ReleaseBusy), self.lock("note what was taken up"):
            for source_id, moment in synced.items():
                index = self.index(source_id)
                gone = [url for url, page in index.pages.items() if page.state == "gone"]
                if index.synced_at == moment and (index.pending or gone):
                    for url in gone:
                        del index.pages[url]
                    index.pending = False
                    self.keep_index(source_id, index)

    def forget(self, document_id: str) -> int:
        """Remove the copies of one document, for its erasure; its next sync fetches it again if it is still listed.

        Args:
            document_id: of a web page.

        Returns:
            How many were removed.
        """
        removed = 0
        folders = list(self._folder.iterdir()) if self._folder.is_dir() else []
        for folder in folders:
            index = self.index(folder.name)
            urls = [url for url in index.pages if web_document_id(folder.name, url) == document_id]
            for url in urls:
                del index.pages[url]
                removed += 1
            if urls:
                self.keep_index(folder.name, index)
        return removed

    def documents(self, sources: WebSources) -> WebDocuments:
        """The kept pages as documents, as far as sources.yaml still names them.

        Args:
            sources: what it says now.
        """
        documents: list[SourceDocument] = []
        vanished: dict[str, str] = {}
        notes: list[str] = []
        synced: dict[str, str] = {}
        for source in sources.sources:
            index = self.index(source.id)
            if index.synced_at:
                synced[source.id] = index.synced_at
            if not index.synced_at or any(url not in index.pages for url in source.pages):
                notes.append(f"web/{source.id} was not fetched yet as it stands; run `marque sync`")
            for url, page in sorted(index.pages.items()):
                if not is_wanted(sources, source, url):
                    continue
                document_id = web_document_id(source.id, url)
                if page.state == "gone":
                    vanished[document_id] = f"{url} is gone: {page.reason}"
                elif page.state == "here":
                    layers = ({"version": version_of(page)}, source.scope)
                    path = self.path(source.id, page)
                    documents.append(SourceDocument(document_id, path, "brand", layers, address=url))
        named = tuple(f"{WEB_PREFIX}{source.id}" for source in sources.sources)
        return WebDocuments(tuple(documents), vanished, named, tuple(notes), synced)


def is_wanted(sources: WebSources, source: WebSource, url: str) -> bool:
    """Whether sources.yaml still names a page: by itself, or by a sitemap and its filters.

    Args:
        sources: what it says now.
        source: the page's source.
        url: its address.
    """
    try:
        if parse_address(url).authority not in sources.hosts:
            return False
    except AddressRefused:
        return False
    return url in source.pages or (bool(source.sitemaps) and source.lists(url))


def web_document_id(source_id: str, url: str) -> str:
    """The id of a page as a document: `web/<source>/<host>/<path>`, told apart by a hash where that is not enough.

    Args:
        source_id: its source.
        url: its address in one spelling.
    """
    address = parse_address(url)
    path = address.target.removeprefix("/")
    plain = _PLAIN_PATH.fullmatch(path) is not None and ".." not in path and len(path) <= 200
    host = address.authority.replace(":", "_").replace("[", "").replace("]", "")
    if not plain or address.scheme != "https":
        words = re.sub(r"[^A-Za-z0-9._/-]+|\.\.+|/{2,}", "-", path).strip("-/")[:200]
        path = f"{words or 'index'}-{sha256(url.encode()).hexdigest()[:8]}"
    return f"{WEB_PREFIX}{source_id}/{host}/{path}"


def version_of(page: KeptPage) -> str | None:
    """The version of a page: the day on which its words last changed.

    Args:
        page: the page.
    """
    return datetime.fromisoformat(page.changed_at).date().isoformat() if page.changed_at else None
