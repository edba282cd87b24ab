"""`marque gc` and `verify`: keep what is on disk small and sound."""

from typing import Annotated

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, fail, out, plain_errors, print_json


def gc(group_folder: GroupArgument, brand: SomeBrandOption = None, json_output: JsonOption = False) -> None:
    """Remove the oldest releases beyond the number to keep, and what a crash left behind."""
    with plain_errors(json_output):
        group, knowledge_base = open_group(group_folder)
        releases = knowledge_base.releases
        rows = [
            {"brand": one, "removed": list(releases.retire(one)), "kept": list(releases.kept_ids(one))}
            for one in chosen_brands(group, brand)
            if releases.pointer(one) is not None or releases.kept_ids(one)
        ]
        if json_output:
            print_json({"brands": rows})
            return
        for row in rows:
            out.print(f"{row['brand']}: {len(row['removed'])} removed, {len(row['kept'])} kept")


def verify(
    group_folder: GroupArgument,
    brand: SomeBrandOption = None,
    release: Annotated[
        str | None, typer.Option(help="Id of one release; without it, every one that is kept.", show_default=False)
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Compare every kept release with what was written, and say what to do where it differs."""
    with plain_errors(json_output):
        from knowledge_base.verification import verify_releases

        group, knowledge_base = open_group(group_folder)
        if release is not None and brand is None:
            fail("--release needs --brand", ExitCode.USAGE, as_json=json_output)
        found = [
            one
            for brand_id in chosen_brands(group, brand)
            for one in verify_releases(knowledge_base.releases, brand_id, release)
        ]
        intact = all(one.intact for one in found)
        if json_output:
            print_json({"intact": intact, "releases": [one.as_json() for one in found]})
        else:
            for one in found:
                mark = "[green]intact [/green]" if one.intact else "[red]damaged[/red]"
                live = "live" if one.live else "    "
                count = "" if one.passages is None else f"{one.passages} passages"
                out.print(f"{mark}  {live}  {one.brand_id}  {one.release_id}  {count}", soft_wrap=True)
                if not one.intact:
                    out.print(f"         {escape(one.complaint or '')}; {escape(one.advice or '')}", soft_wrap=True)
            if not found:
                out.print("nothing is kept yet")
        if not intact:
            raise typer.Exit(int(ExitCode.FINDINGS))
