"""Refuses every Nth write, fsync and rename of each step, one at a time."""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from brands import load_group
from evals.faults.crash import EXPECTED, collect, erase_secret, ingest, publish_any, roll_back
from evals.faults.failing_calls import CALLS, Call, FailingCalls, refusing
from evals.faults.forked import run_forked
from evals.faults.generations import (
    BRAND,
    RETAINED,
    build_generation,
    complaints_of,
    open_knowledge_base,
    write_generation,
    write_group,
)
from evals.faults.suite_result import SuiteResult
from ingest.bootstrap import build_pipeline
from ingest.settings import IngestSettings
from knowledge_base.backup import back_up

# More than any step makes; the sweep of a kind ends with the first number that is not reached.
_MOST_CALLS = 2_000

LIVE = RETAINED
ERASED = LIVE - 1

STEPS: dict[str, Callable[[Path], Any]] = {
    "ingest": lambda group: ingest(group, publish=True),
    "publish": lambda group: publish_any(group, 0.0),
    "rollback": roll_back,
    "gc": collect,
    "erase": lambda group: erase_secret(group, ERASED),
    "backup": lambda group: back_up(open_knowledge_base(group / ".marque"), group / "backup.tar").files,
}


def sweep_calls(
    every: int = 1,
    steps: Sequence[str] = tuple(STEPS),
    calls: Sequence[Call] = CALLS,
    tell: Callable[[str], None] = lambda _: None,
) -> SuiteResult:
    """Refuse each call of each step once, in a process of its own, and look at what is kept afterwards.

    Args:
        every: refuse only each so-manieth call.
        steps: which steps.
        calls: which calls.
        tell: told how far it is.
    """
    result = SuiteResult("sweep", details={"refused": {}})
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="marque-sweep-") as place:
        base = Path(place) / "base"
        prepared = run_forked(lambda: _prepare(base))
        if prepared.error:
            result.failures.append(f"the group could not be prepared: {prepared.error}")
            return result
        for step in steps:
            for call in calls:
                count = _sweep(result, base, Path(place) / "tried", step, call, every)
                result.details["refused"][f"{step} {call}"] = count
            tell(f"{step}: {result.trials} trials so far, {len(result.failures)} failures")
    result.seconds = time.perf_counter() - begun
    return result


def _sweep(result: SuiteResult, base: Path, tried: Path, step: str, call: Call, every: int) -> int:
    """Refuse one kind of call in one step, until the step makes no further one; how many were refused."""
    count = 0
    for number in range(1, _MOST_CALLS, every):
        shutil.rmtree(tried, ignore_errors=True)
        shutil.copytree(base, tried)

        def run(number: int = number) -> bool:
            calls = FailingCalls(call, number)
            try:
                with refusing(calls):
                    STEPS[step](tried)
            except EXPECTED as error:
                if not calls.refused:
                    raise AssertionError(f"it failed by itself: {error}") from error
            return calls.refused

        ended = run_forked(run)
        label = f"{step}, {call} {number} refused"
        if ended.error:
            result.failures.append(f"{label}: {ended.error}")
            if ended.told is None and "hung" in ended.error:
                return count
        elif not ended.told:
            return count
        count += 1
        result.trials += 1
        seen = run_forked(lambda: _look(tried, step))
        if seen.error:
            result.failures.append(f"{label}: afterwards {seen.error}")
        else:
            result.failures += [f"{label}: {one}" for one in seen.told]
    return count


def _prepare(base: Path) -> bool:
    """More kept releases than are retained, the last but one live, and newer documents that are read already."""
    write_group(base)
    knowledge_base = open_knowledge_base(base / ".marque", retained=LIVE + 2)
    for generation in range(LIVE + 2):
        build_generation(knowledge_base, generation, publish=generation <= LIVE)
    write_generation(base, LIVE + 2)
    pipeline = build_pipeline(load_group(base), knowledge_base, IngestSettings(workers=1))
    pipeline.view(BRAND)
    pipeline.close()
    return True


def _look(group: Path, step: str) -> list[str]:
    knowledge_base = open_knowledge_base(group / ".marque")
    before = {LIVE, LIVE + {"ingest": 2, "publish": 1, "rollback": -1}.get(step, 0)}
    perhaps_erased = {ERASED} if step == "erase" else set()
    found = complaints_of(knowledge_base, set(), perhaps_erased, {knowledge_base.releases.pointer(BRAND)})
    marker = knowledge_base.releases.open_live(BRAND).passages.passage(0).text.partition("-")[0].rpartition("G")[2]
    if int(marker) not in before:
        found.append(f"generation {marker} is live instead of one of {sorted(before)}")
    if step == "backup" and list(group.glob(".backup*")):
        found.append("a part of a backup is left")
    # Whoever comes next finds nothing half done.
    knowledge_base.releases.retire(BRAND)
    building = group / ".marque" / BRAND / "building"
    if building.is_dir() and any(building.iterdir()):
        found.append("something half built is left after the next step")
    return found
