"""Writes the reader's examples from the public training sets: `python -m training.reader.prepare SETS OUT`.

SETS is a folder with a folder for each set, as `README.md` beside this file lists them; OUT receives `train.jsonl.gz`
and `heldout.jsonl.gz` (whole titles, chosen by hash, that training never sees).
"""

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from knowledge_base.bundled_model import BundledModel
from training.reader.hard_negatives import (
    Edit,
    Example,
    Words,
    change_passage,
    change_question,
    crop,
    remove_answer,
    rename_in_both,
)

SEED = 20261201
ANSWERABLE = {
    "squadshifts-wiki": 12_000,
    "squadshifts-amazon-reddit": 13_000,
    "afriqa": 5_000,
    "nq-oracle": 3_700,
    "covid-qa": 2_000,
    "piaf": 1_000,
    "cnil-faq": 700,
}
"""How many answerable rows of each set are taken, at most."""
UNANSWERABLE_SHARE = 0.22
"""Of these numbers: how many of the rows that the set calls unanswerable join them."""
CANDIDATES = {"dstc10-faq": 1_500, "product-qa": 2_500}
"""Pairs whose candidates are put together to a passage; the answer is the whole right candidate."""
EDITED = {"squadshifts-wiki": 0.8, "squadshifts-amazon-reddit": 0.35, "afriqa": 0.3, "nq-oracle": 0.4, "covid-qa": 0.3}
"""How many edited unanswerable examples for each answerable one; English sets only."""
RENAMED = 0.06
HELD_OUT_TITLES = 0.04
CROPS = ((30, 90), (90, 170))
"""Words that are left of a passage: one of these ranges each; short ones cost less time."""
_NEIGHBOURS = (0.36, 0.72)
"""Cosine between word vectors: below they have nothing to do with each other, above they mean the same."""


def main() -> None:
    """Write both files and print what they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311
    examples: list[Example] = []
    for name, limit in ANSWERABLE.items():
        examples += _take(arguments.sets / name / "reader.jsonl.gz", limit, chance)
    words = _learn_words(examples)
    examples += [edited for example in examples if (edited := _edit(example, words, chance)) is not None]
    for name, limit in CANDIDATES.items():
        examples += _join_candidates(arguments.sets / name / "pairs.jsonl.gz", limit, chance)
    chance.shuffle(examples)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for side in ("train", "heldout"):
        chosen = [example for example in examples if _is_held_out(example) == (side == "heldout")]
        with gzip.open(arguments.out / f"{side}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in chosen)
        counts = Counter((example.source, bool(example.answers)) for example in chosen)
        unanswerable = sum(not example.answers for example in chosen)
        sys.stdout.write(f"{side}: {len(chosen)} examples, {unanswerable} unanswerable\n")
        for (source, answerable), count in sorted(counts.items()):
            sys.stdout.write(f"  {source:42} {'answerable' if answerable else 'not':10} {count}\n")


def read_examples(path: Path) -> list[Example]:
    """Read what `main` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Example(**{**row, "answers": tuple((a, b) for a, b in row["answers"])}) for row in rows]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if not row.get("open_overlap"):
                yield row


def _take(path: Path, limit: int, chance: random.Random) -> list[Example]:
    rows = list(_rows(path))
    chance.shuffle(rows)
    good = [row for row in rows if row["answers"]][:limit]
    bad = [row for row in rows if not row["answers"]][: int(limit * UNANSWERABLE_SHARE)]
    return [crop(_example(row), chance.randint(*chance.choice(CROPS))) for row in good + bad]


def _example(row: dict[str, Any]) -> Example:
    spans = {(one["start"], one["start"] + len(one["text"])) for one in row["answers"]}
    first = row["answers"][0] if row["answers"] else None
    head = [(first["start"], first["start"] + len(first["text"]))] if first else []
    return Example(
        id=row["id"],
        question=row["question"].strip(),
        context=row["context"],
        answers=tuple(head + sorted(spans - set(head))),
        language=row["language"],
        source=row["source"],
        title=row.get("title", row["id"]),
    )


def _edit(example: Example, words: Words, chance: random.Random) -> Example | None:
    family = next((name for name in EDITED if _family(example.source) == name), None)
    if family is None or not example.answers or example.language != "en":
        return None
    if chance.random() < RENAMED:
        return rename_in_both(example, words, chance)
    if chance.random() > EDITED[family]:
        return None
    edits: list[Edit] = [*[change_question] * 6, *[remove_answer] * 2, *[change_passage] * 2]
    chance.shuffle(edits)
    for edit in edits[:4]:
        edited = edit(example, words, chance)
        if edited is not None:
            return edited
    return None


def _family(source: str) -> str:
    if source in {"squadshifts-new_wiki"}:
        return "squadshifts-wiki"
    if source in {"squadshifts-amazon_reviews", "squadshifts-reddit"}:
        return "squadshifts-amazon-reddit"
    return "nq-oracle" if source == "nq-open-oracle" else source


def _join_candidates(path: Path, limit: int, chance: random.Random) -> list[Example]:
    rows = [row for row in _rows(path) if len(row["negatives"]) >= 3 and "hetpqa" not in row["source"]]
    chance.shuffle(rows)
    found = []
    for row in rows[:limit]:
        answer = row["positive"]
        others = chance.sample(row["negatives"], min(len(row["negatives"]), chance.randint(2, 4)))
        drop = answer and chance.random() < 0.2
        parts = [*others, answer] if answer and not drop else others
        chance.shuffle(parts)
        context = "\n".join(parts)
        if drop or not answer:
            spans: Sequence[tuple[int, int]] = ()
        else:
            start = context.index(answer)
            spans = [(start, start + len(answer))]
        example = Example(
            id=row["id"] + ("-removed" if drop else ""),
            question=row["query"].strip(),
            context=context,
            answers=tuple(spans),
            language="en",
            source=row["source"] + (":removed" if drop else ""),
            title=row.get("entity") or row.get("title") or row["id"],
        )
        found.append(example)
    return found


def _learn_words(examples: Sequence[Example]) -> Words:
    model = BundledModel()
    vocabulary = model.tokenizer().get_vocab()
    known = [w for w, row in sorted(vocabulary.items(), key=lambda item: item[1]) if re.fullmatch(r"[a-z]{4,}", w)]
    table = load_file(model.weights_path())["embeddings.word_embeddings.weight"]
    vectors = table[[vocabulary[w] for w in known]]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = {w for e in examples if e.language == "en" for w in re.findall(r"[a-z]{4,}", e.question)}
    rows = [row for row, word in enumerate(known) if word in asked]
    neighbours = {}
    for block in range(0, len(rows), 512):
        cosines = vectors[rows[block : block + 512]] @ vectors.T
        for row, line in zip(rows[block : block + 512], cosines, strict=True):
            near = [known[i] for i in np.argsort(-line)[1:14] if _NEIGHBOURS[0] < line[i] < _NEIGHBOURS[1]]
            kept = [w for w in near if not _related(w, known[row])]
            if kept:
                neighbours[known[row]] = kept[:8]
    pattern = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
    names = Counter(name for e in examples if e.language == "en" for name in pattern.findall(e.question))
    return Words(neighbours, sorted(names))


def _related(one: str, other: str) -> bool:
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= min(4, len(one) - 1, len(other) - 1)


def _is_held_out(example: Example) -> bool:
    family = example.source.split(":")[0].replace("-mismatch", "").replace("-swap", "")
    digest = sha256(f"{family}/{example.title}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < HELD_OUT_TITLES * 2**32


if __name__ == "__main__":
    main()
