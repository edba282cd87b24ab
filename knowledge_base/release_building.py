"""Writes a release into a fresh folder, checks it by reopening, and moves it among the kept ones."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from brands import Scope
from knowledge_base.brand_folder import BrandFolder, read_manifest, write_manifest
from knowledge_base.embedder import Vectors
from knowledge_base.keyword_index import KeywordIndex, build_keyword_index
from knowledge_base.open_release import OpenRelease
from knowledge_base.passage import Passage
from knowledge_base.passage_store import PassageStore
from knowledge_base.release import Manifest
from knowledge_base.release_files import hash_files, remove_tree, replace_file, sync_tree
from knowledge_base.release_reader import KEYWORDS, ReleaseReader, collection_name


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What is to stand in the place of a release.

    Args:
        draft: its manifest, but for the id, the hashes and the count.
        passages: in the order of their rows.
        vectors: array of shape (len(passages), dimension), rows of length 1.
        rename: gives what is to stand in the place of the name of who published it.
        files: content by name, of what others keep beside the release.
    """

    draft: Manifest
    passages: Sequence[Passage]
    vectors: Vectors
    rename: Callable[[str], str] = str
    files: Mapping[str, bytes] = field(default_factory=dict)


def write_release(
    folder: BrandFolder,
    store: PassageStore,
    reader: ReleaseReader,
    draft: Manifest,
    passages: Sequence[Passage],
    vectors: Vectors,
    more_files: Mapping[str, bytes] | None = None,
    before: OpenRelease | None = None,
) -> Manifest:
    """Write a release: complete, durable, verified by reopening; the caller holds the brand's lock.

    Args:
        folder: the folder of its brand.
        store: what keeps passages and vectors.
        reader: what opens releases.
        draft: its manifest, but for the hashes and the count.
        passages: in the order of their rows.
        vectors: array of shape (len(passages), dimension), rows of length 1.
        more_files: content by name, of what else is to lie in the folder; the manifest does not vouch for it.
        before: a release from which the keyword index of unchanged passages is taken over.

    Returns:
        The complete manifest.

    Raises:
        ReleaseDamaged: what was written could not be read again.
        StoreUnavailable: Chroma could not write.
        OSError: the operating system refused.
    """
    building = folder.begin(draft.release_id)
    try:
        store.write(building, collection_name(draft.brand_id, draft.release_id), passages, vectors)
        _index_keywords(passages, before).write(building / KEYWORDS)
        manifest = replace(
            draft,
            passages=len(passages),
            passages_hash=hash_content(passages, vectors),
            file_hashes=hash_files(building),
        )
        sync_tree(building)
        for name, content in (more_files or {}).items():
            replace_file(building / name, content)
        write_manifest(building, manifest)
        reader.open_folder(building, read_manifest(building))
        folder.finish(draft.release_id)
    finally:
        remove_tree(building)
    return manifest


def _index_keywords(passages: Sequence[Passage], before: OpenRelease | None) -> KeywordIndex:
    if before is None:
        return build_keyword_index(passages)
    passages_before = [before.passages.passage(row) for row in range(len(before.passages))]
    return build_keyword_index(passages, before.keywords, passages_before)


def hash_content(passages: Sequence[Passage], vectors: Vectors) -> str:
    """SHA-256 over passages and vectors, in row order: equal for two releases that hold the same.

    Args:
        passages: in the order of their rows.
        vectors: array of shape (len(passages), dimension).
    """
    found = sha256()
    scopes: dict[Scope, dict[str, Any]] = {}
    for passage in passages:
        scope = scopes.get(passage.scope) or scopes.setdefault(passage.scope, asdict(passage.scope))
        found.update(json.dumps([passage.as_json(), scope], default=str, sort_keys=True).encode())
    found.update(vectors.astype("<f4").tobytes())
    return found.hexdigest()
