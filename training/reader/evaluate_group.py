"""Measures the reader on a group's golden questions: `python -m training.reader.evaluate_group GROUP DATA_FOLDER`.

Dense retrieval finds passages in each brand's live release (DATA_FOLDER as `marque ingest` fills it); the reader reads
the best few. Prints how well its probability, and for comparison the best cosine, tells questions that have an answer
from those that must be declined, and how often the right words stand in the passage that the reader likes best.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.span_reader import SpanReader
from brands import VehicleContext
from evals.golden_file import GoldenDecline, GoldenQuestion, load_golden
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from training.reader.train import auroc

PASSAGES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What came out for one golden question.

    Args:
        brand_id: whose question it is.
        language: ISO 639-1 code.
        has_answer: False where it must be declined.
        probability: the highest that one of the passages answers.
        cosine: of the nearest passage.
        nearest_right: whether the nearest passage holds the words that must be quoted.
        likeliest_right: whether the passage with the best reading does.
        span: the words that were marked there.
    """

    brand_id: str
    language: str
    has_answer: bool
    probability: float
    cosine: float
    nearest_right: bool
    likeliest_right: bool
    span: str


def ask(
    reader: SpanReader, knowledge_base: KnowledgeBase, brand_id: str, asked: GoldenQuestion | GoldenDecline
) -> Asked:
    """Read what dense retrieval finds for one golden question."""
    vehicle = VehicleContext(model=asked.model, model_year=asked.model_year, market=asked.market)
    found = knowledge_base.retriever.find(brand_id, asked.question, vehicle=vehicle, limit=24)
    hits = sorted(found.hits, key=lambda hit: -hit.cosine)[:PASSAGES]
    texts = [hit.passage.text for hit in hits]
    readings = reader.read(asked.question, texts)
    best = max(range(len(texts)), key=lambda row: readings[row].answerable)
    words = asked.words if isinstance(asked, GoldenQuestion) else ()
    return Asked(
        brand_id=brand_id,
        language=asked.language or "en",
        has_answer=isinstance(asked, GoldenQuestion),
        probability=readings[best].answerable,
        cosine=hits[0].cosine,
        nearest_right=all(word in texts[0] for word in words),
        likeliest_right=all(word in texts[best] for word in words),
        span=texts[best][readings[best].start : readings[best].end],
    )


def report(name: str, rows: Sequence[Asked]) -> str:
    """One line of figures."""
    truths = [row.has_answer for row in rows]
    good = [row for row in rows if row.has_answer]
    reader = auroc([row.probability for row in rows], truths)
    cosine = auroc([row.cosine for row in rows], truths)
    nearest, likeliest = (np.mean([getattr(row, f"{one}_right") for row in good]) for one in ("nearest", "likeliest"))
    return (
        f"{name:10} {len(good):4} with an answer, {len(rows) - len(good):3} without: AUROC reader {reader:.3f}, "
        f"cosine {cosine:.3f}; right words in the nearest passage {nearest:.3f}, in the likeliest {likeliest:.3f}\n"
    )


def main() -> None:
    """Print a line for each brand, for English, for other languages, and for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", type=Path)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--show", action="store_true", help="print each question's span and probability")
    arguments = parser.parse_args()
    reader, knowledge_base = SpanReader(arguments.model), build_knowledge_base(arguments.data_folder)
    rows: list[Asked] = []
    for path in sorted(arguments.group.glob("brands/*/golden_questions.yaml")):
        golden = load_golden(path)
        everything: list[GoldenQuestion | GoldenDecline] = [*golden.questions, *golden.must_decline]
        for asked in everything:
            rows.append(ask(reader, knowledge_base, path.parent.name, asked))
            if arguments.show:
                shown = f"{rows[-1].probability:.2f} {rows[-1].has_answer!s:5} {asked.question} -> {rows[-1].span!r}"
                sys.stdout.write(shown + "\n")
        sys.stdout.write(report(path.parent.name, [row for row in rows if row.brand_id == path.parent.name]))
    sys.stdout.write(report("English", [row for row in rows if row.language == "en"]))
    sys.stdout.write(report("others", [row for row in rows if row.language != "en"]))
    sys.stdout.write(report("all", rows))


if __name__ == "__main__":
    main()
