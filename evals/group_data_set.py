"""Writes what the brands of a group have published as a data set, for a stack that knows no groups."""

import json
from collections.abc import Sequence
from pathlib import Path

from brands import load_group
from knowledge_base.bootstrap import build_knowledge_base
from knowledge_base.passage import Passage


def write_data_set(group: Path, data_folder: Path, questions: Sequence[str], folder: Path) -> Path:
    """Write every live document once, whole, and the questions.

    Args:
        group: the group folder.
        data_folder: where its releases lie.
        questions: texts; as nobody judged them, each is said to be answered by the first document.
        folder: made here.

    Returns:
        The folder.
    """
    releases = build_knowledge_base(data_folder).releases
    texts: dict[str, tuple[str, str]] = {}
    for brand_id in load_group(group).brands:
        live = releases.live(brand_id)
        if live is None:
            continue
        documents: dict[str, list[Passage]] = {}
        for passage in releases.passages_of(brand_id, live.release_id):
            documents.setdefault(passage.document_id, []).append(passage)
        for document_id, passages in documents.items():
            # A document of the group is the same one for every brand.
            name = document_id if document_id.startswith("group/") else f"{brand_id}/{document_id}"
            texts[name] = (passages[0].title, _whole_text(passages))
    folder.mkdir(parents=True)
    rows = [{"id": name, "title": title, "text": text} for name, (title, text) in texts.items()]
    _write_rows(folder / "corpus.jsonl", rows)
    _write_rows(folder / "queries.jsonl", [{"id": f"q{number}", "text": text} for number, text in enumerate(questions)])
    lines = ["query-id\tdoc-id\trelevance", *(f"q{number}\t{rows[0]['id']}\t1" for number in range(len(questions)))]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _whole_text(passages: Sequence[Passage]) -> str:
    parts: list[str] = []
    heading: tuple[str, ...] = ()
    for passage in sorted(passages, key=lambda one: one.position):
        if passage.heading_path != heading:
            heading = passage.heading_path
            parts.append(" > ".join(heading))
        parts.extend(part for part in (passage.question, passage.text) if part)
    return "\n\n".join(parts)


def _write_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
