"""`marque erase`: remove a document or a text from everything that is kept, and prove it."""

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brands import Group
from ui.commands.options import GroupArgument, SomeBrandOption, open_group
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from knowledge_base.bootstrap import KnowledgeBase
    from knowledge_base.erasure import ErasureTarget, KnowledgeErasure

# Prefixes of documents that several brands inherit under one id.
_INHERITED = ("group/", "region/")
_LONGEST_NEEDLE = 300


def erase(
    group_folder: GroupArgument,
    document: Annotated[
        str | None, typer.Option(help="Id of a document, as `marque ingest` lists it.", show_default=False)
    ] = None,
    containing: Annotated[str | None, typer.Option(help="A text, in any case and spacing.", show_default=False)] = None,
    allow: Annotated[
        str | None, typer.Option(help="Id of an erasure whose text may come back.", show_default=False)
    ] = None,
    brand: SomeBrandOption = None,
    by: Annotated[
        str | None, typer.Option(help="Who asks for it; the user's name if not given.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be erased.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Erase a document or a text from every kept release, cache, log and conversation, and print a receipt.

    The file in the documents folder stays: the receipt names it, and ingest leaves out what was erased until you
    change the file or allow it again with --allow.
    """
    with plain_errors(json_output):
        from knowledge_base.erased_texts import ALL_BRANDS
        from knowledge_base.erasure import ErasureTarget, known_brands
        from knowledge_base.errors import ErasureRefused

        group, knowledge_base = open_group(group_folder)
        if allow is not None:
            _allow(knowledge_base, allow, json_output)
            return
        target = ErasureTarget(document_id=document, text=containing)
        if not knowledge_base.data_folder.is_dir():
            raise ErasureRefused(f"{knowledge_base.data_folder} is not there, so nothing is kept of it")
        brands = known_brands(knowledge_base.data_folder, group.brands)
        if brand is not None:
            brands = (group.brand(brand).id,)
        elif document is not None and not document.startswith(_INHERITED):
            brands = _only_holder(knowledge_base, target, brands)
        remember_for = brands
        if brand is None and (containing is not None or (document or "").startswith(_INHERITED)):
            remember_for = (ALL_BRANDS,)
        receipt = erase_and_prove(group, knowledge_base, target, brands, remember_for, by or getpass.getuser(), dry_run)
        if json_output:
            print_json(receipt)
        else:
            _print(receipt)
        if not receipt["clean"]:
            raise typer.Exit(int(ExitCode.FINDINGS))


def erase_and_prove(
    group: Group,
    knowledge_base: "KnowledgeBase",
    target: "ErasureTarget",
    brands: Sequence[str],
    remember_for: Sequence[str],
    by: str,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Erase, look for what was erased in every byte of the data folder, and tell both.

    Args:
        group: whose documents folders hold the sources.
        knowledge_base: what its brands know.
        target: what to erase.
        brands: whose knowledge.
        remember_for: whose ingest is to leave it out from now on.
        by: who asks for it.
        dry_run: only tell what would be erased.

    Returns:
        The content of docs/schemas/erase.json.
    """
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
    return target.names(path.name) or target.names(path.read_bytes().decode("utf-8", errors="replace"))


def _release(one: Any) -> dict[str, Any]:
    return {
        "brand": one.brand_id,
        "before": one.before,
        "after": one.after,
        "passages_erased": one.erased,
        "passages_kept": one.kept,
        "content_sha256": one.content_hash,
    }


def _allow(knowledge_base: "KnowledgeBase", erasure_id: str, json_output: bool) -> None:
    from knowledge_base.erased_texts import ErasedTexts

    ErasedTexts(knowledge_base.data_folder).lift(erasure_id)
    forget_parsed(knowledge_base.data_folder)
    if json_output:
        print_json({"allowed": erasure_id})
    else:
        out.print(f"{erasure_id} is lifted; the next ingest brings in what the documents say")


def forget_parsed(data_folder: Path) -> None:
    """Have every document read anew by the next ingest."""
    import shutil

    from knowledge_base.kept_files import PARSED

    shutil.rmtree(data_folder / PARSED, ignore_errors=True)


def _print(receipt: dict[str, Any]) -> None:
    for one in receipt["releases"]:
        instead = one["after"] or ("would be built anew" if receipt["dry_run"] else "removed: it was damaged")
        out.print(f"{one['brand']}  {one['before']} -> {instead}  {one['passages_erased']} passages erased")
    talks = receipt["conversations"]
    out.print(
        f"{len(receipt['passages'])} passages, {receipt['vectors']} vectors, {receipt['files']} cached or logged "
        "files, "
        f"{talks['turns']} turns, {talks['citations']} citations, {talks['feedback']} reasons",
        soft_wrap=True,
    )
    if receipt["dry_run"]:
        out.print("nothing was changed; run it without --dry-run to erase")
        return
    asked = receipt["subject_sha256"]
    out.print(f"receipt {receipt['erasure']}  SHA-256 of what was asked for: {asked}", soft_wrap=True)
    if receipt["clean"]:
        out.print("[green]searched every byte of the data folder: nothing is left[/green]")
    else:
        out.print(f"[red]still found in: {escape(', '.join(receipt['found_again_in']))}[/red]", soft_wrap=True)
    if receipt["sources"]:
        out.print("delete it here too, where Marque changes nothing:")
        for one in receipt["sources"]:
            out.print(f"  {escape(one)}", soft_wrap=True)
    out.print("backups made before still hold it: delete them, or restore them with this data folder's erasures kept")
