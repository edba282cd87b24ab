"""Adds examples of care documents to those of public sets: `python -m training.reader.care_examples OUT --public RUN`.

Each question is read with the passage that answers it and with near ones that do not, each question that only sounds
answered with the passage that it sounds like. RUN is what `prepare` filled: its examples join. OUT receives
`train.jsonl.gz` and `heldout.jsonl.gz`; the companies of `HELD_OUT_COMPANIES` are never trained on.
"""

import argparse
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from knowledge_base.embedder import Embedder
from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.settings import KnowledgeBaseSettings
from training.care_documents.documents import HELD_OUT_COMPANIES, CarePassage, care_passages
from training.reader.hard_negatives import SOMEWHERE, Example
from training.reader.prepare import SEED, read_examples

_NEAREST = 8
_WRONG = 2
"""Passages that do not answer, for each question; drawn from so many nearest ones of the company."""
_TITLE_KEPT = 0.8
"""Of the examples have the heading before the text, as the bot gives it; the others learn to do without."""


def main() -> None:
    """Write both files and print what they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--public", type=Path, required=True, help="what `prepare` filled")
    wanted = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311 - a sample, no secrets
    care = list(care_examples(list(care_passages()), embedder_from_settings(KnowledgeBaseSettings()), chance))
    public = read_examples(wanted.public / "train.jsonl.gz")
    train = public + [one for one in care if one.source not in HELD_OUT_COMPANIES]
    heldout = [one for one in care if one.source in HELD_OUT_COMPANIES] + read_examples(
        wanted.public / "heldout.jsonl.gz"
    )
    chance.shuffle(train)
    wanted.out.mkdir(parents=True, exist_ok=True)
    for side, examples in (("train", train), ("heldout", heldout)):
        with gzip.open(wanted.out / f"{side}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in examples)
        sys.stdout.write(f"{side}: {len(examples)} examples, {sum(not one.answers for one in examples)} unanswerable\n")


def care_examples(passages: Sequence[CarePassage], embedder: Embedder, chance: random.Random) -> Iterator[Example]:
    """Questions with passages that answer them, and with some that do not.

    Args:
        passages: of any companies; wrong passages are drawn from the own company.
        embedder: finds what is near.
        chance: draws.
    """
    by_company: dict[str, list[CarePassage]] = defaultdict(list)
    for one in passages:
        by_company[one.company].append(one)
    for company, own in by_company.items():
        asked = [(row, question) for row, one in enumerate(own) for question in (*one.questions, *one.near)]
        vectors = embedder.embed_passages([f"{one.heading}\n{one.text}" for one in own])
        questions = np.stack([embedder.embed_question(question) for _, question in asked])
        for (row, question), cosines in zip(asked, questions @ vectors.T, strict=True):
            # What stands under the same heading may answer as well.
            near = [int(at) for at in np.argsort(-cosines) if own[at].heading != own[row].heading][:_NEAREST]
            answered = question in own[row].questions
            yield _example(own[row], question, company, chance, answered=answered)
            for at in chance.sample(near, _WRONG if answered else _WRONG - 1):
                yield _example(own[at], question, company, chance, answered=False)


def _example(passage: CarePassage, question: str, company: str, chance: random.Random, *, answered: bool) -> Example:
    head = f"{passage.heading}\n" if chance.random() < _TITLE_KEPT else ""
    answers: tuple[tuple[int, int], ...] = ()
    if answered:
        words = dict(zip(passage.questions, passage.answers, strict=False)).get(question, "")
        start = passage.text.find(words) + len(head)
        answers = ((start, start + len(words)),) if words and words in passage.text else SOMEWHERE
    return Example(
        id=f"{company}: {question}",
        question=question,
        context=head + passage.text,
        answers=answers,
        language="en",
        source=company,
        title=passage.heading,
    )


if __name__ == "__main__":
    main()
