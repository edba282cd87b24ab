"""Erases a document or a text from everything that is kept of it, by building anew and removing the old."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from knowledge_base.bootstrap import KnowledgeBase
from knowledge_base.brand_folder import is_brand_id
from knowledge_base.erased_texts import (
    ErasedText,
    ErasedTexts,
    all_words_of,
    plain,
    remember_document,
    remember_text,
    words_of,
)
from knowledge_base.errors import ErasureRefused, ReleaseDamaged, ReleaseNotFound
from knowledge_base.kept_files import PAGES, PAGES_LOCK, erase_from_files, erase_from_releases_files
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage import Passage
from knowledge_base.publishes_log import PublishesLog
from knowledge_base.release import DocumentRecord, Manifest
from knowledge_base.release_building import Rewritten
from knowledge_base.release_files import lock_file, plain_storage_errors

ERASED = "[erased]"
_FEWEST_CHARACTERS = 3


@dataclass(frozen=True, slots=True)
class ErasureTarget:
    """What is to be erased: a document, a text, or what an earlier erasure remembers.

    Args:
        document_id: id of a document.
        text: found in any case and spacing.
        erased: what an earlier erasure remembers, to be erased from a restored backup.

    Raises:
        ErasureRefused: not exactly one is given, or the text is too short to mean anything.
    """

    document_id: str | None = None
    text: str | None = None
    erased: ErasedText | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.document_id, self.text, self.erased)) != 1:
            raise ErasureRefused("say what to erase: either a document or a text")
        if self.text is not None and (len(plain(self.text)) < _FEWEST_CHARACTERS or not words_of(self.text)):
            raise ErasureRefused(f"{self.text!r} stands almost everywhere; give a text of at least a few letters")
        if self.document_id is not None and not self.document_id.strip():
            raise ErasureRefused("name the document as `marque ingest` and the content page list it")

    def takes(self, passage: Passage) -> bool:
        """Whether a passage is to be erased."""
        if self.document_id is not None:
            return passage.document_id == self.document_id
        if self.erased is not None:
            return self.erased.recognises(passage)
        return self.names(all_words_of(passage))

    def names(self, text: str) -> bool:
        """Whether a text names or holds what is to be erased."""
        if self.document_id is not None:
            return text == self.document_id
        if self.erased is not None:
            return self.erased.recognises_text(text)
        assert self.text is not None  # noqa: S101 - one of the three is given
        if plain(self.text) in plain(text):
            return True
        return f" {' '.join(words_of(self.text))} " in f" {' '.join(words_of(text))} "


@dataclass(frozen=True, slots=True)
class ErasedRelease:
    """What became of one release.

    Args:
        brand_id: whose release.
        before: its id; it is gone.
        after: id of the release in its place; None when it was damaged and removed.
        erased: passages that were erased.
        kept: passages that stayed.
        content_hash: SHA-256 over passages and vectors of the release in its place.
    """

    brand_id: str
    before: str
    after: str | None
    erased: int
    kept: int
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class KnowledgeErasure:
    """What was erased from what the brands know, or would be.

    Args:
        remembered: by what the erased is recognised from now on; None when it is only planned or was remembered before.
        brands: whose knowledge was searched.
        releases: those that held it.
        passages: the passages that are erased, each once.
        documents: ids of the documents they came from, by brand.
        vectors: of the embedding cache; those of texts that no kept release holds go with them.
        files: other files that were changed or removed, relative to the data folder.
        names: entries of publishes logs from which a name was erased.
        needles: vectors, as bytes, that must not be found any more.
    """

    remembered: ErasedText | None
    brands: tuple[str, ...]
    releases: tuple[ErasedRelease, ...]
    passages: tuple[Passage, ...]
    documents: dict[str, tuple[str, ...]]
    vectors: int = 0
    files: tuple[str, ...] = ()
    names: int = 0
    needles: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Search:
    """What is found of the target in all kept releases."""

    erased: dict[str, Passage]
    vectors: dict[str, bytes]
    kept: dict[str, Passage]
    kept_vectors: set[bytes]
    documents: dict[str, set[str]]
    holding: list[tuple[str, str]]
    counts: dict[tuple[str, str], tuple[int, int]]
    damaged: list[tuple[str, str]]


def known_brands(data_folder: Path, named: Iterable[str] = ()) -> tuple[str, ...]:
    """Brands that have something in the data folder, those that the group does not name any more too."""
    with plain_storage_errors("read the releases", data_folder):
        found = {
            path.parent.name
            for path in data_folder.glob("*/releases")
            if path.is_dir() and is_brand_id(path.parent.name)
        }
    return tuple(sorted(found | {one for one in named if (data_folder / one).is_dir()}))


def plan_erasure(knowledge_base: KnowledgeBase, target: ErasureTarget, brands: Sequence[str]) -> KnowledgeErasure:
    """What an erasure would remove; nothing is changed.

    Args:
        knowledge_base: where to look.
        target: what to look for.
        brands: whose releases.
    """
    search = _search(knowledge_base, target, brands)
    releases = [ErasedRelease(*key, None, *search.counts[key], None) for key in search.holding]
    releases += [ErasedRelease(*key, None, 0, 0, None) for key in search.damaged]
    return _told(None, brands, search, releases)


def erase(
    knowledge_base: KnowledgeBase, target: ErasureTarget, brands: Sequence[str], *, by: str, remember_for: Sequence[str]
) -> KnowledgeErasure:
    """Erase from every kept release of the brands, from the caches, and from what else lies in the data folder.

    Each release that holds it is built anew without it in a fresh folder, takes the old one's place, and the old one is
    removed. A release that is damaged is removed, since nobody can tell what it holds. When the erasure is cut short,
    every release is still whole; erase again to complete it.

    Args:
        knowledge_base: where to erase.
        target: what to erase.
        brands: whose knowledge.
        by: who asked for it.
        remember_for: brands whose ingest is to recognise it from now on, `*` for all; none to remember nothing.

    Raises:
        ReleaseBusy: somebody else is writing for one of the brands, or fetches its pages; nothing changed.
        StoreUnavailable: the data folder cannot be written; erase again when it can.
    """
    releases, data_folder = knowledge_base.releases, knowledge_base.data_folder
    with ExitStack() as locks:
        for brand_id in brands:
            locks.enter_context(releases.exclusive(brand_id, "erase"))
            if (pages := data_folder / PAGES / brand_id).is_dir():
                with plain_storage_errors("erase", pages):
                    locks.enter_context(lock_file(pages / PAGES_LOCK, "erase"))
            releases.retire(brand_id)  # what a crash left, an earlier erasure's too
        search = _search(knowledge_base, target, brands)
        remembered = _remember(target, search, remember_for, by) if remember_for else None
        if remembered is not None:
            ErasedTexts(data_folder).add(remembered)
        with plain_storage_errors("erase", data_folder):
            addresses = {one.source for one in search.erased.values() if "://" in one.source}
            files = erase_from_files(data_folder, brands, target.names, remembered or target.erased, addresses)
        done = [_rewrite(knowledge_base, target, brand_id, one, by) for brand_id, one in search.holding]
        for brand_id, release_id in search.damaged:
            releases.discard(brand_id, release_id, by=by)
            done.append(ErasedRelease(brand_id, release_id, None, 0, 0, None))
        names = 0
        for brand_id in brands:
            with plain_storage_errors("erase", data_folder):
                names += PublishesLog(data_folder / brand_id).erase_names(target.names, ERASED)
        vectors = knowledge_base.embedding_cache.keep_only(_texts_of_all(knowledge_base))
    return replace(_told(remembered, brands, search, done), vectors=vectors, files=tuple(files), names=names)


def _search(knowledge_base: KnowledgeBase, target: ErasureTarget, brands: Sequence[str]) -> _Search:
    found = _Search({}, {}, {}, set(), {}, [], {}, [])
    for brand_id in brands:
        # Oldest first: at every moment the releases stand in the order in which they were built.
        for release_id in reversed(knowledge_base.releases.kept_ids(brand_id)):
            try:
                opened = knowledge_base.releases.open_kept(brand_id, release_id)
            except (ReleaseDamaged, ReleaseNotFound):
                found.damaged.append((brand_id, release_id))
                continue
            taken = _search_release(found, target, opened)
            found.counts[brand_id, release_id] = (taken, len(opened.passages) - taken)
            if (
                taken
                or _changed_manifest(target, opened.manifest, None) != opened.manifest
                or erase_from_releases_files(knowledge_base.data_folder, opened.manifest, target.names)[1]
            ):
                found.holding.append((brand_id, release_id))
    return found


def _search_release(found: _Search, target: ErasureTarget, opened: OpenRelease) -> int:
    taken = 0
    named = {one.document_id for one in opened.manifest.documents if _names_document(target, one)}
    for row in range(len(opened.passages)):
        passage = opened.passages.passage(row)
        vector = opened.passages.vectors[row].tobytes()[:64]
        if passage.document_id in named or target.takes(passage):
            taken += 1
            found.erased[passage.passage_id] = passage
            found.vectors[passage.passage_id] = vector
            found.documents.setdefault(opened.manifest.brand_id, set()).add(passage.document_id)
        else:
            found.kept[passage.passage_id] = passage
            found.kept_vectors.add(vector)
    return taken


def _rewrite(
    knowledge_base: KnowledgeBase, target: ErasureTarget, brand_id: str, release_id: str, by: str
) -> ErasedRelease:
    counts = {}

    def change(old: OpenRelease) -> Rewritten:
        named = {one.document_id for one in old.manifest.documents if _names_document(target, one)}
        every = [old.passages.passage(row) for row in range(len(old.passages))]
        rows = [row for row, one in enumerate(every) if one.document_id not in named and not target.takes(one)]
        passages = [every[row] for row in rows]
        counts["erased"] = len(every) - len(passages)
        return Rewritten(
            draft=_changed_manifest(target, old.manifest, passages),
            passages=passages,
            vectors=np.array(old.passages.vectors[rows], dtype=np.float32),
            rename=lambda name: ERASED if target.names(name) else name,
            files=erase_from_releases_files(knowledge_base.data_folder, old.manifest, target.names)[0],
        )

    manifest = knowledge_base.releases.rewrite(brand_id, release_id, change, by=by)
    return ErasedRelease(
        brand_id, release_id, manifest.release_id, counts["erased"], manifest.passages, manifest.passages_hash
    )


def _changed_manifest(target: ErasureTarget, manifest: Manifest, passages: Sequence[Passage] | None) -> Manifest:
    """The manifest without what is erased; counts and hashes of documents stay unless the passages are given."""
    documents = [one for one in manifest.documents if not _names_document(target, one)]
    if passages is not None:
        ids: dict[str, list[str]] = {}
        for passage in passages:
            ids.setdefault(passage.document_id, []).append(passage.passage_id)
        emptied = {one.document_id for one in documents if one.passages and one.document_id not in ids}
        documents = [
            _changed_record(one, ids.get(one.document_id, [])) for one in documents if one.document_id not in emptied
        ]
    return replace(
        manifest,
        documents=tuple(documents),
        failures={
            name: reason
            for name, reason in manifest.failures.items()
            if not (target.names(name) or target.names(reason))
        },
        created_by=ERASED if target.names(manifest.created_by) else manifest.created_by,
    )


def _changed_record(record: DocumentRecord, passage_ids: Sequence[str]) -> DocumentRecord:
    if len(passage_ids) == record.passages:
        return record
    # Another hash, so that the next ingest compares the document anew.
    told = sha256("\n".join((record.content_hash, *passage_ids)).encode()).hexdigest()
    return replace(record, passages=len(passage_ids), content_hash=told)


def _names_document(target: ErasureTarget, record: DocumentRecord) -> bool:
    if target.document_id is not None:
        return record.document_id == target.document_id
    return any(target.names(one) for one in (record.document_id, record.title, record.source))


def _remember(target: ErasureTarget, search: _Search, brands: Sequence[str], by: str) -> ErasedText | None:
    if target.document_id is not None:
        return remember_document(target.document_id, search.erased.values(), search.kept.values(), brands, by)
    return remember_text(target.text, brands, by) if target.text is not None else None


def _texts_of_all(knowledge_base: KnowledgeBase) -> set[str]:
    releases = knowledge_base.releases
    return {
        passage.embedded_text
        for brand_id in known_brands(knowledge_base.data_folder)
        for release_id in releases.kept_ids(brand_id)
        for passage in _passages_if_intact(knowledge_base, brand_id, release_id)
    }


def _passages_if_intact(knowledge_base: KnowledgeBase, brand_id: str, release_id: str) -> Iterable[Passage]:
    try:
        return knowledge_base.releases.passages_of(brand_id, release_id)
    except (ReleaseDamaged, ReleaseNotFound):
        return ()


def _told(
    remembered: ErasedText | None, brands: Sequence[str], search: _Search, releases: Sequence[ErasedRelease]
) -> KnowledgeErasure:
    return KnowledgeErasure(
        remembered=remembered,
        brands=tuple(brands),
        releases=tuple(releases),
        passages=tuple(search.erased.values()),
        documents={brand_id: tuple(sorted(found)) for brand_id, found in sorted(search.documents.items())},
        needles=tuple({one for one in search.vectors.values() if one not in search.kept_vectors}),
    )
