"""Asks questions from several processes and threads while releases are published."""

import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from brands import VehicleContext
from evals.faults.forked import Forked
from evals.faults.generations import BRAND, build_generation, generation_of, open_knowledge_base
from evals.faults.suite_result import SuiteResult

_QUESTION = "How often is part 3 of the vehicle checked?"


def measure_readers(
    reads: int = 20_000,
    publishes: int = 50,
    processes: int = 2,
    threads: int = 4,
    tell: Callable[[str], None] = lambda _: None,
) -> SuiteResult:
    """Compare every answer with what was published: each must be exactly one release, whole.

    Args:
        reads: at least so many questions, over all readers.
        publishes: releases that go live meanwhile; every fifth time it is rolled back instead.
        processes: reading processes beside the one that publishes.
        threads: readers in each.
        tell: told how far it is.
    """
    result = SuiteResult("readers")
    begun = time.perf_counter()
    context = multiprocessing.get_context("fork")
    count: Synchronized[int] = context.Value("q", 0)
    ended = context.Event()
    with tempfile.TemporaryDirectory(prefix="marque-readers-") as place:
        data = Path(place)
        first = build_generation(open_knowledge_base(data), 0)
        published = {first.release_id: 0}
        readers = [Forked(lambda: _read(data, threads, count, ended)) for _ in range(processes)]
        knowledge_base = open_knowledge_base(data)
        try:
            for number in range(1, publishes + 1):
                if number % 5 == 0:
                    knowledge_base.releases.rollback(BRAND)
                else:
                    published[build_generation(knowledge_base, number).release_id] = number
                while count.value < reads * number / publishes:
                    time.sleep(0.01)
                    if time.perf_counter() - begun > 1800:
                        result.failures.append(f"only {count.value} reads in half an hour")
                        break
                if number % 10 == 0:
                    tell(f"{number} of {publishes} publishes, {count.value} reads")
        finally:
            ended.set()
            outcomes = [one.end() for one in readers]
    seen: set[str] = set()
    for outcome in outcomes:
        if outcome.error:
            result.failures.append(f"a reading process: {outcome.error}")
            continue
        result.trials += outcome.told["reads"]
        result.failures += outcome.told["failures"]
        for release_id, generation in outcome.told["seen"]:
            seen.add(release_id)
            if published.get(release_id) != generation:
                result.failures.append(f"{release_id} answered with generation {generation}")
    result.seconds = time.perf_counter() - begun
    result.details |= {
        "reads": result.trials, "publishes": publishes, "processes": processes, "threads": threads,
        "releases_seen": len(seen), "releases_published": len(published),
    }  # fmt: skip
    return result


def _read(data: Path, threads: int, count: "Synchronized[int]", ended: Event) -> dict[str, Any]:
    knowledge_base = open_knowledge_base(data)
    failures: list[str] = []
    seen: set[tuple[str, int]] = set()
    reads = [0] * threads

    def ask(place: int) -> None:
        while not ended.is_set():
            try:
                release_id, generation, complaint = _answer(knowledge_base)
            except Exception as error:  # noqa: BLE001 - one request: whatever it raises is what is counted here
                failures.append(f"{type(error).__name__}: {error}")
                continue
            finally:
                reads[place] += 1
                with count.get_lock():
                    count.value += 1
            seen.add((release_id, generation))
            if complaint:
                failures.append(f"{release_id}: {complaint}")

    readers = [threading.Thread(target=ask, args=(place,)) for place in range(threads)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    told: dict[str, Any] = {"reads": sum(reads), "failures": failures[:100], "seen": sorted(seen)}
    return dict(json.loads(json.dumps(told)))


def _answer(knowledge_base: Any) -> tuple[str, int, str | None]:
    """One question by search and one release read whole; the answer's release and generation."""
    found = knowledge_base.retriever.find(BRAND, _QUESTION, vehicle=VehicleContext())
    told = {int(hit.passage.text.partition("-")[0].rpartition("G")[2]) for hit in found.hits}
    opened = knowledge_base.releases.open_live(BRAND)
    passages = [opened.passages.passage(row) for row in range(len(opened.passages))]
    generation, complaint = generation_of(passages)
    if len(told) != 1:
        return found.release_id, -1, f"the hits are of generations {sorted(told)}"
    if opened.notice:
        complaint = opened.notice
    if complaint is None and opened.manifest.created_by != f"generation {generation}":
        complaint = f"{opened.manifest.created_by} holds generation {generation}"
    return found.release_id, told.pop(), complaint
