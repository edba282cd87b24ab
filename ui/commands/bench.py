"""`marque bench`: how fast and how small."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.commands.measuring import PeerOption, PeerPythonOption, ResultsOption
from ui.terminal import JsonOption, aside, out, plain_errors, print_json

app = typer.Typer(help="Measure how fast and how small Marque is.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure how fast and how small Marque is."""


@app.command("speed")
def speed(
    target: Annotated[
        Path, typer.Argument(help="A group folder with golden questions, or a data set.", metavar="GROUP")
    ],
    peer: PeerOption = None,
    peer_python: PeerPythonOption = Path(sys.executable),
    scope: Annotated[str | None, typer.Option(help="Field of the data set that restricts each search.")] = None,
    documents: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many documents of a data set.")
    ] = None,
    queries: Annotated[int | None, typer.Option(min=1, help="Only the first so many questions.")] = 100,
    runs: Annotated[int, typer.Option(min=1, max=20, help="How often each is measured; medians are printed.")] = 3,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Measure start, ingest, replies and memory in fresh processes, beside a peer on the same documents."""
    with plain_errors(json_output):
        from evals.peer import check_peer
        from evals.results_file import describe_run, write_result
        from evals.speed import Peer, measure_speed, open_workload

        if peer is not None:
            check_peer(peer, peer_python)
        told = describe_run()
        with open_workload(target, scope=scope, documents=documents, questions=queries) as workload:
            found = measure_speed(
                workload,
                Peer(peer, peer_python) if peer is not None else None,
                runs,
                lambda line: aside.print(f"[dim]{line}[/dim]") if not json_output else None,
            )
        content = {**told, **found}
        if results is not None:
            write_result(results, f"speed-{workload.name}", content)
        if json_output:
            print_json(content)
        else:
            _print(content)


def _print(content: dict[str, Any]) -> None:
    from rich.table import Table

    peer = content.get("peer", {})
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("ours", "peer", "ratio", "goal"):
        table.add_column(name, justify="right")
    rows = (
        ("cold start, s", "cold_start_s", "cold_start_s", "cold_start"),
        ("start to first reply, s", "first_reply_s", None, None),
        ("ingest, passages/s", "ingest_passages_per_s", "ingest_passages_per_s", "ingest"),
        ("question to reply p50 (peer: search alone), ms", "reply_p50_ms", "search_p50_ms", "question"),
        ("question to reply p95 (peer: search alone), ms", "reply_p95_ms", "search_p95_ms", None),
        ("memory, MB", "peak_rss_mb", "peak_rss_mb", "memory"),
        ("memory when answering, MB", "reply_rss_mb", None, None),
        ("processor time of the whole run, s", "cpu_s", "cpu_s", None),
    )
    for label, mine, theirs, ratio in rows:
        goal = content.get("ratios", {}).get(ratio) if ratio else None
        told = (
            (f"{goal['ratio']:.3g}", f"{goal['goal']} {'[green]met' if goal['met'] else '[red]missed'}[/]")
            if goal
            else ("", "")
        )
        table.add_row(label, f"{content['ours'][mine]:g}", f"{peer[theirs]:g}" if theirs in peer else "", *told)
    out.print(table)
    load, cores = content["machine"]["load_before"], content["machine"]["cores"]
    if load is not None and load > cores / 4:
        out.print(
            f"[yellow]other work was running (load {load:g} on {cores} cores): measure again on an idle machine[/]"
        )
    if not peer:
        out.print("no peer was measured; name its script with --peer")
