import json
import sys
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from brands import Group
from evals.errors import DataSetInvalid, PeerUnavailable
from evals.peer import check_peer, run_peer
from evals.results_file import describe_run
from evals.speed import Peer, compare, measure_speed, open_workload
from ui.cli import app
from ui.exit_codes import ExitCode

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
OURS = {
    "cold_start_s": 1.0,
    "embed_passages_per_s": 70.0,
    "ingest_passages_per_s": 60.0,
    "reply_p50_ms": 5.0,
    "peak_rss_mb": 300.0,
}
PEER = {"cold_start_s": 10.0, "ingest_passages_per_s": 15.0, "search_p50_ms": 13.0, "peak_rss_mb": 900.0}
GOLDEN = """\
questions:
  - {id: one, question: "What is the tyre pressure?", document: manual.md}
must_decline: []
"""
# A peer of its own: it prints the figures of a run that took 10 s to start, and what it was given.
SCRIPT = """\
import json, pathlib, sys
rows = (pathlib.Path(sys.argv[1]) / "corpus.jsonl").read_text().splitlines()
print("loading")
print(json.dumps({"cold_start_s": 1000.0, "passages": len(rows), "ingest_passages_per_s": 0.01,
                  "query_p50_ms": 1e6, "query_p95_ms": 1e6, "peak_rss_mb": 100000, "given": sys.argv[2:]}))
"""


def test_goals_are_met_or_missed() -> None:
    met = compare(OURS, PEER)
    missed = compare({**OURS, "peak_rss_mb": 500.0, "ingest_passages_per_s": 44.0}, PEER)

    assert [one["met"] for one in met.values()] == [True] * 5
    assert met["ingest"]["ratio"] == 4
    assert {name for name, one in missed.items() if not one["met"]} == {"ingest", "memory"}


def test_ours_and_the_peer_are_measured_on_the_same_documents(small_group: Group, tmp_path: Path) -> None:
    for brand_id in small_group.brands:
        (small_group.brand_folder(brand_id) / "golden_questions.yaml").write_text(GOLDEN)
    script = tmp_path / "peer.py"
    script.write_text(SCRIPT)

    with open_workload(small_group.folder) as workload:
        found = measure_speed(workload, Peer(script, Path(sys.executable)), runs=1, asking_seconds=0.1)

    assert [brand for brand, _ in workload.questions] == ["alder", "birch"]
    assert found["ours"]["passages"] > 0
    assert found["peer"]["passages"] > 2
    assert all(one["met"] for one in found["ratios"].values())
    assert found["goals"]["peak_rss_mb"]["met"] is (found["ours"]["peak_rss_mb"] <= 350)
    assert all(found["ours"][name] > 0 for name in ("first_reply_cpu_s", "share_of_cores", "share_of_limit"))
    assert not (small_group.folder / ".marque").exists(), "the group's own data stay as they are"
    schema = json.loads((SCHEMAS / "bench_speed.json").read_text(encoding="utf-8"))
    jsonschema.validate({**describe_run(), **found}, schema)


def test_folder_that_is_neither_group_nor_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalid, match="neither"), open_workload(tmp_path):
        pass


def test_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(PeerUnavailable, match=r"none\.py"):
        check_peer(tmp_path / "none.py", Path(sys.executable))


def test_interpreter_without_the_libraries_is_told_how_to_get_them(tmp_path: Path) -> None:
    script = tmp_path / "peer.py"
    script.write_text(SCRIPT)
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho '{\"langchain_chroma\": true}'\n")
    bare.chmod(0o755)

    with pytest.raises(PeerUnavailable, match="pip install"):
        check_peer(script, bare)


def test_peer_is_given_the_same_share_of_the_data_set(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("{}\n")
    script = tmp_path / "peer.py"
    script.write_text(SCRIPT)
    found = run_peer(script, Path(sys.executable), tmp_path, scope="brand", documents=10, questions=None)

    assert found["given"] == ["--scope", "brand", "--documents", "10"]


def test_command_tells_in_one_line_what_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "retrieval", str(tmp_path), "--json"])

    assert done.exit_code == ExitCode.GROUP
    assert json.loads(done.stdout)["error"]["kind"] == "DataSetInvalid"


def test_a_result_tells_no_place_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.argv", [str(tmp_path / "marque"), "bench", "speed", "group", "--peer", str(tmp_path / "peer.py")]
    )
    assert describe_run()["command"] == "marque bench speed group --peer peer.py"
