"""`marque init`: a small, valid group folder to start from."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from brands import load_group
from ui.errors import FolderNotEmpty
from ui.exit_codes import ExitCode
from ui.terminal import JsonOption, fail, out, plain_errors, print_json


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", show_default=False)],
    json_output: JsonOption = False,
) -> None:
    """Write a small, valid group folder to start from."""
    with plain_errors(json_output):
        try:
            written = write_starter(folder)
        except FolderNotEmpty as error:
            fail(str(error), ExitCode.GROUP, as_json=json_output, kind="FolderNotEmpty")
        except OSError as error:
            reason = error.strerror or str(error)
            fail(f"{folder} cannot be written: {reason}", ExitCode.GROUP, as_json=json_output, kind="OSError")
        load_group(folder)
        if json_output:
            print_json({"folder": str(folder), "files": written})
            return
        for name in written:
            out.print(f"  {name}")
        out.print(f"\nPut documents beside `welcome.md`, then:\n  marque ingest {folder}")
        out.print(f'  marque ask {folder} --brand acme "How do I reach you?"\n  marque serve {folder}')


def write_starter(folder: Path) -> list[str]:
    """Write the starter group folder.

    Args:
        folder: a folder that does not exist or is empty.

    Returns:
        The files written, relative to the folder.

    Raises:
        FolderNotEmpty: the folder holds something already.
        OSError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(f"{folder} is not empty; name a new folder, so that nothing of yours is overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    return sorted(_copy(files("ui") / "starter", folder, folder))


def _copy(source: Traversable, target: Path, top: Path) -> list[str]:
    written = []
    for entry in source.iterdir():
        if entry.name.startswith(("__", ".")):
            continue
        place = target / entry.name
        if entry.is_dir():
            place.mkdir(exist_ok=True)
            written += _copy(entry, place, top)
        else:
            place.write_bytes(entry.read_bytes())
            written.append(place.relative_to(top).as_posix())
    return written
