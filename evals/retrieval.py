"""How good and fast search is on a data set, through the product's own ingest and retriever."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.data_set import DataSet
from evals.data_set_group import DataSetGroup, write_group
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.metrics import Estimate, Quality, estimate_mean, median, percentile, rate_ranking

# As many as the compared stack asks for, so that ten different documents are among them.
HITS = 30


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
    query_p50_ms: float
    query_p95_ms: float
    ingest_passages_per_s: float | None
    cold_start_s: float
    peak_rss_mb: int
    search_rss_mb: int

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values, named as the compared stack names them, with an interval beside each mean."""
        means = {name: round(one.mean, 4) for name, one in self.quality.items()}
        intervals = {name: [round(one.low, 4), round(one.high, 4)] for name, one in self.quality.items()}
        plain = asdict(self)
        del plain["quality"]
        rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in plain.items()}
        return {**rounded, **means, "intervals_95": intervals}


def measure_retrieval(data_set: DataSet, cache_folder: Path | None = None) -> RetrievalResult:
    """Bring the documents in, ask every question, and rate what is found.

    Args:
        data_set: documents and judged questions.
        cache_folder: keeps documents, vectors and releases for the next time; a temporary one if not given.

    Raises:
        MeasurementFailed: a process ended without a result.
    """
    with _folder(data_set, cache_folder) as folder:
        group = write_group(data_set, folder)
        is_fresh = not (folder / DATA_FOLDER).exists()
        ingested = measure("ingest", group=str(folder))
        asked = [(group.brands.get(one.scope), one.text) for one in data_set.questions]
        found = measure("retrieval", group=str(folder), questions=asked, limit=HITS)
    ratings = rate_all(data_set, group, found["ranked"])
    return RetrievalResult(
        data=data_set.name,
        scope=data_set.scope_field,
        documents=ingested["documents"],
        failed=ingested["failed"],
        passages=ingested["passages"],
        queries=len(data_set.questions),
        quality=estimate_quality(ratings),
        query_p50_ms=median(found["times_ms"]),
        query_p95_ms=percentile(found["times_ms"], 0.95),
        ingest_passages_per_s=ingested["passages"] / ingested["ingest_s"] if is_fresh else None,
        cold_start_s=found["cold_start_s"],
        peak_rss_mb=max(ingested["peak_rss_mb"], found["peak_rss_mb"]),
        search_rss_mb=found["peak_rss_mb"],
    )


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
def _folder(data_set: DataSet, cache_folder: Path | None) -> Iterator[Path]:
    if cache_folder is not None:
        parts = (data_set.name, data_set.scope_field or "", str(len(data_set.documents)))
        yield cache_folder / "-".join(part for part in parts if part)
        return
    with TemporaryDirectory(prefix="marque-eval-") as folder:
        yield Path(folder)
