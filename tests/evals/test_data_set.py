import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from evals.data_set import load_data_set
from evals.errors import DataSetInvalid

CORPUS = [
    {"id": "a/1", "title": "Tyres", "text": "Tyres\nInflate to 2.4 bar.", "brand": "alder"},
    {"id": "b/1", "title": "Tyres", "text": "Inflate to 2.9 bar.", "brand": "birch", "language": "de"},
]
QUERIES = [
    {"id": "q1", "text": "Which pressure?", "brand": "alder", "history": [{"role": "user", "text": "Tyres"}]},
    {"id": "q2", "text": "Not judged", "brand": "alder"},
    {"id": "q3", "text": "Welcher Druck?", "brand": "birch"},
]
QRELS = "query-id\tdoc-id\trelevance\nq1\ta/1\t1\nq3\tb/1\t2\n"


def write(folder: Path, corpus: list[dict[str, Any]] = CORPUS, queries: Any = QUERIES, qrels: str = QRELS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus))
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


def test_only_judged_questions_are_read(tmp_path: Path) -> None:
    data_set = load_data_set(write(tmp_path / "cars"), scope_field="brand")

    assert data_set.name == "cars"
    assert [one.question_id for one in data_set.questions] == ["q1", "q3"]
    assert data_set.questions[0].history == (("user", "Tyres"),)
    assert data_set.questions[1].relevant == {"b/1": 2}
    assert [one.scope for one in data_set.documents] == ["alder", "birch"]
    assert [one.language for one in data_set.documents] == ["en", "de"]


def test_packed_corpus_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress((folder / "corpus.jsonl").read_bytes()))
    (folder / "corpus.jsonl").unlink()

    assert len(load_data_set(folder).documents) == 2


def test_without_a_scope_field_nothing_is_restricted(tmp_path: Path) -> None:
    data_set = load_data_set(write(tmp_path))

    assert {one.scope for one in data_set.documents} == {None}
    assert {one.scope for one in data_set.questions} == {None}


def test_first_documents_and_questions_can_be_chosen(tmp_path: Path) -> None:
    data_set = load_data_set(write(tmp_path), documents=1, questions=1)

    assert (len(data_set.documents), len(data_set.questions)) == (1, 1)


def test_halves_share_no_question_and_keep_conversations_whole(tmp_path: Path) -> None:
    queries = [{"id": f"c{number}<::>{turn}", "text": "?"} for number in range(40) for turn in range(3)]
    qrels = "".join(f"{row['id']}\ta/1\t1\n" for row in queries)
    folder = write(tmp_path, queries=queries, qrels=qrels)
    tune = {one.question_id for one in load_data_set(folder, split="tune").questions}
    report = {one.question_id for one in load_data_set(folder, split="report").questions}

    assert tune | report == {row["id"] for row in queries}
    assert not {one.split("<::>")[0] for one in tune} & {one.split("<::>")[0] for one in report}
    assert 30 < len(tune) < 90


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    write(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(DataSetInvalid, match=missing):
        load_data_set(tmp_path)


def test_row_that_is_no_object_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"id": "a", "text": "b"}\n["a"]\n')

    with pytest.raises(DataSetInvalid, match="line 2"):
        load_data_set(tmp_path)


def test_scope_field_that_no_document_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalid, match="--scope"):
        load_data_set(write(tmp_path), scope_field="colour")


def test_data_set_without_judged_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalid, match="judged"):
        load_data_set(write(tmp_path, qrels="query-id\tdoc-id\trelevance\n"))


def test_other_judgements_can_be_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "qrels_en.tsv").write_text("query-id\tdoc-id\trelevance\nq2\tb/1\t1\n")

    assert [one.question_id for one in load_data_set(folder, judgements="qrels_en.tsv").questions] == ["q2"]
