"""Releases on disk: built apart, published by one atomic move, read whole, rolled back, retired."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from knowledge_base.brand_folder import PUBLISHED, BrandFolder, is_release_id
from knowledge_base.embedder import Vectors
from knowledge_base.errors import ReleaseDamaged, ReleaseEmpty, ReleaseNotFound
from knowledge_base.kept_releases import KeptReleases
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage import Passage
from knowledge_base.passage_store import PassageStore
from knowledge_base.publishes_log import PublishesLog
from knowledge_base.release import DocumentRecord, Manifest, next_release_id, release_time, replacing_release_id
from knowledge_base.release_building import Rewritten, write_release
from knowledge_base.release_files import plain_storage_errors, seal_json
from knowledge_base.release_reader import collection_name, nothing_published
from knowledge_base.second_person import require_second_person

_log = logging.getLogger(__name__)


class ReleaseStore(KeptReleases):
    """Keeps the releases of every brand under one data folder: what is kept can be read, and changed here.

    Args:
        data_folder: where the brands' folders lie; made when something is built.
        passages: what keeps passages and vectors inside a release.
        retained_releases: how many releases of a brand are kept; the live one and its parent always are.
        open_releases: how many brands' releases are kept open for questions.
        two_person_publish: whether who built a release may not publish it.
    """

    def __init__(
        self,
        data_folder: Path,
        passages: PassageStore,
        *,
        retained_releases: int = 10,
        open_releases: int = 32,
        two_person_publish: bool = False,
    ) -> None:
        super().__init__(data_folder, passages, open_releases)
        self._retained_releases = retained_releases
        self._two_person_publish = two_person_publish
        self._verified: set[tuple[str, str]] = set()

    @contextmanager
    def exclusive(self, brand_id: str, doing: str = "change the releases") -> Iterator[None]:
        """Keep every other writer of a brand away for several steps, an ingest for instance.

        Args:
            brand_id: whose releases.
            doing: what is to be done, for the message.

        Raises:
            ReleaseBusy: another process or thread is writing.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with ExitStack() as held:
            # Only taking the lock is told in words of storage; what fails inside is the caller's to tell.
            with plain_storage_errors(doing, folder.folder):
                held.enter_context(folder.lock(doing))
            yield

    def build(
        self,
        brand_id: str,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        documents: Sequence[DocumentRecord],
        failures: Mapping[str, str],
        created_by: str,
        embedder_fingerprint: str,
    ) -> Manifest:
        """Build a candidate: complete, durable, verified by reopening, and not live.

        Args:
            brand_id: whose knowledge it is.
            passages: in the order of their rows.
            vectors: array of shape (len(passages), dimension), rows of length 1.
            documents: what the passages come from.
            failures: documents that could not be read, with the reason in plain words.
            created_by: who builds it.
            embedder_fingerprint: which embedder made the vectors.

        Returns:
            The candidate's manifest.

        Raises:
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
            ReleaseDamaged: what was written could not be read again.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with self.exclusive(brand_id, "build a release"), plain_storage_errors("build a release", folder.folder):
            release_id = next_release_id(datetime.now(UTC), folder.newest_id())
            self._clear_leftovers(folder)
            parent = folder.live_id()
            draft = Manifest(
                release_id=release_id,
                brand_id=brand_id,
                created_at=release_time(release_id),
                created_by=created_by,
                parent_id=parent if parent is not None and is_release_id(parent) else None,
                embedder_fingerprint=embedder_fingerprint,
                passages=0,
                passages_hash="",
                file_hashes={},
                documents=tuple(documents),
                failures=dict(failures),
            )
            before = self._reader.kept_open(brand_id, parent)
            manifest = write_release(folder, self._passages, self._reader, draft, passages, vectors, before=before)
            self._verified.add((brand_id, release_id))
            self._retire(folder)
        return manifest

    def rewrite(
        self, brand_id: str, release_id: str, change: Callable[[OpenRelease], Rewritten], *, by: str = ""
    ) -> Manifest:
        """Put a release of other content in the place of a kept one, and remove that one from the disk.

        The new one is of the same moment, so rolling back finds it where the old one stood; if the old one is live, the
        new one is from the same atomic step on.

        Args:
            brand_id: whose release.
            release_id: a kept release.
            change: told the release; gives what is to stand in its place.
            by: who asked for it.

        Returns:
            The manifest of the new release.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written; nothing changed.
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        doing = "erase from a release"
        with self.exclusive(brand_id, doing), plain_storage_errors(doing, folder.folder):
            self._clear_leftovers(folder)
            content = change(self._reader.open_release(folder, release_id))
            draft = replace(content.draft, release_id=replacing_release_id(release_id), replaces=release_id)
            files = dict(content.files)
            mark = folder.published_mark(release_id)
            if mark is not None:
                files[PUBLISHED] = seal_json(mark | {"by": content.rename(mark["by"])})
            manifest = write_release(
                folder, self._passages, self._reader, draft, content.passages, content.vectors, files
            )
            if folder.live_id() == release_id:
                PublishesLog(folder.folder).add("erase", manifest.release_id, by, manifest.created_by)
                folder.point_to(manifest.release_id)
            self._discard(folder, release_id)
            return manifest

    def discard(self, brand_id: str, release_id: str, *, by: str = "") -> None:
        """Remove a kept release, damaged or not; when it is live, the one before it goes live first.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        doing = "remove a release"
        with self.exclusive(brand_id, doing), plain_storage_errors(doing, folder.folder):
            folder.release_folder(release_id)
            if folder.live_id() == release_id:
                for earlier in folder.earlier_ids(release_id):
                    try:
                        manifest = self._reader.open_release(folder, earlier).manifest
                    except (ReleaseDamaged, ReleaseNotFound):
                        continue
                    PublishesLog(folder.folder).add("erase", earlier, by, manifest.created_by)
                    folder.point_to(earlier)
                    break
            self._discard(folder, release_id)

    def publish(self, brand_id: str, release_id: str, *, published_by: str = "") -> None:
        """Make a kept release live, in one atomic step.

        Args:
            brand_id: whose release.
            release_id: any release that is kept, an older one too.
            published_by: who publishes it.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written; nothing changed.
            ReleaseEmpty: it holds no passages; nothing changed.
            SecondPersonNeeded: who built it may not publish it; nothing changed.
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with self.exclusive(brand_id, "publish"), plain_storage_errors("publish", folder.folder):
            manifest = folder.manifest(release_id)
            if manifest.passages == 0:
                raise ReleaseEmpty(
                    f"Release {release_id} of {brand_id} holds no passages and would silence the brand; "
                    "look at the report of its ingest, mend the documents and ingest again"
                )
            if self._two_person_publish and not folder.was_published(release_id):
                require_second_person(manifest, published_by)
            if (brand_id, release_id) not in self._verified:
                self._reader.open_release(folder, release_id)
            PublishesLog(folder.folder).add("publish", release_id, published_by, manifest.created_by)
            folder.mark_published(release_id, published_by)
            folder.point_to(release_id)
            self._retire(folder)

    def rollback(self, brand_id: str, *, by: str = "") -> Manifest:
        """Go back to the parent of the live release, or to the newest older one that was published and is intact.

        One person may do it, even where publishing takes two: it is the way out of trouble.

        Args:
            brand_id: whose release.
            by: who rolls back.

        Returns:
            The manifest of the release that is live now.

        Raises:
            NothingPublished: the brand has no live release.
            ReleaseNotFound: there is nothing to go back to; nothing changed.
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with self.exclusive(brand_id, "roll back"), plain_storage_errors("roll back", folder.folder):
            live_id = folder.live_id()
            if live_id is None:
                raise nothing_published(brand_id)
            for release_id in folder.earlier_ids(live_id):
                try:
                    manifest = self._reader.open_release(folder, release_id).manifest
                except ReleaseDamaged as error:
                    _log.warning("A release cannot be rolled back to: %s", error)
                    continue
                PublishesLog(folder.folder).add("rollback", release_id, by, manifest.created_by)
                folder.point_to(release_id)
                return manifest
        raise ReleaseNotFound(f"{brand_id} keeps no earlier release that was published; ingest and publish a new one")

    def retire(self, brand_id: str) -> tuple[str, ...]:
        """Remove the oldest releases beyond the number to keep, and what crashes left; live one and parent stay.

        Returns:
            Ids of the removed releases.

        Raises:
            ReleaseBusy: another process or thread is writing for this brand.
            StoreUnavailable: the data folder cannot be written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        doing = "remove old releases"
        with self.exclusive(brand_id, doing), plain_storage_errors(doing, folder.folder):
            self._clear_leftovers(folder)
            return self._retire(folder)

    def _retire(self, folder: BrandFolder) -> tuple[str, ...]:
        kept = folder.kept_ids()
        needed = set(kept[: self._retained_releases])
        live_id = folder.live_id()
        if live_id is not None:
            needed |= {live_id, *folder.earlier_ids(live_id)[:1]}
        removed = tuple(release_id for release_id in kept if release_id not in needed)
        for release_id in removed:
            self._discard(folder, release_id)
        return removed

    def _discard(self, folder: BrandFolder, release_id: str) -> None:
        self._passages.remove(folder.release_folder(release_id), collection_name(folder.brand_id, release_id))
        folder.discard(release_id)

    def _clear_leftovers(self, folder: BrandFolder) -> None:
        folder.clear_leftovers()
        for old, new in folder.replaced_ids().items():
            if folder.live_id() == old:
                folder.point_to(new)
            self._discard(folder, old)
