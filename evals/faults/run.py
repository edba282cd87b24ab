"""Runs suites of faults, each in a fresh process."""

import json
import sys
from typing import Any

from evals.measurement import run_json


def run_suite(name: str, **arguments: Any) -> dict[str, Any]:
    """Run one suite to its end.

    Args:
        name: one of `process.SUITES`.
        arguments: what it takes, as JSON values.

    Returns:
        The content of docs/schemas/faults.json, or a part of it.

    Raises:
        MeasurementFailed: the process ended without a result.
    """
    return run_json([sys.executable, "-m", "evals.faults.process", name], json.dumps(arguments))
