"""Erases from files of the data folder that are neither a release nor a database."""

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from knowledge_base.brand_folder import MANIFEST, PUBLISHED, BrandFolder
from knowledge_base.erased_texts import ERASURES, ErasedText, strings_in
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.publishes_log import PUBLISHES
from knowledge_base.release import Manifest
from knowledge_base.release_files import replace_file, seal_json, unseal_json

# Parsed documents: they cost nothing but time to make again, so none is trusted to be free of what is erased.
PARSED = "parsed"

# Copies of web pages: a folder a brand and a source, and in it what is known of each page.
PAGES = "web_pages"
PAGES_INDEX = "index.json"
# In a brand's folder: who writes its pages holds it.
PAGES_LOCK = "lock"

_LINES = frozenset({".jsonl", ".log", ".txt"})
_DATABASES = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm")
_TAG = re.compile(r"<[^>]*>")

Names = Callable[[str], bool]


def erase_from_files(
    data_folder: Path, brands: Sequence[str], names: Names, remembered: ErasedText | None, addresses: Collection[str]
) -> tuple[str, ...]:
    """Remove what holds an erased text: parsed documents, fetched pages, logs, states.

    Lines of a log and parts of a JSON file go by themselves; any other file goes whole.

    Args:
        data_folder: where to look; releases and databases are left alone.
        brands: whose parsed documents are removed.
        names: whether a text holds what is erased.
        remembered: recognises what is erased where it stands among other words.
        addresses: web pages that held it; their copies are removed and fetched anew.

    Returns:
        Files that were changed or removed, relative to the data folder.
    """

    def holds(text: str) -> bool:
        return names(text) or (remembered is not None and remembered.recognises_text(_TAG.sub(" ", text)))

    touched = []
    for brand_id in brands:
        folder = data_folder / PARSED / brand_id
        touched += [str(path.relative_to(data_folder)) for path in sorted(folder.glob("*"))]
        shutil.rmtree(folder, ignore_errors=True)
    for brand_id in brands:
        for folder in sorted((data_folder / PAGES / brand_id).glob("*/")):
            touched += [str(path.relative_to(data_folder)) for path in _erase_pages(folder, addresses, holds)]
    for path in _other_files(data_folder):
        if _erase_from_file(path, holds):
            touched.append(str(path.relative_to(data_folder)))
    return tuple(touched)


def erase_from_releases_files(data_folder: Path, manifest: Manifest, names: Names) -> tuple[dict[str, bytes], bool]:
    """What others keep beside a release, without what is erased.

    Args:
        data_folder: where the release lies.
        manifest: of the release.
        names: whether a text holds what is erased.

    Returns:
        Content by file name, and whether anything was erased. A file that cannot be read is left out.
    """
    folder = BrandFolder(data_folder, manifest.brand_id).release_folder(manifest.release_id)
    own = {MANIFEST, PUBLISHED, *manifest.file_hashes}
    kept: dict[str, bytes] = {}
    changed = False
    for path in sorted(folder.glob("*.json")):
        if path.name in own:
            continue
        try:
            content = unseal_json(path)
        except ReleaseDamaged:
            changed = True
            continue
        pruned = _without(content, names)
        changed = changed or pruned != content
        kept[path.name] = seal_json(pruned)
    return kept, changed


def _erase_pages(folder: Path, addresses: Collection[str], holds: Names) -> list[Path]:
    """Remove copies of web pages; the index forgets them, so that the next sync asks for them anew."""
    removed = []
    index = folder / PAGES_INDEX
    try:
        content = json.loads(index.read_bytes())
        pages: dict[str, dict[str, Any]] = content["pages"]
    except (OSError, ValueError, KeyError, TypeError):
        pages = {}
    for path in sorted(folder.iterdir()):
        owners = [address for address, page in pages.items() if page.get("file") == path.name]
        if path.name == PAGES_INDEX or not path.is_file():
            continue
        if any(one in addresses or holds(one) for one in owners) or holds(_text_of(path)):
            path.unlink()
            removed.append(path)
            pages = {address: page for address, page in pages.items() if address not in owners}
    if removed and index.exists():
        replace_file(index, json.dumps(content | {"pages": pages}, ensure_ascii=False, indent=1).encode())
    return removed


def _text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def _other_files(data_folder: Path) -> Iterator[Path]:
    brand_files = {PUBLISHES, "live", "lock"}
    for top in sorted(data_folder.iterdir()):
        if top.name in {ERASURES, PARSED} or top.is_symlink():
            continue
        is_brand = top.is_dir() and (top / "releases").is_dir()
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            inside = path.relative_to(top).parts
            if is_brand and (inside[0] in {"releases", "building"} or inside[0] in brand_files):
                continue
            if path.is_file() and not path.name.endswith(_DATABASES):
                yield path


def _erase_from_file(path: Path, holds: Names) -> bool:
    if holds(path.name):
        path.unlink()
        return True
    text = _text_of(path)
    if path.suffix in _LINES:
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if not holds(line)]
        if kept != lines:
            replace_file(path, "".join(kept).encode())
        return kept != lines
    if path.suffix == ".json":
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        if content is not None:
            pruned = _without(content, holds)
            if pruned != content:
                replace_file(path, json.dumps(pruned, ensure_ascii=False, indent=1).encode())
            return bool(pruned != content)
    if holds(text):
        path.unlink()
        return True
    return False


def _without(value: Any, holds: Names) -> Any:
    """A JSON value without what is erased: items of lists and entries of mappings go whole."""
    if isinstance(value, list):
        return [_without(one, holds) for one in value if not any(holds(text) for text in strings_in(one))]
    if isinstance(value, dict):
        return {
            key: _without(one, holds)
            for key, one in value.items()
            if not holds(key) and not (isinstance(one, str) and holds(one))
        }
    return value
