"""`marque eval answers`: how well questions are answered."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ui.commands.measuring import CacheOption, DocumentsOption, QueriesOption, ResultsOption, ScopeOption
from ui.terminal import JsonOption, out, plain_errors, print_json

AnswersDataArgument = Annotated[
    Path,
    typer.Argument(help="Folder with corpus.jsonl, queries.jsonl, qrels.tsv and answers.jsonl.", metavar="DATA"),
]
SplitOption = Annotated[
    Literal["all", "tune", "report"],
    typer.Option(help="All questions, the half that settings may be tuned on, or the other half."),
]
_ROWS = {
    "token_f1": "token F1",
    "exact_match": "exact match",
    "token_f1_where_answered": "token F1 where answered",
    "answered": "answered",
    "right_document": "right document cited",
    "decline_balanced_accuracy": "decline balanced accuracy",
    "answer_words": "words an answer",
    "reply_p50_ms": "reply p50 ms",
    "reply_p95_ms": "reply p95 ms",
}
_COLUMNS = {
    "gold_document": "document given",
    "gold_document_decided": "given, may decline",
    "with_search": "with search",
}


def answers(
    data: AnswersDataArgument,
    scope: ScopeOption = None,
    documents: DocumentsOption = None,
    queries: QueriesOption = None,
    split: SplitOption = "all",
    cache: CacheOption = None,
    results: ResultsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Bring a data set in, ask its questions, and compare the answers with the right ones."""
    with plain_errors(json_output):
        from evals.answers import measure_answers
        from evals.answers_file import load_answers
        from evals.data_set import load_data_set
        from evals.gates import load_gates
        from evals.results_file import describe_run, write_result

        told = describe_run()
        expected = load_answers(data)
        gate = load_gates().sets.get(data.resolve().name)
        data_set = load_data_set(
            data,
            scope_field=scope or (gate.scope if gate else None),
            documents=documents,
            questions=queries,
            split=split,
            unanswerable=[one for one, answer in expected.items() if not answer.is_answerable],
        )
        content = {**told, "split": split, **measure_answers(data_set, expected, cache).as_json()}
        if results is not None:
            write_result(results, f"answers-{data_set.name}", content)
        if json_output:
            print_json(content)
        else:
            _print(content)


def _print(content: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(str(content["data"]))
    for head in _COLUMNS.values():
        table.add_column(head, justify="right")
    for name, words in _ROWS.items():
        table.add_row(words, *(_cell(content[column], name) for column in _COLUMNS))
    out.print(table)


def _cell(figures: dict[str, Any], name: str) -> str:
    value = figures[name]
    if value is None:
        return ""
    interval = figures["intervals_95"].get(name)
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})" if interval else f"{value:g}"
