"""Durable files, seals, hashes and locks."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge_base.errors import ReleaseBusy, ReleaseDamaged, StoreUnavailable
from knowledge_base.release_files import (
    check_files,
    hash_files,
    lock_file,
    plain_storage_errors,
    replace_file,
    seal_json,
    sync_tree,
    unseal_json,
)


def test_replaced_file_is_old_or_new_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "live"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in tmp_path.iterdir()] == ["live"]


def test_sealed_json_shows_every_changed_byte(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    content = {"passages": 3, "title": "Zoë", "nested": {"a": [1, None]}}
    sealed = seal_json(content)
    path.write_bytes(sealed)
    assert unseal_json(path) == content
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 0x01]) + sealed[place + 1 :]
        path.write_bytes(changed)
        try:
            found = unseal_json(path)
        except ReleaseDamaged:
            continue
        assert found == content, place


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"sha256": 1}', b'{"sha256": "", "content": 3}', b"\xff"]
)
def test_what_is_no_sealed_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(ReleaseDamaged, match=r"manifest\.json"):
        unseal_json(path)


def test_missing_sealed_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseDamaged, match="cannot be read"):
        unseal_json(tmp_path / "absent.json")


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("a", "b", "folder/c"):
        (tmp_path / name).write_text(name)
    hashes = hash_files(tmp_path)
    assert sorted(hashes) == ["a", "b", "folder/c"]
    check_files(tmp_path, hashes)
    (tmp_path / "a").write_text("A")
    (tmp_path / "folder/c").unlink()
    with pytest.raises(ReleaseDamaged, match="a is not what was written; folder/c is missing"):
        check_files(tmp_path, hashes)


def test_tree_is_synced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    sync_tree(tmp_path)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EMFILE, "too many files are open"),
        (errno.EISDIR, "Is a directory"),
    ],
)
def test_errors_of_the_system_are_told_in_plain_words(number: int, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words), plain_storage_errors("publish", Path("/data")):
        raise OSError(number, os.strerror(number))


def test_lock_is_refused_to_a_second_holder_and_free_afterwards(tmp_path: Path) -> None:
    with (
        lock_file(tmp_path / "lock", "publish"),
        pytest.raises(ReleaseBusy, match="Cannot publish"),
        lock_file(tmp_path / "lock", "publish"),
    ):
        pass
    with lock_file(tmp_path / "lock", "publish"):
        pass


def test_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from knowledge_base.release_files import lock_file\n"
        f"with lock_file(Path({str(tmp_path / 'lock')!r}), 'publish'): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with lock_file(tmp_path / "lock", "publish"):
        pass
