"""Writes the re-ranker's examples: `python -m training.reranker.prepare OUT [--sets SETS] [--care-documents FOLDER]`.

An example is a question with at most one passage that answers it and some that were found for it and do not. SETS is a
folder with a folder for each public set of `README.md` beside this file; FOLDER holds passages of invented care
documents with questions. OUT receives `train.jsonl.gz` and `heldout.jsonl.gz`.
"""

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.embedder import Embedder
from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.settings import KnowledgeBaseSettings
from training.care_documents.documents import CarePassage, care_passages

SEED = 20261130
QUESTIONS = {
    "squadshifts-wiki": 5_000,
    "squadshifts-amazon-reddit": 4_000,
    "afriqa": 2_500,
    "nq-oracle": 2_500,
    "covid-qa": 1_200,
    "piaf": 1_000,
    "cnil-faq": 400,
}
PAIRS = {"dstc10-faq": 2_500, "product-qa": 5_200, "medquad": 2_500, "clapnq-train": 1_800, "covid-faq": 800}
NEGATIVES = 4
HELD_OUT = 0.05
CHUNK_WORDS = (40, 120)
_FROM_NEAREST = 12
"""Negatives are drawn from that many nearest passages of the same set, the nearest most often."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question with passages.

    Args:
        question: as asked.
        positive: the passage that answers; empty where none does.
        negatives: passages that do not.
        source: the set.
        topic: what keeps training and held-out examples apart.
    """

    question: str
    positive: str
    negatives: tuple[str, ...]
    source: str
    topic: str


def main() -> None:
    """Write both files and print what they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--care-documents", type=Path)
    wanted = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311 - a sample, no secrets
    embedder = embedder_from_settings(KnowledgeBaseSettings())
    examples: list[Example] = []
    for name, limit in QUESTIONS.items() if wanted.sets else ():
        examples += _of_questions(name, list(_rows(wanted.sets / name / "reader.jsonl.gz")), limit, embedder, chance)
        _say(f"{name}: {len(examples)} so far")
    for name, limit in PAIRS.items() if wanted.sets else ():
        examples += _of_pairs(name, list(_rows(wanted.sets / name / "pairs.jsonl.gz")), limit, embedder, chance)
        _say(f"{name}: {len(examples)} so far")
    if wanted.care_documents:
        examples += _of_care_documents(wanted.care_documents, embedder, chance)
    chance.shuffle(examples)
    wanted.out.mkdir(parents=True, exist_ok=True)
    for side in ("train", "heldout"):
        chosen = [one for one in examples if is_held_out(one) == (side == "heldout")]
        with gzip.open(wanted.out / f"{side}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in chosen)
        counts = Counter((one.source, bool(one.positive)) for one in chosen)
        _say(f"{side}: {len(chosen)}")
        for (source, answered), count in sorted(counts.items()):
            _say(f"  {source:28} {'answered' if answered else 'without':9} {count}")


def read_examples(path: Path) -> list[Example]:
    """Read what `main` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Example(**{**row, "negatives": tuple(row["negatives"])}) for row in map(json.loads, file)]


def is_held_out(example: Example) -> bool:
    """Whether an example is never trained on: whole topics, chosen by hash."""
    digest = sha256(f"{example.source}/{example.topic}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < HELD_OUT * 2**32


def _of_questions(
    name: str, rows: list[dict[str, Any]], limit: int, embedder: Embedder, chance: random.Random
) -> Iterator[Example]:
    """Questions with an answer somewhere in a text: the piece that holds it against the nearest ones that do not."""
    rows = [row for row in rows if row["answers"]]
    chance.shuffle(rows)
    pieces: list[str] = []
    rows_of_text: dict[str, list[int]] = {}
    spans: list[tuple[int, int]] = []
    taken: list[tuple[dict[str, Any], int]] = []
    for row in rows:
        if len(taken) >= limit:
            break
        text = row["context"]
        if text not in rows_of_text:
            found = list(_chunks(text, chance))
            rows_of_text[text] = list(range(len(pieces), len(pieces) + len(found)))
            title = _title(row)
            pieces += [f"{title}\n{text[a:b]}" if title else text[a:b] for a, b in found]
            spans += found
        answer = row["answers"][0]
        begin, end = answer["start"], answer["start"] + len(answer["text"])
        holding = [one for one in rows_of_text[text] if spans[one][0] <= begin and end <= spans[one][1]]
        if holding:
            taken.append((row, holding[0]))
    questions = [row["question"].strip() for row, _ in taken]
    for (row, right), near in zip(taken, _nearest(embedder, questions, pieces), strict=True):
        answers = [one["text"].casefold() for one in row["answers"]]
        wrong = [
            pieces[one]
            for one in near
            if one != right and not any(answer in pieces[one].casefold() for answer in answers)
        ]
        yield Example(row["question"].strip(), pieces[right], _draw(wrong, chance), name, row.get("title") or row["id"])


def _of_pairs(
    name: str, rows: list[dict[str, Any]], limit: int, embedder: Embedder, chance: random.Random
) -> Iterator[Example]:
    """Questions with a right text, and with those that the set itself calls wrong or that lie near."""
    chance.shuffle(rows)
    rows = [row for row in rows if not row["id"].startswith("hetpqa-gen") and "hetpqa-gen" not in row.get("source", "")]
    rows = rows[:limit]
    pool = sorted({_short(row["positive"]) for row in rows if row["positive"]})
    by_query: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_query[row["query"]].add(_short(row["positive"]))
    near = _nearest(embedder, [row["query"].strip() for row in rows], pool)
    for row, found in zip(rows, near, strict=True):
        own = [_short(one) for one in row["negatives"]]
        others = [pool[one] for one in found if pool[one] not in by_query[row["query"]]]
        # Of what lies near in a set of pairs, the very nearest may answer as well.
        wrong = own[:NEGATIVES] if len(own) >= NEGATIVES else [*own, *_draw(others[2:], chance)][:NEGATIVES]
        topic = row.get("entity") or row.get("title") or row["query"]
        yield Example(row["query"].strip(), _short(row["positive"]), tuple(wrong), name, topic)


def _of_care_documents(folder: Path, embedder: Embedder, chance: random.Random) -> Iterator[Example]:
    """Care documents written for training: questions with an answer, and others that only sound so."""
    by_company: dict[str, list[CarePassage]] = defaultdict(list)
    for one in care_passages(folder):
        by_company[one.company].append(one)
    for company, passages in by_company.items():
        texts = [f"{one.heading}\n{one.text}" for one in passages]
        leaves = [one.heading.rsplit(" > ", 1)[-1].casefold() for one in passages]
        asked = [(row, question, True) for row, one in enumerate(passages) for question in one.questions]
        asked += [(row, question, False) for row, one in enumerate(passages) for question in one.near]
        found = _nearest(embedder, [question for _, question, _ in asked], texts)
        for (row, question, answered), near in zip(asked, found, strict=True):
            wrong = [texts[one] for one in near if leaves[one] != leaves[row]]
            positive = texts[row] if answered else ""
            negatives = _draw(wrong, chance) if answered else (texts[row], *_draw(wrong, chance)[: NEGATIVES - 1])
            yield Example(question, positive, negatives, company, passages[row].heading)


def _nearest(embedder: Embedder, questions: Sequence[str], pieces: Sequence[str]) -> Iterator[list[int]]:
    vectors = np.concatenate([embedder.embed_passages(pieces[at : at + 512]) for at in range(0, len(pieces), 512)])
    for at in range(0, len(questions), 256):
        asked = np.stack([embedder.embed_question(one) for one in questions[at : at + 256]])
        for line in asked @ vectors.T:
            yield [int(one) for one in np.argsort(-line)[: 2 * _FROM_NEAREST]]


def _draw(found: Sequence[str], chance: random.Random) -> tuple[str, ...]:
    """Some of the nearest: the first more often than the last."""
    left, drawn = list(found[:_FROM_NEAREST]), list[str]()
    while left and len(drawn) < NEGATIVES:
        drawn.append(left.pop(min(int(chance.expovariate(0.4)), len(left) - 1)))
    return tuple(drawn)


def _chunks(text: str, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Pieces of whole sentences, as offsets."""
    start, wanted = 0, chance.randint(*CHUNK_WORDS)
    ends = [found.end() for found in _SENTENCES.finditer(text)] + [len(text)]
    for end in ends:
        if len(text[start:end].split()) >= wanted or end == len(text):
            if text[start:end].strip():
                yield start, end
            start, wanted = end, chance.randint(*CHUNK_WORDS)


def _title(row: dict[str, Any]) -> str:
    title = str(row.get("title") or "")
    return "" if "_" in title or row["source"].startswith("squadshifts-amazon") or len(title) > 90 else title


def _short(text: str) -> str:
    return " ".join(text.split()[: CHUNK_WORDS[1] + 30])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if not row.get("open_overlap"):
                yield row


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
