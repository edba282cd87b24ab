"""`marque eval knowing`: whether the bot knows what it cannot answer."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.commands.measuring import CacheOption, QueriesOption, ResultsOption, ScopeOption
from ui.terminal import JsonOption, out, plain_errors, print_json

_NAMES = {
    "unanswerable": "no document answers it",
    "wrong_brand": "asked to another brand",
    "wrong_corpus": "of another set",
}


def knowing(
    data: Annotated[
        Path,
        typer.Argument(help="Folder with corpus.jsonl, queries.jsonl, qrels.tsv and answers.jsonl.", metavar="DATA"),
    ],
    scope: ScopeOption = None,
    foreign: Annotated[
        Path | None, typer.Option(help="A data set of other matters, whose questions no document here answers.")
    ] = None,
    queries: QueriesOption = None,
    cache: CacheOption = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Let the bot weigh questions with and without an answer, and tell how well it tells them apart."""
    with plain_errors(json_output):
        from evals.answers_file import load_answers
        from evals.data_set import load_data_set
        from evals.knowing import measure_knowing
        from evals.results_file import describe_run, write_result

        told = describe_run()
        answerable = {name: one.is_answerable for name, one in load_answers(data).items()}
        data_set = load_data_set(data, scope_field=scope, questions=queries, unanswerable=answerable)
        strange = load_data_set(foreign, questions=queries).questions if foreign is not None else ()
        content = {**told, **measure_knowing(data_set, answerable, strange, cache).as_json()}
        if results is not None:
            write_result(results, f"knowing-{data_set.name}", content)
        if json_output:
            print_json(content)
        else:
            _print(content)


def _print(content: dict[str, Any]) -> None:
    out.print(
        f"{content['data']}: {content['answerable']} questions with an answer, {content['answered']:.3f} answered"
    )
    for name, one in content["kinds"].items():
        low, high = one["intervals_95"]["auroc"]
        out.print(
            f"{_NAMES[name]}: {one['without_answer']} questions, auroc {one['auroc']:.3f} ({low:.3f} to {high:.3f}), "
            f"balanced accuracy {one['balanced_accuracy']:.3f}, "
            f"{one['answered_all_the_same']:.3f} answered all the same"
        )
