"""Keeps what was measured: the figures, the command that gave them, the day and the machine."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from knowledge_base.cores import usable_cores

RESULTS_FOLDER = Path("evals/results")


def describe_run() -> dict[str, Any]:
    """The command, without the machine's own paths, the day and the machine; the load tells of other work beside it."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "command": " ".join([Path(sys.argv[0]).name, *map(_without_place, sys.argv[1:])]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": _processor(),
            "cores": usable_cores(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "load_before": round(load, 2) if load is not None else None,
        },
    }


def write_result(folder: Path, name: str, content: dict[str, Any]) -> Path:
    """Write a result as JSON.

    Args:
        folder: made when it is not there.
        name: file name without its end; what was there is replaced.
        content: JSON values.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _without_place(word: str) -> str:
    return Path(word).name if Path(word).is_absolute() else word


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
