"""A wrong command line, told as JSON where JSON was asked for."""

import sys
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from ui.exit_codes import ExitCode
from ui.terminal import error_json, print_json


class CommandLine(TyperGroup):
    """The commands of `marque`; with `--json` a wrong command line is one JSON object too."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **options: Any) -> Any:
        """Run a command.

        Args:
            args: of the command line; those of the process if not given.
            others: as Typer takes them.
            options: as Typer takes them.
        """
        given = sys.argv[1:] if args is None else list(args)
        if "--json" not in given:
            return super().main(args, *others, **options)
        try:
            code = super().main(args, *others, **{**options, "standalone_mode": False})
        except TyperException as error:
            message = f"{error.format_message()} `--help` tells what the command takes."
            print_json(error_json(message, ExitCode.USAGE, type(error).__name__))
            code = ExitCode.USAGE
        sys.exit(code if isinstance(code, int) else 0)
