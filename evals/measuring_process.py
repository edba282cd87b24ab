"""What runs in a fresh process: `python -m evals.measuring_process JOB`, arguments and result as JSON."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from evals.memory import MemoryWatch, peak_memory_mb

DATA_FOLDER = ".marque"
# Of /proc/self/stat (proc(5)), behind the name: when the process was started, in ticks since the boot.
_START_FIELD = 19


def since_start() -> float:
    """Seconds since this process was started, its interpreter included."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.time() - psutil.Process().create_time()
    # The time of day of a start is known to the second only, and moves with the clock; since the boot both are exact.
    told = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(told[_START_FIELD]) / os.sysconf("SC_CLK_TCK")


def start(folder: str) -> dict[str, Any]:
    """From nothing to the first embedded question.

    Args:
        folder: any folder for data.
    """
    from knowledge_base.bootstrap import build_knowledge_base

    knowledge_base = build_knowledge_base(Path(folder))
    knowledge_base.embedder.embed_question("warm")
    return {"cold_start_s": since_start(), "peak_rss_mb": peak_memory_mb()}


def ingest(group: str) -> dict[str, Any]:
    """Bring in and publish the documents of every brand.

    Args:
        group: the group folder; its data lie in `.marque` inside.
    """
    from brands import load_group
    from ingest.bootstrap import build_pipeline
    from knowledge_base.bootstrap import build_knowledge_base

    loaded = load_group(Path(group))
    knowledge_base = build_knowledge_base(Path(group) / DATA_FOLDER)
    knowledge_base.embedder.embed_question("warm")
    ready = since_start()
    pipeline = build_pipeline(loaded, knowledge_base)
    counted: dict[str, Any] = {"documents": 0, "passages": 0, "embedded": 0, "failed": 0}
    begun = time.perf_counter()
    with MemoryWatch() as memory:
        for brand_id in loaded.brands:
            report = pipeline.ingest(brand_id, publish=True, created_by="evaluation").as_json()
            states = [one["state"] for one in report["documents"]]
            counted["documents"] += len(states)
            counted["failed"] += states.count("failed")
            counted["passages"] += sum(one["passages"] for one in report["documents"])
            counted["embedded"] += report["embedded"]
    seconds = time.perf_counter() - begun
    pipeline.close()
    return {
        **counted,
        "cold_start_s": ready,
        "ingest_s": seconds,
        "peak_rss_mb": memory.peak_mb,
    }


def retrieval(group: str, questions: Sequence[Mapping[str, Any]], limit: int, baselines: bool) -> dict[str, Any]:
    """Search for every question in what `ingest` brought in.

    Args:
        group: the group folder.
        questions: `brand`, `text` and `history` (role and text of each turn) of each; without a brand nothing is found.
        limit: hits a question.
        baselines: whether the simple searches are asked too.

    Returns:
        What `search_questions` gives.
    """
    from knowledge_base.bootstrap import build_knowledge_base

    knowledge_base = build_knowledge_base(Path(group) / DATA_FOLDER)
    knowledge_base.embedder.embed_question("warm")
    ready = since_start()

    from brands import load_group
    from evals.search_questions import search_questions

    found = search_questions(knowledge_base, load_group(Path(group)), questions, limit, baselines=baselines)
    return {"cold_start_s": ready, **found}


def replies(group: str, data_folder: str, questions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Ask the bot every question over what is live, each once, after every brand was warmed.

    Args:
        group: the group folder.
        data_folder: where its releases lie.
        questions: brand and text of each.
    """
    from bot.bootstrap import build_assistant
    from bot.question import Question
    from bot.settings import BotSettings
    from brands import load_group
    from knowledge_base.bootstrap import build_knowledge_base

    loaded = load_group(Path(group))
    knowledge_base = build_knowledge_base(Path(data_folder), glossaries=loaded.glossaries)
    assistant = build_assistant(loaded, knowledge_base, BotSettings(model=None))
    first_brand, first_text = questions[0]
    assistant.ask(Question(first_brand, first_text))
    first_reply = since_start()
    for brand_id in {brand_id for brand_id, _ in questions}:
        assistant.warm(brand_id)
        for _ in assistant.read_ahead(brand_id):
            pass
    times: list[float] = []
    kinds: dict[str, int] = {}
    for brand_id, text in questions:
        begun = time.perf_counter()
        reply = assistant.ask(Question(brand_id, text))
        times.append((time.perf_counter() - begun) * 1000)
        kinds[reply.kind] = kinds.get(reply.kind, 0) + 1
    return {"first_reply_s": first_reply, "times_ms": times, "kinds": kinds, "peak_rss_mb": peak_memory_mb()}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "start": start,
    "ingest": ingest,
    "retrieval": retrieval,
    "replies": replies,
}


def main() -> None:
    """Run one job."""
    arguments = json.loads(sys.stdin.read())
    result = JOBS[sys.argv[1]](**arguments)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
