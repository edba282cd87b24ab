"""`marque safety`: the record of every message of danger, and whether anybody changed it."""

from typing import Any

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, out, plain_errors, print_json


def safety(group_folder: GroupArgument, brand: SomeBrandOption = None, json_output: JsonOption = False) -> None:
    """Export the safety records of each brand, and check that none was changed or removed."""
    with plain_errors(json_output):
        from bot.bootstrap import build_conversation_store
        from bot.safety_record import BEGINNING, find_break

        group, knowledge_base = open_group(group_folder)
        conversations = build_conversation_store(knowledge_base.data_folder)
        rows: list[dict[str, Any]] = []
        try:
            for brand_id in chosen_brands(group, brand):
                records = conversations.safety_records.of(brand_id)
                broken = find_break(records)
                rows.append(
                    {
                        "brand": brand_id,
                        "intact": broken is None,
                        "broken_at": broken,
                        "newest_sha256": records[-1].sha256 if records else BEGINNING,
                        "records": [one.as_json() for one in records],
                    }
                )
        finally:
            conversations.close()
        if json_output:
            print_json({"intact": all(row["intact"] for row in rows), "brands": rows})
        else:
            _print(rows)
        if not all(row["intact"] for row in rows):
            raise typer.Exit(int(ExitCode.FINDINGS))


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        mark = "[green]intact[/green]" if row["intact"] else f"[red]changed at number {row['broken_at']}[/red]"
        out.print(f"[bold]{row['brand']}[/bold]  {len(row['records'])} records  {mark}")
        for one in row["records"]:
            signed = one["signed_off_by"] or "not signed off"
            out.print(
                f"  {one['number']:>4}  {one['at'][:19]}  {one['danger']}: {one['hazard']}  {one['language']}  "
                f"text {one['text_version']} ({signed})",
                soft_wrap=True,
            )
