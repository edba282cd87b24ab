"""The growth of a question's time is measured through the product, at a small size."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from brands import Group
from evals.scale import PROMISED_AT, judge, unit_vectors, vary
from evals.scale_plot import draw
from tests.evals.test_speed import GOLDEN
from tests.knowledge_base.samples import make_passages
from ui.cli import app
from ui.exit_codes import ExitCode

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "bench_scale.json"


def test_sizes_are_measured_and_drawn(small_group: Group, tmp_path: Path) -> None:
    for brand_id in small_group.brands:
        (small_group.brand_folder(brand_id) / "golden_questions.yaml").write_text(GOLDEN)
    plot = tmp_path / "scale.svg"
    command = ["bench", "scale", str(small_group.folder), "--sizes", "40,90", "--queries", "10", "--json"]
    done = CliRunner().invoke(app, [*command, "--results", str(tmp_path), "--plot", str(plot)])

    assert done.exit_code == ExitCode.DONE, done.output
    content = json.loads(done.stdout)
    jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [one["passages"] for one in content["sizes"]] == [40, 90]
    assert json.loads((tmp_path / "scale.json").read_text())["sizes"] == content["sizes"]
    assert plot.read_text().startswith("<svg")
    assert not (small_group.folder / ".marque").exists(), "the group's own data stay as they are"


def test_repeated_texts_differ_and_the_same_seed_gives_the_same() -> None:
    made = list(vary(make_passages(7), 50))
    assert len({one.text for one in made}) == len({one.passage_id for one in made}) == 50
    assert made == list(vary(make_passages(7), 50))
    assert len({one.scope.models for one in made}) == 8


def test_vectors_are_of_length_1() -> None:
    assert np.allclose(np.linalg.norm(unit_vectors(30, 16), axis=1), 1, atol=1e-5)


def _size(passages: int, milliseconds: float) -> dict[str, float]:
    return {"passages": passages, "whole_p50_ms": milliseconds, "whole_p95_ms": 2 * milliseconds}


def test_growth_beyond_the_logarithm_is_missed() -> None:
    goals = judge([_size(PROMISED_AT, 3.0), _size(10 * PROMISED_AT, 4.9), _size(100 * PROMISED_AT, 6.2)])
    assert [one["met"] for one in goals] == [True, True, True, False]
    assert [one["goal"] for one in goals] == [4.0, 8.0, 4.93, 5.86]


def test_sizes_without_the_promised_one_are_not_judged() -> None:
    assert judge([_size(1_000, 99.0)]) == []


@pytest.mark.parametrize("sizes", ["", "many", "1000,,2000", "0", "-5"])
def test_sizes_that_are_no_numbers_are_refused(small_group: Group, sizes: str) -> None:
    assert CliRunner().invoke(app, ["bench", "scale", str(small_group.folder), "--sizes", sizes]).exit_code != 0


def test_one_size_can_be_drawn() -> None:
    names = ("whole_p95", "whole_p50", "processor_p50", "dense_p50", "embed_p50", "keyword_p50")
    sizes = [{"passages": 1000, **{f"{name}_ms": 1.0 for name in names}}]
    machine = {"cores": 2, "processor": "<x>", "load_before": 0.1}
    assert "&lt;x&gt;" in draw({"sizes": sizes, "date": "2026-11-23", "machine": machine})
