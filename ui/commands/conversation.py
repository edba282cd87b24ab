"""`marque conversation` and `marque purge`: give out, erase, and let go what was said."""

import getpass
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.commands.replies import reply_json
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from bot.conversation import Turn
    from bot.conversation_store import ConversationStore

app = typer.Typer(help="Export or erase one conversation.", no_args_is_help=True)
ConversationArgument = Annotated[str, typer.Argument(help="Id of the conversation.", metavar="ID")]
# Shorter words stand in other conversations too.
_SHORTEST_NEEDLE, _LONGEST_NEEDLE = 12, 300


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
        group, store, _ = _open(group_folder)
        try:
            content = _content(store, group.brand(brand).id, conversation_id)
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
        group, store, data_folder = _open(group_folder)
        brand_id = group.brand(brand).id
        try:
            content = _content(store, brand_id, conversation_id)
            turns = store.turns(brand_id, conversation_id)
            store.erase(brand_id, conversation_id)
            kept = list(content["safety_records"])
        finally:
            store.close()
        found = _found_again(data_folder, turns)
        receipt = {
            "brand": brand_id,
            "conversation": conversation_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": by or getpass.getuser(),
            "turns": len(turns),
            "citations": sum(len(one.citations) for one in turns),
            "handoff": content["handoff"] is not None,
            "content_sha256": sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
            "safety_records_kept": len(kept),
            "clean": not found,
            "found_again_in": found,
        }
        if json_output:
            print_json(receipt)
        else:
            out.print(
                f"{receipt['turns']} turns, {receipt['citations']} citations erased; {len(kept)} safety records stay"
            )
            out.print(f"SHA-256 of what was erased: {receipt['content_sha256']}", soft_wrap=True)
            out.print("[green]nothing of it was found again[/green]" if not found else f"[red]found in {found}[/red]")
        if found:
            raise typer.Exit(int(ExitCode.FINDINGS))


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


def _content(store: "ConversationStore", brand_id: str, conversation_id: str) -> dict[str, Any]:
    turns = store.turns(brand_id, conversation_id)
    handoff = store.handoffs.of(brand_id, conversation_id)
    records = [one.as_json() for one in store.safety_records.of(brand_id)]
    return {
        "brand": brand_id,
        "conversation": conversation_id,
        "turns": [reply_json(conversation_id, one) for one in turns],
        "feedback": [
            _feedback(store, brand_id, conversation_id, one.turn_id) for one in turns if one.role != "customer"
        ],
        "handoff": {"state": handoff.state, "reason": handoff.reason, "asked_at": handoff.asked_at.isoformat()}
        if handoff
        else None,
        "safety_records": [one for one in records if one["conversation_id"] == conversation_id],
    }


def _feedback(store: "ConversationStore", brand_id: str, conversation_id: str, turn_id: str) -> dict[str, Any]:
    said = store.feedback_of(brand_id, conversation_id, turn_id)
    return {"turn": turn_id, "helpful": said[0] if said else None, "reason": said[1] if said else None}


def _found_again(data_folder: Path, turns: "tuple[Turn, ...]") -> list[str]:
    """The files of the conversations' database that still hold what the customer said."""
    from knowledge_base.byte_search import find_bytes

    said = [one.text[:_LONGEST_NEEDLE] for one in turns if one.role == "customer" and len(one.text) >= _SHORTEST_NEEDLE]
    needles = [*(one.turn_id for one in turns), *said]
    found = find_bytes(data_folder, needles) if needles and data_folder.is_dir() else ()
    return [one for one in found if Path(one).name.startswith("conversations.sqlite3")]
