"""What runs in a fresh process: `python -m evals.release_speed_process JOB`, arguments and result as JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any

from evals.release_speed import measure_many_brands, measure_publishing
from evals.republish_speed import ingest_once, measure_republish

JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "publishing": measure_publishing,
    "brands": measure_many_brands,
    "republish": measure_republish,
    "ingest": ingest_once,
}


def main() -> None:
    """Run one job."""
    arguments = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(JOBS[sys.argv[1]](**arguments)) + "\n")


if __name__ == "__main__":
    main()
