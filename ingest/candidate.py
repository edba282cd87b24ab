"""The candidate release of what was read: embedded, built, or taken from an equal one that waits already."""

from collections.abc import Mapping, Sequence

from brands import Group
from ingest.brand_documents import Progress
from ingest.kept_view import keep_view, kept_view
from ingest.loss_guard import Loss, find_losses
from ingest.outcomes import Reading, records_of
from ingest.stage_clock import StageClock
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, Manifest


class CandidateBuilder:
    """Builds candidates.

    Args:
        group: whose brands.
        knowledge_base: embedder, embedding cache and releases.
    """

    def __init__(self, group: Group, knowledge_base: KnowledgeBase) -> None:
        self._group = group
        self._knowledge_base = knowledge_base

    def build(
        self,
        brand_id: str,
        live: Manifest | None,
        reading: Reading,
        losses: Sequence[Loss],
        created_by: str,
        tell: Progress,
        clock: StageClock,
    ) -> tuple[str, int]:
        """Embed and build; the newest candidate is taken when it says the same. Also how much was embedded."""
        records = records_of(reading)
        passages = reading.view.passages
        releases = self._knowledge_base.releases
        same = self._same_candidate(brand_id, live, records, reading.failures, losses)
        if same is not None:
            return same, 0
        tell("embed", 0, len(passages))
        embedded = self._knowledge_base.embedding_cache.embed_passages(
            passages, lambda done, total: tell("embed", done, total)
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
        if newest is None or newest.parent_id != parent or not self.says_the_same(newest, records, failures):
            return None
        kept = kept_view(self._knowledge_base.data_folder, brand_id, newest.release_id)
        if kept is None or kept.losses != tuple(losses):
            return None
        try:
            releases.passages_of(brand_id, newest.release_id)
        except ReleaseDamaged:
            return None
        return newest.release_id

    def says_the_same(self, manifest: Manifest, records: Sequence[DocumentRecord], failures: Mapping[str, str]) -> bool:
        """Whether a release holds exactly these documents, read by the same embedder."""
        return (
            manifest.embedder_fingerprint == self._knowledge_base.embedder.fingerprint
            and manifest.documents == tuple(records)
            and manifest.failures == dict(failures)
        )

    def losses(self, live: Manifest | None, before: Sequence[Passage], reading: Reading) -> tuple[Loss, ...]:
        """What would be lost if what was read went live in the place of the live release.

        Args:
            live: the live release.
            before: its passages.
            reading: what was read.
        """
        if live is None:
            return ()
        same_embedder = live.embedder_fingerprint == self._knowledge_base.embedder.fingerprint
        return find_losses(before, reading.found, reading.failures, reading.discovery, same_embedder=same_embedder)
