"""What is kept of every brand, for reading: the live release, the older ones, who published what."""

import logging
from collections.abc import Iterator
from pathlib import Path

from knowledge_base.brand_folder import BrandFolder, check_side_files
from knowledge_base.errors import ReleaseDamaged, ReleaseNotFound
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage import Passage
from knowledge_base.passage_store import PassageStore
from knowledge_base.publishes_log import PublishEntry, PublishesLog
from knowledge_base.release import Manifest
from knowledge_base.release_building import hash_content
from knowledge_base.release_files import plain_storage_errors
from knowledge_base.release_reader import ReleaseReader, nothing_left

_log = logging.getLogger(__name__)


class KeptReleases:
    """The kept releases of every brand.

    Readers follow the pointer of their brand: every call of `open_live` gives the release that is live at that moment,
    whole, whichever process published it.

    Args:
        data_folder: where the brands' folders lie.
        passages: what keeps passages and vectors inside a release.
        open_releases: how many brands' releases are kept open for questions.
    """

    def __init__(self, data_folder: Path, passages: PassageStore, open_releases: int) -> None:
        self._data_folder = data_folder
        self._passages = passages
        self._reader = ReleaseReader(data_folder, passages, open_releases)

    def live(self, brand_id: str) -> Manifest | None:
        """What answers a brand's questions now; None when nothing was published.

        Raises:
            ReleaseDamaged: the live release cannot be read and there is none to fall back to.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read the releases", folder.folder):
            live_id = folder.live_id()
            if live_id is None:
                return None
            release = self._reader.kept_open(brand_id, live_id)
            if release is not None:
                return release.manifest
            for release_id in (live_id, *folder.earlier_ids(live_id)):
                try:
                    return folder.manifest(release_id)
                except (ReleaseDamaged, ReleaseNotFound) as error:
                    _log.warning("The manifest of a release cannot be used: %s", error)
        raise nothing_left(brand_id)

    def releases(self, brand_id: str) -> tuple[Manifest, ...]:
        """The releases that are kept, newest first; those whose manifest is damaged are left out with a warning."""
        folder = BrandFolder(self._data_folder, brand_id)
        found = []
        with plain_storage_errors("read the releases", folder.folder):
            for release_id in folder.kept_ids():
                try:
                    found.append(folder.manifest(release_id))
                except (ReleaseDamaged, ReleaseNotFound) as error:
                    _log.warning("A release is left out of the list: %s", error)
        return tuple(found)

    def check(self, brand_id: str, release_id: str) -> Manifest:
        """Read a kept release whole and compare all of it with what was written.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written; the text says what is different.
            StoreUnavailable: the data folder cannot be read.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read a release", folder.folder):
            release = self._reader.open_release(folder, release_id)
            passages = [release.passages.passage(row) for row in range(len(release.passages))]
            if hash_content(passages, release.passages.vectors) != release.manifest.passages_hash:
                raise ReleaseDamaged(f"{folder.release_folder(release_id)} holds other passages than were written")
            check_side_files(folder.release_folder(release_id), release.manifest)
            return release.manifest

    def pointer(self, brand_id: str) -> str | None:
        """What the brand's pointer says, be it a kept release or not; None when nothing was published."""
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read the releases", folder.folder):
            return folder.live_id()

    def kept_ids(self, brand_id: str) -> tuple[str, ...]:
        """Ids of all releases that are kept, newest first, damaged ones too."""
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read the releases", folder.folder):
            return folder.kept_ids()

    def publishes(self, brand_id: str) -> tuple[PublishEntry, ...]:
        """Who made which release live, oldest first."""
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read the releases", folder.folder):
            return PublishesLog(folder.folder).entries()

    def passages_of(self, brand_id: str, release_id: str) -> Iterator[Passage]:
        """Every passage of a kept release, in the order of its rows.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read a release", folder.folder):
            release = self._reader.kept_open(brand_id, folder.live_id())
            if release is None or release.manifest.release_id != release_id:
                release = self._reader.open_release(folder, release_id)
        return (release.passages.passage(row) for row in range(len(release.passages)))

    def open_kept(self, brand_id: str, release_id: str) -> OpenRelease:
        """Any kept release, for reading it whole.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("read a release", folder.folder):
            return self._reader.open_release(folder, release_id)

    def open_live(self, brand_id: str) -> OpenRelease:
        """The release that is live at this moment, for one question from begin to end.

        When it is damaged, the release before it is given, with a notice that says so.

        Raises:
            NothingPublished: the brand has no live release.
            ReleaseDamaged: no intact release is left.
            StoreUnavailable: the data folder cannot be read.
        """
        return self._reader.open_live(brand_id)
