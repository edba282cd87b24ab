"""A data set of documents and judged questions: corpus.jsonl, queries.jsonl and qrels.tsv in one folder."""

import gzip
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from evals.errors import DataSetInvalid

Split = Literal["all", "tune", "report"]
JUDGEMENTS = "qrels.tsv"


@dataclass(frozen=True, slots=True)
class SourceText:
    """One row of the corpus.

    Args:
        document_id: its id.
        title: its title, empty where it has none.
        text: all of it.
        scope: value of the field that restricts the search; None where nothing does.
        language: ISO 639-1 code.
    """

    document_id: str
    title: str
    text: str
    scope: str | None
    language: str


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """One question with the documents that answer it.

    Args:
        question_id: its id.
        text: the last thing that was asked.
        history: role and text of what was said before.
        scope: value of the field that restricts the search.
        relevant: gain by document.
        language: ISO 639-1 code.
    """

    question_id: str
    text: str
    history: tuple[tuple[str, str], ...]
    scope: str | None
    relevant: dict[str, int]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents and judged questions.

    Args:
        name: name of its folder.
        scope_field: the field that restricts each search to documents of the same value, if any.
        documents: the corpus.
        questions: only those with judgements.
    """

    name: str
    scope_field: str | None
    documents: tuple[SourceText, ...]
    questions: tuple[JudgedQuestion, ...]


def load_data_set(
    folder: Path,
    *,
    scope_field: str | None = None,
    documents: int | None = None,
    questions: int | None = None,
    split: Split = "all",
    unanswerable: Collection[str] = (),
    judgements: str = JUDGEMENTS,
) -> DataSet:
    """Read a data set.

    Args:
        folder: holds corpus.jsonl, queries.jsonl (each may be packed as .gz) and qrels.tsv.
        scope_field: search only documents whose value of this field is the question's.
        documents: only the first so many documents.
        questions: only the first so many questions that have judgements.
        split: all questions, the half for tuning, or the half for reporting; turns of a conversation stay together.
        unanswerable: ids of questions that are taken although no document is judged to answer them.
        judgements: name of the file that tells which document answers which question.

    Raises:
        DataSetInvalid: a file is missing or wrong.
    """
    judged = {**{one: dict[str, int]() for one in unanswerable}, **_judgements(folder / judgements)}
    corpus = tuple(_document(row, scope_field, folder) for row in islice(read_rows(folder, "corpus"), documents))
    if not corpus:
        raise DataSetInvalid(f"{folder}: corpus.jsonl holds no document")
    if scope_field is not None and all(one.scope is None for one in corpus):
        raise DataSetInvalid(f"{folder}: no document has the field {scope_field!r}; leave --scope out")
    rows = (row for row in read_rows(folder, "queries") if row.get("id") in judged and belongs(row["id"], split))
    asked = tuple(_question(row, scope_field, judged) for row in islice(rows, questions))
    if not asked:
        raise DataSetInvalid(f"{folder}: no question of queries.jsonl is judged in qrels.tsv")
    return DataSet(folder.resolve().name, scope_field, corpus, asked)


def belongs(question_id: str, split: Split) -> bool:
    """Whether a question is in a half; turns of a conversation are in the same one."""
    if split == "all":
        return True
    conversation = question_id.split("<::>", maxsplit=1)[0]
    is_tuned_on = sha256(conversation.encode()).digest()[0] % 2 == 0
    return is_tuned_on == (split == "tune")


def read_rows(folder: Path, name: str, needed: Sequence[str] = ("id", "text")) -> Iterator[dict[str, Any]]:
    """Read the rows of a file of a data set, which may be packed as .gz.

    Args:
        folder: the data set.
        name: name of the file without `.jsonl`.
        needed: keys that every row has, with a text.

    Raises:
        DataSetInvalid: the file is missing or wrong.
    """
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    path = packed if packed.is_file() else plain
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path is packed else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, path, number, needed)
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise DataSetInvalid(
            f"{path} cannot be read ({error}); a data set has corpus.jsonl, queries.jsonl, qrels.tsv"
        ) from None


def _row(line: str, path: Path, number: int, needed: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in needed):
        keys = " and ".join(f"`{key}`" for key in needed)
        raise DataSetInvalid(f"{path}, line {number}: every row is a JSON object with {keys}")
    return row


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataSetInvalid(
            f"{path} cannot be read ({error}); a data set has corpus.jsonl, queries.jsonl, qrels.tsv"
        ) from None
    judged: dict[str, dict[str, int]] = {}
    for line in lines:
        cells = line.split("\t")
        if len(cells) >= 3 and cells[2].lstrip("-").isdigit():
            judged.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return judged


def _document(row: dict[str, Any], scope_field: str | None, folder: Path) -> SourceText:
    language = row.get("language") or "en"
    if not isinstance(language, str) or len(language) != 2:
        raise DataSetInvalid(f"{folder}: document {row['id']!r} has the language {language!r}; write a code such as en")
    return SourceText(row["id"], str(row.get("title") or ""), row["text"], _scope(row, scope_field), language)


def _question(row: dict[str, Any], scope_field: str | None, judged: dict[str, dict[str, int]]) -> JudgedQuestion:
    history = tuple((str(turn.get("role", "")), str(turn.get("text", ""))) for turn in row.get("history") or ())
    language = str(row.get("language") or "en")
    return JudgedQuestion(row["id"], row["text"], history, _scope(row, scope_field), judged[row["id"]], language)


def _scope(row: dict[str, Any], scope_field: str | None) -> str | None:
    value = row.get(scope_field) if scope_field else None
    return str(value) if value else None
