"""`marque replies`: the answers that used a passage or a document which was corrected later."""

from typing import Annotated, Any

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode
from ui.reply_json import reply_json
from ui.terminal import JsonOption, escape, fail, out, plain_errors, print_json


def replies(
    group_folder: GroupArgument,
    citing: Annotated[
        str | None, typer.Option(help="Id of a passage, as citations name it.", show_default=False)
    ] = None,
    document: Annotated[
        str | None, typer.Option(help="Id of a document, as `marque ingest` lists it.", show_default=False)
    ] = None,
    brand: SomeBrandOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the replies that rest on a passage or a document, with what was checked and removed."""
    with plain_errors(json_output):
        from bot.bootstrap import build_conversation_store

        if citing is None and document is None:
            fail("name a passage with --citing, or a document with --document", ExitCode.USAGE, as_json=json_output)
        group, knowledge_base = open_group(group_folder)
        conversations = build_conversation_store(knowledge_base.data_folder)
        try:
            rows = [
                {
                    "brand": brand_id,
                    "replies": [
                        reply_json(one.conversation_id, one.turn)
                        for one in conversations.replies_citing(brand_id, passage=citing, document=document)
                    ],
                }
                for brand_id in chosen_brands(group, brand)
            ]
        finally:
            conversations.close()
        if json_output:
            print_json({"citing": citing, "document": document, "brands": rows})
        else:
            _print(rows)


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        count = len(row["replies"])
        out.print(f"[bold]{row['brand']}[/bold]  {count} {'reply' if count == 1 else 'replies'}")
        for one in row["replies"]:
            out.print(
                f"  {one['at'][:16]}  {one['conversation']}  release {one['release']}  {len(one['removed'])} removed"
            )
            out.print(f"    {escape(' '.join(one['text'].split())[:160])}", soft_wrap=True)
