"""How much faster a brand is published again after one of its documents changed."""

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from brands import load_group
from evals.faults.generations import BRAND, write_group
from evals.measurement import run_json
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import build_knowledge_base

_WORDS = ("the", "of", "and", "when", "check", "tyre", "pressure", "brake", "lamp", "engine", "service", "interval",
          "coolant", "seat", "belt", "charge", "battery", "window", "mirror", "towing", "weight", "warranty", "recall",
          "filter", "oil", "before", "after", "workshop", "dashboard", "button", "press", "hold", "seconds", "until",
          "level", "vehicle", "driver", "front", "rear", "left", "right", "cold", "normal", "full", "load")  # fmt: skip
_SENTENCE_WORDS = 14
_SECTION_SENTENCES = 7


def measure_republish(documents: int = 100, sections: int = 20) -> dict[str, Any]:
    """Bring a brand in for the first time, change one document, and bring it in again, each in a fresh process.

    The bundled embedder is used, and nothing is cached before.

    Args:
        documents: manuals of the brand.
        sections: of each manual, about 100 words each.

    Returns:
        Seconds by the ingest's own report, seconds with the start of the process, and how many times faster.
    """
    with tempfile.TemporaryDirectory(prefix="marque-republish-") as place:
        group = write_group(Path(place) / "group")
        folder = group / "brands" / BRAND / "documents"
        for number in range(documents):
            (folder / f"manual-{number:03d}.md").write_text(_manual(number, sections), encoding="utf-8")
        first = _ingest_in_process(group)
        changed = folder / f"manual-{documents // 2:03d}.md"
        text = changed.read_text(encoding="utf-8")
        changed.write_text(f"{text}\nSince this month the spare wheel is an accessory.\n", encoding="utf-8")
        again = _ingest_in_process(group)
    return {
        "documents": documents,
        "passages": first["passages"],
        "first_s": first["seconds"],
        "again_s": again["seconds"],
        "ratio": round(first["seconds"] / again["seconds"], 1),
        "first_with_start_s": first["with_start"],
        "again_with_start_s": again["with_start"],
        "ratio_with_start": round(first["with_start"] / again["with_start"], 1),
        "first_embedded": first["embedded"],
        "again_embedded": again["embedded"],
        "again_parsed": again["parsed"],
        "again_seconds_by_stage": again["seconds_by_stage"],
    }


def ingest_once(group: str) -> dict[str, Any]:
    """Bring the brand in and publish it; what `marque ingest` does.

    Args:
        group: the group's folder.
    """
    folder = Path(group)
    pipeline = build_pipeline(load_group(folder), build_knowledge_base(folder / ".marque"))
    try:
        report = pipeline.ingest(BRAND, publish=True, created_by="bench").as_json()
    finally:
        pipeline.close()
    told = {name: report[name] for name in ("seconds", "seconds_by_stage", "embedded", "parsed", "published")}
    return {**told, "passages": report["passages"]["total"]}


def _ingest_in_process(group: Path) -> dict[str, Any]:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "evals.release_speed_process", "ingest"]
    told = run_json(command, json.dumps({"group": str(group)}))
    return {**told, "with_start": round(time.perf_counter() - begun, 3)}


def _manual(number: int, sections: int) -> str:
    chance = random.Random(number)  # noqa: S311 - words of a manual, no secrets
    parts = [f"# Manual {number}\n"]
    for section in range(sections):
        sentences = [
            f"{' '.join(chance.choices(_WORDS, k=_SENTENCE_WORDS)).capitalize()}." for _ in range(_SECTION_SENTENCES)
        ]
        parts.append(f"## Section {section}\n\nItem {number}-{section}. {' '.join(sentences)}\n")
    return "\n".join(parts)
