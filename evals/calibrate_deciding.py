"""Fit how passages are ranked and how likely they answer, on a group's golden questions; writes bot/calibration.yaml.

    python -m evals.calibrate_deciding examples/meridian [--foreign QUERIES.jsonl ...] [--write]

Each brand is judged by a model that was fitted on the other brands; what is written is fitted on all. Examples of
questions without an answer are those that must be declined, the answerable ones with every document removed that
answers them, questions about things that the documents never mention, and questions of other trades (`--foreign`:
JSON lines, also gzipped, with `text` or `question`; CLINC150 and NQ were used).
"""

import argparse
import gzip
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bot import bootstrap as bot_bootstrap
from bot.answerability import ANSWER_SIGN_NAMES, answer_signs, asks_for_unstated_price
from bot.language_data import content_stems, read_data
from bot.lexicon import Lexicon, LexiconShelf
from bot.out_of_scope import foreign_matter
from bot.ranking import SIGN_NAMES, Asked, asked_question, rank_hits
from bot.search_text import searched_text
from bot.steps.understand_question import other_brands_named
from brands import Group, VehicleContext, load_group
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.retriever import Hit

Array = NDArray[np.float64]
_MARKS = re.compile(r"[*_|]")
_LIMIT = 16
# Must-decline questions are few and matter most; those made by removing documents may have another answer left.
_WEIGHT_DECLINE = 3.0
_WEIGHT_REMOVED = 0.3
_WEIGHT_FOREIGN = 0.3
_FOREIGN_QUESTIONS = 40
# Intents of CLINC150 that a vehicle's documents may well answer.
_VEHICLE_INTENTS = re.compile("tire|oil_change|jump_start|mpg|gas|maintenance|car_rental|distance|traffic|insurance")
_MARGINS = (0.5, 0.75, 1.0, 1.5, 2.0)
# So many questions of other trades may be answered at most.
_FOREIGN_ANSWERED = 0.1
# Below this difference of worth a second passage is quoted too; see `near ties` in what is printed.
_NEAR_TIE = 1.5


@dataclass(frozen=True)
class Example:
    """One golden question with what was found for it.

    Args:
        question_id: its id.
        brand_id: whose it is.
        answerable: whether it has an answer.
        asked: the question.
        vehicle: what is known of the vehicle.
        hits: what was found.
        right: whether each hit holds the required words of a right document.
        in_document: whether each hit is of a right document.
        lexicon: of the brand's release.
    """

    question_id: str
    brand_id: str
    answerable: bool
    asked: Asked
    vehicle: VehicleContext
    hits: tuple[Hit, ...]
    right: tuple[bool, ...]
    in_document: tuple[bool, ...]
    lexicon: Lexicon

    @property
    def golden(self) -> bool:
        """Whether it is one of the brand's own golden questions."""
        return self.question_id.startswith(f"{self.brand_id}-")


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
        for golden in (*content["questions"], *content["must_decline"]):
            if other_brands_named(golden["question"], profile, group):
                continue
            language = golden.get("language", profile.default_language)
            if "document" not in golden and foreign_matter(golden["question"], language):
                continue
            vehicle = profile.vehicle(golden.get("model"), golden.get("model_year"), golden.get("market"))
            hits = knowledge_base.retriever.find(
                brand_id,
                searched_text(golden["question"], language, lexicon),
                vehicle=vehicle,
                language=language,
                limit=_LIMIT,
            ).hits
            found.append(
                _example(
                    golden, brand_id, asked_question(golden["question"], language, profile), vehicle, hits, lexicon
                )
            )
    return found


def without_prices(examples: Sequence[Example]) -> list[Example]:
    """The examples without the questions after a price that nobody states, which a rule declines."""
    unit = dict.fromkeys(SIGN_NAMES, 1.0)
    kept = []
    for one in examples:
        ranked = rank_hits(one.asked, one.hits, one.lexicon, one.vehicle, unit)
        if one.answerable or not asks_for_unstated_price(one.asked, ranked, one.lexicon):
            kept.append(one)
        elif one.answerable:
            print(f"a rule about prices declines {one.question_id}")  # noqa: T201
    return kept


def read_foreign(group: Group, knowledge_base: KnowledgeBase, files: Sequence[Path]) -> list[Example]:
    """Ask every brand questions of other trades.

    Args:
        group: whose brands are asked.
        knowledge_base: with live releases.
        files: JSON lines with `text`; evenly spread ones are taken.
    """
    shelf = LexiconShelf(knowledge_base.releases)
    found = []
    for file in files:
        texts = _foreign_texts(file)
        for place, (brand_id, profile) in enumerate(group.brands.items()):
            lexicon = shelf.live(brand_id)
            for number in range(place, len(texts), max(1, len(texts) // _FOREIGN_QUESTIONS)):
                hits = knowledge_base.retriever.find(
                    brand_id,
                    searched_text(texts[number], "en", lexicon),
                    vehicle=VehicleContext(),
                    language="en",
                    limit=_LIMIT,
                ).hits
                golden = {"id": f"{file.parent.name}-{brand_id}-{number}", "question": texts[number]}
                asked = asked_question(texts[number], "en", profile)
                found.append(_example(golden, brand_id, asked, VehicleContext(), hits, lexicon))
    return found


def read_missing_things(group: Group, knowledge_base: KnowledgeBase) -> list[Example]:
    """Ask every brand about the things of the glossary that its documents never mention.

    Args:
        group: whose brands are asked.
        knowledge_base: with live releases.
    """
    shelf = LexiconShelf(knowledge_base.releases)
    patterns = (
        "How do I replace the {}?",
        "Which {} does my {} have?",
        "Can I get a {} for my {}?",
        "Where is the {}?",
    )
    found = []
    for brand_id, profile in group.brands.items():
        lexicon = shelf.live(brand_id)
        names = [str(line).split("|")[0].strip() for line in read_data("glossary.yaml")["en"]]
        missing = [name for name in names if not any(lexicon.knows(stem) for stem in content_stems(name, "en"))]
        for number, name in enumerate(missing):
            model = profile.models[number % len(profile.models)].name if profile.models else "car"
            text = patterns[number % len(patterns)].format(name, model)
            hits = knowledge_base.retriever.find(
                brand_id, searched_text(text, "en", lexicon), vehicle=VehicleContext(), language="en", limit=_LIMIT
            ).hits
            golden = {"id": f"missing-{brand_id}-{number}", "question": text}
            found.append(
                _example(golden, brand_id, asked_question(text, "en", profile), VehicleContext(), hits, lexicon)
            )
    return found


def _foreign_texts(file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    foreign = [row for row in rows if not _VEHICLE_INTENTS.search(str(row.get("label", "")))]
    return [row.get("text") or row["question"] for row in foreign]


def _example(
    golden: dict[str, Any],
    brand_id: str,
    asked: Asked,
    vehicle: VehicleContext,
    hits: tuple[Hit, ...],
    lexicon: Lexicon,
) -> Example:
    documents = golden.get("document", [])
    documents = documents if isinstance(documents, list) else [documents]
    words = [_plain(one) for one in golden.get("words", [])]
    in_document = tuple(hit.passage.document_id in documents for hit in hits)
    right = tuple(
        inside and all(one in _plain(hit.passage.embedded_text) for one in words)
        for inside, hit in zip(in_document, hits, strict=True)
    )
    return Example(golden["id"], brand_id, bool(documents), asked, vehicle, hits, right, in_document, lexicon)


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

    def gradient(weights: Array) -> Array:
        total = ridge * (weights - start / 2)
        for one in usable:
            values = rows[one.question_id]
            worth = values @ weights
            chance = np.exp(worth - worth.max())
            chance /= chance.sum()
            target = chance * np.array(one.right)
            total += values.T @ (chance - target / target.sum()) / len(usable)
        return np.asarray(total, dtype=np.float64)

    return descend(gradient, start, 400, 0.1)


def fit_answers(values: Array, labels: Array, weights: Array, ridge: float = 0.001) -> tuple[Array, float]:
    """Logistic regression; the last of its parameters is the constant."""
    wide = np.hstack([values, np.ones((len(values), 1))])

    def gradient(parameters: Array) -> Array:
        chance = 1 / (1 + np.exp(-(wide @ parameters)))
        penalty = ridge * np.append(parameters[:-1], 0)
        return np.asarray(wide.T @ (weights * (chance - labels)) / weights.sum() + penalty, dtype=np.float64)

    found = descend(gradient, np.zeros(wide.shape[1]), 3000, 0.03)
    return found[:-1], float(found[-1])


def descend(gradient: Callable[[Array], Array], start: Array, steps: int, rate: float) -> Array:
    """Adam (Kingma and Ba 2015), with its usual constants."""
    at, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        slope = gradient(at)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        at -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
    return at


def answer_rows(examples: Sequence[Example], ranking: Array) -> tuple[Array, Array, Array, list[str]]:
    """Signs, labels, weights and ids of answers: each question, and each answerable one without its documents."""
    weights = dict(zip(SIGN_NAMES, ranking.tolist(), strict=True))
    rows: list[tuple[float, ...]] = []
    labels: list[float] = []
    importance: list[float] = []
    ids: list[str] = []
    for one in examples:
        weight = 1.0 if one.answerable else _WEIGHT_DECLINE if one.golden else _WEIGHT_FOREIGN
        variants = [(one.hits, float(one.answerable), weight, one.question_id)]
        if one.answerable:
            rest = tuple(hit for hit, inside in zip(one.hits, one.in_document, strict=True) if not inside)
            variants.append((rest, 0.0, _WEIGHT_REMOVED, ""))
        for hits, label, weight, question_id in variants:
            if hits:
                ranked = rank_hits(one.asked, hits, one.lexicon, one.vehicle, weights)
                rows.append(astuple(answer_signs(one.asked, ranked, one.lexicon)))
                labels.append(label)
                importance.append(weight)
                ids.append(question_id)
    return np.array(rows), np.array(labels), np.array(importance), ids


def judge_apart(examples: Sequence[Example], rows: dict[str, Array]) -> tuple[dict[str, float], dict[str, float]]:
    """Judge each brand by what was fitted on the others.

    Returns:
        Shares of questions whose right passage, and whose right document, comes first or second; and the probability
        of an answer of every question.
    """
    first = dict.fromkeys(("passage", "document", "passage_in_two", "document_in_two"), 0.0)
    for margin in _MARGINS:
        first |= {f"near tie {margin}: two shown": 0.0, f"near tie {margin}: document shown": 0.0}
    chances: dict[str, float] = {}
    answerable = [one for one in examples if one.answerable]
    for brand_id in dict.fromkeys(one.brand_id for one in examples):
        others = [one for one in examples if one.brand_id != brand_id]
        own = [one for one in examples if one.brand_id == brand_id]
        ranking = fit_ranking([one for one in others if one.answerable], rows)
        for one in own:
            if one.answerable:
                order = np.argsort(-(rows[one.question_id] @ ranking))
                first["passage"] += one.right[order[0]]
                first["document"] += one.in_document[order[0]]
                first["passage_in_two"] += any(one.right[at] for at in order[:2])
                first["document_in_two"] += any(one.in_document[at] for at in order[:2])
                worth = rows[one.question_id] @ ranking
                for margin in _MARGINS:
                    two = len(order) > 1 and worth[order[0]] - worth[order[1]] <= margin
                    first[f"near tie {margin}: two shown"] += two
                    first[f"near tie {margin}: document shown"] += any(
                        one.in_document[at] for at in order[: 2 if two else 1]
                    )
        values, labels, weights, _ = answer_rows(others, ranking)
        found, constant = fit_answers(values, labels, weights)
        values, _, _, ids = answer_rows(own, ranking)
        for row, question_id in zip(values, ids, strict=True):
            if question_id:
                chances[question_id] = float(1 / (1 + np.exp(-(row @ found + constant))))
    return {name: float(count) / len(answerable) for name, count in first.items()}, chances


def main() -> None:
    """Fit, judge, print, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", type=Path, help="group folder with live releases")
    parser.add_argument("--data-folder", type=Path, help="where the releases lie; by default GROUP/.marque")
    parser.add_argument("--write", action="store_true", help="write bot/calibration.yaml")
    parser.add_argument("--foreign", type=Path, action="append", default=[], help="questions of other trades")
    given = parser.parse_args()
    group = load_group(given.group)
    knowledge_base = build_knowledge_base(given.data_folder or given.group / ".marque")
    examples = without_prices(read_examples(group, knowledge_base)) + read_missing_things(group, knowledge_base)
    examples += read_foreign(group, knowledge_base, given.foreign)
    rows = {one.question_id: passage_rows(one) for one in examples}
    shares, chances = judge_apart(examples, rows)
    print(yaml.safe_dump({name: round(float(share), 3) for name, share in shares.items()}, sort_keys=False))  # noqa: T201
    declined = sorted(
        (
            (chances[one.question_id], one.question_id, one.asked.text)
            for one in examples
            if not one.answerable and one.golden
        ),
        reverse=True,
    )
    answered = sorted((chances[one.question_id], one.question_id, one.asked.text) for one in examples if one.answerable)
    for chance, question_id, text in (*declined[:15], *answered[:25]):
        print(f"{chance:.3f} {question_id} {text}")  # noqa: T201
    strange = [chances[one.question_id] for one in examples if not one.golden]
    for rank in range(min(8, len(declined))):
        least = declined[rank][0]
        share = sum(chance > least for chance, _, _ in answered) / len(answered)
        foreign = sum(chance > least for chance in strange) / max(1, len(strange))
        print(f"threshold {least:.3f}: {rank} wrong, answerable answered {share:.3f}, foreign answered {foreign:.3f}")  # noqa: T201
    ranking = fit_ranking([one for one in examples if one.answerable], rows)
    values, labels, weights, ids = answer_rows(examples, ranking)
    found, constant = fit_answers(values, labels, weights)
    fitted: Array = 1 / (1 + np.exp(-(values @ found + constant)))
    golden_ids = {one.question_id for one in examples if one.golden}
    is_foreign = np.array([bool(one) and one not in golden_ids for one in ids])
    worst = max(
        float(one)
        for one, label, question_id in zip(fitted, labels, ids, strict=True)
        if question_id in golden_ids and not label
    )
    content = {
        "passage_weights": {name: round(float(one), 3) for name, one in zip(SIGN_NAMES, ranking, strict=True)},
        "answer_weights": {name: round(float(one), 3) for name, one in zip(ANSWER_SIGN_NAMES, found, strict=True)},
        "constant": round(constant, 3),
        "threshold": round(max(worst + 0.01, float(np.quantile(fitted[is_foreign], 1 - _FOREIGN_ANSWERED))), 3),
        "near_tie": _NEAR_TIE,
    }
    print(yaml.safe_dump(content, sort_keys=False))  # noqa: T201
    if given.write:
        target = Path(bot_bootstrap.__file__).with_name("calibration.yaml")
        head = "# Made by `python -m evals.calibrate_deciding`; see docs/decisions/0006-deciding-and-extracts.md.\n"
        target.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
