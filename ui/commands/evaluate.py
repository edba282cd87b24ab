"""`marque eval`: how good search and answers are."""

from typing import Annotated, Any

import typer

from ui.commands import answers, knowing, retrieval, trust
from ui.commands.options import GroupArgument, SomeBrandOption, chosen_brands, open_group
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

app = typer.Typer(help="Measure how good search and answers are.", no_args_is_help=True)


@app.callback()
def evaluate() -> None:
    """Measure how good search and answers are."""


app.command("retrieval")(retrieval.retrieval)
app.command("all")(retrieval.all_sets)
app.command("compare")(retrieval.compare)
app.command("knowing")(knowing.knowing)
app.command("answers")(answers.answers)
app.command("injections")(trust.injections)
app.command("trust")(trust.trust)
app.command("personal-data")(trust.personal_data)
app.command("model-faults")(trust.model_faults)


@app.command("golden")
def golden(
    group_folder: GroupArgument,
    brand: SomeBrandOption = None,
    after_others: Annotated[
        bool,
        typer.Option(
            "--after-others", help="Ask each question inside a conversation, after two others of the brand; only these."
        ),
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Ask each brand its golden questions, and count what it cites, declines, asks back and hands over."""
    with plain_errors(json_output):
        from bot.bootstrap import build_assistant
        from bot.memory_conversation_store import MemoryConversationStore
        from evals.golden import as_json, run_golden
        from evals.golden_file import load_golden
        from evals.golden_talk import after_other_questions

        group, knowledge_base = open_group(group_folder)
        # Danger that nobody is in belongs in no brand's safety record.
        assistant = build_assistant(group, knowledge_base, conversations=MemoryConversationStore())
        results = []
        for brand_id in chosen_brands(group, brand):
            profile = group.brand(brand_id)
            golden_file = load_golden(group.brand_folder(brand_id) / "golden_questions.yaml")
            if after_others:
                golden_file = after_other_questions(golden_file, profile)
            results.append(run_golden(golden_file, profile, assistant, knowledge_base))
        content = as_json(results)
        if json_output:
            print_json(content)
        else:
            _print(content)


def _print(content: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    heads = {
        "questions": "asked",
        "cited_document": "document",
        "cited_words": "words",
        "must_decline": "to decline",
        "declined": "declined",
        "other_brand_passages": "other brand",
        "must_clarify": "to ask back",
        "clarified": "asked back",
        "must_reach_safety": "danger",
        "reached_safety": "safety text",
        "must_hand_over": "to hand over",
        "handed_over": "handed over",
    }
    table.add_column("brand")
    for head in heads.values():
        table.add_column(head, justify="right")
    for row in (*content["brands"], {"brand": "all", **content}):
        table.add_row(row["brand"], *(str(row[name]) for name in heads))
    out.print(table)
    for row in content["brands"]:
        for miss in row["misses"]:
            out.print(f"\n[red]{miss['id']}[/red] {escape(miss['question'])}", soft_wrap=True)
            out.print(f"  expected {escape(miss['expected'])}", soft_wrap=True)
            got = escape(f"{miss['kind']} from {', '.join(miss['documents']) or 'nothing'}: {miss['text'][:160]!r}")
            out.print(f"  got      {got}", soft_wrap=True)
            out.print(f"  why      {escape(miss['reason'])}", soft_wrap=True)
