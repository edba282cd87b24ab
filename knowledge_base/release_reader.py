"""Opens releases for questions, and keeps the live ones open."""

import logging
import threading
from collections import OrderedDict
from pathlib import Path

from knowledge_base.brand_folder import BrandFolder, is_release_id
from knowledge_base.errors import NothingPublished, ReleaseDamaged, ReleaseNotFound
from knowledge_base.keyword_index import open_keyword_index
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage_store import PassageStore
from knowledge_base.release import Manifest
from knowledge_base.release_files import check_files, plain_storage_errors

KEYWORDS = "keywords"

_log = logging.getLogger(__name__)


class ReleaseReader:
    """Gives the release that a brand's pointer names, whichever process moved it; safe for use by several threads.

    Args:
        data_folder: where the brands' folders lie.
        passages: what keeps passages and vectors inside a release.
        open_releases: how many brands' releases are kept open.
    """

    def __init__(self, data_folder: Path, passages: PassageStore, open_releases: int) -> None:
        self._data_folder = data_folder
        self._passages = passages
        self._open_releases = open_releases
        self._open: OrderedDict[str, tuple[str, OpenRelease]] = OrderedDict()
        self._opening: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def open_live(self, brand_id: str) -> OpenRelease:
        """The release that is live at this moment, for one question from begin to end.

        When it is damaged, the release before it is given, with a notice that says so.

        Raises:
            NothingPublished: the brand has no live release.
            ReleaseDamaged: no intact release is left.
            StoreUnavailable: the data folder cannot be read.
        """
        folder = BrandFolder(self._data_folder, brand_id)
        with plain_storage_errors("open the live release", folder.folder):
            live_id = folder.live_id()
            release = self.kept_open(brand_id, live_id)
            if release is not None:
                return release
            with self._lock:
                opening = self._opening.setdefault(brand_id, threading.Lock())
            with opening:
                live_id = folder.live_id()
                if live_id is None:
                    raise nothing_published(brand_id)
                release = self.kept_open(brand_id, live_id) or self._open_live(folder, live_id)
                with self._lock:
                    self._open[brand_id] = (live_id, release)
                    self._open.move_to_end(brand_id)
                    # Dropped, not closed: a question that still uses one keeps it readable.
                    while len(self._open) > self._open_releases:
                        self._open.popitem(last=False)
                return release

    def kept_open(self, brand_id: str, live_id: str | None) -> OpenRelease | None:
        """The release that is open for a brand already, if the pointer still says what it said then.

        Args:
            brand_id: whose release.
            live_id: what the pointer says now.
        """
        with self._lock:
            pointer, release = self._open.get(brand_id, (None, None))
            if release is None or pointer != live_id:
                return None
            self._open.move_to_end(brand_id)
            return release

    def open_release(self, folder: BrandFolder, release_id: str) -> OpenRelease:
        """Open a kept release.

        Args:
            folder: the folder of its brand.
            release_id: which.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: it is not what was written.
        """
        place = folder.release_folder(release_id)
        return self.open_folder(place, folder.manifest(release_id))

    def open_folder(self, place: Path, manifest: Manifest) -> OpenRelease:
        """Open the release that lies in a folder, and check that every file is what was written.

        Args:
            place: where it lies, among the releases or still being built.
            manifest: what it says of itself.

        Raises:
            ReleaseDamaged: it is not what was written.
        """
        check_files(place, manifest.file_hashes)
        passages = self._passages.open(place, collection_name(manifest.brand_id, manifest.release_id))
        if len(passages) != manifest.passages:
            raise ReleaseDamaged(f"{place} holds {len(passages)} passages instead of {manifest.passages}")
        every = (passages.passage(row) for row in range(len(passages)))
        return OpenRelease(manifest, passages, open_keyword_index(place / KEYWORDS, every))

    def _open_live(self, folder: BrandFolder, live_id: str) -> OpenRelease:
        try:
            return self.open_release(folder, live_id)
        except (ReleaseDamaged, ReleaseNotFound) as error:
            now_live = folder.live_id()
            if now_live is not None and now_live != live_id:
                return self._open_live(folder, now_live)
            reason = error
        for release_id in folder.earlier_ids(live_id):
            try:
                release = self.open_release(folder, release_id)
            except (ReleaseDamaged, ReleaseNotFound):
                continue
            what = (
                f"The live release {live_id} of {folder.brand_id} cannot be used ({reason})"
                if is_release_id(live_id)
                else f"The pointer to the live release of {folder.brand_id} is not what was written"
            )
            release.notice = (
                f"{what}; release {release_id} answers instead. Ingest and publish again, or roll back, to mend it"
            )
            _log.warning("%s", release.notice)
            return release
        raise nothing_left(folder.brand_id) from reason


def collection_name(brand_id: str, release_id: str) -> str:
    """The name of a release's collection, never used before or after."""
    return f"{brand_id}-{release_id}"


def nothing_published(brand_id: str) -> NothingPublished:
    """The error for a brand without a live release."""
    return NothingPublished(
        f"Nothing is published for {brand_id} yet; run `marque ingest GROUP --brand {brand_id} --publish`"
    )


def nothing_left(brand_id: str) -> ReleaseDamaged:
    """The error for a brand whose releases are all damaged."""
    return ReleaseDamaged(
        f"No intact release of {brand_id} is left; restore a backup, or run "
        f"`marque ingest GROUP --brand {brand_id} --publish`"
    )
