"""Runs a measurement in a fresh process, so that neither its start nor its memory is shared with another one."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from evals.errors import MeasurementFailed

Job = Literal["start", "ingest", "retrieval", "replies"]

# Longer than the largest public set takes on two busy cores.
_LIMIT_SECONDS = 3 * 3600


def measure(job: Job, **arguments: Any) -> dict[str, Any]:
    """Run one of the jobs of `measuring_process`.

    Args:
        job: which.
        arguments: what it takes, as JSON values.

    Raises:
        MeasurementFailed: the process ended without a result.
    """
    return run_json([sys.executable, "-m", "evals.measuring_process", job], json.dumps(arguments))


def run_json(command: Sequence[str], given: str = "", environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a program that prints one JSON object as its last line.

    Args:
        command: the program and its arguments.
        given: its standard input.
        environment: all its variables; those of this process if not given.

    Raises:
        MeasurementFailed: it ended otherwise.
    """
    name = " ".join(Path(part).name for part in command[:3])
    try:
        # The command is this interpreter, or a script that the user named.
        done = subprocess.run(  # noqa: S603
            list(command),
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_LIMIT_SECONDS,
            check=False,
            env=dict(environment) if environment is not None else None,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasurementFailed(f"{name} could not be run to its end ({error})") from None
    lines = done.stdout.strip().splitlines()
    try:
        result = json.loads(lines[-1]) if done.returncode == 0 and lines else None
    except ValueError:
        result = None
    if not isinstance(result, dict):
        told = (done.stderr.strip().splitlines() or ["it printed no result"])[-1]
        raise MeasurementFailed(f"{name} ended with code {done.returncode}: {told[:500]}")
    return result
