"""What asks or computes in a fresh process: `python -m evals.asking_process JOB`, arguments and result as JSON."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from brands import VehicleContext
from evals.measuring_process import since_start
from evals.memory import peak_memory_mb
from evals.metrics import median, percentile
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.cores import usable_cores

ASKERS = 16
# As many characters as the peer's passages have; they overlap by a fifth, as the peer's do.
_PIECE, _STEP = 1000, 800
_CANDIDATES = 100
# Numbers behind the questions of one worker's turn and the next.
_APART = 1_000_000
# MiniLM's layers, width and the ratio of its feed-forward part: what a text costs (Kaplan et al. 2020, table 1).
_LAYERS, _WIDTH, _WIDE = 6, 384, 4


def asking(data_folder: str, brand: str, questions: Sequence[str], model: str) -> dict[str, Any]:
    """Ask every question once over what is live, whole and step by step, in all passages and in those of one model.

    Args:
        data_folder: where the releases lie.
        brand: who is asked.
        questions: each is new to this process.
        model: a model whose passages are a scope of the release.

    Returns:
        Milliseconds of each step, on the clock and of the processor, how long opening took, and the most memory.
    """
    knowledge_base = build_knowledge_base(Path(data_folder))
    knowledge_base.embedder.embed_question("warm")
    begun = time.perf_counter()
    release = knowledge_base.releases.open_live(brand)
    knowledge_base.retriever.warm(brand)
    opening = time.perf_counter() - begun
    scope = VehicleContext(model=model)
    for vehicle in (VehicleContext(), scope):
        for text in questions[:5]:
            knowledge_base.retriever.find(brand, f"{text} warm", vehicle=vehicle)
    languages = release.passages.rows.languages
    find = knowledge_base.retriever.find
    times: dict[str, list[float]] = {}
    for text in questions:
        vector = knowledge_base.embedder.embed_question(f"{text} once")
        steps: dict[str, Callable[[], object]] = {
            "whole": lambda text=text: find(brand, text, vehicle=VehicleContext()),  # type: ignore[misc]
            "in_scope": lambda text=text: find(brand, f"{text} here", vehicle=scope),  # type: ignore[misc]
            "embed": lambda text=text: knowledge_base.embedder.embed_question(text),  # type: ignore[misc]
            "keyword": lambda text=text: release.keywords.find(text, languages).best(_CANDIDATES),  # type: ignore[misc]
            "dense": lambda vector=vector: release.passages.nearest(vector, None, _CANDIDATES),  # type: ignore[misc]
        }
        for name, step in steps.items():
            worked = time.process_time()
            times.setdefault(name, []).append(_timed(step))
            spent = (time.process_time() - worked) * 1000
            times.setdefault("processor" if name == "whole" else f"{name}_processor", []).append(spent)
    found = {
        f"{name}_{label}_ms": round(figure, 3)
        for name, some in times.items()
        for label, figure in (("p50", median(some)), ("p95", percentile(some, 0.95)))
    }
    return {"open_s": round(opening, 3), "asking_rss_mb": peak_memory_mb(), **found}


def first_reply(group: str, data_folder: str, questions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """From nothing to the first reply over what is live: seconds on the clock and of the processor.

    Both count from the start of the process, its interpreter included.

    Args:
        group: the group folder.
        data_folder: where its releases lie.
        questions: brand and text of each; the first one is asked.
    """
    from bot.bootstrap import build_assistant
    from bot.question import Question
    from bot.settings import BotSettings
    from brands import load_group

    loaded = load_group(Path(group))
    knowledge_base = build_knowledge_base(Path(data_folder), glossaries=loaded.glossaries)
    assistant = build_assistant(loaded, knowledge_base, BotSettings(model=None))
    brand, text = questions[0]
    assistant.ask(Question(brand, text))
    return {"first_reply_s": since_start(), "first_reply_cpu_s": time.process_time(), "reply_rss_mb": peak_memory_mb()}


def throughput(data_folder: str, questions: Sequence[Sequence[str]], seconds: float, rounds: int) -> dict[str, Any]:
    """Searches a second of one asker and of 16 at once, by one process and by one for each core; every question is new.

    How many cores were really free is found by hashing on one thread and on all, which nothing but other work slows.

    Args:
        data_folder: where the releases lie.
        questions: brand and text of each; a number is put behind it.
        seconds: of each turn.
        rounds: how many turns of each; medians are given.
    """
    knowledge_base = build_knowledge_base(Path(data_folder))
    for brand in {brand for brand, _ in questions}:
        knowledge_base.retriever.warm(brand)
    fresh = count()
    alone: list[float] = []
    together: list[float] = []
    alone_cpu: list[float] = []
    together_cpu: list[float] = []
    served: list[float] = []
    free: list[float] = []
    workers = usable_cores()
    with ProcessPoolExecutor(workers, get_context("spawn"), _open, (data_folder, questions)) as pool:
        list(pool.map(_ask_as_worker, [(place, ASKERS, 0.2) for place in range(workers)]))
        for turn in range(1, rounds + 1):
            for askers, rates, works in ((1, alone, alone_cpu), (ASKERS, together, together_cpu)):
                rate, work = _ask_for(knowledge_base, questions, fresh, askers, seconds)
                rates.append(rate)
                works.append(work)
            shares = [(turn * workers + place, ASKERS // workers, seconds) for place in range(workers)]
            served.append(sum(pool.map(_ask_as_worker, shares)))
            free.append(_hashes(usable_cores(), seconds / 4) / _hashes(1, seconds / 4))
    one, many = median(alone), median(together)
    return {
        "askers": ASKERS,
        "searches_per_s_of_one": round(one, 1),
        "searches_per_s_of_all": round(many, 1),
        "processor_ms_of_one": round(median(alone_cpu), 3),
        "processor_ms_of_all": round(median(together_cpu), 3),
        "free_cores": round(median(free), 2),
        "searches_per_s_of_processes": round(median(served), 1),
        "share_of_cores": round(many / (max(1.0, median(free)) * one), 3),
        "share_of_cores_by_processes": round(median(served) / (max(1.0, median(free)) * one), 3),
    }


_worker: dict[str, Any] = {}


def _open(data_folder: str, questions: Sequence[Sequence[str]]) -> None:
    knowledge_base = build_knowledge_base(Path(data_folder))
    for brand in {brand for brand, _ in questions}:
        knowledge_base.retriever.warm(brand)
    _worker.update(knowledge_base=knowledge_base, questions=questions)


def _ask_as_worker(share: tuple[int, int, float]) -> float:
    """Searches a second of so many askers in this process, for so many seconds; the number keeps questions new."""
    number, askers, seconds = share
    fresh = count((number + 1) * _APART)
    rate, _ = _ask_for(_worker["knowledge_base"], _worker["questions"], fresh, askers, seconds)
    return rate


def embedding(texts: Sequence[str], rounds: int, seconds: float) -> dict[str, Any]:
    """Passages a second of the embedder, and which share of the machine's own limit that is.

    Args:
        texts: documents; they are cut as the peer cuts them.
        rounds: how often; medians are given.
        seconds: how long products are multiplied each time.
    """
    embedder = build_knowledge_base(Path("unused")).embedder
    pieces = [text[at : at + _PIECE] for text in texts for at in range(0, max(1, len(text) - _STEP // 4), _STEP)]
    tokens = [min(embedder.count_tokens(piece), embedder.window_tokens) for piece in pieces]
    embedder.embed_passages(pieces[:8])
    product = _product()
    rates, peaks = [], []
    for _ in range(rounds):
        rates.append(len(pieces) / (_timed(lambda: embedder.embed_passages(pieces)) / 1000))
        peaks.append(_peak(product, seconds))
    operations = sum(map(_operations, tokens)) / len(pieces)
    limit = median(peaks) / operations
    return {
        "pieces": len(pieces),
        "tokens_a_piece": round(sum(tokens) / len(pieces), 1),
        "passages_per_s": round(median(rates), 1),
        "operations_a_piece": round(operations),
        "peak_operations_per_s": round(median(peaks)),
        "limit_passages_per_s": round(limit, 1),
        "share_of_limit": round(median(rates) / limit, 3),
    }


def _operations(tokens: int) -> float:
    weights = (4 + 2 * _WIDE) * _WIDTH**2 * _LAYERS
    return float(2 * weights * tokens + 4 * tokens**2 * _WIDTH * _LAYERS)


def _product() -> Callable[[], float]:
    """A product of 8-bit matrices by onnxruntime on one thread; gives its operations."""
    import onnxruntime  # type: ignore[import-untyped]
    from onnx import TensorProto, helper, numpy_helper

    size = 1536
    random = np.random.default_rng(0)
    weights = numpy_helper.from_array(random.integers(-63, 64, (size, size), dtype=np.int8), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "weights"], ["product"])],
        "peak",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [size, size])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, [size, size])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    left = random.integers(0, 255, (size, size), dtype=np.uint8)

    def run() -> float:
        session.run(["product"], {"left": left})
        return 2.0 * size**3

    return run


def _peak(product: Callable[[], float], seconds: float) -> float:
    """Operations a second of all cores together."""
    done: list[float] = []
    begun = time.perf_counter()

    def work() -> None:
        while time.perf_counter() < begun + seconds:
            done.append(product())

    _together(work, usable_cores())
    return sum(done) / (time.perf_counter() - begun)


def _hashes(threads: int, seconds: float) -> float:
    """Megabytes hashed a second; hashing does not hold the interpreter's lock."""
    block, done = bytes(1 << 20), [0] * threads
    places = iter(range(threads))
    begun = time.perf_counter()

    def work() -> None:
        place = next(places)
        while time.perf_counter() < begun + seconds:
            sha256(block).digest()
            done[place] += 1

    _together(work, threads)
    return sum(done) / (time.perf_counter() - begun)


def _ask_for(
    knowledge_base: KnowledgeBase, questions: Sequence[Sequence[str]], fresh: Iterator[int], askers: int, seconds: float
) -> tuple[float, float]:
    asked = [0] * askers
    places = iter(range(askers))
    begun, worked = time.perf_counter(), time.process_time()

    def ask() -> None:
        place = next(places)
        while time.perf_counter() < begun + seconds:
            number = next(fresh)
            brand, text = questions[number % len(questions)]
            knowledge_base.retriever.find(brand, f"{text} {number}", vehicle=VehicleContext())
            asked[place] += 1

    _together(ask, askers)
    spent = time.perf_counter() - begun
    return sum(asked) / spent, (time.process_time() - worked) * 1000 / max(1, sum(asked))


def _together(work: Callable[[], None], threads: int) -> None:
    started = [threading.Thread(target=work) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def _timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "asking": asking,
    "first_reply": first_reply,
    "throughput": throughput,
    "embedding": embedding,
}


def main() -> None:
    """Run one job."""
    arguments = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(JOBS[sys.argv[1]](**arguments)) + "\n")


if __name__ == "__main__":
    main()
