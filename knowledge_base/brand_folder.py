"""Where one brand's releases lie on disk, and which of them is live."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from knowledge_base.errors import ReleaseDamaged, ReleaseNotFound
from knowledge_base.publishes_log import PublishesLog
from knowledge_base.release import Manifest, release_time, same_moment
from knowledge_base.release_files import (
    lock_file,
    remove_tree,
    replace_file,
    seal_json,
    sync_folder,
    sync_tree,
    unseal_json,
)

MANIFEST = "manifest.json"
PUBLISHED = "published.json"

_BRAND_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?")
_held = threading.local()


class BrandFolder:
    """The folder of one brand: `live`, `lock`, `releases/<release id>`, `building/<release id>`.

    Args:
        data_folder: where all brands lie.
        brand_id: whose folder it is.

    Raises:
        ValueError: this is no brand id.
    """

    def __init__(self, data_folder: Path, brand_id: str) -> None:
        if not _BRAND_ID.fullmatch(brand_id):
            raise ValueError(f"{brand_id!r} is no brand id")
        self.brand_id = brand_id
        self.folder = data_folder / brand_id
        self._releases = self.folder / "releases"
        self._building = self.folder / "building"
        self._live = self.folder / "live"

    @contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        """Keep other writers of this brand away; the thread that holds it may take it again.

        Args:
            doing: what is to be done, for the message.

        Raises:
            ReleaseBusy: another process or thread is writing.
        """
        held: set[Path] = _held.__dict__.setdefault("folders", set())
        if self.folder in held:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with lock_file(self.folder / "lock", f"{doing} for {self.brand_id}"):
            held.add(self.folder)
            try:
                yield
            finally:
                held.discard(self.folder)

    def live_id(self) -> str | None:
        """The release that the pointer names; None when nothing was published.

        A pointer that is not what was written gives a text that is no release id, and so names none.
        """
        try:
            content = self._live.read_bytes()
        except FileNotFoundError:
            return None
        told = content.decode("ascii", errors="replace")
        release_id = told.partition(" ")[0]
        return release_id if content == self._pointer(release_id) else f"damaged: {told.strip()}"

    def point_to(self, release_id: str) -> None:
        """Make a release live, in one step."""
        replace_file(self._live, self._pointer(release_id))

    def _pointer(self, release_id: str) -> bytes:
        """The content of the pointer: the release and a checksum, so that any change shows."""
        checksum = sha256(f"{self.brand_id} {release_id}".encode()).hexdigest()[:16]
        return f"{release_id} {checksum}\n".encode()

    def kept_ids(self) -> tuple[str, ...]:
        """Ids of the releases that are kept, newest first."""
        return tuple(sorted(_ids_in(self._releases), reverse=True))

    def newest_id(self) -> str | None:
        """The greatest id that was ever given and is still known, leftovers included."""
        known = {*_ids_in(self._releases), *_ids_in(self._building)}
        live = self.live_id()
        if live is not None and is_release_id(live):
            known.add(live)
        return max(known, default=None)

    def release_folder(self, release_id: str) -> Path:
        """Where a release lies.

        Raises:
            ReleaseNotFound: no release of that id is kept.
        """
        folder = self._releases / release_id
        if not is_release_id(release_id) or not folder.is_dir():
            raise ReleaseNotFound(
                f"{self.brand_id} keeps no release {release_id!r}; `marque releases` lists those that are kept"
            )
        return folder

    def manifest(self, release_id: str) -> Manifest:
        """What a kept release says of itself.

        Raises:
            ReleaseNotFound: no release of that id is kept.
            ReleaseDamaged: the manifest is missing or not what was written.
        """
        manifest = read_manifest(self.release_folder(release_id))
        if (manifest.brand_id, manifest.release_id) != (self.brand_id, release_id):
            raise ReleaseDamaged(
                f"release {release_id} of {self.brand_id} holds {manifest.release_id} of {manifest.brand_id}"
            )
        return manifest

    def earlier_ids(self, release_id: str | None) -> tuple[str, ...]:
        """Published releases to go back to: the parent first, then the older ones, newest first.

        Args:
            release_id: where to go back from; every published release when it is no id of one.
        """
        usable = [one for one in self.kept_ids() if self.was_published(one) and one != release_id]
        if release_id is None or not is_release_id(release_id):
            # The pointer is lost: the record of publishes tells what it said, also after a rollback.
            last = [entry.release_id for entry in PublishesLog(self.folder).entries()[-1:]]
            return tuple(dict.fromkeys([*(one for one in last if one in usable), *usable]))
        older = [one for one in usable if one < release_id]
        try:
            parent = self.manifest(release_id).parent_id
        except ReleaseDamaged:
            return tuple(older)
        except ReleaseNotFound:
            return (*older, *(one for one in usable if one > release_id))
        found = next((one for one in usable if parent is not None and same_moment(one, parent)), None)
        return tuple(dict.fromkeys([found, *older])) if found is not None else tuple(older)

    def was_published(self, release_id: str) -> bool:
        """Whether a kept release has ever been live."""
        return (self._releases / release_id / PUBLISHED).is_file()

    def published_mark(self, release_id: str) -> dict[str, str] | None:
        """When and by whom a release was first published; None when it never was."""
        if not self.was_published(release_id):
            return None
        try:
            content = unseal_json(self._releases / release_id / PUBLISHED)
            return {"at": str(content["at"]), "by": str(content["by"])}
        except (ReleaseDamaged, KeyError):
            return {"at": "", "by": ""}  # damaged, but there: it was published

    def mark_published(self, release_id: str, published_by: str) -> None:
        """Record who published a release and when; the first time stands."""
        if not self.was_published(release_id):
            content = {"at": datetime.now(UTC).isoformat(), "by": published_by}
            replace_file(self.release_folder(release_id) / PUBLISHED, seal_json(content))

    def begin(self, release_id: str) -> Path:
        """A fresh folder to build a release in."""
        self._releases.mkdir(parents=True, exist_ok=True)
        folder = self._building / release_id
        folder.mkdir(parents=True)
        return folder

    def finish(self, release_id: str) -> None:
        """Move what was built among the releases, in one step."""
        (self._building / release_id).rename(self._releases / release_id)
        sync_folder(self._releases)
        sync_folder(self._building)
        sync_folder(self.folder)

    def adopt(self, place: Path, release_id: str) -> None:
        """Move a complete release from elsewhere on the same disk among the releases, in the place of a damaged one."""
        self._releases.mkdir(parents=True, exist_ok=True)
        sync_tree(place)
        if (self._releases / release_id).exists():
            self.discard(release_id)
        place.rename(self._releases / release_id)
        sync_folder(self._releases)
        sync_folder(self.folder)

    def discard(self, release_id: str) -> None:
        """Remove a kept release: out of sight in one step, then from the disk."""
        self._building.mkdir(parents=True, exist_ok=True)
        (self._releases / release_id).rename(self._building / release_id)
        sync_folder(self._releases)
        remove_tree(self._building / release_id)

    def clear_leftovers(self) -> None:
        """Remove what a crash left half built or half removed."""
        if self._building.is_dir():
            for leftover in self._building.iterdir():
                remove_tree(leftover)

    def replaced_ids(self) -> dict[str, str]:
        """Kept releases whose replacement is complete, with the id of it: an erasure was cut short between the two."""
        kept = self.kept_ids()
        found: dict[str, str] = {}
        for one, other in pairwise(kept):
            if same_moment(one, other):
                for new, old in ((one, other), (other, one)):
                    try:
                        if self.manifest(new).replaces == old:
                            found[old] = new
                    except ReleaseDamaged:
                        continue
        return found


def check_side_files(folder: Path, manifest: Manifest) -> None:
    """Compare what lies beside the files of the manifest, each sealed by its own hash, with what was written.

    Raises:
        ReleaseDamaged: one is not what was written.
    """
    for path in sorted(folder.glob("*.json")):
        if path.name != MANIFEST and path.name not in manifest.file_hashes:
            unseal_json(path)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a release folder.

    Raises:
        ReleaseDamaged: it is missing or not what was written.
    """
    content = unseal_json(folder / MANIFEST)
    try:
        return Manifest.from_json(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseDamaged(f"{folder / MANIFEST} was written by another version of Marque ({error})") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a release folder, durably."""
    replace_file(folder / MANIFEST, seal_json(manifest.as_json()))


def is_brand_id(text: str) -> bool:
    """Whether a text has the form of a brand id."""
    return _BRAND_ID.fullmatch(text) is not None


def is_release_id(text: str) -> bool:
    """Whether a text has the form of a release id."""
    try:
        release_time(text)
    except ValueError:
        return False
    return True


def _ids_in(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if is_release_id(path.name)]
    except FileNotFoundError:
        return []
