"""`marque sync`: fetch web sources, bring in what changed, and say what did."""

import json
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.exit_codes import ExitCode, exit_code_of
from ui.local_user import local_user_name
from ui.terminal import JsonOption, aside, escape, fail, out, plain_errors, print_json, progress_bar

if TYPE_CHECKING:
    from brands import Group
    from ingest.pipeline import Pipeline
    from ingest.report import IngestReport
    from ingest.web.sync_report import SourceReport

# How often a schedule looks whether something is due; cron knows minutes.
LOOK_SECONDS = 20.0

COLOURS = {"new": "green", "changed": "cyan", "gone": "red", "failed": "red", "removed": "yellow"}


def sync(
    group_folder: GroupArgument,
    brand: SomeBrandOption = None,
    schedule: Annotated[
        bool,
        typer.Option("--schedule/--once", help="Keep running and fetch each source when its cron expression says so."),
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish/--no-publish", help="Make what changed live, or leave it as a candidate.")
    ] = True,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Publish although live pages vanished, failed or shrank.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Who brings it in; the user's name if not given.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Fetch the web pages of every sources.yaml, bring in what changed, and publish."""
    with plain_errors(json_output):
        if schedule and accept_loss:
            fail("a schedule may not accept losses; use --once", ExitCode.USAGE, as_json=json_output)
        run = _Run(group_folder, brand, publish, accept_loss, by or local_user_name(), json_output)
        if schedule:
            run.follow_schedule()
        code = run.once()
        if code is not ExitCode.DONE:
            raise typer.Exit(int(code))


@dataclass
class _Run:
    """One call of the command."""

    folder: Path
    brand: str | None
    publish: bool
    accept_loss: bool
    by: str
    as_json: bool
    told: dict[str, str] = field(default_factory=dict)

    def once(self) -> ExitCode:
        """Fetch all sources now, and give the exit code that tells how it went."""
        from ingest.errors import SourcesInvalid

        group_id, reports, codes = self._sync_group(None)
        if not reports:
            raise SourcesInvalid(
                "no brand has web sources; name pages or sitemaps in brands/BRAND/sources.yaml "
                "(docs/how-to/publish.md shows one)"
            )
        if self.as_json:
            print_json({"group": group_id, "brands": reports})
        return max(codes)

    def follow_schedule(self) -> None:
        """Fetch what is due, for ever; the group and its sources are read anew each time."""
        from brands import BrandsError
        from knowledge_base.errors import KnowledgeBaseError

        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if not self.as_json:
            aside.print("following the schedule; Ctrl+C ends it")
        while True:
            try:
                group_id, reports, _ = self._sync_group(datetime.now(UTC))
            # Somebody is editing, or the data folder is away; what was fetched and is live stays.
            except (BrandsError, KnowledgeBaseError) as error:
                self._tell_once("group", str(error))
            else:
                if self.as_json and reports:
                    line = json.dumps({"group": group_id, "brands": reports}, ensure_ascii=False)
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
            time.sleep(LOOK_SECONDS)

    def _sync_group(self, now: datetime | None) -> tuple[str, list[dict[str, Any]], list[ExitCode]]:
        """Sync every brand that has sources: all of them, or at a moment those that are due."""
        from ingest.bootstrap import build_pipeline
        from ingest.errors import IngestError
        from ingest.web.sources import SOURCES_FILE
        from knowledge_base.errors import KnowledgeBaseError

        group, knowledge_base = open_group(self.folder)
        found: list[tuple[dict[str, Any], ExitCode]] = []
        pipeline = build_pipeline(group, knowledge_base)
        try:
            for brand_id in chosen_brands(group, self.brand):
                if not (group.brand_folder(brand_id) / SOURCES_FILE).is_file():
                    continue
                try:
                    found += self._sync_brand(group, brand_id, pipeline, now)
                except (IngestError, KnowledgeBaseError) as error:
                    if now is None or self._tell_once(brand_id, str(error)):
                        told = {"kind": type(error).__name__, "message": str(error)}
                        found.append(({"brand": brand_id, "error": told}, exit_code_of(error)))
                        if not self.as_json:
                            aside.print(f"[red]{brand_id}:[/red] {escape(str(error))}", soft_wrap=True)
        finally:
            pipeline.close()
        return group.profile.id, [report for report, _ in found], [code for _, code in found]

    def _sync_brand(
        self, group: "Group", brand_id: str, pipeline: "Pipeline", now: datetime | None
    ) -> list[tuple[dict[str, Any], ExitCode]]:
        from ingest.bootstrap import build_web_sync

        web_sync = build_web_sync(group, pipeline, brand_id)
        due = web_sync.sources.sources if now is None else web_sync.due(now)
        if not due:
            return []
        with progress_bar(shown=not self.as_json) as progress:
            fetched = web_sync.run(due, now or datetime.now(UTC), progress)
            report: IngestReport | None = None
            if web_sync.pending or self.accept_loss:
                report = pipeline.ingest(
                    brand_id,
                    publish=self.publish,
                    created_by=self.by,
                    progress=progress,
                    accept_loss=self.accept_loss,
                )
        if not self.as_json:
            _print_sources(brand_id, fetched, report)
        told = {
            "brand": brand_id,
            "sources": [one.as_json() for one in fetched],
            "ingest": report.as_json() if report else None,
        }
        return [(told, _code_of(fetched, report, self.accept_loss))]

    def _tell_once(self, subject: str, message: str) -> bool:
        """Whether a message is news; a schedule does not repeat itself every few seconds."""
        news = self.told.get(subject) != message
        self.told[subject] = message
        if news and subject == "group":
            aside.print(f"[red]error:[/red] {escape(message)}", soft_wrap=True)
        return news


def _code_of(fetched: "tuple[SourceReport, ...]", report: "IngestReport | None", accepted: bool) -> ExitCode:
    if report is not None and report.held is not None:
        return ExitCode.HELD
    in_order = all(one.in_order or (accepted and not one.problems) for one in fetched)
    return ExitCode.DONE if in_order else ExitCode.FINDINGS


def _print_sources(brand_id: str, fetched: "tuple[SourceReport, ...]", report: "IngestReport | None") -> None:
    from ui.commands.ingest import print_report

    for source in fetched:
        content = source.as_json()
        counts = ", ".join(f"{count} {name}" for name, count in content["pages"].items() if count) or "no pages"
        out.print(f"[bold]{brand_id}: {escape(source.source_id)}[/bold]  {counts}; due again {content['next_due']}")
        for one in content["changes"]:
            colour = COLOURS[one["outcome"]]
            reason = f"  {one['reason']}" if one["reason"] else ""
            line = f"  [{colour}]{one['outcome']:<8}[/]{escape(one['address'])}[dim]{escape(reason)}[/dim]"
            out.print(line, soft_wrap=True)
        for problem in (*source.problems, *source.notes):
            out.print(f"  [yellow]note:[/yellow] {escape(problem)}", soft_wrap=True)
    if report is None:
        out.print("nothing changed; what is live stays as it is\n")
    else:
        print_report(report)
