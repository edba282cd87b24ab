"""What a command writes: others' words as they are, and where something failed."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ui.terminal import escape

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ["[red]x", "[/]", r"see \[/note] here", r"a \[note\] b", "a folder\\", "[1] of [2]"])
def test_words_of_others_are_written_as_they_are(text: str) -> None:
    console = Console(file=StringIO(), highlight=False)
    console.print(f"[dim]{escape(text)}[/dim]")
    assert console.file.getvalue() == f"{text}\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("level", "is_told"), [("DEBUG", True), ("WARNING", False)])
def test_what_nobody_foresaw_is_told_with_its_place_where_that_is_asked_for(level: str, is_told: bool) -> None:
    code = "from ui.terminal import plain_errors\nwith plain_errors(False):\n    1 / 0\n"
    environment = {**os.environ, "MARQUE_UI_LOG_LEVEL": level}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "error: ZeroDivisionError" in found.stderr
    assert ("in <module>" in found.stderr.partition("error: ZeroDivisionError")[0]) is is_told
