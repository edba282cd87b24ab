"""Kills processes that ingest, publish, roll back, collect and erase, at random moments."""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brands import load_group
from evals.faults.forked import Forked, run_forked
from evals.faults.generations import (
    BRAND,
    Index,
    complaints_of,
    open_knowledge_base,
    secret,
    write_generation,
    write_group,
)
from evals.faults.suite_result import SuiteResult
from ingest.bootstrap import build_pipeline
from ingest.errors import IngestError
from ingest.settings import IngestSettings
from knowledge_base.byte_search import find_bytes
from knowledge_base.erasure import ErasureTarget, erase
from knowledge_base.errors import KnowledgeBaseError

READY_SECONDS = 5.0
EXPECTED = (KnowledgeBaseError, IngestError)
_WEIGHTS = {"ingest": 8, "candidate": 3, "publish": 2, "rollback": 2, "gc": 1, "erase": 4}


@dataclass
class _Model:
    """What must hold, in plain Python."""

    generation: int = 0
    live: str | None = None
    erased: set[int] = field(default_factory=set)
    perhaps_erased: set[int] = field(default_factory=set)


def measure_crashes(kills: int, seed: int = 0, tell: Callable[[str], None] = lambda _: None) -> SuiteResult:
    """Kill until so many processes were killed at work; after each, compare all that is kept with the model.

    Args:
        kills: how many.
        seed: of the random moments.
        tell: told how far it is.
    """
    chance = random.Random(seed)  # noqa: S311 - moments to kill at, no secrets
    result = SuiteResult("crash", details={"ready_seconds_max": 0.0, "completed": 0, "kills_by_step": {}})
    begun = time.perf_counter()
    usual: dict[str, float] = dict.fromkeys(_WEIGHTS, 1.5)
    with tempfile.TemporaryDirectory(prefix="marque-crash-") as place:
        group = write_group(Path(place) / "group")
        model = _Model()
        write_generation(group, 0)
        first = run_forked(lambda: ingest(group, publish=True), EXPECTED)
        if first.error:
            result.failures.append(f"the first ingest failed: {first.error}")
            return result
        model.live = first.told
        while result.trials < kills and len(result.failures) < kills:
            name = chance.choices([*_WEIGHTS], [*_WEIGHTS.values()])[0]
            run, chosen = _step(name, group, model, chance)
            ended = Forked(run, EXPECTED).end(kill_after=chance.random() * usual[name] * 1.1)
            if ended.killed:
                result.trials += 1
                by_step = result.details["kills_by_step"]
                by_step[name] = by_step.get(name, 0) + 1
            else:
                usual[name] = 0.7 * usual[name] + 0.3 * ended.seconds
                result.details["completed"] += 1
                if ended.error and not ended.expected:
                    result.failures.append(f"{name} after {result.trials} kills: {ended.error}")
            _compare(result, group, model, name, chosen, ended.killed or ended.error is not None)
            if result.trials % 20 == 0 and ended.killed:
                tell(f"{result.trials} of {kills} kills, {len(result.failures)} failures")
    result.seconds = time.perf_counter() - begun
    result.details |= {"kills": result.trials, "ready_limit_seconds": READY_SECONDS}
    return result


def _step(name: str, group: Path, model: _Model, chance: random.Random) -> tuple[Callable[[], Any], int]:
    if name in {"ingest", "candidate"}:
        model.generation += 1
        write_generation(group, model.generation)
        return lambda: ingest(group, publish=name == "ingest"), model.generation
    if name == "erase":
        chosen = max(0, model.generation - chance.randrange(3))
        return lambda: erase_secret(group, chosen), chosen
    if name == "publish":
        where = chance.random()
        return lambda: publish_any(group, where), 0
    return (lambda: roll_back(group)) if name == "rollback" else (lambda: collect(group)), 0


def _compare(result: SuiteResult, group: Path, model: _Model, name: str, chosen: int, cut_short: bool) -> None:
    """Open everything in a fresh process, as the next start does, and compare it with the model."""
    if name == "erase":
        (model.perhaps_erased if cut_short else model.erased).add(chosen)
        model.perhaps_erased -= model.erased

    def look() -> dict[str, Any]:
        begun = time.perf_counter()
        knowledge_base = open_knowledge_base(group / ".marque")
        knowledge_base.releases.open_live(BRAND)
        ready = time.perf_counter() - begun
        pointer = knowledge_base.releases.pointer(BRAND)
        # Which of several moves was complete is for the pointer to say; it may only name a release that is kept whole.
        allowed = {pointer} if name in {"ingest", "publish", "rollback"} else {model.live}
        found = complaints_of(knowledge_base, model.erased, model.perhaps_erased, allowed)
        if not cut_short:
            left = find_bytes(group / ".marque", [secret(one) for one in sorted(model.erased)])
            found += [f"what was erased is still in {', '.join(left)}"] if left else []
        return {"ready": ready, "complaints": found, "live": pointer}

    seen = run_forked(look)
    if seen.error:
        result.failures.append(f"after {name}, kill {result.trials}: {seen.error}")
        return
    result.failures += [f"after {name}, kill {result.trials}: {one}" for one in seen.told["complaints"]]
    if seen.told["ready"] > READY_SECONDS:
        result.failures.append(f"after {name}, kill {result.trials}: ready after {seen.told['ready']:.1f} s")
    result.details["ready_seconds_max"] = round(max(result.details["ready_seconds_max"], seen.told["ready"]), 3)
    model.live = seen.told["live"]


def ingest(group: Path, *, publish: bool, index: Index = "clusters") -> str | None:
    """Bring the documents in; what is live afterwards."""
    knowledge_base = open_knowledge_base(group / ".marque", index)
    pipeline = build_pipeline(load_group(group), knowledge_base, IngestSettings(workers=1))
    try:
        report = pipeline.ingest(BRAND, publish=publish, created_by="faults", accept_loss=True)
    finally:
        pipeline.close()
    return report.live


def erase_secret(group: Path, generation: int) -> int:
    """Erase the secret of a generation; how many releases held it."""
    knowledge_base = open_knowledge_base(group / ".marque")
    done = erase(knowledge_base, ErasureTarget(text=secret(generation)), [BRAND], by="faults", remember_for=["*"])
    return len(done.releases)


def roll_back(group: Path) -> str:
    """Roll back; what is live afterwards."""
    return open_knowledge_base(group / ".marque").releases.rollback(BRAND, by="faults").release_id


def collect(group: Path) -> list[str]:
    """Remove old releases; which."""
    return list(open_knowledge_base(group / ".marque").releases.retire(BRAND))


def publish_any(group: Path, where: float) -> str:
    """Publish a kept release, 0 for the newest, nearly 1 for the oldest; which."""
    releases = open_knowledge_base(group / ".marque").releases
    kept = releases.kept_ids(BRAND)
    chosen = kept[int(where * len(kept))]
    releases.publish(BRAND, chosen, published_by="faults")
    return chosen
