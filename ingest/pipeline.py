"""From a brand's files to a candidate release."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from brands import Group
from ingest.discovery import discover_all
from ingest.effective_view import EffectiveView, build_view
from ingest.errors import AllDocumentsFailed, DocumentFailed, NoDocuments, PublishHeld
from ingest.kept_view import keep_view, kept_view
from ingest.loss_guard import Loss, find_losses
from ingest.outcomes import Reading, count_shadowed, notes_of, outcomes_of, overrides_of, records_of
from ingest.parsed_documents import ParsedDocument, ParsedDocuments
from ingest.publishing import publish_release
from ingest.reading import DocumentReader
from ingest.report import IngestReport, PassageChanges, compare_passages, total_changes
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.source import SourceDocument, discover_documents, read_bytes
from ingest.web.page_store import PAGES_FOLDER, PageStore
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.erased_texts import ErasedTexts
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, Manifest

Progress = Callable[[str, int, int], None]
"""Told the stage (`read`, `embed`, `build`), how much of it is done, and how much there is."""


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    return


@dataclass
class _Clock:
    """Seconds by stage."""

    begin: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.last
        self.seconds["total"] = now - self.begin
        self.last = now


class Pipeline:
    """Brings a brand's documents in.

    Args:
        group: whose brands.
        knowledge_base: embedder, embedding cache and releases.
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
        self._settings = settings
        self._sandbox = sandbox
        self._parsed_folder = parsed_folder

    def ingest(
        self,
        brand_id: str,
        *,
        publish: bool,
        created_by: str,
        progress: Progress | None = None,
        accept_loss: bool = False,
    ) -> IngestReport:
        """Read a brand's documents, build a candidate of them, and publish it when asked.

        Nothing that is live changes before the candidate is complete and verified. When its going live
        would lose live content that nobody removed, it is built and held back, and the report says why.

        Args:
            brand_id: one of the group's brands.
            publish: make the candidate live.
            created_by: who brings it in.
            progress: told how far it is.
            accept_loss: publish although live content is lost.

        Returns:
            What became of every document.

        Raises:
            UnknownBrand: the group has no such brand.
            NoDocuments: the brand has no document at all.
            AllDocumentsFailed: not one of them could be read.
            SourcesInvalid: its sources.yaml cannot be used.
            KnowledgeBaseError: the candidate could not be embedded, built or published.
        """
        tell = progress or _no_progress
        clock = _Clock()
        releases = self._knowledge_base.releases
        self._group.brand(brand_id)
        with releases.exclusive(brand_id, "ingest documents"):
            reading = self._read_all(brand_id, tell)
            clock.stop("read")
            live = self._live(brand_id)
            records = records_of(reading)
            if live is not None and self._says_the_same(live, records, reading.failures):
                self.page_store(brand_id).settle(reading.discovery.synced)
                return self._unchanged(brand_id, reading, live, clock)
            before = list(releases.passages_of(brand_id, live.release_id)) if live else []
            changes = compare_passages(before, reading.view.passages)
            losses = self._losses(live, before, reading)
            candidate, embedded = self._candidate(brand_id, live, reading, losses, created_by, tell, clock)
            held = self._publish(brand_id, candidate, created_by, accept_loss) if publish else None
            published = publish and held is None
            if published:
                self.page_store(brand_id).settle(reading.discovery.synced)
            tell("build", 1, 1)
            clock.stop("build")
        return IngestReport(
            brand_id=brand_id,
            documents=outcomes_of(records, reading, live, changes),
            changes=total_changes(changes.values()),
            skipped=reading.discovery.skipped,
            notes=notes_of(reading),
            shadowed=count_shadowed(reading.view),
            parsed=reading.anew,
            embedded=embedded,
            candidate=candidate,
            published=published,
            live=candidate if published else (live.release_id if live else None),
            losses=losses,
            held=held,
            seconds=clock.seconds,
        )

    def _candidate(
        self,
        brand_id: str,
        live: Manifest | None,
        reading: Reading,
        losses: Sequence[Loss],
        created_by: str,
        tell: Progress,
        clock: _Clock,
    ) -> tuple[str, int]:
        """Embed and build; the newest candidate is taken when it says the same. Also how much was embedded."""
        records = records_of(reading)
        passages = reading.view.passages
        releases = self._knowledge_base.releases
        same = self._same_candidate(brand_id, live, records, reading.failures, losses)
        if same is not None:
            return same, 0
        tell("embed", 0, len(passages))
        embedded = self._knowledge_base.embedding_cache.embed(
            [passage.embedded_text for passage in passages], lambda done, total: tell("embed", done, total)
        )
        clock.stop("embed")
        tell("build", 0, 1)
        manifest = releases.build(
            brand_id,
            passages,
            embedded.vectors,
            documents=records,
            failures=reading.failures,
            created_by=created_by,
            embedder_fingerprint=self._knowledge_base.embedder.fingerprint,
        )
        brand = self._group.brand(brand_id)
        keep_view(self._knowledge_base.data_folder, brand, manifest.release_id, reading.view, losses)
        return manifest.release_id, embedded.new

    def _same_candidate(
        self,
        brand_id: str,
        live: Manifest | None,
        records: Sequence[DocumentRecord],
        failures: Mapping[str, str],
        losses: Sequence[Loss],
    ) -> str | None:
        """The newest candidate when it says the same: a schedule must not fill the disk with equal ones."""
        releases = self._knowledge_base.releases
        newest = next(iter(releases.releases(brand_id)), None)
        parent = live.release_id if live else None
        if newest is None or newest.parent_id != parent or not self._says_the_same(newest, records, failures):
            return None
        kept = kept_view(self._knowledge_base.data_folder, brand_id, newest.release_id)
        if kept is None or kept.losses != tuple(losses):
            return None
        try:
            releases.passages_of(brand_id, newest.release_id)
        except ReleaseDamaged:
            return None
        return newest.release_id

    def _publish(self, brand_id: str, release_id: str, published_by: str, accept_loss: bool) -> str | None:
        """Publish a candidate, or tell why it is held back."""
        try:
            publish_release(
                self._group,
                self._knowledge_base,
                brand_id,
                release_id,
                published_by=published_by,
                accept_loss=accept_loss,
            )
        except PublishHeld as held:
            return str(held)
        return None

    def _losses(self, live: Manifest | None, before: Sequence[Passage], reading: Reading) -> tuple[Loss, ...]:
        if live is None:
            return ()
        same_embedder = live.embedder_fingerprint == self._knowledge_base.embedder.fingerprint
        return find_losses(before, reading.found, reading.failures, reading.discovery, same_embedder=same_embedder)

    def view(self, brand_id: str) -> EffectiveView:
        """What a brand would say after an ingest, inherited passages included, with the reasons.

        Args:
            brand_id: one of the group's brands.

        Raises:
            UnknownBrand: the group has no such brand.
            NoDocuments: the brand has no document at all.
            AllDocumentsFailed: not one of them could be read.
        """
        return self._read_all(brand_id, _no_progress).view

    def preview(self, brand_id: str, path: Path) -> tuple[Passage, ...]:
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
        return self._reader(brand_id).read(document, content).passages

    def page_store(self, brand_id: str) -> PageStore:
        """Where the fetched web pages of a brand are kept.

        Args:
            brand_id: the brand.
        """
        return PageStore(self._knowledge_base.data_folder / PAGES_FOLDER / brand_id)

    def same_words(self, suffix: str, before: bytes, after: bytes) -> bool:
        """Whether two versions of a page say the same, whatever their mark-up; read in the sandbox.

        Args:
            suffix: of both.
            before: the copy at hand.
            after: what came.
        """
        try:
            old, new = (self._sandbox.load(f"page{suffix}", content) for content in (before, after))
        except DocumentFailed:
            return False
        return old == new

    def close(self) -> None:
        """End the child processes."""
        self._sandbox.close()

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_file_mb * 1024 * 1024

    def _reader(self, brand_id: str) -> DocumentReader:
        erased = ErasedTexts(self._knowledge_base.data_folder).of(brand_id)
        return DocumentReader(self._group.brand(brand_id), self._knowledge_base.embedder, self._sandbox.load, erased)

    def _read_all(self, brand_id: str, tell: Progress) -> Reading:
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
        with ThreadPoolExecutor(self._sandbox.workers) as threads:
            results = threads.map(lambda one: self._read_one(reader, kept, one), discovery.documents)
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

    def _read_one(
        self, reader: DocumentReader, kept: ParsedDocuments, document: SourceDocument
    ) -> tuple[ParsedDocument, bool] | DocumentFailed:
        try:
            content = read_bytes(document, self._max_bytes)
            found = kept.find(reader.key(document, content), document.document_id, document.source)
            if found is not None:
                return found, False
            parsed = reader.read(document, content)
        except DocumentFailed as error:
            return error
        except Exception as error:  # noqa: BLE001 - the boundary of one document: it must not stop the others
            return DocumentFailed(f"it cannot be used ({type(error).__name__}: {' '.join(str(error).split())[:200]})")
        kept.keep(parsed)
        return parsed, True

    def _live(self, brand_id: str) -> Manifest | None:
        """The live release when it is intact; a damaged one is mended by building anew."""
        try:
            live = self._knowledge_base.releases.live(brand_id)
            if live is None or self._knowledge_base.releases.open_live(brand_id).notice is None:
                return live
        except ReleaseDamaged:
            pass
        return None

    def _says_the_same(self, live: Manifest, records: Sequence[DocumentRecord], failures: Mapping[str, str]) -> bool:
        return (
            live.embedder_fingerprint == self._knowledge_base.embedder.fingerprint
            and live.documents == tuple(records)
            and live.failures == dict(failures)
        )

    def _unchanged(self, brand_id: str, reading: Reading, live: Manifest, clock: _Clock) -> IngestReport:
        changes = {one.document_id: PassageChanges(same=one.passages) for one in live.documents}
        return IngestReport(
            brand_id=brand_id,
            documents=outcomes_of(records_of(reading), reading, live, changes),
            changes=total_changes(changes.values()),
            skipped=reading.discovery.skipped,
            notes=notes_of(reading),
            shadowed=count_shadowed(reading.view),
            parsed=reading.anew,
            live=live.release_id,
            seconds=clock.seconds,
        )
