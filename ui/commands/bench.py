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


@app.command("scale")
def scale(
    group: Annotated[Path, typer.Argument(help="A group folder with golden questions.", metavar="GROUP")],
    sizes: Annotated[str, typer.Option(help="Passages of each release, with commas.")] = "1000,10000,20000,100000",
    queries: Annotated[int, typer.Option(min=10, help="How many questions are asked of each.")] = 200,
    results: ResultsOption = None,
    plot: Annotated[Path | None, typer.Option(help="SVG file to draw the growth into.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure how a question's time grows with the passages of a brand."""
    with plain_errors(json_output):
        from evals.results_file import describe_run, write_result
        from evals.scale import measure_scale
        from evals.scale_plot import draw

        counts = [int(one) for one in sizes.split(",") if one.strip().isdigit() and int(one) > 0]
        if len(counts) != len(sizes.split(",")):
            raise typer.BadParameter("numbers of passages, with commas", param_hint="--sizes")
        told = describe_run()
        found = measure_scale(
            group, counts, queries, lambda line: aside.print(f"[dim]{line}[/dim]") if not json_output else None
        )
        content = {**told, **found}
        if results is not None:
            write_result(results, "scale", content)
        if plot is not None:
            plot.write_text(draw(content), encoding="utf-8")
        if json_output:
            print_json(content)
        else:
            _print_scale(content)


def _print_scale(content: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    names = ("whole_p50", "whole_p95", "processor_p50", "in_scope_p50", "embed_p50", "keyword_p50", "dense_p50")
    for title in ("passages", "p50 ms", "p95 ms", "processor", "in a scope", "embed", "keyword", "dense"):
        table.add_column(title, justify="right")
    for one in content["sizes"]:
        table.add_row(f"{one['passages']:,}", *(f"{one[f'{name}_ms']:.2f}" for name in names))
    out.print(table)
    for goal in content["goals"]:
        out.print(
            f"{goal['figure']}: {goal['found']:g}, {_goal({**goal, 'goal': 'at most ' + format(goal['goal'], 'g')})}"
        )
    _warn_of_load(content)


def _goal(goal: dict[str, Any]) -> str:
    return f"{goal['goal']} {'[green]met' if goal['met'] else '[red]missed'}[/]"


def _warn_of_load(content: dict[str, Any]) -> None:
    load, cores = content["machine"]["load_before"], content["machine"]["cores"]
    if load is not None and load > cores / 4:
        out.print(
            f"[yellow]other work was running (load {load:g} on {cores} cores): measure again on an idle machine[/]"
        )


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
        ("start to first reply, s of processor", "first_reply_cpu_s", None, None),
        (
            "embedding alone (peer: with adding), passages/s",
            "embed_passages_per_s",
            "ingest_passages_per_s",
            "embedding",
        ),
        ("embedding: the machine's own limit, passages/s", "limit_passages_per_s", None, None),
        ("embedding: share of that limit", "share_of_limit", None, None),
        ("ingest, passages/s", "ingest_passages_per_s", "ingest_passages_per_s", "ingest"),
        ("question to reply p50 (peer: search alone), ms", "reply_p50_ms", "search_p50_ms", "question"),
        ("question to reply p95 (peer: search alone), ms", "reply_p95_ms", "search_p95_ms", None),
        ("searches/s of one asker", "searches_per_s_of_one", None, None),
        ("searches/s of 16 at once", "searches_per_s_of_all", None, None),
        ("16 at once: cores that were free", "free_cores", None, None),
        ("16 at once: share of what these can do", "share_of_cores", None, None),
        ("16 at once, a process for each core: share", "share_of_cores_by_processes", None, None),
        ("memory, MB", "peak_rss_mb", "peak_rss_mb", "memory"),
        ("memory when answering, MB", "reply_rss_mb", None, None),
        ("processor time of the whole run, s", "cpu_s", "cpu_s", None),
    )
    for label, mine, theirs, ratio in rows:
        compared = content.get("ratios", {}).get(ratio) if ratio else None
        goal = compared or content["goals"].get(mine)
        told = (f"{compared['ratio']:.3g}" if compared else "", _goal(goal) if goal else "")
        table.add_row(label, f"{content['ours'][mine]:g}", f"{peer[theirs]:g}" if theirs in peer else "", *told)
    out.print(table)
    _warn_of_load(content)
    if not peer:
        out.print("no peer was measured; name its script with --peer")
