"""`marque conversation` and `marque purge`: give out, erase, and let go what was said."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.exit_codes import ExitCode
from ui.local_user import local_user_name
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from bot.conversation_store import ConversationStore
    from ui.conversation_erasure import ErasureReceipt

app = typer.Typer(help="Export or erase one conversation.", no_args_is_help=True)
ConversationArgument = Annotated[str, typer.Argument(help="Id of the conversation.", metavar="ID")]


@app.callback()
def conversation() -> None:
    """Export or erase one conversation."""


@app.command("export")
def export(
    group_folder: GroupArgument,
    conversation_id: ConversationArgument,
    brand: BrandOption,
    json_output: JsonOption = False,
) -> None:
    """Give out all that is kept of a conversation."""
    with plain_errors(json_output):
        from ui.conversation_erasure import conversation_content

        group, store, _ = _open(group_folder)
        try:
            content = conversation_content(store, group.brand(brand).id, conversation_id)
        finally:
            store.close()
        if json_output:
            print_json(content)
            return
        for one in content["turns"]:
            out.print(f"[bold]{one['role']}[/bold]  {one['at'][:16]}")
            out.print(f"  {escape(one['text'])}", soft_wrap=True)


@app.command("erase")
def erase(
    group_folder: GroupArgument,
    conversation_id: ConversationArgument,
    brand: BrandOption,
    by: Annotated[str | None, typer.Option(help="Who asks for it; the user's name if not given.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Erase a conversation, look for it in every byte of the database, and print a receipt."""
    with plain_errors(json_output):
        from bot.conversation_erasure import conversation_file
        from ui.conversation_erasure import erase_conversation

        group, store, data_folder = _open(group_folder)
        brand_id = group.brand(brand).id
        try:
            receipt = erase_conversation(
                store, conversation_file(data_folder), brand_id, conversation_id, by or local_user_name()
            )
        finally:
            store.close()
        if json_output:
            print_json(asdict(receipt))
        else:
            _print_receipt(receipt)
        if not receipt.clean:
            raise typer.Exit(int(ExitCode.FINDINGS))


def _print_receipt(receipt: "ErasureReceipt") -> None:
    kept = receipt.safety_records_kept
    out.print(f"{receipt.turns} turns, {receipt.citations} citations erased; {kept} safety records stay")
    out.print(f"SHA-256 of what was erased: {receipt.content_sha256}", soft_wrap=True)
    if not receipt.searched:
        out.print("the database is no file of this machine, so its bytes were not searched")
    elif receipt.clean:
        out.print("[green]nothing of it was found again[/green]")
    else:
        out.print(f"[red]found in {', '.join(receipt.found_again_in)}[/red]")


def purge(group_folder: GroupArgument, json_output: JsonOption = False) -> None:
    """Remove the conversations whose brand's retention has ended; `marque serve` does the same every hour."""
    with plain_errors(json_output):
        from bot.conversation_retention import purge_expired

        group, store, _ = _open(group_folder)
        try:
            removed = purge_expired(store, group, datetime.now(UTC))
        finally:
            store.close()
        rows = [
            {"brand": one, "retention_days": group.brand(one).retention_days, "removed": count}
            for one, count in removed.items()
        ]
        if json_output:
            print_json({"brands": rows})
            return
        for row in rows:
            out.print(f"{row['brand']}: {row['removed']} removed, kept for {row['retention_days']} days")


def _open(group_folder: Path) -> "tuple[Any, ConversationStore, Path]":
    from bot.bootstrap import build_conversation_store

    group, knowledge_base = open_group(group_folder)
    return group, build_conversation_store(knowledge_base.data_folder), knowledge_base.data_folder
