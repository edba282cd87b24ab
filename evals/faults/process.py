"""What runs in a fresh process: `python -m evals.faults.process SUITE`, arguments and result as JSON.

The suites fork, which only a process without threads of its own may do.
"""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from evals.faults.crash import measure_crashes
from evals.faults.damage import measure_damage
from evals.faults.hostile import measure_hostile
from evals.faults.readers import measure_readers
from evals.faults.storage import measure_storage
from evals.faults.suite_result import SuiteResult
from evals.faults.sweep import sweep_calls

SUITES: dict[str, Callable[..., SuiteResult]] = {
    "crash": measure_crashes,
    "sweep": sweep_calls,
    "readers": measure_readers,
    "damage": measure_damage,
    "storage": measure_storage,
    "hostile": measure_hostile,
}


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> None:
    """Run one suite."""
    logging.disable(logging.WARNING)  # thousands of releases are damaged on purpose
    arguments: dict[str, Any] = json.loads(sys.stdin.read())
    found = SUITES[sys.argv[1]](**arguments, tell=_tell)
    sys.stdout.write(json.dumps(found.as_json()) + "\n")


if __name__ == "__main__":
    main()
