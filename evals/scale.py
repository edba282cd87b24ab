"""How a question's time grows with the passages of a brand."""

import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from brands import Scope, load_group
from evals.golden_file import load_golden
from evals.measurement import run_json
from evals.measuring_process import DATA_FOLDER
from evals.memory import peak_memory_mb
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.embedder import Vectors
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord

BRAND = "scale"
MODELS = 20
# The size at which the project promises these milliseconds.
PROMISED_AT, PROMISED_P50_MS, PROMISED_P95_MS = 20_000, 4.0, 8.0
# Share of the words of a repeated text that are others.
_CHANGED = 0.12
_BLOCK_ROWS = 20_000


def measure_scale(
    group: Path, sizes: Sequence[int], questions: int, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Build a release of each size from a group's texts, and ask it in a fresh process.

    Args:
        group: a group folder with golden questions.
        sizes: passages of each release.
        questions: how many are asked of each.
        tell: told what is being done.
    """
    asked = _questions(group, questions)
    found = []
    with tempfile.TemporaryDirectory(prefix="marque-scale-") as place:
        texts = Path(place) / "texts"
        tell("reading the group's documents")
        passages = _read_group(group, texts)
        for size in sorted(sizes):
            tell(f"{size:,} passages")
            folder = Path(place) / str(size)
            built = _run("build", group=str(texts), data_folder=str(folder), passages=size)
            job = json.dumps({"data_folder": str(folder), "brand": BRAND, "questions": asked, "model": "model0"})
            figures = run_json([sys.executable, "-m", "evals.asking_process", "asking"], job)
            found.append({**built, **figures})
            tell(f"{size:,} passages: {figures['whole_p50_ms']} ms")
            shutil.rmtree(folder)
    return {"texts": passages, "questions": len(asked), "models": MODELS, "sizes": found, "goals": judge(found)}


def judge(sizes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare what was found with what is promised.

    Args:
        sizes: `passages`, `whole_p50_ms` and `whole_p95_ms` of each.
    """
    goals = []
    promised = next((one for one in sizes if one["passages"] == PROMISED_AT), None)
    if promised is not None:
        for label, goal in (("p50", PROMISED_P50_MS), ("p95", PROMISED_P95_MS)):
            figure = promised[f"whole_{label}_ms"]
            goals.append({"figure": f"question_{label}_ms", "found": figure, "goal": goal, "met": figure <= goal})
        for one in (one for one in sizes if one["passages"] > PROMISED_AT):
            # No faster than the logarithm, from what is promised at the size of the promise.
            goal = round(PROMISED_P50_MS * math.log(one["passages"]) / math.log(PROMISED_AT), 2)
            figure = one["whole_p50_ms"]
            name = f"question_p50_ms_{one['passages']}"
            goals.append({"figure": name, "found": figure, "goal": goal, "met": figure <= goal})
    return goals


def build(group: str, data_folder: str, passages: int) -> dict[str, Any]:
    """Publish a release of repeated and varied texts with random unit vectors.

    Args:
        group: where `_read_group` put the group's passages.
        data_folder: where the release is to lie.
        passages: how many.
    """
    knowledge_base = build_knowledge_base(Path(data_folder))
    texts = [*_kept_passages(Path(group))]
    made = [*vary(texts, passages)]
    names = sorted({one.document_id for one in made})
    begun, worked = time.perf_counter(), time.process_time()
    manifest = knowledge_base.releases.build(
        BRAND,
        made,
        unit_vectors(passages, knowledge_base.embedder.dimension),
        documents=[DocumentRecord(name, name, "0" * 64, 1, "en", name) for name in names],
        failures={},
        created_by="bench",
        embedder_fingerprint=knowledge_base.embedder.fingerprint,
    )
    knowledge_base.releases.publish(BRAND, manifest.release_id)
    return {
        "passages": manifest.passages,
        "build_s": round(time.perf_counter() - begun, 3),
        "build_cpu_s": round(time.process_time() - worked, 3),
        "build_rss_mb": peak_memory_mb(),
    }


def vary(texts: Sequence[Passage], count: int, seed: int = 0) -> Iterator[Passage]:
    """Passages that repeat texts, each time with other words here and there and a number of its own.

    Args:
        texts: real ones.
        count: how many passages.
        seed: another seed changes other words.
    """
    chance = np.random.default_rng(seed)
    spoken = [one.text.split() for one in texts]
    vocabulary = np.array([word for words in spoken for word in words])
    for row in range(count):
        copy, place = divmod(row, len(texts))
        one, words = texts[place], list(spoken[place])
        if copy:
            changed = np.flatnonzero(chance.random(len(words)) < _CHANGED)
            for at, word in zip(changed, chance.choice(vocabulary, len(changed)), strict=True):
                words[at] = str(word)
        yield replace(
            one,
            document_id=f"{copy:04d}/{one.document_id}",
            title=f"{one.title} {copy}",
            text=f"{' '.join(words)} No. {row:07d}.",
            scope=Scope("en", models=(f"model{copy % MODELS}",)),
        )


def unit_vectors(count: int, dimension: int, seed: int = 1) -> Vectors:
    """Random vectors of length 1, of shape (count, dimension).

    Args:
        count: how many.
        dimension: length of each.
        seed: another seed gives others.
    """
    chance = np.random.default_rng(seed)
    vectors = np.empty((count, dimension), np.float32)
    for start in range(0, count, _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS]
        chance.standard_normal(dtype=np.float32, out=block)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def _questions(group: Path, count: int) -> list[str]:
    found = []
    for profile in load_group(group).brands.values():
        golden = load_golden(group / "brands" / profile.id / "golden_questions.yaml")
        found += [one.question for one in golden.questions]
    texts = list(dict.fromkeys(found))
    # Asked a second time, a question would be known: each gets other words at its end.
    return [texts[number % len(texts)] + " please" * (number // len(texts)) for number in range(count)]


def _read_group(group: Path, folder: Path) -> int:
    from ingest.bootstrap import build_pipeline

    copied = folder / "group"
    shutil.copytree(group, copied, ignore=shutil.ignore_patterns(DATA_FOLDER))
    loaded = load_group(copied)
    knowledge_base = build_knowledge_base(folder / "data", embedder=FakeEmbedder())
    pipeline = build_pipeline(loaded, knowledge_base)
    for brand_id in loaded.brands:
        pipeline.ingest(brand_id, publish=True, created_by="bench")
    pipeline.close()
    return sum(1 for _ in _kept_passages(folder))


def _kept_passages(folder: Path) -> Iterator[Passage]:
    releases = build_knowledge_base(folder / "data", embedder=FakeEmbedder()).releases
    for brand_id in load_group(folder / "group").brands:
        live = releases.live(brand_id)
        if live is not None:
            yield from releases.passages_of(brand_id, live.release_id)


def _run(job: str, **arguments: Any) -> dict[str, Any]:
    return run_json([sys.executable, "-m", "evals.scale_process", job], json.dumps(arguments))
