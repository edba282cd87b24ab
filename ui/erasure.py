"""Erases for the doors: what the brands know, what customers said, and the proof that nothing is left."""

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brands import Group

if TYPE_CHECKING:
    from knowledge_base.bootstrap import KnowledgeBase
    from knowledge_base.erasure import ErasureTarget, KnowledgeErasure

# Prefixes of documents that several brands inherit under one id.
_INHERITED = ("group/", "region/")
_LONGEST_NEEDLE = 300


def erase_for(
    group: Group,
    knowledge_base: "KnowledgeBase",
    target: "ErasureTarget",
    brand: str | None,
    by: str,
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Erase a document or a text from everything that is kept, search every byte for it, and tell both.

    Args:
        group: whose documents folders hold the sources.
        knowledge_base: what its brands know.
        target: what to erase.
        brand: only this brand; without it every brand that holds it.
        by: who asks for it.
        dry_run: only tell what would be erased.

    Returns:
        The receipt: the content of docs/schemas/erase.json.

    Raises:
        UnknownBrand: the group has no such brand.
        ErasureRefused: nothing is kept, or several brands have another document of that id.
        KnowledgeBaseError: it could not be erased; run it again.
    """
    from knowledge_base.erased_texts import ALL_BRANDS
    from knowledge_base.erasure import known_brands
    from knowledge_base.errors import ErasureRefused

    if not knowledge_base.data_folder.is_dir():
        raise ErasureRefused(f"{knowledge_base.data_folder} is not there, so nothing is kept of it")
    inherited = (target.document_id or "").startswith(_INHERITED)
    brands = known_brands(knowledge_base.data_folder, group.brands)
    if brand is not None:
        brands = (group.brand(brand).id,)
    elif target.document_id is not None and not inherited:
        brands = _only_holder(knowledge_base, target, brands)
    remember_for: Sequence[str] = brands
    if brand is None and (target.document_id is None or inherited):
        remember_for = (ALL_BRANDS,)
    return _erase_and_prove(group, knowledge_base, target, brands, remember_for, by, dry_run)


def _erase_and_prove(
    group: Group,
    knowledge_base: "KnowledgeBase",
    target: "ErasureTarget",
    brands: Sequence[str],
    remember_for: Sequence[str],
    by: str,
    dry_run: bool,
) -> dict[str, Any]:
    """Erase, look for what was erased in every byte of the data folder, and tell both."""
    from bot.conversation_erasure import ErasedContent, erase_from_conversations
    from knowledge_base.byte_search import find_bytes
    from knowledge_base.erasure import erase as erase_knowledge
    from knowledge_base.erasure import plan_erasure

    if dry_run:
        erasure = plan_erasure(knowledge_base, target, brands)
    else:
        erasure = erase_knowledge(knowledge_base, target, brands, by=by, remember_for=remember_for)
    content = ErasedContent(
        brands=brands,
        passages={one.passage_id for one in erasure.passages},
        documents={target.document_id} if target.document_id is not None else set(),
        names=target.names,
    )
    conversations = erase_from_conversations(knowledge_base.data_folder, content, dry_run=dry_run)
    left: tuple[str, ...] = ()
    if not dry_run and knowledge_base.data_folder.is_dir():
        left = find_bytes(knowledge_base.data_folder, _needles(knowledge_base, target, erasure), erasure.needles)
    remembered = erasure.remembered
    return {
        "erasure": remembered.erasure_id if remembered else None,
        "at": remembered.at.isoformat() if remembered else None,
        "by": by,
        "kind": "document" if target.document_id is not None else "text",
        "subject_sha256": remembered.subject_sha256 if remembered else None,
        "dry_run": dry_run,
        "clean": not left,
        "found_again_in": list(left),
        "releases": [_release(one) for one in erasure.releases],
        "passages": sorted(sha256(one.text.encode()).hexdigest() for one in erasure.passages),
        "documents": {brand_id: list(found) for brand_id, found in erasure.documents.items()},
        "vectors": erasure.vectors,
        "files": len(erasure.files),
        "publishes": erasure.names,
        "conversations": asdict(conversations),
        "sources": _sources(group, target, erasure),
    }


def _needles(knowledge_base: "KnowledgeBase", target: "ErasureTarget", erasure: "KnowledgeErasure") -> list[str]:
    """What must be found nowhere: the text, or of a document what no other passage says."""
    if target.text is not None:
        return [target.text]
    from knowledge_base.erased_texts import all_words_of, plain

    releases = knowledge_base.releases
    kept = {
        plain(all_words_of(passage))
        for brand_id in erasure.brands
        for manifest in releases.releases(brand_id)
        for passage in releases.passages_of(brand_id, manifest.release_id)
    }
    texts = {plain(one.text)[:_LONGEST_NEEDLE] for one in erasure.passages}
    return sorted(text for text in texts if text and not any(text in other for other in kept))


def _only_holder(knowledge_base: "KnowledgeBase", target: "ErasureTarget", brands: Sequence[str]) -> tuple[str, ...]:
    from knowledge_base.erasure import plan_erasure
    from knowledge_base.errors import ErasureRefused

    holders = sorted(plan_erasure(knowledge_base, target, brands).documents)
    if len(holders) > 1:
        raise ErasureRefused(
            f"{target.document_id} is another document in each of {', '.join(holders)}; name one with --brand"
        )
    return tuple(holders) or tuple(brands)


def _sources(group: Group, target: "ErasureTarget", erasure: "KnowledgeErasure") -> list[str]:
    """Files and web pages that hold it and that Marque does not change."""
    from ingest.source import discover_documents

    found = {one.source for one in erasure.passages if "://" in one.source}
    for brand_id in (one for one in erasure.brands if one in group.brands):
        named = {*erasure.documents.get(brand_id, ()), target.document_id}
        for one in discover_documents(group, brand_id).documents:
            if one.document_id in named or (target.text is not None and _file_names(one.path, target)):
                found.add(str(one.path))
    return sorted(found)


def _file_names(path: Path, target: "ErasureTarget") -> bool:
    try:
        return target.names(path.name) or target.names(path.read_bytes().decode("utf-8", errors="replace"))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # nobody can tell: somebody has to look


def _release(one: Any) -> dict[str, Any]:
    return {
        "brand": one.brand_id,
        "before": one.before,
        "after": one.after,
        "passages_erased": one.erased,
        "passages_kept": one.kept,
        "content_sha256": one.content_hash,
    }
