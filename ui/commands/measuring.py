"""Options that the measuring commands share."""

from pathlib import Path
from typing import Annotated

import typer

PeerOption = Annotated[
    Path | None, typer.Option(help="Script of the stack to compare with; it prints its figures as JSON.")
]
PeerPythonOption = Annotated[
    Path, typer.Option(help="Interpreter that has what the peer needs.", show_default="this one")
]
ResultsOption = Annotated[
    Path | None, typer.Option(help="Folder to write the figures to, with command, date and machine.")
]
ScopeOption = Annotated[
    str | None, typer.Option(help="Search only documents whose value of this field is the question's.")
]
DocumentsOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many documents.")]
QueriesOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many questions that are judged.")]
CacheOption = Annotated[
    Path | None,
    typer.Option(help="Folder that keeps vectors and releases for the next time; ingest is then not timed."),
]
BaselinesOption = Annotated[
    bool, typer.Option("--baselines", help="Also search by meaning alone, by words alone, and with plain rank fusion.")
]
JudgementsOption = Annotated[
    str, typer.Option(help="Name of the file that tells which document answers which question.", metavar="FILE")
]
