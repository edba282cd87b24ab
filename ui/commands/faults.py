"""`marque bench crash`, `readers`, `damage`, `storage`, `hostile` and `releases`: what it bears, and how fast it is."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.commands.measuring import ResultsOption
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, fail, out, plain_errors, print_json

SeedOption = Annotated[int, typer.Option(help="Another seed gives other moments and places.")]
# What issue and documentation promise: figure, limit.
GOALS: dict[str, float] = {
    "publish_s": 30.0,
    "switch_max_ms": 50.0,
    "rollback_seen_s": 2.0,
    "open_max_s": 0.3,
    "group_rss_mb": 600.0,
}
# The other way round: at least so much.
LEAST: dict[str, float] = {"republish_ratio": 20.0}


def crash(
    kills: Annotated[int, typer.Option(min=1, help="How many processes are killed at work.")] = 200,
    seed: SeedOption = 0,
    sweep: Annotated[
        bool, typer.Option("--sweep/--no-sweep", help="Also refuse every write, fsync and rename once.")
    ] = True,
    sweep_every: Annotated[int, typer.Option(min=1, help="Refuse only each so-manieth call.")] = 1,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Kill ingests, publishes, rollbacks and erasures at random moments, and refuse their calls one by one."""
    with plain_errors(json_output):
        from evals.faults.run import run_suite

        told = _begin(json_output, "a few seconds for each kill")
        found = run_suite("crash", kills=kills, seed=seed)
        if sweep:
            found["sweep"] = run_suite("sweep", every=sweep_every)
        _end({**told, **found}, "faults-crash", results, json_output)


def readers(
    reads: Annotated[int, typer.Option(min=1, help="At least so many questions.")] = 20_000,
    publishes: Annotated[int, typer.Option(min=1, help="Releases that go live meanwhile.")] = 50,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that ask.")] = 2,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads in each.")] = 4,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask from several processes and threads while releases are published; each answer must be of exactly one."""
    with plain_errors(json_output):
        from evals.faults.run import run_suite

        told = _begin(json_output, "a minute or two")
        found = run_suite("readers", reads=reads, publishes=publishes, processes=processes, threads=threads)
        _end({**told, **found}, "faults-readers", results, json_output)


def damage(
    trials: Annotated[int, typer.Option(min=2, help="Truncations and flipped bits for each file.")] = 100,
    seed: SeedOption = 0,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Cut and flip every file of a live release; the one before must answer, and no process may die."""
    with plain_errors(json_output):
        from evals.faults.run import run_suite

        told = _begin(json_output, "several minutes")
        _end({**told, **run_suite("damage", trials=trials, seed=seed)}, "faults-damage", results, json_output)


def storage(
    trials: Annotated[int, typer.Option(min=2, help="Of each.")] = 50,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Fill the disk, make it read-only, move the clock by a day, publish twice at once."""
    with plain_errors(json_output):
        from evals.faults.run import run_suite

        told = _begin(json_output, "several minutes")
        _end({**told, **run_suite("storage", trials=trials)}, "faults-storage", results, json_output)


def hostile(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of hostile files, beside those that are made.", metavar="FOLDER", show_default=False
        ),
    ] = None,
    mutations: Annotated[int, typer.Option(min=0, help="Broken copies of whole files.")] = 200,
    seed: SeedOption = 0,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Bring in files that are broken or made to harm; each must end as text or as a named error, within the limits."""
    with plain_errors(json_output):
        from evals.faults.run import run_suite

        for one in folders or ():
            if not one.is_dir():
                fail(f"{one} is no folder", ExitCode.USAGE, as_json=json_output)
        told = _begin(json_output, "several minutes")
        named = [str(one.resolve()) for one in folders or ()]
        found = run_suite("hostile", folders=named, mutations=mutations, seed=seed)
        if not json_output:
            for outcome, count in found["outcomes"].items():
                out.print(f"{outcome:<22}{count:>6}")
            out.print(
                f"longest {found['longest_s']} s, most memory of a child {found['child_memory_mb']} MB, "
                f"{found['questions_meanwhile']} questions answered meanwhile, live release "
                + ("unchanged" if found["live_content_unchanged"] else "[red]changed[/red]")
            )
        _end({**told, **found}, "faults-hostile", results, json_output)


def releases(
    passages: Annotated[int, typer.Option(min=2, help="Passages of the large release.")] = 20_000,
    brands: Annotated[int, typer.Option(min=1, help="Brands of a group, of 2,000 passages each.")] = 14,
    small_brands: Annotated[int, typer.Option(min=1, help="Brands of 200 passages each.")] = 300,
    documents: Annotated[int, typer.Option(min=2, help="Manuals of a brand, of which one changes.")] = 100,
    sections: Annotated[int, typer.Option(min=1, help="Sections of each manual, about 100 words each.")] = 20,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Measure building, switching, rolling back, opening and publishing again, and the memory of many brands."""
    with plain_errors(json_output):
        from evals.measurement import run_json

        def job(name: str, **arguments: int) -> dict[str, Any]:
            command = [sys.executable, "-m", "evals.release_speed_process", name]
            return run_json(command, json.dumps(arguments))

        told = _begin(json_output, "several minutes")
        large = job("publishing", passages=passages)
        group = job("brands", brands=brands, passages=2_000)
        small = job("brands", brands=small_brands, passages=200)
        republish = job("republish", documents=documents, sections=sections)
        found = {**large, "group_rss_mb": group["rss_mb"], "republish_ratio": republish["ratio"]}
        content = {
            **told,
            "large": large,
            "group": group,
            "small_brands": small,
            "republish": republish,
            "goals": [
                *(
                    {"figure": name, "found": found[name], "goal": goal, "met": found[name] <= goal}
                    for name, goal in GOALS.items()
                ),
                *(
                    {"figure": name, "found": found[name], "goal": goal, "met": found[name] >= goal}
                    for name, goal in LEAST.items()
                ),
            ],
        }
        _write(results, "releases", content)
        if json_output:
            print_json(content)
        else:
            for one in content["goals"]:
                mark = "[green]met[/green]" if one["met"] else "[red]missed[/red]"
                out.print(f"{one['figure']:<18} {one['found']:>10g}  goal {one['goal']:g}  {mark}")
            out.print(
                f"{small_brands} small brands: {small['rss_mb']} MB, {small['open_files']} files, "
                f"{small['threads']} threads"
            )
            out.print(
                f"one of {documents} documents changed: {republish['again_s']} s after {republish['first_s']} s "
                f"({republish['ratio']} times faster; {republish['ratio_with_start']} with the start of the process)"
            )


def _begin(json_output: bool, takes: str) -> dict[str, Any]:
    from evals.results_file import describe_run

    if not json_output:
        out.print(f"[dim]this takes {takes}[/dim]")
    return describe_run()


def _end(content: dict[str, Any], name: str, results: Any, json_output: bool) -> None:
    """Write and print the result; findings end the command with their own exit code."""
    _write(results, name, content)
    parts = [content, *([content["sweep"]] if "sweep" in content else [])]
    if json_output:
        print_json(content)
    else:
        for one in parts:
            out.print(
                f"{one['suite']}: {one['trials']} trials, {one['failures']} failures "
                f"(below {one['bound']:.2%} with 95 % confidence), {one['seconds']:.0f} s"
            )
            for line in one["examples"]:
                out.print(f"  [red]{escape(line)}[/red]", soft_wrap=True)
    if any(one["failures"] for one in parts):
        raise typer.Exit(int(ExitCode.FINDINGS))


def _write(results: Any, name: str, content: dict[str, Any]) -> None:
    if results is not None:
        from evals.results_file import write_result

        write_result(results, name, content)
