"""The `marque` command."""

import sys

import typer

from ui.command_line import CommandLine
from ui.commands import (
    ask,
    bench,
    conversation,
    diff,
    doctor,
    erase,
    evaluate,
    faults,
    ingest,
    init,
    load,
    mcp,
    releases,
    replies,
    safety,
    serve,
    sync,
    upkeep,
    view,
)
from ui.exit_codes import MEANINGS

EPILOG = "Exit codes: " + "; ".join(f"{int(code)} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="marque",
    cls=CommandLine,
    help="Customer care for companies with many brands: every brand answers from its own approved documents.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("init")(init.init)
app.command("ingest")(ingest.ingest)
app.command("sync")(sync.sync)
app.command("view")(view.view)
app.command("ask")(ask.ask)
app.command("serve")(serve.serve)
app.command("mcp")(mcp.mcp)
app.command("doctor")(doctor.doctor)
app.command("releases")(releases.releases)
app.command("publish")(releases.publish)
app.command("rollback")(releases.rollback)
app.command("diff")(diff.diff)
app.command("erase")(erase.erase)
app.command("gc")(upkeep.gc)
app.command("verify")(upkeep.verify)
app.command("backup")(upkeep.backup)
app.command("restore")(upkeep.restore)
app.command("replies")(replies.replies)
app.command("safety")(safety.safety)
app.command("purge")(conversation.purge)
app.add_typer(conversation.app, name="conversation")
app.add_typer(evaluate.app, name="eval")
evaluate.app.command("rendering")(load.rendering)
for command in (
    load.load,
    load.restarts,
    load.soak,
    load.flood,
    faults.crash,
    faults.readers,
    faults.damage,
    faults.storage,
    faults.hostile,
    faults.releases,
):
    bench.app.command(command.__name__)(command)
bench.app.command("api-fuzz")(load.api_fuzz)
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command line."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    app()
