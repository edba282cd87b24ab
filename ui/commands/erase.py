"""`marque erase`: remove a document or a text from everything that is kept, and prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, open_group
from ui.erasure import erase_for
from ui.exit_codes import ExitCode
from ui.local_user import local_user_name
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from knowledge_base.bootstrap import KnowledgeBase


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
        from knowledge_base.erasure import ErasureTarget

        group, knowledge_base = open_group(group_folder)
        if allow is not None:
            _allow(knowledge_base, allow, json_output)
            return
        target = ErasureTarget(document_id=document, text=containing)
        receipt = erase_for(group, knowledge_base, target, brand, by or local_user_name(), dry_run=dry_run)
        if json_output:
            print_json(receipt)
        else:
            _print(receipt)
        if not receipt["clean"]:
            raise typer.Exit(int(ExitCode.FINDINGS))


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
        out.print(
            f"{one['brand']}  {one['before']} -> {instead}  {one['passages_erased']} passages erased", soft_wrap=True
        )
    talks = receipt["conversations"]
    out.print(
        f"{len(receipt['passages'])} passages, {receipt['vectors']} vectors, {receipt['files']} cached or logged "
        "files, "
        f"{talks['turns']} turns, {talks['citations']} citations, {talks['feedback']} reasons",
        soft_wrap=True,
    )
    if not receipt["releases"]:
        out.print(
            "[yellow]note:[/yellow] no kept release holds it; write it as `marque ingest` and `marque view` do",
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
    out.print(
        "backups made before still hold it: delete them, or restore them with this data folder's erasures kept",
        soft_wrap=True,
    )
