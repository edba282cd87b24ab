"""`marque eval retrieval`, `all`, `compare` and `knowing`: what they print, as their schemas say."""

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from evals.gates import Gates, SetGate
from evals.peer import NEEDED
from ui.cli import app
from ui.exit_codes import ExitCode

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
DOCUMENTS = {
    "battery": ("Alder", "Drive battery", "Charge the drive battery to 80 percent. A drive battery lasts ten years."),
    "clutch": ("Alder", "Clutch", "The clutch needs no oil. A clutch lasts eight years."),
    "tyres": ("Birch", "Tyres", "Inflate the front tyres to 2.9 bar when they are cold."),
}
QUESTIONS: list[dict[str, Any]] = [
    {"id": "c1<::>1", "text": "How far do I charge the drive battery?", "brand": "Alder"},
    *(
        {
            "id": f"c2<::>{turn}",
            "text": "And how many years does it last?",
            "brand": "Alder",
            "history": [{"role": "user", "text": f"What is a {topic}?"}, {"role": "assistant", "text": f"A {topic}."}],
        }
        for turn, topic in ((2, "clutch"), (3, "drive battery"))
    ),
    {"id": "c3<::>1", "text": "What pressure do the front tyres need?", "brand": "Birch"},
    {"id": "c4<::>1", "text": "Who painted the ceiling of the chapel?", "brand": "Birch"},
]
RELEVANT = {"c1<::>1": "battery", "c2<::>2": "clutch", "c2<::>3": "battery", "c3<::>1": "tyres"}
PEER = 'print(\'{"ndcg@10": 0.5, "recall@5": 1, "recall@10": 1, "mrr@10": 0.5, "query_p50_ms": 9.5}\')'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data sets with one in it."""
    root = tmp_path_factory.mktemp("sets")
    folder = root / "cars"
    folder.mkdir()
    corpus = [
        {"id": name, "brand": brand, "title": title, "text": text} for name, (brand, title, text) in DOCUMENTS.items()
    ]
    answers = [{"id": one["id"], "answer": "yes", "answerable": one["id"] in RELEVANT} for one in QUESTIONS]
    for name, rows in (("corpus", corpus), ("queries", QUESTIONS), ("answers", answers)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = ["query-id\tdoc-id\trelevance", *(f"{question}\t{one}\t1" for question, one in RELEVANT.items())]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def run_json(schema: str, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == exit_code, done.output
    content: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(content, json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))
    return content


def test_retrieval_tells_what_earlier_talk_and_fusion_gain(root: Path, cache: Path) -> None:
    folder, kept = str(root / "cars"), str(cache)
    content = run_json("retrieval", "eval", "retrieval", folder, "--scope", "brand", "--baselines", "--cache", kept)

    assert content["queries"] == 4
    assert content["ndcg@10"] == 1.0
    assert content["follow_ups"]["queries"] == 2
    assert content["follow_ups"]["with_history"]["ndcg@10"] > content["follow_ups"]["last_turn"]["ndcg@10"]
    assert content["follow_ups"]["gain_ndcg@10"] > 0
    *simple, best_weight = content["baselines"]
    assert simple == ["dense", "bm25", "rrf"]
    assert best_weight.startswith("weight_0.")
    assert {scope: one["queries"] for scope, one in content["by_scope"].items()} == {"Alder": 3, "Birch": 1}


def test_all_sets_draw_and_tell_what_fell(
    root: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = Gates(sets={"cars": SetGate(scope="brand", best={"ndcg@10": 1.1})})
    monkeypatch.setattr("evals.gates.load_gates", lambda: gates)
    peer = {"data": "cars", "ndcg@10": 0.5, "query_p50_ms": 9}
    (tmp_path / "compare-cars.json").write_text(json.dumps({"peer": peer}))
    arguments = ("eval", "all", str(root), "--cache", str(cache), "--results", str(tmp_path))
    content = run_json("retrieval_all", *arguments, exit_code=int(ExitCode.FINDINGS))

    assert [one["data"] for one in content["sets"]] == ["cars"]
    assert [one["figure"] for one in content["falls"]] == ["ndcg@10"]
    drawn = (tmp_path / "retrieval.svg").read_text(encoding="utf-8")
    assert "cars" in drawn
    assert "ours" in drawn
    assert "tutorial" in drawn


def test_compare_prints_both(root: Path, cache: Path, tmp_path: Path) -> None:
    for name in NEEDED:
        (tmp_path / f"{name}.py").write_text("")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    content = run_json(
        "compare",
        *("eval", "compare", str(root / "cars"), "--scope", "brand", "--cache", str(cache)),
        *("--peer", str(script), "--peer-python", str(python)),
    )

    assert content["ours"]["ndcg@10"] == 1.0
    assert content["peer"]["ndcg@10"] == 0.5


def test_knowing_tells_questions_without_an_answer_apart(root: Path, cache: Path) -> None:
    folder = str(root / "cars")
    content = run_json(
        "knowing", "eval", "knowing", folder, "--scope", "brand", "--foreign", folder, "--cache", str(cache)
    )

    assert content["answerable"] == 4
    assert content["kinds"]["unanswerable"]["without_answer"] == 1
    assert content["kinds"]["unanswerable"]["auroc"] == 1.0
    assert content["kinds"]["wrong_brand"]["without_answer"] == 4
    assert content["kinds"]["wrong_corpus"]["without_answer"] == 4
