"""`marque gc`, `verify`, `backup` and `restore`: keep what is on disk small, sound and safe."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode
from ui.local_user import local_user_name
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


def backup(
    group_folder: GroupArgument,
    file: Annotated[Path, typer.Argument(help="A new file; packed if its name ends in .gz.", metavar="FILE")],
    wait_seconds: Annotated[
        float, typer.Option(min=0, help="How long to wait for a brand that is being written.")
    ] = 60.0,
    json_output: JsonOption = False,
) -> None:
    """Copy releases, caches and conversations into one file, while they are served, and check the copy."""
    with plain_errors(json_output):
        from bot.conversation_erasure import conversation_file
        from knowledge_base.backup import back_up

        _, knowledge_base = open_group(group_folder)
        report = back_up(knowledge_base, file, wait_seconds=wait_seconds)
        elsewhere = conversation_file(knowledge_base.data_folder) is None
        if json_output:
            print_json(report.as_json() | {"conversations_elsewhere": elsewhere})
            return
        out.print(f"{report.files} files, {report.size / 1e6:.1f} MB, read again and found right: {escape(str(file))}")
        out.print(f"SHA-256 {report.sha256}", soft_wrap=True)
        if elsewhere:
            out.print("[yellow]conversations are in another database; back it up with its own tools[/yellow]")


def restore(
    file: Annotated[Path, typer.Argument(help="What `marque backup` wrote.", metavar="FILE")],
    group_folder: GroupArgument,
    force: Annotated[
        bool, typer.Option("--force", help="Although brands are live here; stop the server first.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Who does it; the user's name if not given.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Bring back what a backup holds, after all of it was checked."""
    with plain_errors(json_output):
        from bot.conversation_erasure import ErasedContent, erase_from_conversations
        from knowledge_base.restore import restore as bring_back

        group, knowledge_base = open_group(group_folder)
        report = bring_back(knowledge_base, file, by=by or local_user_name(), force=force)
        for one in report.erased_again:
            brands = list(group.brands) if "*" in one.brands else list(one.brands)
            content = ErasedContent(brands, frozenset(), frozenset(), one.recognises_text)
            erase_from_conversations(knowledge_base.data_folder, content)
        if json_output:
            print_json(report.as_json())
            return
        for brand_id, release_id in report.live.items():
            out.print(f"{brand_id}: release {release_id} is live")
        out.print(f"{report.releases} releases and {', '.join(report.files) or 'no other files'} brought back")
        if report.kept:
            out.print(f"left as they were: {escape(', '.join(report.kept))}")
        if report.erased_again:
            out.print(f"erased again, since it was erased after the backup: {len(report.erased_again)}")
