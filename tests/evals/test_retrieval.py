import json
from pathlib import Path

import pytest

from evals.data_set import DataSet, JudgedQuestion, SourceText
from evals.errors import MeasurementFailed
from evals.gates import Gates, SetGate, find_falls, load_gates
from evals.measurement import measure, run_json
from evals.retrieval import measure_retrieval

TEXTS = {
    "tyres": ("Tyre pressures", "Inflate the front tyres to 2.4 bar when they are cold.", "Alder"),
    "oil": ("Engine oil", "Change the engine oil every 15,000 km, 5W-30 only.", "Alder"),
    "battery": ("Drive battery", "Charge the drive battery to 80 percent for daily use.", "Alder"),
    "other": ("Tyre pressures", "Inflate the front tyres to 2.9 bar when they are cold.", "Birch"),
}
DATA_SET = DataSet(
    "cars",
    "brand",
    tuple(SourceText(name, title, text, brand, "en") for name, (title, text, brand) in TEXTS.items()),
    (
        JudgedQuestion("q1", "What is the tyre pressure?", (), "Alder", {"tyres": 1}),
        JudgedQuestion("q2", "What is the tyre pressure?", (), "Birch", {"other": 1}),
        JudgedQuestion("q3", "Which oil does the engine need?", (), "Alder", {"oil": 1}),
        JudgedQuestion("q4", "Which oil?", (), "Cedar", {"oil": 1}),
    ),
)


def test_retrieval_goes_through_ingest_and_retriever(tmp_path: Path) -> None:
    result = measure_retrieval(DATA_SET, tmp_path)

    assert (result.documents, result.failed, result.passages, result.queries) == (4, 0, 4, 4)
    # The question of a brand that there is not finds nothing; the others find theirs and never a sister's.
    assert result.quality["ndcg@10"].mean == 0.75
    assert result.quality["recall@5"].mean == 0.75
    assert result.ingest_passages_per_s is not None
    assert result.ingest_passages_per_s > 0
    assert 0 < result.query_p50_ms <= result.query_p95_ms
    assert result.peak_rss_mb >= result.search_rss_mb > 10
    assert json.loads(json.dumps(result.as_json()))["ndcg@10"] == 0.75

    again = measure_retrieval(DATA_SET, tmp_path)
    assert again.quality == result.quality
    assert again.ingest_passages_per_s is None, "what was cached is not timed"


def test_gates_tell_what_fell(tmp_path: Path) -> None:
    result = measure_retrieval(DATA_SET, tmp_path)
    gates = Gates(sets={"cars": SetGate(scope="brand", best={"ndcg@10": 0.8, "recall@10": 0.755})})

    assert [(one.figure, one.best) for one in find_falls([result], gates)] == [("ndcg@10", 0.8)]
    assert find_falls([result], Gates()) == []


def test_recorded_gates_can_be_read() -> None:
    gates = load_gates()

    assert gates.sets["emanual-qa"].scope == "brand"
    assert all(0 < value <= 1 for gate in gates.sets.values() for value in gate.best.values())


def test_measurement_that_fails_tells_why(tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match=r"GroupFolderInvalid|no group\.yaml"):
        measure("ingest", group=str(tmp_path))


def test_program_without_a_result_is_refused() -> None:
    with pytest.raises(MeasurementFailed, match="code 0"):
        run_json(["/bin/echo", "no JSON"])
    with pytest.raises(MeasurementFailed, match="could not be run"):
        run_json(["/no/such/program"])
