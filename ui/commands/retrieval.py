"""`marque eval retrieval`, `all` and `compare`: how well search finds what is judged to answer."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ui.commands.measuring import (
    BaselinesOption,
    CacheOption,
    DocumentsOption,
    JudgementsOption,
    PeerOption,
    PeerPythonOption,
    QueriesOption,
    ResultsOption,
    ScopeOption,
)
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, aside, escape, fail, out, plain_errors, print_json

DataArgument = Annotated[
    Path, typer.Argument(help="Folder with corpus.jsonl, queries.jsonl and qrels.tsv.", metavar="DATA")
]
SplitOption = Annotated[
    Literal["all", "tune", "report"],
    typer.Option(help="All questions, the half that settings may be tuned on, or the other half."),
]

COLUMNS = (
    "documents",
    "passages",
    "queries",
    "ndcg@10",
    "recall@5",
    "recall@10",
    "mrr@10",
    "query_p50_ms",
    "query_p95_ms",
    "ingest_passages_per_s",
    "cold_start_s",
    "peak_rss_mb",
)


def retrieval(
    data: DataArgument,
    scope: ScopeOption = None,
    documents: DocumentsOption = None,
    queries: QueriesOption = None,
    split: SplitOption = "all",
    judgements: JudgementsOption = "qrels.tsv",
    baselines: BaselinesOption = False,
    cache: CacheOption = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Bring a data set in, ask its questions, and rate what is found."""
    with plain_errors(json_output):
        from evals.data_set import JUDGEMENTS, load_data_set
        from evals.results_file import describe_run, write_result
        from evals.retrieval import measure_retrieval

        told = describe_run()
        data_set = load_data_set(
            data, scope_field=scope, documents=documents, questions=queries, split=split, judgements=judgements
        )
        content = {**told, **measure_retrieval(data_set, cache, baselines=baselines).as_json()}
        if results is not None:
            kind = "" if judgements == JUDGEMENTS else f"-{Path(judgements).stem}"
            write_result(results, f"retrieval-{data_set.name}{kind}", content)
        if json_output:
            print_json(content)
        else:
            _print([content], COLUMNS)
            _print_beside(content)


def all_sets(
    data_root: Annotated[Path, typer.Argument(help="Folder of data sets.", metavar="DATA_ROOT")],
    split: SplitOption = "all",
    queries: QueriesOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this data set; may be given again.")] = None,
    baselines: BaselinesOption = False,
    cache: CacheOption = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Measure every data set, and fail when a figure fell below the recorded best."""
    with plain_errors(json_output):
        from evals.data_set import load_data_set
        from evals.errors import DataSetInvalid
        from evals.gates import find_falls, load_gates
        from evals.quality_plot import draw, points_of
        from evals.results_file import describe_run, write_result
        from evals.retrieval import measure_retrieval

        gates = load_gates()
        folders = [one for one in sorted(data_root.glob("*/")) if (one / "qrels.tsv").is_file()]
        chosen = [one for one in folders if one.name in (only or gates.sets)]
        if not chosen:
            raise DataSetInvalid(f"{data_root} holds none of the data sets: {', '.join(only or gates.sets)}")
        told = describe_run()
        found = []
        for folder in chosen:
            aside.print(f"[dim]{escape(folder.name)}[/dim]")
            gate = gates.sets.get(folder.name)
            data_set = load_data_set(folder, scope_field=gate.scope if gate else None, questions=queries, split=split)
            found.append(measure_retrieval(data_set, cache, baselines=baselines))
        # A part of the questions proves no fall.
        falls = find_falls(found, gates) if split == "all" and queries is None else []
        content = {
            **told,
            "split": split,
            "sets": [one.as_json() for one in found],
            "falls": [{"data": one.data, "figure": one.figure, "found": one.found, "best": one.best} for one in falls],
        }
        if results is not None:
            write_result(results, "retrieval", content)
            note = f"{content['machine']['processor']}, {content['machine']['cores']} cores, {content['date'][:10]}"
            (results / "retrieval.svg").write_text(draw(points_of(content["sets"], results), note), encoding="utf-8")
        if json_output:
            print_json(content)
        else:
            _print_rows(content["sets"])
        if falls:
            if not json_output:
                for one in falls:
                    aside.print(f"{one.data}: {one.figure} is {one.found}, the recorded best {one.best}")
            raise typer.Exit(int(ExitCode.FINDINGS))


def compare(
    data: DataArgument,
    peer: PeerOption = None,
    peer_python: PeerPythonOption = Path(sys.executable),
    scope: ScopeOption = None,
    documents: DocumentsOption = None,
    queries: QueriesOption = None,
    cache: CacheOption = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Measure search and the stack of a tutorial in one go, on the same data set."""
    with plain_errors(json_output):
        from evals.data_set import load_data_set
        from evals.peer import check_peer, run_peer
        from evals.results_file import describe_run, write_result
        from evals.retrieval import measure_retrieval

        if peer is None:
            fail("--peer names the script of the stack to compare with", ExitCode.USAGE, as_json=json_output)
        check_peer(peer, peer_python)
        told = describe_run()
        data_set = load_data_set(data, scope_field=scope, documents=documents, questions=queries)
        ours = measure_retrieval(data_set, cache).as_json()
        theirs = run_peer(peer, peer_python, data, scope=scope, documents=documents, questions=queries)
        content = {**told, "ours": ours, "peer": theirs}
        if results is not None:
            write_result(results, f"compare-{data_set.name}", content)
        if json_output:
            print_json(content)
        else:
            _print([{**ours, "data": "ours"}, {**theirs, "data": "peer"}], COLUMNS)


def _print(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    from rich.table import Table

    # A data set a column: twelve figures would not fit side by side.
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for row in rows:
        table.add_column(str(row["data"]), justify="right")
    for name in columns:
        table.add_row(name, *(_cell(row, name) for row in rows))
    out.print(table)


def _print_beside(row: dict[str, Any]) -> None:
    """What stands beside the figures of all questions: follow-ups, simple searches, and each value of the scope."""
    names = {"dense": "dense alone", "bm25": "bm25 alone", "rrf": "rank fusion"}
    lines = [(names.get(way, f"best fixed {way.replace('_', ' ')}"), found) for way, found in row["baselines"].items()]
    if (later := row["follow_ups"]) is not None:
        lines += [("follow-ups, last turn only", later["last_turn"]), ("follow-ups", later["with_history"])]
    for name, found in lines:
        out.print(f"{name}: ndcg@10 {_cell(found, 'ndcg@10')}")
    if later is not None:
        low, high = later["gain_interval_95"]
        gained = f"{later['gain_ndcg@10']:+.3f} ({low:+.3f} to {high:+.3f})"
        out.print(f"what was said before gains {gained} on {later['queries']} follow-ups")
    for scope, one in row["by_scope"].items():
        low, high = one["interval_95"]
        out.print(f"{escape(scope)}: ndcg@10 {one['ndcg@10']:.3f} ({low:.3f} to {high:.3f}), {one['queries']} queries")


def _print_rows(rows: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    names = ("queries", "ndcg@10", "95 %", "recall@10", "mrr@10", "p50 ms", "p95 ms")
    for name in names:
        table.add_column(name, justify="right")
    for row in rows:
        low, high = row["intervals_95"]["ndcg@10"]
        interval = f"{low:.3f}-{high:.3f}"
        figures = (f"{row[name]:.3f}" for name in ("recall@10", "mrr@10"))
        times = (f"{row[name]:g}" for name in ("query_p50_ms", "query_p95_ms"))
        table.add_row(row["data"], str(row["queries"]), f"{row['ndcg@10']:.3f}", interval, *figures, *times)
    out.print(table)


def _cell(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return "not timed"
    interval = row.get("intervals_95", {}).get(name)
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})" if interval else f"{value:g}"
