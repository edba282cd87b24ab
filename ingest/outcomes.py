"""What became of a brand's files, told for the release and for the report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.effective_view import EffectiveView
from ingest.parsed_documents import ParsedDocument, content_hash
from ingest.report import DocumentOutcome, PassageChanges
from ingest.source import Discovery, SourceDocument
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, DocumentState, Manifest


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the files of a brand.

    Args:
        discovery: what was looked for.
        parsed: what was read, by document id.
        failures: reason by document id.
        anew: how many documents were read anew.
        view: what the brand says in effect.
    """

    discovery: Discovery
    parsed: Mapping[str, ParsedDocument]
    failures: Mapping[str, str]
    anew: int
    view: EffectiveView

    @property
    def found(self) -> list[Passage]:
        """Every passage that was read, shadowed ones included."""
        return [passage for one in self.parsed.values() for passage in one.passages]


def overrides_of(
    documents: Iterable[SourceDocument], parsed: Mapping[str, ParsedDocument]
) -> dict[str, tuple[str, ...]]:
    """What each document that was read says that it replaces."""
    names = [one.document_id for one in documents if one.document_id in parsed]
    return {name: parsed[name].overrides for name in names if parsed[name].overrides}


def records_of(reading: Reading) -> list[DocumentRecord]:
    """What a release holds of each document."""
    included: dict[str, list[Passage]] = {}
    for passage in reading.view.passages:
        included.setdefault(passage.document_id, []).append(passage)
    return [
        DocumentRecord(
            document_id=name,
            title=one.title,
            content_hash=content_hash(one.key, one.title, one.language, included.get(name, [])),
            passages=len(included.get(name, [])),
            language=one.language,
            source=one.passages[0].source,
        )
        for name, one in sorted(reading.parsed.items())
    ]


def outcomes_of(
    records: Sequence[DocumentRecord],
    reading: Reading,
    live: Manifest | None,
    changes: Mapping[str, PassageChanges],
) -> dict[str, DocumentOutcome]:
    """What became of each document against the live release."""
    before = {one.document_id: one.content_hash for one in live.documents} if live else {}
    outcomes: dict[str, DocumentOutcome] = {}
    for record in records:
        moved = changes.get(record.document_id, PassageChanges())
        state: DocumentState = "new"
        if record.document_id in before:
            # Read by a newer loader it may have another hash, and yet say the same.
            is_same = before[record.document_id] == record.content_hash or not moved.differs
            state = "same" if is_same else "changed"
        outcomes[record.document_id] = DocumentOutcome(
            state,
            record.passages,
            moved,
            _reason(record, reading),
            record.language,
            reading.parsed[record.document_id].language_origin,
        )
    for name, reason in reading.failures.items():
        outcomes[name] = DocumentOutcome("failed", 0, changes.get(name, PassageChanges()), reason)
    for name in before.keys() - outcomes.keys():
        gone = reading.discovery.vanished.get(name)
        outcomes[name] = DocumentOutcome("removed", 0, changes.get(name, PassageChanges()), gone)
    return dict(sorted(outcomes.items()))


def _reason(record: DocumentRecord, reading: Reading) -> str | None:
    if record.passages == 0:
        out = next(one for one in reading.view.decisions if one.passage.document_id == record.document_id)
        return f"left out: {out.reason}"
    return "; ".join(reading.parsed[record.document_id].notes) or None


def notes_of(reading: Reading) -> tuple[str, ...]:
    """What else a content editor should know."""
    return (*reading.discovery.notes, *reading.view.notes)


def count_shadowed(view: EffectiveView) -> int:
    """How many inherited passages nearer ones replace."""
    return sum(1 for one in view.decisions if one.standing == "shadowed")
