"""`marque bench load`, `restarts`, `soak` and `flood`, and `marque eval rendering`: what the doors bear."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.measuring import ResultsOption
from ui.commands.options import GroupArgument
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, aside, escape, out, plain_errors, print_json

if TYPE_CHECKING:
    from evals.faults.suite_result import SuiteResult

SecondsOption = Annotated[float, typer.Option(min=1, help="How long the first number of chats goes on.")]


def load(
    group_folder: GroupArgument,
    chats: Annotated[int, typer.Option(min=1, max=2_000, help="Customers who chat at once.")] = 50,
    seconds: SecondsOption = 600,
    more_chats: Annotated[int, typer.Option(min=0, max=2_000, help="And then so many; 0 leaves it out.")] = 200,
    more_seconds: Annotated[float, typer.Option(min=1, help="How long those go on.")] = 120,
    pause: Annotated[float, typer.Option(min=0, help="Seconds for which a customer reads a reply, on average.")] = 10,
    extract_seconds: Annotated[float, typer.Option(min=0, help="How long extracts are asked for.")] = 30,
    extract_workers: Annotated[
        int, typer.Option(min=1, max=64, help="By how many processes extracts are also given; 1 leaves that out.")
    ] = 2,
    peer_python: Annotated[
        Path | None, typer.Option(help="Interpreter that has what the tutorial's stack needs; measures it too.")
    ] = None,
    peer_seconds: Annotated[
        float | None,
        typer.Option(min=1, help="How long each of its chats goes on at most; as long as ours if not given."),
    ] = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Let many chat at once with a stub of a model: our own time of a reply, and extracts a second."""
    with plain_errors(json_output):
        from evals.load.chat_load import Plan, measure_chat_load
        from evals.load.peer_chat import check_peer_server

        if peer_python is not None:
            check_peer_server(peer_python)
        stages = ((chats, seconds), *(((more_chats, more_seconds),) if more_chats else ()))
        plan = Plan(stages, pause, extract_seconds, extract_workers, peer_seconds)
        told = _begin()
        found = measure_chat_load(group_folder, plan, peer_python=peer_python, tell=_tell(json_output))
        _end(told, found, results, json_output)


def restarts(
    group_folder: GroupArgument,
    terms: Annotated[int, typer.Option(min=0, help="How often the server is ended with SIGTERM.")] = 50,
    kills: Annotated[int, typer.Option(min=0, help="How often it is killed with SIGKILL.")] = 50,
    chats: Annotated[int, typer.Option(min=1, max=200, help="Customers who chat meanwhile, without a pause.")] = 8,
    seed: Annotated[int, typer.Option(help="Another seed gives other moments.")] = 0,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """End and kill the server while customers chat; no message may be lost or doubled."""
    with plain_errors(json_output):
        from evals.load.restarts import measure_restarts

        told = _begin()
        found = measure_restarts(
            group_folder, terms=terms, kills=kills, chats=chats, seed=seed, tell=_tell(json_output)
        )
        _end(told, found, results, json_output)


def soak(
    group_folder: GroupArgument,
    turns: Annotated[int, typer.Option(min=100, help="Messages with their replies.")] = 100_000,
    chats: Annotated[int, typer.Option(min=1, max=200, help="Customers at once, without a pause.")] = 4,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask very often; memory and open descriptors must not grow."""
    with plain_errors(json_output):
        from evals.load.soak import measure_soak

        told = _begin()
        found = measure_soak(group_folder, turns=turns, chats=chats, workers=workers, tell=_tell(json_output))
        _end(told, found, results, json_output)


def flood(
    group_folder: GroupArgument,
    messages: Annotated[int, typer.Option(min=1, help="How many messages one brand is sent.")] = 10_000,
    seconds: Annotated[
        float, typer.Option(min=1, help="Within how long; the others chat as long in peace first.")
    ] = 60,
    cap: Annotated[int, typer.Option(min=1, help="Messages that a brand takes in a minute.")] = 120,
    chats: Annotated[int, typer.Option(min=1, max=200, help="Customers of the other brands.")] = 6,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Flood one brand; it must spend no more than its cap, and the others must not wait longer."""
    with plain_errors(json_output):
        from evals.load.flood import measure_flood

        told = _begin()
        found = measure_flood(
            group_folder, messages=messages, seconds=seconds, cap_per_minute=cap, chats=chats, tell=_tell(json_output)
        )
        _end(told, found, results, json_output)


def api_fuzz(
    group_folder: GroupArgument,
    cases: Annotated[int, typer.Option(min=1, help="Requests, half of them with credentials.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other requests.")] = 1,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Send requests made up from the HTTP interface's description; none may fail, drift or get in (schemathesis)."""
    with plain_errors(json_output):
        from evals.load.fuzz import measure_api_fuzz

        told = _begin()
        found = measure_api_fuzz(group_folder, cases=cases, seed=seed, tell=_tell(json_output))
        _end(told, found, results, json_output)


def rendering(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of hostile texts; ours are always shown.", metavar="FOLDER")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many texts.")] = None,
    live: Annotated[int | None, typer.Option(min=0, help="Only so many answers of a model.")] = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show hostile texts in widget and console in a browser; no script may run, nothing foreign may be asked for."""
    with plain_errors(json_output):
        from evals.load.payload_file import EXFILTRATION, load_payloads
        from evals.load.rendering import measure_rendering

        payloads = (*EXFILTRATION, *(load_payloads(folder) if folder is not None else ()))[:limit]
        told = _begin()
        _end(told, measure_rendering(payloads, live=live, tell=_tell(json_output)), results, json_output)


def _begin() -> dict[str, Any]:
    from evals.results_file import describe_run

    return describe_run()


def _tell(json_output: bool) -> Any:
    return lambda line: None if json_output else aside.print(f"[dim]{escape(line)}[/dim]")


def _end(told: dict[str, Any], found: "SuiteResult", results: Path | None, json_output: bool) -> None:
    """Write and print the result; failures end the command with their own exit code."""
    content = {**told, **found.as_json()}
    if results is not None:
        from evals.results_file import write_result

        write_result(results, found.name, content)
    if json_output:
        print_json(content)
    else:
        out.print(
            f"{content['suite']}: {content['trials']:,} trials, {content['failures']} failures "
            f"(below {content['bound']:.2%} with 95 % confidence), {content['seconds']:.0f} s"
        )
        for line in content["examples"]:
            out.print(f"  [red]{escape(line)}[/red]", soft_wrap=True)
        _print_details(found.details)
    if content["failures"]:
        raise typer.Exit(int(ExitCode.FINDINGS))


def _print_details(details: dict[str, Any]) -> None:
    for name, value in details.items():
        if name == "goals":
            for one in value:
                mark = "[green]met[/green]" if one["met"] else "[red]missed[/red]"
                out.print(f"{one['figure']:<28} {one['found']:>8g}  goal {one['goal']:g}  {mark}")
        elif name in {"ours", "peer"}:
            _print_stages(name, value)
        elif name == "flood":
            out.print("; ".join(f"{number} {escape(what)}" for what, number in value.items()))
        elif not isinstance(value, dict | list):
            out.print(f"{name.replace('_', ' '):<28} {value}")


def _print_stages(name: str, told: dict[str, Any]) -> None:
    rows = [*told["stages"], *(told[one] for one in ("extracts", "extracts_by_workers", "searches") if one in told)]
    for one in rows:
        out.print(
            f"{name}{_by_processes(one)}, {one['chats']} chats for {one['seconds']:.0f} s: {one['replies']:,} replies, "
            f"{one['errors']} errors, {one['replies_per_s']:g} a second; {one['by_model']:,} by the model; "
            f"own time p50 {one['own_p50_ms']:g} ms, p95 {one['own_p95_ms']:g} ms; "
            f"{one['cpu_ms_a_reply']:g} ms of processor time each",
            soft_wrap=True,
        )


def _by_processes(stage: dict[str, Any]) -> str:
    return f" by {stage['workers']} processes" if stage.get("workers", 1) > 1 else ""
