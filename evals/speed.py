"""How fast and how small, beside the stack that a user would write from a tutorial, on the same documents."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from brands import load_group
from evals.data_set import load_data_set
from evals.data_set_group import write_group
from evals.errors import DataSetInvalid
from evals.golden_file import load_golden
from evals.group_data_set import write_data_set
from evals.measurement import measure, run_json
from evals.measuring_process import DATA_FOLDER
from evals.metrics import median, percentile
from evals.peer import run_peer

# The goals of the product: ours over the peer's. Lower is better but for embedding and ingest.
GOALS = {
    "cold_start": ("at most", 1 / 5),
    "embedding": ("at least", 3.0),
    "ingest": ("at least", 3.0),
    "question": ("at most", 1 / 2),
    "memory": ("at most", 1 / 2),
}

# The goals of the product on two cores, by name of the figure.
OWN_GOALS = {
    "first_reply_cpu_s": ("at most", 1.0),
    "peak_rss_mb": ("at most", 350.0),
    "share_of_cores": ("at least", 0.9),
    "share_of_cores_by_processes": ("at least", 0.9),
}
# Enough for a steady figure: about two seconds of embedding.
_EMBEDDED_CHARACTERS = 200_000
_ASKING_ROUNDS = 3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Workload:
    """What both are measured on.

    Args:
        name: of the group or data set.
        group: its group folder, without any data.
        data: the same documents as a data set.
        scope: field that restricts each search of the data set.
        questions: brand and text of each question.
        documents: how many documents of the data set are used; None for all.
        asked: how many of its questions are used; None for all.
    """

    name: str
    group: Path
    data: Path
    scope: str | None
    questions: tuple[tuple[str, str], ...]
    documents: int | None = None
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The stack to compare with.

    Args:
        script: prints its figures as one JSON object.
        python: the interpreter that has what it needs.
    """

    script: Path
    python: Path


@contextmanager
def open_workload(
    target: Path, *, scope: str | None = None, documents: int | None = None, questions: int | None = None
) -> Iterator[Workload]:
    """Lay out the documents of a group or a data set for both, in a temporary folder.

    Args:
        target: a group folder, with golden questions, or a data set.
        scope: field of the data set that restricts each search.
        documents: only the first so many documents of a data set.
        questions: only the first so many questions.

    Raises:
        DataSetInvalid: the target is neither.
        BrandsError: the group cannot be read.
        MeasurementFailed: the group's documents could not be brought in.
    """
    with TemporaryDirectory(prefix="marque-speed-") as temporary:
        folder = Path(temporary)
        if (target / "group.yaml").is_file():
            yield _group_workload(target, folder, questions)
        elif (target / "qrels.tsv").is_file():
            data_set = load_data_set(target, scope_field=scope, documents=documents, questions=questions)
            group = write_group(data_set, folder / "group")
            asked = ((group.brands.get(one.scope), one.text) for one in data_set.questions)
            known = tuple((brand, text) for brand, text in asked if brand is not None)
            if not known:
                raise DataSetInvalid(f"{target}: no question belongs to one of these documents; take more of them")
            yield Workload(data_set.name, group.folder, target, scope, known, documents, questions)
        else:
            raise DataSetInvalid(f"{target} is neither a group folder (group.yaml) nor a data set (qrels.tsv)")


def measure_speed(
    workload: Workload, peer: Peer | None, runs: int, tell: Tell = lambda _: None, asking_seconds: float = 2.0
) -> dict[str, Any]:
    """Measure ours, and the peer in turn with it, and compare the medians.

    Args:
        workload: what both are measured on.
        peer: the stack to compare with, if any.
        runs: how many times each is measured.
        tell: told what is being done.
        asking_seconds: how long searches are asked at a time, and how long products are multiplied.

    Returns:
        `ours` with its `goals`, `peer`, `ratios` with theirs, and every run.
    """
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for number in range(1, runs + 1):
        tell(f"run {number} of {runs}: ours")
        ours.append(_measure_ours(workload, asking_seconds))
        if peer is not None:
            tell(f"run {number} of {runs}: the peer")
            theirs.append(_measure_peer(workload, peer))
    medians = _medians(ours)
    content: dict[str, Any] = {"workload": workload.name, "runs": runs, "ours": medians, "every_run": ours}
    content["goals"] = {name: _judged(medians[name], name, OWN_GOALS) for name in OWN_GOALS}
    if theirs:
        content["peer"] = _medians(theirs)
        content["every_run_of_peer"] = theirs
        content["ratios"] = compare(content["ours"], content["peer"])
    return content


def compare(ours: dict[str, float], peer: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Ours over the peer's, with the goal of each.

    Args:
        ours: as `measure_speed` gives it.
        peer: as `measure_speed` gives it.
    """
    ratios = {
        "cold_start": ours["cold_start_s"] / peer["cold_start_s"],
        # Theirs is embedding and adding in one; adding takes them little.
        "embedding": ours["embed_passages_per_s"] / peer["ingest_passages_per_s"],
        "ingest": ours["ingest_passages_per_s"] / peer["ingest_passages_per_s"],
        # Theirs is the search alone; ours is the whole way from question to reply.
        "question": ours["reply_p50_ms"] / peer["search_p50_ms"],
        "memory": ours["peak_rss_mb"] / peer["peak_rss_mb"],
    }
    return {name: {"ratio": round(ratio, 3), **_judged(ratio, name, GOALS)} for name, ratio in ratios.items()}


def _judged(figure: float, name: str, goals: Mapping[str, tuple[str, float]]) -> dict[str, Any]:
    bound, goal = goals[name]
    return {"goal": f"{bound} {goal:g}", "met": figure <= goal if bound == "at most" else figure >= goal}


def _measure_ours(workload: Workload, asking_seconds: float) -> dict[str, float]:
    data_folder = workload.group / DATA_FOLDER
    shutil.rmtree(data_folder, ignore_errors=True)
    cpu = _cpu_of_children()
    begun = measure("start", folder=str(data_folder))
    ingested = measure("ingest", group=str(workload.group))
    asked = measure(
        "replies", group=str(workload.group), data_folder=str(data_folder), questions=list(workload.questions)
    )
    spent = _cpu_of_children() - cpu
    return {
        "cold_start_s": begun["cold_start_s"],
        "passages": ingested["passages"],
        "distinct_passages": ingested["embedded"],
        # As the peer counts: all that can be found afterwards, though a text that stands twice is embedded once.
        "ingest_passages_per_s": ingested["passages"] / ingested["ingest_s"],
        "reply_p50_ms": median(asked["times_ms"]),
        "reply_p95_ms": percentile(asked["times_ms"], 0.95),
        "reply_rss_mb": asked["peak_rss_mb"],
        "peak_rss_mb": max(ingested["peak_rss_mb"], asked["peak_rss_mb"]),
        "cpu_s": spent,
        **_measure_alone(workload, data_folder, asking_seconds),
    }


def _measure_alone(workload: Workload, data_folder: Path, seconds: float) -> dict[str, float]:
    """What has no like in the peer: the first reply, many askers at once, and the share of the machine's limit."""
    asked = {"data_folder": str(data_folder), "questions": [list(one) for one in workload.questions]}
    first = _ask("first_reply", group=str(workload.group), **asked)
    searched = _ask("throughput", **asked, seconds=seconds, rounds=_ASKING_ROUNDS)
    embedded = _ask("embedding", texts=_texts(workload), rounds=_ASKING_ROUNDS, seconds=seconds / 2)
    return {
        "first_reply_s": first["first_reply_s"],
        "first_reply_cpu_s": first["first_reply_cpu_s"],
        "searches_per_s_of_one": searched["searches_per_s_of_one"],
        "searches_per_s_of_all": searched["searches_per_s_of_all"],
        "free_cores": searched["free_cores"],
        "searches_per_s_of_processes": searched["searches_per_s_of_processes"],
        "share_of_cores": searched["share_of_cores"],
        "share_of_cores_by_processes": searched["share_of_cores_by_processes"],
        "search_cpu_ms_of_one": searched["processor_ms_of_one"],
        "search_cpu_ms_of_all": searched["processor_ms_of_all"],
        "embed_passages_per_s": embedded["passages_per_s"],
        "limit_passages_per_s": embedded["limit_passages_per_s"],
        "share_of_limit": embedded["share_of_limit"],
    }


def _ask(job: str, **arguments: Any) -> dict[str, Any]:
    return run_json([sys.executable, "-m", "evals.asking_process", job], json.dumps(arguments))


def _texts(workload: Workload) -> list[str]:
    """Documents of the workload, as many as give a steady figure."""
    found: list[str] = []
    for one in load_data_set(workload.data, scope_field=workload.scope, documents=workload.documents).documents:
        found.append(f"{one.title}\n{one.text}"[: _EMBEDDED_CHARACTERS // 4])
        if sum(map(len, found)) > _EMBEDDED_CHARACTERS:
            break
    return found


def _measure_peer(workload: Workload, peer: Peer) -> dict[str, float]:
    cpu = _cpu_of_children()
    found = run_peer(
        peer.script,
        peer.python,
        workload.data,
        scope=workload.scope,
        documents=workload.documents,
        questions=workload.asked,
    )
    return {
        "cold_start_s": found["cold_start_s"],
        "passages": found["passages"],
        "ingest_passages_per_s": found["ingest_passages_per_s"],
        "search_p50_ms": found["query_p50_ms"],
        "search_p95_ms": found["query_p95_ms"],
        "peak_rss_mb": found["peak_rss_mb"],
        "cpu_s": _cpu_of_children() - cpu,
    }


def _cpu_of_children() -> float:
    """Seconds of processor time of all processes that were started here and have ended."""
    spent = psutil.Process().cpu_times()
    return float(spent.children_user + spent.children_system)


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(median([one[name] for one in runs]), 3) for name in runs[0]}


def _group_workload(target: Path, folder: Path, questions: int | None) -> Workload:
    group = folder / "group"
    shutil.copytree(target, group, ignore=shutil.ignore_patterns(DATA_FOLDER))
    asked = []
    for brand_id, profile in load_group(group).brands.items():
        golden = load_golden(group / "brands" / profile.id / "golden_questions.yaml")
        asked += [(brand_id, one.question) for one in golden.questions]
    if not asked:
        raise DataSetInvalid(f"{target}: no brand has golden questions to ask")
    # Questions of all brands in turn, so that the first few are not all of one.
    asked = sorted(asked, key=lambda one: [brand for brand, _ in asked[: asked.index(one)]].count(one[0]))[:questions]
    measure("ingest", group=str(group))
    data = write_data_set(
        group, group / DATA_FOLDER, [text for _, text in asked], folder / "data" / target.resolve().name
    )
    return Workload(target.resolve().name, group, data, None, tuple(asked))
