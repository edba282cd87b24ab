"""Fit how passages are ranked, on the golden questions of groups; writes bot/calibration.yaml.

    python -m evals.calibrate_ranking examples/meridian [CARE ...] [--write]

CARE is what `python -m training.care_documents.documents CARE` and `marque ingest CARE --publish` make. Each group
weighs the same, however many questions it has. Each brand is judged by a model that was fitted on the other brands;
what is written is fitted on all. The ranking comes before `evals.calibrate_deciding`, which counts on it.
"""

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bot import bootstrap as bot_bootstrap
from bot.lexicon import Lexicon, LexiconShelf
from bot.ranking import SIGN_NAMES, Asked, asked_question, rank_hits
from bot.search_text import searched_text
from bot.steps.understand_question import other_brands_named
from brands import Group, VehicleContext, load_group
from evals.measuring_process import DATA_FOLDER
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

Array = NDArray[np.float64]
_MARKS = re.compile(r"[*_|]")
_LIMIT = 16
_MARGINS = (0.5, 0.75, 1.0, 1.5, 2.0)
# Below this difference of worth a second passage is quoted too; see `near ties` in what is printed.
_NEAR_TIE = 1.5


@dataclass(frozen=True)
class Example:
    """One golden question with what was found for it.

    Args:
        question_id: its id.
        group: id of the group.
        brand_id: whose it is.
        asked: the question.
        vehicle: what is known of the vehicle.
        hits: what was found.
        right: whether each hit holds the required words of a right document.
        in_document: whether each hit is of a right document.
        lexicon: of the brand's release.
    """

    question_id: str
    group: str
    brand_id: str
    asked: Asked
    vehicle: VehicleContext
    hits: tuple[Hit, ...]
    right: tuple[bool, ...]
    in_document: tuple[bool, ...]
    lexicon: Lexicon


def read_examples(group: Group, knowledge_base: KnowledgeBase) -> list[Example]:
    """Search for every golden question of a group.

    Args:
        group: with golden_questions.yaml in the brands' folders.
        knowledge_base: with live releases.
    """
    shelf = LexiconShelf(knowledge_base.releases)
    found = []
    for brand_id, profile in group.brands.items():
        content = yaml.safe_load((group.brand_folder(brand_id) / "golden_questions.yaml").read_text(encoding="utf-8"))
        if knowledge_base.releases.live(brand_id) is None:
            raise SystemExit(f"{brand_id} has no live release; run `marque ingest {group.folder} --publish` first")
        lexicon = shelf.live(brand_id)
        for golden in content["questions"]:
            if other_brands_named(golden["question"], profile, group):
                continue
            language = golden.get("language", profile.default_language)
            vehicle = profile.vehicle(golden.get("model"), golden.get("model_year"), golden.get("market"))
            hits = knowledge_base.retriever.find(
                brand_id,
                searched_text(golden["question"], language, lexicon),
                vehicle=vehicle,
                language=language,
                limit=_LIMIT,
            ).hits
            asked = asked_question(golden["question"], language, profile)
            found.append(_example(golden, group.profile.id, brand_id, asked, vehicle, hits, lexicon))
    return found


def _example(
    golden: dict[str, Any],
    group: str,
    brand_id: str,
    asked: Asked,
    vehicle: VehicleContext,
    hits: tuple[Hit, ...],
    lexicon: Lexicon,
) -> Example:
    documents = golden.get("document", [])
    documents = documents if isinstance(documents, list) else [documents]
    in_document = tuple(hit.passage.document_id in documents for hit in hits)
    right = tuple(
        inside and holds(hit.passage, golden.get("words", [])) for inside, hit in zip(in_document, hits, strict=True)
    )
    return Example(golden["id"], group, brand_id, asked, vehicle, hits, right, in_document, lexicon)


def holds(passage: Passage, words: Iterable[str]) -> bool:
    """Whether a passage, its headings among it, has all of some words, marks of Markdown apart.

    Args:
        passage: of a document.
        words: each as it must stand there.
    """
    text = _plain(passage.embedded_text)
    return all(_plain(one) in text for one in words)


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text).split()).casefold()


def passage_rows(example: Example) -> Array:
    """The signs of every hit, one row a hit."""
    unit = dict.fromkeys(SIGN_NAMES, 0.0)
    ranked = rank_hits(example.asked, example.hits, example.lexicon, example.vehicle, unit)
    by_hit = {id(one.hit): astuple(one.signs) for one in ranked}
    return np.array([by_hit[id(hit)] for hit in example.hits], dtype=np.float64)


def fit_ranking(examples: Sequence[Example], rows: dict[str, Array], ridge: float = 0.005) -> Array:
    """Weights under which the right passages are likeliest among those found (listwise softmax)."""
    start = np.zeros(len(SIGN_NAMES))
    start[SIGN_NAMES.index("cosine")], start[SIGN_NAMES.index("keyword")] = 6.0, 3.0
    usable = [one for one in examples if any(one.right)]
    counts = Counter(one.group for one in usable)
    shares = {name: 1 / count / len(counts) for name, count in counts.items()}

    def gradient(weights: Array) -> Array:
        total = ridge * (weights - start / 2)
        for one in usable:
            values = rows[one.question_id]
            worth = values @ weights
            chance = np.exp(worth - worth.max())
            chance /= chance.sum()
            target = chance * np.array(one.right)
            total += shares[one.group] * (values.T @ (chance - target / target.sum()))
        return np.asarray(total, dtype=np.float64)

    return descend(gradient, start, 400, 0.1)


def descend(gradient: Callable[[Array], Array], start: Array, steps: int, rate: float) -> Array:
    """Adam (Kingma and Ba 2015), with its usual constants."""
    at, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        slope = gradient(at)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        at -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
    return at


def judge_apart(examples: Sequence[Example], rows: dict[str, Array]) -> dict[str, dict[str, float]]:
    """Judge each brand by what was fitted on the others.

    Args:
        examples: answerable golden questions.
        rows: the signs of every hit, by question id.

    Returns:
        For each brand, the shares of questions whose right passage, and whose right document, comes first or second.
    """
    return {
        brand_id: _judged(
            [one for one in examples if one.brand_id == brand_id],
            fit_ranking([one for one in examples if one.brand_id != brand_id], rows),
            rows,
        )
        for brand_id in dict.fromkeys(one.brand_id for one in examples)
    }


def _judged(examples: Sequence[Example], ranking: Array, rows: dict[str, Array]) -> dict[str, float]:
    counts = dict.fromkeys(("passage", "document", "passage_in_two", "document_in_two"), 0.0)
    for margin in _MARGINS:
        counts |= {f"near tie {margin}: two shown": 0.0, f"near tie {margin}: document shown": 0.0}
    for one in examples:
        worth = rows[one.question_id] @ ranking
        order = np.argsort(-worth)
        counts["passage"] += one.right[order[0]]
        counts["document"] += one.in_document[order[0]]
        counts["passage_in_two"] += any(one.right[at] for at in order[:2])
        counts["document_in_two"] += any(one.in_document[at] for at in order[:2])
        for margin in _MARGINS:
            two = len(order) > 1 and worth[order[0]] - worth[order[1]] <= margin
            counts[f"near tie {margin}: two shown"] += two
            shown = order[: 2 if two else 1]
            counts[f"near tie {margin}: document shown"] += any(one.in_document[at] for at in shown)
    return {name: float(count) / len(examples) for name, count in counts.items()}


def main() -> None:
    """Fit, judge, print, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", type=Path, nargs="+", help="group folders with live releases")
    parser.add_argument("--write", action="store_true", help="write bot/calibration.yaml")
    given = parser.parse_args()
    examples = [
        one
        for folder in given.groups
        for one in read_examples(load_group(folder), build_knowledge_base(folder / DATA_FOLDER))
    ]
    rows = {one.question_id: passage_rows(one) for one in examples}
    for brand_id, shares in judge_apart(examples, rows).items():
        print(yaml.safe_dump({brand_id: {name: round(one, 3) for name, one in shares.items()}}, sort_keys=False))  # noqa: T201
    ranking = fit_ranking(examples, rows)
    weights = {name: round(float(one), 3) for name, one in zip(SIGN_NAMES, ranking, strict=True)}
    found = {"passage_weights": weights, "near_tie": _NEAR_TIE}
    print(yaml.safe_dump(found, sort_keys=False))  # noqa: T201
    if given.write:
        write_calibration(found)


def write_calibration(found: dict[str, Any]) -> None:
    """Put what was found into bot/calibration.yaml, and leave the rest of it.

    Args:
        found: values by name.
    """
    target = Path(bot_bootstrap.__file__).with_name("calibration.yaml")
    content = {**yaml.safe_load(target.read_text(encoding="utf-8")), **found}
    head = (
        "# Made by `python -m evals.calibrate_ranking` and `python -m evals.calibrate_deciding`; see\n"
        "# docs/decisions/0006-deciding-and-extracts.md.\n"
    )
    target.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
