"""How fast releases are built, switched, rolled back and opened, and what many of them take."""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from brands import Scope, VehicleContext
from evals.memory import peak_memory_mb
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.embedder import Vectors
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, Manifest
from knowledge_base.settings import KnowledgeBaseSettings

DIMENSION = 384
_WORDS = ("tyre", "pressure", "brake", "lamp", "engine", "service", "interval", "coolant", "seat", "belt", "charge",
          "battery", "window", "mirror", "towing", "weight", "warranty", "recall", "filter", "oil")  # fmt: skip
_MEGABYTE = 1024 * 1024


def measure_publishing(passages: int, readers: int = 4) -> dict[str, Any]:
    """Build and publish a release whose embeddings are cached, switch, roll back under load, open.

    Args:
        passages: of the release.
        readers: threads that ask questions while it is rolled back.
    """
    with tempfile.TemporaryDirectory(prefix="marque-speed-") as place:
        knowledge_base = _open(Path(place))
        made = make_passages(passages)
        texts = [one.embedded_text for one in made]
        knowledge_base.embedding_cache.embed(texts)
        first = _build(knowledge_base, "alder", made[: max(1, passages // 2)])
        knowledge_base.releases.publish("alder", first.release_id)
        begun, worked = time.perf_counter(), time.process_time()
        embedded = knowledge_base.embedding_cache.embed(texts)
        manifest = _build(knowledge_base, "alder", made, embedded.vectors)
        knowledge_base.releases.publish("alder", manifest.release_id)
        publishing, processing = time.perf_counter() - begun, time.process_time() - worked
        switches = _switches(knowledge_base, (first.release_id, manifest.release_id))
        rollback = _rollback_under_load(knowledge_base, readers)
        knowledge_base.releases.publish("alder", manifest.release_id)
        opening = [_timed(lambda: _open(Path(place)).releases.open_live("alder")) for _ in range(5)]
        return {
            "passages": passages,
            "embedded_anew": embedded.new,
            "publish_s": round(publishing, 2),
            "publish_cpu_s": round(processing, 2),
            "switch_ms": round(statistics.median(switches) * 1000, 2),
            "switch_max_ms": round(max(switches) * 1000, 2),
            **rollback,
            "open_s": round(statistics.median(opening), 4),
            "open_max_s": round(max(opening), 4),
            "size_mb": sum(one.stat().st_size for one in Path(place).rglob("*") if one.is_file()) // _MEGABYTE,
        }


def measure_many_brands(brands: int, passages: int, open_releases: int = 32) -> dict[str, Any]:
    """Ask every brand in turn from this one process.

    Args:
        brands: how many.
        passages: of each.
        open_releases: how many are kept open at once.
    """
    with tempfile.TemporaryDirectory(prefix="marque-brands-") as place:
        names = [f"brand{number:03d}" for number in range(brands)]
        # Built by another process: what is measured is one that serves.
        child = os.fork()
        if child == 0:
            _publish_all(Path(place), names, passages)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError(f"the brands could not be built ({status})")
        process = psutil.Process()
        before = process.memory_info().rss
        knowledge_base = _open(Path(place), open_releases)
        times = [_timed(lambda name=name: _ask(knowledge_base, name)) for _ in range(2) for name in names]  # type: ignore[misc]
        return {
            "brands": brands,
            "passages_each": passages,
            "open_releases": open_releases,
            "rss_mb": process.memory_info().rss // _MEGABYTE,
            "peak_rss_mb": peak_memory_mb(),
            "rss_before_mb": before // _MEGABYTE,
            "open_files": len(process.open_files()),
            "threads": process.num_threads(),
            "question_p50_ms": round(statistics.median(times) * 1000, 2),
        }


def make_passages(count: int, seed: int = 0) -> list[Passage]:
    """Passages of about 700 characters that differ from each other.

    Args:
        count: how many.
        seed: another seed gives other words.
    """
    chance = np.random.default_rng(seed)
    words = chance.choice(_WORDS, size=(count, 100))
    return [
        Passage(
            f"manuals/{row // 100}.md", f"Manual {row // 100}", (f"Section {row % 100 // 5}",),
            f"Item {seed}-{row}: {' '.join(words[row])}.", "text", Scope("en"), row % 100,
        )
        for row in range(count)
    ]  # fmt: skip


def _open(place: Path, open_releases: int = 32) -> KnowledgeBase:
    settings = KnowledgeBaseSettings(open_releases=open_releases)
    return build_knowledge_base(place, settings, embedder=FakeEmbedder(DIMENSION))


def _build(
    knowledge_base: KnowledgeBase, brand_id: str, passages: Sequence[Passage], vectors: Vectors | None = None
) -> Manifest:
    if vectors is None:
        vectors = knowledge_base.embedding_cache.embed([one.embedded_text for one in passages]).vectors
    names = sorted({one.document_id for one in passages})
    return knowledge_base.releases.build(
        brand_id,
        passages,
        vectors,
        documents=[DocumentRecord(name, name, "0" * 64, 100, "en", name) for name in names],
        failures={},
        created_by="bench",
        embedder_fingerprint=knowledge_base.embedder.fingerprint,
    )


def _publish_all(place: Path, names: Sequence[str], passages: int) -> None:
    knowledge_base = _open(place)
    for number, name in enumerate(names):
        manifest = _build(knowledge_base, name, make_passages(passages, number))
        knowledge_base.releases.publish(name, manifest.release_id)


def _switches(knowledge_base: KnowledgeBase, releases: Sequence[str]) -> list[float]:
    """Seconds of publishing a verified release, over and again."""
    for release_id in releases:
        knowledge_base.releases.publish("alder", release_id)
    turns = [releases[turn % 2] for turn in range(20)]
    return [_timed(lambda one=one: knowledge_base.releases.publish("alder", one)) for one in turns]  # type: ignore[misc]


def _rollback_under_load(knowledge_base: KnowledgeBase, readers: int) -> dict[str, float]:
    """Seconds of a rollback while others ask, and until they are answered from the older release."""
    ended = threading.Event()
    asked = [0] * readers

    def ask(place: int) -> None:
        while not ended.is_set():
            _ask(knowledge_base, "alder")
            asked[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(readers)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    begun = time.perf_counter()
    manifest = knowledge_base.releases.rollback("alder")
    rolled_back = time.perf_counter() - begun
    while _ask(knowledge_base, "alder") != manifest.release_id:
        time.sleep(0.001)
    seen = time.perf_counter() - begun
    ended.set()
    for thread in threads:
        thread.join()
    return {"rollback_s": round(rolled_back, 3), "rollback_seen_s": round(seen, 3), "questions_meanwhile": sum(asked)}


def _ask(knowledge_base: KnowledgeBase, brand_id: str) -> str:
    question = "What is the tyre pressure with a full load?"
    return knowledge_base.retriever.find(brand_id, question, vehicle=VehicleContext()).release_id


def _timed(run: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
