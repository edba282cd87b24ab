"""What runs in a fresh process: `python -m evals.scale_process build`, arguments and result as JSON."""

import json
import sys

from evals.scale import build


def main() -> None:
    """Build one release."""
    arguments = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(build(**arguments)) + "\n")


if __name__ == "__main__":
    main()
