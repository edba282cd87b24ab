"""Every document of a brand: found, read in the sandbox unless nothing changed, and the view that they give."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

from brands import Group
from ingest.discovery import discover_all
from ingest.effective_view import build_view
from ingest.errors import AllDocumentsFailed, DocumentFailed, NoDocuments
from ingest.outcomes import Reading, overrides_of
from ingest.parsed_documents import ParsedDocument, ParsedDocuments, content_hash
from ingest.reading import DocumentReader
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.source import SourceDocument, discover_documents, read_bytes
from ingest.web.page_store import PAGES_FOLDER, PageStore
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.erased_texts import ErasedTexts
from knowledge_base.errors import EmbedderUnavailable, KnowledgeBaseError
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest

Progress = Callable[[str, int, int], None]
"""Told the stage (`read`, `embed`, `build`), how much of it is done, and how much there is."""


class BrandDocuments:
    """Reads the documents of brands.

    Args:
        group: whose brands.
        knowledge_base: whose embedder decides how passages are split, and whose data folder keeps web pages.
        settings: limits.
        sandbox: reads files in child processes.
        parsed_folder: where parsed documents are kept, a folder a brand.
    """

    def __init__(
        self,
        group: Group,
        knowledge_base: KnowledgeBase,
        settings: IngestSettings,
        sandbox: Sandbox,
        parsed_folder: Path,
    ) -> None:
        self._group = group
        self._knowledge_base = knowledge_base
        self._max_bytes = settings.max_file_mb * 1024 * 1024
        self._recognition = settings.recognition
        self._sandbox = sandbox
        self._parsed_folder = parsed_folder

    def read_all(self, brand_id: str, tell: Progress) -> Reading:
        """Find and read all documents of a brand; what cannot be read is told and the rest goes on.

        Args:
            brand_id: one of the group's brands.
            tell: told how far it is.

        Raises:
            UnknownBrand: the group has no such brand.
            SourcesInvalid: its sources.yaml cannot be used.
            NoDocuments: it has no document at all.
            AllDocumentsFailed: not one of them could be read.
            EmbedderUnavailable: no document can be split, since the model cannot be opened.
        """
        discovery = discover_all(self._group, brand_id, self.page_store(brand_id))
        reader = self._reader(brand_id)
        kept = ParsedDocuments(self._parsed_folder / brand_id)
        if not discovery.documents and not discovery.failures:
            folder = self._group.brand_folder(brand_id) / "documents"
            raise NoDocuments(f"{reader.brand.name} has no documents; put some into {folder}")
        parsed: dict[str, ParsedDocument] = {}
        failures = dict(discovery.failures)
        anew = 0
        tell("read", 0, len(discovery.documents))
        warm_up = _Once(lambda: reader.embedder.embed_passages(["warm up"]))
        with ThreadPoolExecutor(self._sandbox.workers) as threads, warm_up:
            results = threads.map(lambda one: self._read_one(reader, kept, one, warm_up), discovery.documents)
            for number, (document, result) in enumerate(zip(discovery.documents, results, strict=True), start=1):
                if isinstance(result, DocumentFailed):
                    failures[document.document_id] = str(result)
                else:
                    parsed[document.document_id], is_new = result
                    anew += is_new
                tell("read", number, len(discovery.documents))
        if not parsed:
            told = "; ".join(f"{name}: {reason}" for name, reason in list(failures.items())[:3])
            raise AllDocumentsFailed(f"none of the documents of {reader.brand.name} could be read; {told}")
        kept.keep_only(one.key for one in parsed.values())
        passages = [passage for one in parsed.values() for passage in one.passages]
        view = build_view(reader.brand, passages, overrides_of(discovery.documents, parsed))
        return Reading(discovery, parsed, failures, anew, view)

    def read_one_file(self, brand_id: str, path: Path) -> ParsedDocument:
        """What one file would become, without keeping anything.

        Args:
            brand_id: for whom it is read.
            path: the file; in a documents folder of the brand its _scope.yaml files hold.

        Raises:
            UnknownBrand: the group has no such brand.
            DocumentFailed: it cannot be read.
        """
        discovery = discover_documents(self._group, brand_id)
        known = next((one for one in discovery.documents if one.path == path), None)
        document = known or SourceDocument(path.name, path, "brand")
        content = read_bytes(document, self._max_bytes)
        return self._reader(brand_id).read(document, content)

    def edited_since(self, brand_id: str, manifest: Manifest, passages: Iterable[Passage]) -> frozenset[str]:
        """Documents whose bytes or scope are no longer those that a release was built from, by their hashes.

        Args:
            brand_id: one of the group's brands.
            manifest: of the release.
            passages: of the release.

        Raises:
            UnknownBrand: the group has no such brand.
            SourcesInvalid: its sources.yaml cannot be used.
        """
        records = {one.document_id: one for one in manifest.documents}
        included: dict[str, list[Passage]] = {}
        for passage in passages:
            included.setdefault(passage.document_id, []).append(passage)
        reader = self._reader(brand_id)
        edited = set()
        for document in discover_all(self._group, brand_id, self.page_store(brand_id)).documents:
            record = records.get(document.document_id)
            if record is None:
                continue
            try:
                key = reader.key(document, read_bytes(document, self._max_bytes))
            except DocumentFailed:
                edited.add(document.document_id)
                continue
            now = content_hash(key, record.title, record.language, included.get(document.document_id, ()))
            if now != record.content_hash:
                edited.add(document.document_id)
        return frozenset(edited)

    def page_store(self, brand_id: str) -> PageStore:
        """Where the fetched web pages of a brand are kept.

        Args:
            brand_id: the brand.
        """
        return PageStore(self._knowledge_base.data_folder / PAGES_FOLDER / brand_id)

    def _reader(self, brand_id: str) -> DocumentReader:
        erased = ErasedTexts(self._knowledge_base.data_folder).of(brand_id)
        brand, embedder = self._group.brand(brand_id), self._knowledge_base.embedder
        return DocumentReader(brand, embedder, self._sandbox.load, erased, self._recognition)

    def _read_one(
        self, reader: DocumentReader, kept: ParsedDocuments, document: SourceDocument, warm_up: "_Once"
    ) -> tuple[ParsedDocument, bool] | DocumentFailed:
        try:
            content = read_bytes(document, self._max_bytes)
            found = kept.find(reader.key(document, content), document.document_id, document.source)
            if found is not None:
                return found, False
            warm_up.start()  # what it says is new, most likely; the model is loaded while a child process starts
            parsed = reader.read(document, content)
        except DocumentFailed as error:
            return error
        except EmbedderUnavailable:
            raise  # no document's fault, and the same for every one of them
        except Exception as error:  # noqa: BLE001 - the boundary of one document: it must not stop the others
            return DocumentFailed(f"it cannot be used ({type(error).__name__}: {' '.join(str(error).split())[:200]})")
        kept.keep(parsed)
        return parsed, True


class _Once:
    """Runs something in a thread of its own when it is started first; an error of it is left to who needs it again."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._run = run
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._try, daemon=True)
                self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._thread is not None:
            self._thread.join()

    def _try(self) -> None:
        with suppress(KnowledgeBaseError):
            self._run()
