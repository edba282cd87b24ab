"""What is a right answer to each question of a data set, as its answers.jsonl tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.data_set import read_rows
from evals.errors import DataSetInvalid


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What is expected of one question.

    Args:
        texts: answers of which each is right; empty where the documents hold none.
        document: the document that is said to hold it, for unanswerable questions one that seems to; None where
            the file names none.
    """

    texts: tuple[str, ...]
    document: str | None

    @property
    def is_answerable(self) -> bool:
        """Whether the documents answer the question."""
        return bool(self.texts)


def load_answers(folder: Path) -> Mapping[str, ExpectedAnswer]:
    """Read answers.jsonl of a data set.

    A row has `id`, `answer`, `answerable`, and where there are several right answers `alternatives` or `spans` of
    objects with `text`; `context_doc` names the document that an unanswerable question was written on.

    Args:
        folder: the data set; the file may be packed as .gz.

    Returns:
        What is expected, by question id.

    Raises:
        DataSetInvalid: the file is missing or wrong.
    """
    return {row["id"]: _expected(row, folder) for row in read_rows(folder, "answers", needed=("id", "answer"))}


def _expected(row: dict[str, Any], folder: Path) -> ExpectedAnswer:
    # Spans without an object around them are the pieces of one answer, and no answers of their own.
    spans = [one.get("text") for one in row.get("spans") or () if isinstance(one, dict)]
    texts = (row["answer"], *(row.get("alternatives") or ()), *spans)
    document = row.get("context_doc")
    if not all(isinstance(one, str) for one in texts) or not isinstance(document, str | None):
        raise DataSetInvalid(f"{folder}: the answer of {row['id']!r} is not written in texts")
    given = tuple(dict.fromkeys(one for one in texts if one.strip())) if row.get("answerable", True) else ()
    return ExpectedAnswer(given, document)
