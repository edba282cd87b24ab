"""Cuts and flips every file of a live release, and asks it in a process of its own."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brands import VehicleContext
from evals.faults.crash import ingest
from evals.faults.forked import run_forked
from evals.faults.generations import (
    BRAND,
    Index,
    generation_of,
    has_secret,
    open_knowledge_base,
    write_generation,
    write_group,
)
from evals.faults.suite_result import SuiteResult
from knowledge_base.chroma_collection import import_chroma
from knowledge_base.verification import verify_releases

# Files whose damage changes no answer: the pointer, whose release the record of publishes tells as well, what
# is known beside the passages, and that record, which alone may be damaged unnoticed.
_HARMLESS = ("live", "published.json", "view.json", "publishes.jsonl")
_LOG = "publishes.jsonl"
_MEND = "ingest and publish again"


def measure_damage(trials: int = 100, seed: int = 0, tell: Callable[[str], None] = lambda _: None) -> SuiteResult:
    """Damage each file of a live release so many times, half by truncation and half by flipping a bit.

    Of a release that Chroma searches only the files of Chroma are damaged; the others are those of any release.

    Args:
        trials: for each file.
        seed: of the places.
        tell: told how far it is.
    """
    import_chroma()  # a second of every forked step otherwise
    chance = random.Random(seed)  # noqa: S311 - places to damage, no secrets
    result = SuiteResult("damage", details={"detected_by_file": {}})
    begun = time.perf_counter()
    _damage_release(result, "clusters", trials, chance, tell)
    _damage_release(result, "chroma", trials, chance, tell)
    result.seconds = time.perf_counter() - begun
    return result


def _damage_release(
    result: SuiteResult, index: Index, trials: int, chance: random.Random, tell: Callable[[str], None]
) -> None:
    with tempfile.TemporaryDirectory(prefix="marque-damage-") as place:
        group = write_group(Path(place) / "group")
        data = group / ".marque"
        for generation in (0, 1):
            write_generation(group, generation)
            prepared = run_forked(lambda: ingest(group, publish=True, index=index))
            if prepared.error:
                result.failures.append(prepared.error)
                return
        live = data / BRAND / "releases" / str(prepared.told)
        files = [path for path in sorted(live.rglob("*")) if path.is_file() and path.stat().st_size]
        files += [data / BRAND / "live", data / BRAND / "publishes.jsonl"]
        for path in files:
            name = path.relative_to(live).as_posix() if path.is_relative_to(live) else path.name
            name = "/".join("collection" if len(part) == 36 else part for part in name.split("/"))
            if name in result.details["detected_by_file"]:
                continue
            detected = 0
            whole = path.read_bytes()
            for number in range(trials):
                label = _damage(path, whole, chance, flip=number >= trials // 2)
                ended = run_forked(lambda: _ask(data))
                result.trials += 1
                complaint = ended.error or _complaint(name, ended.told)
                if complaint:
                    result.failures.append(f"{name}, {label}: {complaint}")
                detected += bool(ended.told and (ended.told["notice"] or ended.told["found"]))
                path.write_bytes(whole)
            result.details["detected_by_file"][name] = f"{detected} of {trials}"
            tell(f"{name}: {detected} of {trials} detected, {len(result.failures)} failures")


def _damage(path: Path, whole: bytes, chance: random.Random, *, flip: bool) -> str:
    place = chance.randrange(len(whole))
    if not flip:
        path.write_bytes(whole[:place])
        return f"cut at {place} of {len(whole)}"
    bit = 1 << chance.randrange(8)
    path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
    return f"bit {bit} of byte {place} flipped"


def _ask(data: Path) -> dict[str, Any]:
    """One question, by the index where it can be used, the live release read whole, and what `verify` says."""
    knowledge_base = open_knowledge_base(data)
    opened = knowledge_base.releases.open_live(BRAND)
    passages = [opened.passages.passage(row) for row in range(len(opened.passages))]
    generation, complaint = generation_of(passages)
    found = knowledge_base.retriever.find(BRAND, "How often is part 3 checked?", vehicle=VehicleContext())
    findings = [one for one in verify_releases(knowledge_base.releases, BRAND) if not one.intact]
    return {
        "generation": generation,
        "complaint": complaint or (None if has_secret(passages) else "a passage is lost"),
        "hits": len(found.hits),
        "hit_generations": sorted({generation_of([hit.passage])[0] or 0 for hit in found.hits}),
        "notice": opened.notice,
        "found": [f"{one.complaint}; {one.advice}" for one in findings],
    }


def _complaint(name: str, told: dict[str, Any]) -> str | None:
    wanted = 1 if name in _HARMLESS else 0
    noticed = bool(told["notice"]) and _MEND in told["notice"].lower()
    if told["complaint"]:
        return str(told["complaint"])
    if told["hits"] == 0 or told["hit_generations"] != [told["generation"]]:
        return f"the search found {told['hits']} passages of generations {told['hit_generations']}"
    if told["generation"] != wanted:
        return f"generation {told['generation']} answers instead of {wanted}"
    if name != _LOG and not told["found"]:
        return "it was not found"
    if name not in {_LOG, "published.json", "view.json"} and not noticed:
        return f"what to do was not told: {told['notice']}"
    return None
