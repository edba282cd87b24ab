"""`marque eval injections` and `marque eval trust`: what holds when model, documents or customers are hostile."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

FolderArgument = Annotated[
    Path, typer.Argument(help="Folder with direct, indirect, carriers and benign .jsonl.", metavar="FOLDER")
]
_SHOWN = 10


def injections(
    folder: FolderArgument,
    limit: Annotated[int | None, typer.Option(help="At most so many texts of each kind.", min=1)] = None,
    json_output: JsonOption = False,
) -> None:
    """Run attacks through the whole bot with models that turned traitor; fail when anything comes through."""
    with plain_errors(json_output):
        from evals.injections import run_injections
        from evals.trust.attack_file import load_attacks

        content = run_injections(load_attacks(folder), limit).as_json()
        _tell(content, ("attacks", "model_asked", "failures", "benign", "benign_declined_rate"), "failed", json_output)
        if content["failures"]:
            raise typer.Exit(int(ExitCode.FINDINGS))


def trust(
    questions: Annotated[int, typer.Option(help="Ordinary questions to each brand.", min=1)] = 200,
    probes: Annotated[int, typer.Option(help="Questions to each pair of brands.", min=1, max=20)] = 20,
    json_output: JsonOption = False,
) -> None:
    """Run the incidents, the walls between brands and the safety router; fail when anything comes through."""
    with plain_errors(json_output):
        from evals.trust.suites import run_suites

        content = run_suites(questions=questions, probes=probes)
        if json_output:
            print_json(content)
        else:
            by_writer = content.pop("safety_by_writer")
            for name, part in (content | {f"safety_held_out, {one}": part for one, part in by_writer.items()}).items():
                out.print(f"[bold]{escape(name)}[/bold]")
                _tell(part, tuple(key for key, value in part.items() if not isinstance(value, list)), "", False)
        if content["incidents"]["failures"] or content["brands"]["leaks"]:
            raise typer.Exit(int(ExitCode.FINDINGS))


def personal_data(
    file: Annotated[Path, typer.Argument(help="JSON lines with text and marked spans.", metavar="FILE")],
    json_output: JsonOption = False,
) -> None:
    """Count how much of the marked personal data in a file is found."""
    with plain_errors(json_output):
        from evals.trust.personal_data_suite import run_personal_data

        content = run_personal_data(file)
        _tell(content, ("texts", "structured", "addresses", "replaced", "precision"), "missed", json_output)


def model_faults(
    runs: Annotated[int, typer.Option(help="How often each fault is met.", min=1)] = 50, json_output: JsonOption = False
) -> None:
    """Let a language model fail in every way; fail when a reply is not useful or comes late."""
    with plain_errors(json_output):
        from evals.trust.model_faults import run_model_faults

        content = run_model_faults(runs)
        names = ("runs", "failures", "failure_rate_upper_95", "slowest_seconds", "calls_per_question", "fallback")
        _tell(content, names, "outages", json_output)
        if content["failures"]:
            raise typer.Exit(int(ExitCode.FINDINGS))


def _tell(content: dict[str, Any], names: tuple[str, ...], misses: str, as_json: bool) -> None:
    if as_json:
        print_json(content)
        return
    for name in names:
        out.print(f"  {name:24} {escape(str(content[name]))}", soft_wrap=True)
    for miss in content.get(misses, ())[:_SHOWN]:
        out.print(f"  [red]{escape(str(miss))}[/red]", soft_wrap=True)
