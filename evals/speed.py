"""How fast and how small, beside the stack that a user would write from a tutorial, on the same documents."""

import shutil
from collections.abc import Callable, Iterator
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
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.metrics import median, percentile
from evals.peer import run_peer

# The goals of the product: ours over the peer's. Lower is better but for the ingest.
GOALS = {
    "cold_start": ("at most", 1 / 5),
    "ingest": ("at least", 3.0),
    "question": ("at most", 1 / 2),
    "memory": ("at most", 1 / 2),
}

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


def measure_speed(workload: Workload, peer: Peer | None, runs: int, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Measure ours, and the peer in turn with it, and compare the medians.

    Args:
        workload: what both are measured on.
        peer: the stack to compare with, if any.
        runs: how many times each is measured.
        tell: told what is being done.

    Returns:
        `ours`, `peer`, `ratios` with their goals, and every run.
    """
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for number in range(1, runs + 1):
        tell(f"run {number} of {runs}: ours")
        ours.append(_measure_ours(workload))
        if peer is not None:
            tell(f"run {number} of {runs}: the peer")
            theirs.append(_measure_peer(workload, peer))
    content: dict[str, Any] = {"workload": workload.name, "runs": runs, "ours": _medians(ours), "every_run": ours}
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
        "ingest": ours["ingest_passages_per_s"] / peer["ingest_passages_per_s"],
        # Theirs is the search alone; ours is the whole way from question to reply.
        "question": ours["reply_p50_ms"] / peer["search_p50_ms"],
        "memory": ours["peak_rss_mb"] / peer["peak_rss_mb"],
    }
    return {
        name: {
            "ratio": round(ratio, 3),
            "goal": f"{GOALS[name][0]} {GOALS[name][1]:g}",
            "met": ratio <= GOALS[name][1] if GOALS[name][0] == "at most" else ratio >= GOALS[name][1],
        }
        for name, ratio in ratios.items()
    }


def _measure_ours(workload: Workload) -> dict[str, float]:
    data_folder = workload.group / DATA_FOLDER
    shutil.rmtree(data_folder, ignore_errors=True)
    cpu = _cpu_of_children()
    begun = measure("start", folder=str(data_folder))
    ingested = measure("ingest", group=str(workload.group))
    asked = measure(
        "replies", group=str(workload.group), data_folder=str(data_folder), questions=list(workload.questions)
    )
    return {
        "cold_start_s": begun["cold_start_s"],
        "first_reply_s": asked["first_reply_s"],
        "passages": ingested["passages"],
        "distinct_passages": ingested["embedded"],
        # As the peer counts: all that can be found afterwards, though a text that stands twice is embedded once.
        "ingest_passages_per_s": ingested["passages"] / ingested["ingest_s"],
        "reply_p50_ms": median(asked["times_ms"]),
        "reply_p95_ms": percentile(asked["times_ms"], 0.95),
        "reply_rss_mb": asked["peak_rss_mb"],
        "peak_rss_mb": max(ingested["peak_rss_mb"], asked["peak_rss_mb"]),
        "cpu_s": _cpu_of_children() - cpu,
    }


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
