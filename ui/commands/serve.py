"""`marque serve`: console and HTTP interface on one port."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brands import Group, load_group
from ingest.errors import IngestError
from knowledge_base.errors import KnowledgeBaseError
from ui.commands.options import GroupArgument
from ui.errors import ServerError
from ui.local_user import local_user_name
from ui.log import begin_log
from ui.settings import UiSettings
from ui.terminal import JsonOption, aside, escape, out, plain_errors, print_json, progress_bar

if TYPE_CHECKING:
    from ui.bootstrap import Services


def serve(
    group_folder: GroupArgument,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1 if not set).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8501 if not set).", min=0, max=65_535)] = None,
    ingest_missing: Annotated[
        bool, typer.Option("--ingest-missing", help="First bring in the brands that cannot answer yet.")
    ] = False,
    api_only: Annotated[bool, typer.Option("--api-only", help="Serve the HTTP interface alone.")] = False,
    workers: Annotated[
        int, typer.Option(help="Processes that serve it; more than one with --api-only.", min=1, max=64)
    ] = 1,
    json_output: JsonOption = False,
) -> None:
    """Serve the console and the HTTP interface on one port, or the HTTP interface alone."""
    with plain_errors(json_output):
        from ui.bootstrap import Services
        from ui.console_door import CONSOLE_PATH, console_origin
        from ui.server import NO_LOGIN, address_of, bind_port, build_app, run_server

        settings = UiSettings()
        begin_log(settings.log_level)
        if workers > 1 and not api_only:
            raise ServerError("the console needs one process; say --api-only, and serve the console by another command")
        group = load_group(group_folder)
        bound = bind_port(
            host or settings.host,
            settings.port if port is None else port,
            needs_login=NO_LOGIN if settings.oidc_issuer is None else None,
        )
        services = Services(group, settings)
        if ingest_missing:
            bring_in_missing(services, json_output=json_output)
        address = address_of(bound)
        port_taken = bound.getsockname()[1]
        origin = console_origin(settings, port_taken) if settings.oidc_issuer else address
        content = as_json(group, address, None if api_only else f"{origin}{CONSOLE_PATH}/", workers=workers)
        tell = partial(_tell, group, content, json_output)
        if workers > 1:
            from ui.workers import run_workers

            run_workers(services, bound, workers, tell)
        else:
            app = build_app(services, console=not api_only, port=port_taken)
            run_server(app, bound, settings, tell)


def bring_in_missing(services: "Services", *, json_output: bool) -> None:
    """Bring in the brands that cannot answer yet; one that cannot be is told, and the others are served all the same.

    Args:
        services: of the group.
        json_output: whether the progress is for a program, and so not shown.
    """
    missing = services.brands_to_bring_in()
    if not missing:
        return
    # What reads documents ends here, and starts anew when an editor brings some in.
    with closing(services.pipeline) as pipeline:
        for brand_id in missing:
            name = services.group.brand(brand_id).name
            try:
                with progress_bar(shown=not json_output) as progress:
                    tell = partial(_tell_stage, name, progress)
                    report = pipeline.ingest(brand_id, publish=True, created_by=local_user_name(), progress=tell)
            except (IngestError, KnowledgeBaseError) as error:
                aside.print(f"[red]{escape(name)}:[/red] {escape(' '.join(str(error).split()))}", soft_wrap=True)
                continue
            for document, reason in report.failures.items():
                aside.print(f"[yellow]not read:[/yellow] {escape(document)}: {escape(reason)}", soft_wrap=True)


def _tell_stage(name: str, tell: Callable[[str, int, int], None], stage: str, done: int, total: int) -> None:
    tell(f"{name}: {stage}", done, total)


def _tell(group: Group, content: dict[str, Any], json_output: bool) -> None:
    if json_output:
        print_json(content)
        return
    address, console = content["address"], content["console"]
    by = f" by {content['workers']} processes" if content["workers"] > 1 else ""
    out.print(f"[bold]{escape(group.profile.name)}[/bold] is served at [bold]{address}[/bold]{by}  (Ctrl-C stops it)")
    for one in group.brands.values():
        page = f"{console}?brand={one.id}" if console else f"{address}/demo/{one.id}"
        out.print(f"  {escape(one.name):<14} {page}", soft_wrap=True)


def as_json(group: Group, address: str, console: str | None, *, workers: int) -> dict[str, Any]:
    """The content of docs/schemas/serve.json."""
    return {
        "group": group.profile.id,
        "address": address,
        "console": console,
        "workers": workers,
        "api": f"{address}/v1",
        "brands": list(group.brands),
    }
