"""How answers are compared with the expected ones."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from evals.answers_file import load_answers
from evals.answers_metrics import exact_match, token_f1
from evals.errors import DataSetInvalid
from ui.cli import app

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "answers.json"
CORPUS = [
    {"id": "tyres", "title": "Wheels", "text": "Inflate the front tyres to 2.4 bar when they are cold."},
    {"id": "oil", "title": "Engine", "text": "Change the engine oil every 15,000 km, with 5W-30 only."},
]
QUERIES = [
    {"id": "q1", "text": "What is the pressure of the front tyres?"},
    {"id": "q2", "text": "Who won the football world cup?"},
]
ANSWERS = [
    {"id": "q1", "answer": "2.4 bar", "spans": [{"text": CORPUS[0]["text"]}], "answerable": True},
    {"id": "q2", "answer": "", "answerable": False, "context_doc": "oil"},
]


def write(folder: Path, answers: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES), ("answers", answers)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels.tsv").write_text("q1\ttyres\t1\n")
    return folder


def test_words_are_compared_without_case_marks_and_articles() -> None:
    assert exact_match("The **2.4 bar**!", ["2.4 bar"]) == 1.0
    assert token_f1("Inflate to 2.4 bar", ["no", "2.4 bar"]) == pytest.approx(2 * 2 / (4 + 2))
    assert token_f1("", ["2.4 bar"]) == 0.0
    assert exact_match("2.4 bar cold", ["2.4 bar"]) == 0.0


def test_answers_go_through_the_whole_bot_and_what_is_not_known_is_declined(tmp_path: Path) -> None:
    data = write(tmp_path / "cars", ANSWERS)

    done = CliRunner().invoke(app, ["eval", "answers", str(data), "--results", str(tmp_path), "--json"])

    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert (content["documents"], content["questions"], content["answerable"]) == (2, 2, 1)
    for way in ("gold_document", "gold_document_decided", "with_search"):
        assert content[way]["token_f1"] == 1.0
        assert content[way]["right_document"] == 1.0
    assert content["gold_document"]["decline_balanced_accuracy"] is None
    assert content["with_search"]["decline_balanced_accuracy"] == 1.0
    assert json.loads((tmp_path / "answers-cars.json").read_text()) == content


def test_spans_without_objects_are_pieces_of_one_answer(tmp_path: Path) -> None:
    expected = load_answers(write(tmp_path / "cars", [{**ANSWERS[0], "spans": ["2.4", "bar"]}]))

    assert expected["q1"].texts == ("2.4 bar",)


def test_an_answer_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalid, match="q1"):
        load_answers(write(tmp_path / "cars", [{**ANSWERS[0], "alternatives": [3]}]))
    with pytest.raises(DataSetInvalid, match="`id` and `answer`"):
        load_answers(write(tmp_path / "other", [{"id": "q1"}]))
