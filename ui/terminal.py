"""How a command speaks: words for people, JSON for programs, one line for an error."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich import markup
from rich.console import Console

from brands.profile import plain_words
from ui.exit_codes import ExitCode, exit_code_of
from ui.log import begin_log
from ui.settings import UiSettings

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words; errors too.")]

out = Console(highlight=False)
aside = Console(stderr=True, highlight=False)


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object to standard output."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def error_json(message: str, code: ExitCode, kind: str) -> dict[str, Any]:
    """The content of docs/schemas/error.json."""
    return {"error": {"kind": kind, "message": " ".join(message.split()), "exit_code": int(code)}}


def fail(message: str, code: ExitCode, *, as_json: bool, kind: str = "Error") -> NoReturn:
    """End the command with one line that says what to do.

    Args:
        message: in plain words.
        code: the exit code.
        as_json: whether the caller asked for JSON.
        kind: name of the error, for programs.

    Raises:
        typer.Exit: always.
    """
    if as_json:
        print_json(error_json(message, code, kind))
    else:
        line = " ".join(message.split())
        aside.print(f"[red]error:[/red] {escape(line)}", soft_wrap=True)
    raise typer.Exit(int(code))


@contextmanager
def plain_errors(as_json: bool) -> Iterator[None]:
    """Turn whatever goes wrong inside into one line and an exit code.

    Args:
        as_json: whether the caller asked for JSON.
    """
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except ValidationError as error:
        fail(f"a setting is wrong: {setting_words(error)}", ExitCode.GROUP, as_json=as_json, kind=error.title)
    except KeyboardInterrupt:
        fail("stopped", ExitCode.INTERRUPTED, as_json=as_json, kind="Interrupted")
    except Exception as error:  # noqa: BLE001 - the boundary of one command
        code = exit_code_of(error)
        message = str(error) or type(error).__name__
        if code is ExitCode.FAILED:
            _tell_where(error)
            message = f"{type(error).__name__}: {message} (MARQUE_UI_LOG_LEVEL=DEBUG shows where)"
        fail(message, code, as_json=as_json, kind=type(error).__name__)


def _tell_where(error: Exception) -> None:
    """Write where it failed to the log, which only some commands begin."""
    with suppress(ValidationError):
        begin_log(UiSettings().log_level)
    logging.getLogger("marque").debug("command failed", exc_info=error)


def setting_words(error: ValidationError) -> str:
    """The complaints about settings, each with the name that the environment knows it by."""
    prefix = "MARQUE_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.title.removesuffix("Settings")).upper()
    told = plain_words(error).removeprefix("file: ")
    return re.sub(r"(^|; )([a-z_]+)(?=: )", lambda found: f"{found[1]}{prefix}_{found[2].upper()}", told)


def escape(text: str) -> str:
    """Text that the terminal's markup leaves as it is."""
    return markup.escape(text)


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar per stage on standard error.

    Args:
        shown: whether to draw at all.

    Yields:
        What to call with the stage's name, how much is done, and how much there is.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=aside, disable=not shown) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report
