"""How good and fast search is on a data set, through the product's own ingest and retriever."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.baselines import BASELINES, WEIGHTS
from evals.data_set import DataSet
from evals.data_set_group import DataSetGroup, write_group
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.metrics import Estimate, Quality, estimate_mean, median, percentile, rate_ranking

# As many as the compared stack asks for, so that ten different documents are among them.
HITS = 30


@dataclass(frozen=True, slots=True)
class FollowUps:
    """How much what was said before helps, over the questions that have a history.

    Args:
        queries: how many those are.
        last_turn: the last turn alone.
        with_history: as the bot searches.
        gain: nDCG@10 with history less that of the last turn alone, question by question.
    """

    queries: int
    last_turn: dict[str, Estimate]
    with_history: dict[str, Estimate]
    gain: Estimate

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {
            "queries": self.queries,
            "last_turn": _as_json(self.last_turn),
            "with_history": _as_json(self.with_history),
            "gain_ndcg@10": round(self.gain.mean, 4),
            "gain_interval_95": [round(self.gain.low, 4), round(self.gain.high, 4)],
        }


def _as_json(quality: dict[str, Estimate]) -> dict[str, Any]:
    means = {name: round(one.mean, 4) for name, one in quality.items()}
    return {**means, "intervals_95": {name: [round(one.low, 4), round(one.high, 4)] for name, one in quality.items()}}


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """What one data set showed.

    Args:
        data: its name.
        scope: the field that restricted each search, if any.
        documents: how many there are.
        failed: how many of them could not be read.
        passages: how many passages they became.
        queries: how many questions were asked.
        quality: mean and interval of each figure of `metrics.Quality`.
        follow_ups: how much what was said before helps; None where no question has a history.
        baselines: the same figures of the simple searches and of the fixed weight that is best for this set, where they
            were asked.
        by_scope: number of questions and nDCG@10 by value of the scope field, or by language of the question where
            nothing restricts the search and there are several.
        query_p50_ms: half of the searches took no longer.
        query_p95_ms: 95 of 100 searches took no longer.
        ingest_passages_per_s: read, split, embedded, indexed and published; None when vectors were cached.
        cold_start_s: from the start of a process to its first embedded question.
        peak_rss_mb: the most memory: the ingest with the processes that read documents, or the search.
        search_rss_mb: the most memory of a process that only searches.
    """

    data: str
    scope: str | None
    documents: int
    failed: int
    passages: int
    queries: int
    quality: dict[str, Estimate]
    follow_ups: FollowUps | None
    baselines: dict[str, dict[str, Estimate]]
    by_scope: dict[str, tuple[int, Estimate]]
    query_p50_ms: float
    query_p95_ms: float
    ingest_passages_per_s: float | None
    cold_start_s: float
    peak_rss_mb: int
    search_rss_mb: int

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values, named as the compared stack names them, with an interval beside each mean."""
        quality = {"quality", "follow_ups", "baselines", "by_scope"}
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in quality}
        rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in plain.items()}
        return {
            **rounded,
            **_as_json(self.quality),
            "follow_ups": self.follow_ups.as_json() if self.follow_ups else None,
            "baselines": {way: _as_json(quality) for way, quality in self.baselines.items()},
            "by_scope": {
                scope: {
                    "queries": count,
                    "ndcg@10": round(one.mean, 4),
                    "interval_95": [round(one.low, 4), round(one.high, 4)],
                }
                for scope, (count, one) in self.by_scope.items()
            },
        }


def measure_retrieval(
    data_set: DataSet, cache_folder: Path | None = None, *, baselines: bool = False
) -> RetrievalResult:
    """Bring the documents in, ask every question, and rate what is found.

    Args:
        data_set: documents and judged questions.
        cache_folder: keeps documents, vectors and releases for the next time; a temporary one if not given.
        baselines: whether the simple searches are asked too.

    Raises:
        MeasurementFailed: a process ended without a result.
    """
    with data_set_folder(data_set, cache_folder) as folder:
        group = write_group(data_set, folder)
        is_fresh = not (folder / DATA_FOLDER).exists()
        ingested = measure("ingest", group=str(folder))
        asked = [
            {"brand": group.brands.get(one.scope), "text": one.text, "history": one.history}
            for one in data_set.questions
        ]
        found = measure("retrieval", group=str(folder), questions=asked, limit=HITS, baselines=baselines)
    ratings = {way: rate_all(data_set, group, ranked) for way, ranked in found["ranked"].items()}
    return RetrievalResult(
        data=data_set.name,
        scope=data_set.scope_field,
        documents=ingested["documents"],
        failed=ingested["failed"],
        passages=ingested["passages"],
        queries=len(data_set.questions),
        quality=estimate_quality(ratings["ours"]),
        follow_ups=_follow_ups(data_set, ratings),
        baselines=_baselines(ratings),
        by_scope=_by_scope(data_set, ratings["ours"]),
        query_p50_ms=median(found["times_ms"]),
        query_p95_ms=percentile(found["times_ms"], 0.95),
        ingest_passages_per_s=ingested["passages"] / ingested["ingest_s"] if is_fresh else None,
        cold_start_s=found["cold_start_s"],
        peak_rss_mb=max(ingested["peak_rss_mb"], found["peak_rss_mb"]),
        search_rss_mb=found["peak_rss_mb"],
    )


def _follow_ups(data_set: DataSet, ratings: dict[str, list[Quality]]) -> FollowUps | None:
    if "last_turn" not in ratings:
        return None
    later = [at for at, one in enumerate(data_set.questions) if one.history]
    alone, ours = ([ratings[way][at] for at in later] for way in ("last_turn", "ours"))
    gains = [one.ndcg_at_10 - other.ndcg_at_10 for one, other in zip(ours, alone, strict=True)]
    return FollowUps(len(later), estimate_quality(alone), estimate_quality(ours), estimate_mean(gains))


def _baselines(ratings: Mapping[str, list[Quality]]) -> dict[str, dict[str, Estimate]]:
    found = {way: estimate_quality(ratings[way]) for way in (*BASELINES, *WEIGHTS) if way in ratings}
    weights = [way for way in found if way in WEIGHTS]
    best = max(weights, key=lambda way: found[way]["ndcg@10"].mean, default=None)
    return {way: quality for way, quality in found.items() if way in BASELINES or way == best}


def _by_scope(data_set: DataSet, ratings: list[Quality]) -> dict[str, tuple[int, Estimate]]:
    gains: dict[str, list[float]] = {}
    is_mixed = len({one.language for one in data_set.questions}) > 1
    for question, rating in zip(data_set.questions, ratings, strict=True):
        part = question.scope or (question.language if is_mixed and data_set.scope_field is None else None)
        if part is not None:
            gains.setdefault(part, []).append(rating.ndcg_at_10)
    return {scope: (len(values), estimate_mean(values)) for scope, values in sorted(gains.items())}


def rate_all(data_set: DataSet, group: DataSetGroup, ranked: list[list[str]]) -> list[Quality]:
    """Rate the ranking of each question.

    Args:
        data_set: the questions, in order.
        group: how the product calls the documents.
        ranked: for each question the product's document ids, best first.
    """
    ratings = []
    for question, found in zip(data_set.questions, ranked, strict=True):
        brand = group.brands.get(question.scope) or ""
        ratings.append(rate_ranking([group.documents[brand, one] for one in found], question.relevant))
    return ratings


def estimate_quality(ratings: list[Quality]) -> dict[str, Estimate]:
    """Mean and interval of each figure, named with `@`."""
    return {
        one.name.replace("_at_", "@"): estimate_mean([getattr(rating, one.name) for rating in ratings])
        for one in fields(Quality)
    }


@contextmanager
def data_set_folder(data_set: DataSet, cache_folder: Path | None) -> Iterator[Path]:
    """Where a data set is brought in: in the cache where one is given, else in a folder that goes away."""
    if cache_folder is not None:
        parts = (data_set.name, data_set.scope_field or "", str(len(data_set.documents)))
        yield cache_folder / "-".join(part for part in parts if part)
        return
    with TemporaryDirectory(prefix="marque-eval-") as folder:
        yield Path(folder)
