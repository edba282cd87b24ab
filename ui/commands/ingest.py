"""`marque ingest`: bring a group's documents in."""

from collections import Counter
from contextlib import closing
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode, exit_code_of
from ui.local_user import local_user_name
from ui.terminal import JsonOption, aside, escape, fail, out, plain_errors, print_json, progress_bar

if TYPE_CHECKING:
    from ingest.report import IngestReport

# More documents that are the same than this are only counted.
MOST_SAME_ROWS = 20
STATE_COLOURS = {"new": "green", "changed": "cyan", "same": "dim", "removed": "yellow", "failed": "red"}


def ingest(
    group_folder: GroupArgument,
    brand: SomeBrandOption = None,
    publish: Annotated[
        bool, typer.Option("--publish/--no-publish", help="Make the new release live, or leave it as a candidate.")
    ] = True,
    by: Annotated[str | None, typer.Option(help="Who brings it in; the user's name if not given.")] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Publish although live documents vanished, failed or shrank.")
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Bring documents in: read, split, embed what is new, and publish."""
    with plain_errors(json_output):
        from ingest.bootstrap import build_pipeline
        from ingest.errors import IngestError
        from knowledge_base.errors import KnowledgeBaseError

        group, knowledge_base = open_group(group_folder)
        reports: list[dict[str, Any]] = []
        failed: Exception | None = None
        held: str | None = None
        with closing(build_pipeline(group, knowledge_base)) as pipeline:
            for brand_id in chosen_brands(group, brand):
                try:
                    with progress_bar(shown=not json_output) as progress:
                        report = pipeline.ingest(
                            brand_id,
                            publish=publish,
                            created_by=by or local_user_name(),
                            progress=progress,
                            accept_loss=accept_loss,
                        )
                except (IngestError, KnowledgeBaseError) as error:
                    failed = failed or error
                    reports.append({"brand": brand_id, "error": {"kind": type(error).__name__, "message": str(error)}})
                    if not json_output:
                        aside.print(f"[red]{brand_id}:[/red] {escape(str(error))}", soft_wrap=True)
                    continue
                reports.append(report.as_json())
                held = held or report.held
                if not json_output:
                    print_report(report)
        if json_output:
            print_json({"group": group.profile.id, "brands": reports})
        if failed is not None:
            if json_output:
                raise typer.Exit(int(exit_code_of(failed)))
            fail("nothing was changed for the brands named above", exit_code_of(failed), as_json=False)
        if held is not None:
            raise typer.Exit(int(ExitCode.HELD))


def print_report(report: "IngestReport") -> None:
    """Print what became of a brand's documents: what failed last, where it is seen."""
    content = report.as_json()
    out.print(f"[bold]{content['brand']}[/bold]")
    _print_documents(content["documents"])
    states = Counter(one["state"] for one in content["documents"])
    totals = content["passages"]
    _print_reasons(content["documents"])
    out.print(f"documents: {', '.join(f'{states[name]} {name}' for name in STATE_COLOURS if states[name])}")
    counted = ", ".join(f"{totals[name]} {name}" for name in ("new", "changed", "same", "removed"))
    out.print(f"passages: {counted}; embedded {content['embedded']}; {content['seconds']:.1f} s")
    if content["nothing_changed"]:
        live = content["live"]
        out.print(f"nothing changed: release {live} says all this already, and stays live", soft_wrap=True)
    else:
        out.print(f"release {content['release']} ({'live' if content['published'] else 'not published'})")
    for one in content["skipped"]:
        if not PurePath(one["path"]).name.startswith((".", "~$")):
            out.print(f"[yellow]left out:[/yellow] {escape(one['path'])}: {escape(one['reason'])}", soft_wrap=True)
    for note in content["notes"]:
        out.print(f"[yellow]note:[/yellow] {escape(note)}", soft_wrap=True)
    for loss in report.losses:
        aside.print(f"[yellow]would be lost:[/yellow] {escape(loss.subject)}: {escape(loss.reason)}", soft_wrap=True)
    if report.held:
        aside.print(f"[red]held back:[/red] {escape(report.held)}", soft_wrap=True)
    out.print()


def _print_documents(documents: list[dict[str, Any]]) -> None:
    """Print a table of documents; of many that are the same only those that somebody should look at."""
    from rich.table import Table

    same = [one for one in documents if one["state"] == "same" and not one["reason"]]
    shown = [one for one in documents if len(same) <= MOST_SAME_ROWS or one not in same]
    table = Table(box=None, pad_edge=False)
    for name, side in (("document", "left"), ("", "left"), ("passages", "right"), ("language", "left")):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    for one in sorted(shown, key=lambda one: one["state"] == "failed"):
        state = f"[{STATE_COLOURS[one['state']]}]{one['state']}[/]"
        table.add_row(escape(one["document"]), state, str(one["passages"]), _language(one))
    if shown:
        out.print(table)
    if len(shown) < len(documents):
        out.print(f"[dim]and {len(documents) - len(shown)} documents that are the same[/dim]")


def _print_reasons(documents: list[dict[str, Any]]) -> None:
    """Print what an editor should know of single documents; what failed last, with what becomes of it."""
    told = [one for one in documents if one["reason"]]
    for one in sorted(told, key=lambda one: one["state"] == "failed"):
        colour, name = ("red", "failed") if one["state"] == "failed" else ("yellow", "note")
        out.print(f"[{colour}]{name}:[/] {escape(one['document'])}: {escape(one['reason'])}", soft_wrap=True)
    if any(one["state"] == "failed" for one in documents):
        out.print(
            "What failed is not in the release; the rest is. Mend it and run `marque ingest` again.", soft_wrap=True
        )


def _language(document: dict[str, Any]) -> str:
    """The language of a document, and what told it where nobody said it."""
    told = {"page": " (its page)", "text": " (its text)"}
    return f"{document['language'] or ''}{told.get(document['language_from'], '')}"
