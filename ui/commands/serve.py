"""`marque serve`: console and HTTP interface on one port."""

import getpass
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brands import Group, load_group
from ingest.errors import IngestError
from knowledge_base.errors import KnowledgeBaseError
from ui.commands.options import GroupArgument
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
    json_output: JsonOption = False,
) -> None:
    """Serve the console and the HTTP interface on one port of this machine."""
    with plain_errors(json_output):
        from ui.bootstrap import Services
        from ui.server import address_of, bind_port, build_app, run_server

        settings = UiSettings()
        _begin_log(settings.log_level)
        group = load_group(group_folder)
        bound = bind_port(host or settings.host, settings.port if port is None else port)
        services = Services(group, settings)
        if ingest_missing:
            _ingest_missing(services, json_output)
        address = address_of(bound)
        run_server(
            build_app(services),
            bound,
            settings.shutdown_seconds,
            on_listening=lambda: _tell(group, address, json_output),
        )


def _begin_log(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setLevel(level)  # a library that opens its own logger wide is heard no more than the others
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", handlers=[handler])


def _ingest_missing(services: "Services", json_output: bool) -> None:
    for brand_id in services.brands_to_bring_in():
        name = services.group.brand(brand_id).name
        try:
            with progress_bar(shown=not json_output) as progress:
                tell = partial(_tell_stage, name, progress)
                report = services.pipeline.ingest(brand_id, publish=True, created_by=getpass.getuser(), progress=tell)
        except (IngestError, KnowledgeBaseError) as error:  # the other brands are served all the same
            aside.print(f"[red]{escape(name)}:[/red] {escape(' '.join(str(error).split()))}", soft_wrap=True)
            continue
        for document, reason in report.failures.items():
            aside.print(f"[yellow]not read:[/yellow] {escape(document)}: {escape(reason)}", soft_wrap=True)


def _tell_stage(name: str, tell: Callable[[str, int, int], None], stage: str, done: int, total: int) -> None:
    tell(f"{name}: {stage}", done, total)


def _tell(group: Group, address: str, json_output: bool) -> None:
    if json_output:
        print_json(as_json(group, address))
        return
    out.print(f"[bold]{escape(group.profile.name)}[/bold] is served at [bold]{address}[/bold]  (Ctrl-C stops it)")
    for one in group.brands.values():
        out.print(f"  {escape(one.name):<14} {address}/console/?brand={one.id}", soft_wrap=True)


def as_json(group: Group, address: str) -> dict[str, Any]:
    """The content of docs/schemas/serve.json."""
    return {
        "group": group.profile.id,
        "address": address,
        "console": f"{address}/console/",
        "api": f"{address}/v1",
        "brands": list(group.brands),
    }
