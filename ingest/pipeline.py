"""From a brand's files to a candidate release."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from brands import Group
from ingest.effective_view import EffectiveView, build_view
from ingest.errors import AllDocumentsFailed, DocumentFailed, NoDocuments
from ingest.parsed_documents import ParsedDocument, ParsedDocuments, content_hash
from ingest.reading import DocumentReader
from ingest.report import DocumentOutcome, IngestReport, PassageChanges, compare_passages, total_changes
from ingest.sandbox import Sandbox
from ingest.settings import IngestSettings
from ingest.source import Discovery, SourceDocument, discover_documents, read_bytes
from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, DocumentState, Manifest

Progress = Callable[[str, int, int], None]
"""Told the stage (`read`, `embed`, `build`), how much of it is done, and how much there is."""


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Reading:
    """What became of the files of a brand."""

    discovery: Discovery
    parsed: Mapping[str, ParsedDocument]
    failures: Mapping[str, str]
    anew: int
    view: EffectiveView


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
        self, brand_id: str, *, publish: bool, created_by: str, progress: Progress | None = None
    ) -> IngestReport:
        """Read a brand's documents, build a candidate of them, and publish it when asked.

        Nothing that is live changes before the candidate is complete and verified.

        Args:
            brand_id: one of the group's brands.
            publish: make the candidate live.
            created_by: who brings it in.
            progress: told how far it is.

        Returns:
            What became of every document.

        Raises:
            UnknownBrand: the group has no such brand.
            NoDocuments: the brand has no document at all.
            AllDocumentsFailed: not one of them could be read.
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
            records = _records(reading)
            if live is not None and self._says_the_same(live, records, reading.failures):
                return self._unchanged(brand_id, reading, live, clock)
            changes = self._changes(brand_id, live, reading.view.passages)
            passages = reading.view.passages
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
            if publish:
                releases.publish(brand_id, manifest.release_id, published_by=created_by)
            tell("build", 1, 1)
            clock.stop("build")
        return IngestReport(
            brand_id=brand_id,
            documents=_outcomes(records, reading, live, changes),
            changes=total_changes(changes.values()),
            skipped=reading.discovery.skipped,
            notes=_notes(reading),
            shadowed=_shadowed(reading.view),
            parsed=reading.anew,
            embedded=embedded.new,
            candidate=manifest.release_id,
            published=publish,
            live=manifest.release_id if publish else (live.release_id if live else None),
            seconds=clock.seconds,
        )

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

    def close(self) -> None:
        """End the child processes."""
        self._sandbox.close()

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_file_mb * 1024 * 1024

    def _reader(self, brand_id: str) -> DocumentReader:
        return DocumentReader(self._group.brand(brand_id), self._knowledge_base.embedder, self._sandbox.load)

    def _read_all(self, brand_id: str, tell: Progress) -> _Reading:
        discovery = discover_documents(self._group, brand_id)
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
        view = build_view(reader.brand, passages, _overrides(discovery.documents, parsed))
        return _Reading(discovery, parsed, failures, anew, view)

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

    def _changes(self, brand_id: str, live: Manifest | None, passages: Sequence[Passage]) -> dict[str, PassageChanges]:
        if live is None:
            return compare_passages((), passages)
        return compare_passages(self._knowledge_base.releases.passages_of(brand_id, live.release_id), passages)

    def _unchanged(self, brand_id: str, reading: _Reading, live: Manifest, clock: _Clock) -> IngestReport:
        changes = {one.document_id: PassageChanges(same=one.passages) for one in live.documents}
        return IngestReport(
            brand_id=brand_id,
            documents=_outcomes(_records(reading), reading, live, changes),
            changes=total_changes(changes.values()),
            skipped=reading.discovery.skipped,
            notes=_notes(reading),
            shadowed=_shadowed(reading.view),
            parsed=reading.anew,
            live=live.release_id,
            seconds=clock.seconds,
        )


def _overrides(documents: Iterable[SourceDocument], parsed: Mapping[str, ParsedDocument]) -> dict[str, tuple[str, ...]]:
    names = [one.document_id for one in documents if one.document_id in parsed]
    return {name: parsed[name].overrides for name in names if parsed[name].overrides}


def _records(reading: _Reading) -> list[DocumentRecord]:
    included: dict[str, list[Passage]] = {}
    for passage in reading.view.passages:
        included.setdefault(passage.document_id, []).append(passage)
    return [
        DocumentRecord(
            document_id=name,
            title=one.title,
            content_hash=content_hash(one, included.get(name, [])),
            passages=len(included.get(name, [])),
            language=one.language,
            source=one.passages[0].source,
        )
        for name, one in sorted(reading.parsed.items())
    ]


def _outcomes(
    records: Sequence[DocumentRecord],
    reading: _Reading,
    live: Manifest | None,
    changes: Mapping[str, PassageChanges],
) -> dict[str, DocumentOutcome]:
    before = {one.document_id: one.content_hash for one in live.documents} if live else {}
    outcomes: dict[str, DocumentOutcome] = {}
    for record in records:
        state: DocumentState = "new"
        if record.document_id in before:
            state = "same" if before[record.document_id] == record.content_hash else "changed"
        outcomes[record.document_id] = DocumentOutcome(
            state, record.passages, changes.get(record.document_id, PassageChanges()), _reason(record, reading)
        )
    for name, reason in reading.failures.items():
        outcomes[name] = DocumentOutcome("failed", 0, changes.get(name, PassageChanges()), reason)
    for name in before.keys() - outcomes.keys():
        outcomes[name] = DocumentOutcome("removed", 0, changes.get(name, PassageChanges()))
    return dict(sorted(outcomes.items()))


def _reason(record: DocumentRecord, reading: _Reading) -> str | None:
    if record.passages == 0:
        out = next(one for one in reading.view.decisions if one.passage.document_id == record.document_id)
        return f"left out: {out.reason}"
    return "; ".join(reading.parsed[record.document_id].notes) or None


def _notes(reading: _Reading) -> tuple[str, ...]:
    return reading.view.notes


def _shadowed(view: EffectiveView) -> int:
    return sum(1 for one in view.decisions if one.standing == "shadowed")
