"""Brings back what a backup holds: release by release, each brand in one atomic step."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.backup import RESTORING
from knowledge_base.backup_file import BackupContents, read_backup
from knowledge_base.bootstrap import EMBEDDING_CACHE, KnowledgeBase
from knowledge_base.brand_folder import BrandFolder
from knowledge_base.erased_texts import ERASURES, ErasedText, ErasedTexts
from knowledge_base.erasure import ErasureTarget, erase, known_brands
from knowledge_base.errors import BackupInvalid, DataPresent, ReleaseDamaged, ReleaseNotFound
from knowledge_base.publishes_log import PUBLISHES, PublishesLog
from knowledge_base.release_files import plain_storage_errors, remove_tree, sync_folder, sync_tree
from knowledge_base.release_store import ReleaseStore

CONVERSATIONS = "conversations.sqlite3"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was brought back.

    Args:
        created_at: when the backup was made, ISO 8601.
        live: id of the live release, by brand.
        releases: how many releases were brought back; those that were there and intact stay as they are.
        files: other files that were brought back, relative to the data folder.
        kept: other files that were there already and stay.
        erased_again: erasures that are younger than the backup and hold for what came back.
    """

    created_at: str
    live: Mapping[str, str]
    releases: int
    files: tuple[str, ...]
    kept: tuple[str, ...]
    erased_again: tuple[ErasedText, ...]

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/restore.json."""
        return {
            "created_at": self.created_at,
            "live": dict(self.live),
            "releases": self.releases,
            "files": list(self.files),
            "kept": list(self.kept),
            "erased_again": [one.erasure_id for one in self.erased_again],
        }


def restore(knowledge_base: KnowledgeBase, backup: Path, *, by: str, force: bool = False) -> RestoreReport:
    """Bring back what a backup holds.

    Everything is unpacked beside the data, compared with its hashes and opened before anything is changed. Then each
    brand gets its releases back and its pointer moves in one step, as in a publish. Releases that are there stay until
    `gc` removes them by age. What was erased since the backup is erased from what came back.

    Args:
        knowledge_base: where to.
        backup: the file.
        by: who restores.
        force: although brands are live here. Conversations, fetched pages and states are then replaced too; stop the
            server first, because it has them open.

    Raises:
        BackupInvalid: it is no backup, is damaged, or holds what does not belong into one; nothing changed.
        DataPresent: brands are live here, or conversations are kept; nothing changed.
        ReleaseBusy: somebody is writing for a brand.
        StoreUnavailable: the data folder cannot be written.
    """
    data_folder = knowledge_base.data_folder
    if not force:
        _refuse_if_present(data_folder)
    unpacked = data_folder / RESTORING
    with plain_storage_errors("restore", data_folder):
        try:
            remove_tree(unpacked)
            unpacked.mkdir(parents=True)
            contents = next(read_backup(backup, unpacked))
            _check_live(knowledge_base, unpacked, contents)
            before = {one.erasure_id for one in ErasedTexts(unpacked).all()}
            younger = [one for one in ErasedTexts(data_folder).all() if one.erasure_id not in before]
            count = sum(_bring_back(knowledge_base, unpacked, brand_id, by) for brand_id in known_brands(unpacked))
            files, kept = _bring_back_files(data_folder, unpacked, force)
        finally:
            remove_tree(unpacked)
    brands = known_brands(data_folder)
    for one in younger:
        erase(knowledge_base, ErasureTarget(erased=one), _meant(one, brands), by=by, remember_for=())
    live = {brand_id: knowledge_base.releases.pointer(brand_id) for brand_id in contents.live}
    told = {brand_id: release_id for brand_id, release_id in live.items() if release_id is not None}
    return RestoreReport(contents.created_at, told, count, tuple(files), tuple(kept), tuple(younger))


def _refuse_if_present(data_folder: Path) -> None:
    live = [one for one in known_brands(data_folder) if BrandFolder(data_folder, one).live_id() is not None]
    present = [*live, *([CONVERSATIONS] if (data_folder / CONVERSATIONS).exists() else [])]
    if present:
        raise DataPresent(
            f"{data_folder} is in use ({', '.join(present[:5])}); restore into an empty one, or stop the server and "
            "add --force to replace what is live"
        )


def _check_live(knowledge_base: KnowledgeBase, unpacked: Path, contents: BackupContents) -> None:
    store = ReleaseStore(unpacked, knowledge_base.passages)
    for brand_id, release_id in contents.live.items():
        try:
            store.check(brand_id, release_id)
        except (ReleaseDamaged, ReleaseNotFound, ValueError) as error:
            raise BackupInvalid(
                f"the live release of {brand_id} in the backup cannot be used ({error}); take another backup"
            ) from error


def _bring_back(knowledge_base: KnowledgeBase, unpacked: Path, brand_id: str, by: str) -> int:
    """One brand's releases and pointer; how many releases were brought back."""
    data_folder, releases = knowledge_base.data_folder, knowledge_base.releases
    source, target = BrandFolder(unpacked, brand_id), BrandFolder(data_folder, brand_id)
    brought = 0
    with releases.exclusive(brand_id, "restore"), plain_storage_errors("restore", target.folder):
        for release_id in source.kept_ids():
            if _is_intact(releases, brand_id, release_id):
                continue
            target.adopt(source.release_folder(release_id), release_id)
            brought += 1
        log = source.folder / PUBLISHES
        if log.is_file() and not (target.folder / PUBLISHES).exists():
            _move(log, target.folder / PUBLISHES)
        live_id = source.live_id()
        if live_id is not None:
            manifest = target.manifest(live_id)
            PublishesLog(target.folder).add("restore", live_id, by, manifest.created_by)
            target.point_to(live_id)
        _bring_back_rest(source.folder, target.folder)
    return brought


def _bring_back_rest(source: Path, target: Path) -> None:
    """What else lies in a brand's folder, where there is nothing of the name."""
    for path in sorted(source.iterdir()):
        if path.name not in {"live", "releases", PUBLISHES} and not (target / path.name).exists():
            _move(path, target / path.name)


def _bring_back_files(data_folder: Path, unpacked: Path, force: bool) -> tuple[list[str], list[str]]:
    files, kept = [], []
    for path in sorted(unpacked.iterdir()):
        if path.is_dir() and (path / "releases").is_dir():
            continue
        target = data_folder / path.name
        if path.name == ERASURES:
            _add_missing(path, target)
        elif target.exists() and (not force or path.name == EMBEDDING_CACHE):
            kept.append(path.name)  # the embedding cache is right wherever it comes from
        else:
            _replace(path, target)
            files.append(path.name)
    return files, kept


def _is_intact(releases: ReleaseStore, brand_id: str, release_id: str) -> bool:
    try:
        releases.check(brand_id, release_id)
    except (ReleaseDamaged, ReleaseNotFound):
        return False
    return True


def _add_missing(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        if not (target / path.name).exists():
            _move(path, target / path.name)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        remove_tree(target)
    for log in ("-wal", "-shm"):  # of the database that is replaced
        target.with_name(target.name + log).unlink(missing_ok=True)
    _move(source, target)


def _move(source: Path, target: Path) -> None:
    if source.is_dir():
        sync_tree(source)
    else:
        descriptor = os.open(source, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    source.replace(target)
    sync_folder(target.parent)


def _meant(one: ErasedText, brands: Sequence[str]) -> tuple[str, ...]:
    return tuple(brand_id for brand_id in brands if "*" in one.brands or brand_id in one.brands)
