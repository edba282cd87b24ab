"""Turn one file into passages: metadata, loading in the sandbox, splitting, scope."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Any

from brands import BrandProfile
from ingest.document import Block, LoadedDocument
from ingest.document_language import find_language, parts_by_language, tell_rows_apart
from ingest.errors import DocumentEmpty, ScopeInvalid
from ingest.loaders.limits import TextRecognition
from ingest.metadata import DocumentMetadata, check_region, read_metadata, row_scope, scope_of
from ingest.parsed_documents import ParsedDocument, parsed_key
from ingest.source import SourceDocument
from ingest.splitting import DocumentIdentity, split_document
from knowledge_base.embedder import Embedder
from knowledge_base.erased_texts import ErasedText, leave_out_erased
from knowledge_base.passage import Passage

_ALLOW = "or let it come back with `marque erase GROUP --allow ID`"

Load = Callable[[str, bytes], LoadedDocument]


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reads documents for one brand.

    Args:
        brand: whose models, markets and languages the metadata may name.
        embedder: whose window the passages fit.
        load: reads a file of this name and these bytes, in the sandbox.
        erased: what was erased and may not come back.
        recognition: what scanned pages are read with, if they are.
    """

    brand: BrandProfile
    embedder: Embedder
    load: Load
    erased: Sequence[ErasedText] = ()
    recognition: TextRecognition | None = None

    def key(self, document: SourceDocument, content: bytes) -> str:
        """Identity of everything that decides what the document becomes.

        Args:
            document: the document.
            content: its bytes.
        """
        inputs: dict[str, Any] = {
            "layers": [dict(layer) for layer in document.layers if layer],
            "level": document.level,
            "title": title_from_name(document.document_id),
            "brand": self.brand.model_dump(mode="json", include={"default_language", "languages", "markets", "models"}),
        }
        if self.recognition is not None and document.path.suffix.lower() == ".pdf":
            inputs["recognition"] = self.recognition.languages
        return parsed_key(content, document.path.suffix.lower(), self.embedder.fingerprint, inputs)

    def read(self, document: SourceDocument, content: bytes) -> ParsedDocument:
        """Read a document.

        Args:
            document: the document.
            content: its bytes.

        Raises:
            DocumentFailed: one of its kinds.
        """
        read_metadata(*document.layers)  # a wrong _scope.yaml is told before any work
        loaded = self.load(document.path.name, content)
        try:
            metadata = read_metadata(*document.layers, loaded.metadata)
        except ScopeInvalid as error:
            raise ScopeInvalid(f"its front matter: {error}") from None
        within = read_metadata(document.layers[0]).markets if document.level == "region" else ()
        if within:
            check_region(metadata.markets, within)
        language = find_language(metadata.language, loaded, self.brand, document.level)
        loaded = tell_rows_apart(loaded, language, self.brand)
        metadata = metadata.model_copy(update={"language": language.code})
        identity = DocumentIdentity(
            document_id=document.document_id,
            title=_title(metadata, loaded, document),
            scope=scope_of(metadata, self.brand, document.level),
            source=document.source,
            version=metadata.version,
        )
        parts = parts_by_language(loaded, language, self.brand)
        passages = self._passages(loaded, identity, parts, within)
        if not passages:
            raise DocumentEmpty("no text was found in it")
        passages, erasures = leave_out_erased(self.erased, passages)
        if not passages:
            raise DocumentEmpty(f"all that it says was erased ({_named(erasures)}); delete the file, {_ALLOW}")
        return ParsedDocument(
            key=self.key(document, content),
            title=identity.title,
            language=language.code,
            language_origin=language.origin,
            passages=passages,
            overrides=metadata.overrides,
            notes=(
                *loaded.notes,
                *filter(None, [language.note, _other_languages(parts, language.code)]),
                *_left_out(erasures),
            ),
        )

    def _passages(
        self,
        loaded: LoadedDocument,
        identity: DocumentIdentity,
        parts: Sequence[tuple[tuple[Block, ...], str]],
        within: Sequence[str],
    ) -> tuple[Passage, ...]:
        found: list[Passage] = []
        for blocks, code in parts:
            part = replace(identity, scope=replace(identity.scope, language=code))
            rows = partial(row_scope, brand=self.brand, within=within)
            found += split_document(replace(loaded, blocks=blocks), part, self.embedder, rows)
        return tuple(replace(passage, position=number) for number, passage in enumerate(found))


def _other_languages(parts: Sequence[tuple[tuple[Block, ...], str]], code: str) -> str | None:
    """Which sheets or chapters are in another language than the whole."""
    told = [f"{blocks[0].text[:60]!r} is in {own!r}" for blocks, own in parts if own != code]
    more = f", and {len(told) - 3} more" if len(told) > 3 else ""
    return f"by their text, {', '.join(told[:3])}{more}" if told else None


def _left_out(erasures: Sequence[ErasedText]) -> tuple[str, ...]:
    if not erasures:
        return ()
    return (f"text that was erased ({_named(erasures)}) is left out; delete it from the file, {_ALLOW}",)


def _named(erasures: Sequence[ErasedText]) -> str:
    return ", ".join(f"{one.erasure_id} on {one.at:%Y-%m-%d}" for one in erasures)


def title_from_name(document_id: str) -> str:
    """A title for a document that has none: its file name in words.

    Args:
        document_id: path below the documents folder.
    """
    words = re.sub(r"[\s_-]+", " ", PurePath(document_id).stem).strip()
    return words[:1].upper() + words[1:] if words else document_id


def _title(metadata: DocumentMetadata, loaded: LoadedDocument, document: SourceDocument) -> str:
    for title in (metadata.title, loaded.title):
        if title and title.strip():
            return " ".join(title.split())
    return title_from_name(document.document_id)
