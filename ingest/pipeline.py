"""From a brand's files to a candidate release."""

from collections.abc import Iterable
from pathlib import Path

from brands import Group
from ingest.brand_documents import BrandDocuments, Progress
from ingest.candidate import CandidateBuilder
from ingest.effective_view import EffectiveView
from ingest.errors import DocumentFailed, LossNotAccepted
from ingest.outcomes import Reading, count_shadowed, notes_of, outcomes_of, records_of
from ingest.parsed_documents import ParsedDocument
from ingest.publishing import publish_release
from ingest.report import IngestReport, PassageChanges, compare_passages, total_changes
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.stage_clock import StageClock
from ingest.web.page_store import PageStore
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.errors import ReleaseDamaged, SecondPersonNeeded
from knowledge_base.passage import Passage
from knowledge_base.release import Manifest


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    return


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
        self._sandbox = sandbox
        self._documents = BrandDocuments(group, knowledge_base, settings, sandbox, parsed_folder)
        self._candidates = CandidateBuilder(group, knowledge_base)

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
        clock = StageClock()
        releases = self._knowledge_base.releases
        self._group.brand(brand_id)
        with releases.exclusive(brand_id, "ingest documents"):
            reading = self._documents.read_all(brand_id, tell)
            clock.stop("read")
            live = self._live(brand_id)
            records = records_of(reading)
            if live is not None and self._candidates.says_the_same(live, records, reading.failures):
                self.page_store(brand_id).settle(reading.discovery.synced)
                return self._unchanged(brand_id, reading, live, clock)
            before = list(releases.passages_of(brand_id, live.release_id)) if live else []
            changes = compare_passages(before, reading.view.passages)
            losses = self._candidates.losses(live, before, reading)
            candidate, embedded = self._candidates.build(brand_id, live, reading, losses, created_by, tell, clock)
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
        except (LossNotAccepted, SecondPersonNeeded) as held:
            return str(held)
        return None

    def view(self, brand_id: str) -> EffectiveView:
        """What a brand would say after an ingest, inherited passages included, with the reasons.

        Args:
            brand_id: one of the group's brands.

        Raises:
            UnknownBrand: the group has no such brand.
            NoDocuments: the brand has no document at all.
            AllDocumentsFailed: not one of them could be read.
        """
        return self._documents.read_all(brand_id, _no_progress).view

    def preview(self, brand_id: str, path: Path) -> ParsedDocument:
        """What one file would become, without keeping anything.

        Args:
            brand_id: for whom it is read.
            path: the file; in a documents folder of the brand its _scope.yaml files hold.

        Raises:
            UnknownBrand: the group has no such brand.
            DocumentFailed: it cannot be read.
        """
        return self._documents.read_one_file(brand_id, path)

    def edited_since(self, brand_id: str, manifest: Manifest, passages: Iterable[Passage]) -> frozenset[str]:
        """Documents whose bytes or scope are no longer those that a release was built from.

        Args:
            brand_id: one of the group's brands.
            manifest: of the release.
            passages: of the release.

        Raises:
            UnknownBrand: the group has no such brand.
            SourcesInvalid: its sources.yaml cannot be used.
        """
        return self._documents.edited_since(brand_id, manifest, passages)

    def page_store(self, brand_id: str) -> PageStore:
        """Where the fetched web pages of a brand are kept.

        Args:
            brand_id: the brand.
        """
        return self._documents.page_store(brand_id)

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

    def _live(self, brand_id: str) -> Manifest | None:
        """The live release when it is intact; a damaged one is mended by building anew."""
        try:
            live = self._knowledge_base.releases.live(brand_id)
            if live is None or self._knowledge_base.releases.open_live(brand_id).notice is None:
                return live
        except ReleaseDamaged:
            pass
        return None

    def _unchanged(self, brand_id: str, reading: Reading, live: Manifest, clock: StageClock) -> IngestReport:
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
