"""`marque ask`: one question to one brand."""

from typing import Annotated

import typer

from bot.reply import Reply
from ui.commands.options import BrandOption, GroupArgument, open_group
from ui.terminal import JsonOption, escape, out, plain_errors, print_json

KIND_COLOURS = {"answer": "green", "clarify": "cyan", "decline": "yellow", "safety": "red", "handoff": "magenta"}


def ask(
    group_folder: GroupArgument,
    question: Annotated[str, typer.Argument(help="The customer's question.", show_default=False)],
    brand: BrandOption,
    market: Annotated[str | None, typer.Option(help="Market of the customer, such as `gb`.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the reply, such as `de`.")] = None,
    model: Annotated[str | None, typer.Option(help="Model of the customer's vehicle.")] = None,
    model_year: Annotated[int | None, typer.Option(help="Model year of the customer's vehicle.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Ask one brand a question, and see what the reply rests on."""
    with plain_errors(json_output):
        from bot.bootstrap import build_assistant
        from bot.question import Question

        group, knowledge_base = open_group(group_folder)
        profile = group.brand(brand)
        vehicle = profile.vehicle(model, model_year, market)
        if language is not None:
            profile.require_language(language)
        # To a customer the bot would only say that it cannot look anything up; here the reason is wanted.
        knowledge_base.retriever.warm(profile.id)
        assistant = build_assistant(group, knowledge_base)
        reply = assistant.ask(Question(profile.id, question, vehicle=vehicle, language=language))
        if json_output:
            print_json(reply.as_json())
        else:
            _print(reply)


def _print(reply: Reply) -> None:
    out.print(f"[{KIND_COLOURS[reply.kind]}]{reply.kind}[/]", end="  ")
    out.print(f"[dim]{reply.timings_ms.get('total', 0):.0f} ms, release {reply.release or 'none'}[/dim]")
    out.print()
    if out.is_terminal:
        from rich.markdown import Markdown

        out.print(Markdown(reply.text, hyperlinks=False))
    else:
        out.print(escape(reply.text), soft_wrap=True)
    out.print()
    for choice in reply.choices:
        if choice not in reply.text:
            out.print(f"  [cyan]›[/cyan] {escape(choice)}", soft_wrap=True)
    for number, one in enumerate(reply.citations, start=1):
        place = (f": {one.heading}" if one.heading else "") + (f", page {one.page}" if one.page else "")
        out.print(f"[bold]\\[{number}][/bold] {escape(one.title + place)}", soft_wrap=True)
        out.print(f"    [dim]{escape(one.document)}[/dim]")
        for line in one.quote.splitlines():
            out.print(f"    [italic]{escape(line)}[/italic]", soft_wrap=True)
