"""Fit how likely the passages that were found hold the answer; writes bot/calibration.yaml.

    python -m evals.calibrate_deciding examples/meridian --data-set FOLDER --data-set FOLDER:SCOPE
        --foreign FOLDER --cache FOLDER [--care CARE:BRAND,BRAND] [--write]

One model for every company is wanted, so it is fitted on documents of several kinds: the golden questions of a group;
the tuning halves of data sets whose questions have an answer, have none, are asked of another brand, or belong to
another matter (`--foreign`); where asked for, the questions of a company of the care documents that the reader was not
trained on, with those that only sound answered. The threshold is set by the golden questions; the report halves, and
another such company, show what it does. CARE is what `evals.calibrate_ranking` takes.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from bot.answerability import ANSWER_SIGN_NAMES, LOOKED_AT, answer_signs, calibration
from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.lexicon import LexiconShelf
from bot.passage_reading import NOT_READ, read_passages
from bot.ranking import RankedHit, asked_question, rank_hits
from bot.settings import BotSettings
from bot.span_reader import SpanReader
from bot.turn_state import TurnState
from brands import load_group
from evals.answers_file import load_answers
from evals.calibrate_ranking import Array, descend, holds, write_calibration
from evals.data_set import DataSet, JudgedQuestion, belongs, load_data_set
from evals.data_set_group import write_group
from evals.decided_state import decided_state
from evals.golden_file import GoldenDecline, GoldenFollowUp, GoldenQuestion, load_golden
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.retrieval import data_set_folder
from knowledge_base.bootstrap import build_knowledge_base

# So many questions of a kind are asked of a data set.
_MOST = 400
# What all questions of a kind weigh together; a wrong answer to a golden question that must be declined weighs most.
_WEIGHTS = {
    "answer": 1.0,
    "unanswerable": 1.0,
    "near": 1.0,
    "missed": 1.0,
    "wrong_brand": 1.0,
    "foreign": 0.5,
    "golden_decline": 3.0,
}
# In a data set a right answer that is declined counts as much as three wrong ones that are given: many a question that
# is said to have no answer has one in other words.
_RIGHT = 3.0
# The golden questions are of the trade that the bot is made for.
_GOLDEN = 4.0
# So many of the golden questions may be declined.
_LOST = 0.01
_GOLDEN_SET = "golden"


@dataclass(frozen=True, slots=True)
class Example:
    """One question with the signs of its answer.

    Args:
        source: the data set, or `golden`.
        kind: `answer` where there is one, or why there is none.
        signs: the values of `AnswerSigns`.
        is_tuned_on: whether it may be fitted on.
    """

    source: str
    kind: str
    signs: tuple[float, ...]
    is_tuned_on: bool


class _Weigher:
    """Finds the signs of questions asked of one group."""

    def __init__(self, group_folder: Path, data_folder: Path) -> None:
        group, knowledge_base = load_group(group_folder), build_knowledge_base(data_folder)
        # With this threshold only rules decline, which the fit has nothing to say about.
        settings = BotSettings(model=None, answer_threshold=0.0)
        self.assistant: Assistant = build_assistant(group, knowledge_base, settings)
        self._lexicons = LexiconShelf(knowledge_base.releases, group.glossaries)
        self._reader = SpanReader()

    def ranked(self, state: TurnState) -> tuple[RankedHit, ...]:
        """What was found for a question, best first; nothing where a rule decided."""
        if state.decision is None or state.decision.kind not in {"answer", "clarify"} or state.evidence is None:
            return ()
        lexicon = self._lexicons.of(state.profile.id, state.evidence.release_id)
        asked = asked_question(state.search_text, state.language, state.profile)
        return rank_hits(asked, state.evidence.hits, lexicon, state.vehicle, calibration().passage_weights)

    def signs(self, state: TurnState) -> tuple[float, ...] | None:
        """The signs of a question's answer; None where a rule decided."""
        ranked = self.ranked(state)
        if not ranked or state.evidence is None:
            return None
        lexicon = self._lexicons.of(state.profile.id, state.evidence.release_id)
        asked = asked_question(state.search_text, state.language, state.profile)
        read = read_passages(self._reader, asked, ranked[:LOOKED_AT])
        return astuple(answer_signs(asked, ranked, lexicon, max(read, default=NOT_READ)))


def golden_examples(folder: Path) -> Iterator[Example]:
    """The golden questions of a group.

    Args:
        folder: the group, with live releases in its `.marque`.
    """
    weigher = _Weigher(folder, folder / DATA_FOLDER)
    for brand_id in weigher.assistant.group.brands:
        for kind, signs in _golden_signs(weigher, brand_id):
            yield Example(_GOLDEN_SET, kind, signs, is_tuned_on=True)


def care_examples(folder: Path, brand_ids: Sequence[str]) -> Iterator[Example]:
    """The questions of companies of the care documents; the first is fitted on.

    Args:
        folder: the group of them, with live releases in its `.marque`.
        brand_ids: those that the reader was not trained on.
    """
    weigher = _Weigher(folder, folder / DATA_FOLDER)
    names = {"golden_decline": "near"}
    for brand_id in brand_ids:
        for kind, signs in _golden_signs(weigher, brand_id, only_found=True):
            yield Example(brand_id, names.get(kind, kind), signs, is_tuned_on=brand_id == brand_ids[0])


def _golden_signs(
    weigher: _Weigher, brand_id: str, *, only_found: bool = False
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Kind and signs of each golden question; where asked for, one whose answer was not found counts as `missed`."""
    group = weigher.assistant.group
    profile, golden = group.brand(brand_id), load_golden(group.brand_folder(brand_id) / "golden_questions.yaml")
    asked: tuple[GoldenQuestion | GoldenFollowUp | GoldenDecline, ...] = (
        *golden.questions,
        *golden.follow_ups,
        *golden.must_decline,
    )
    for one in asked:
        history = [("user", said) for said in one.turns[:-1]]
        vehicle = profile.vehicle(one.model, one.model_year, one.market)
        state = decided_state(weigher.assistant, brand_id, one.turns[-1], history, vehicle, one.language)
        signs = weigher.signs(state)
        if signs is None:
            continue
        best = [ranked.hit.passage for ranked in weigher.ranked(state)[:LOOKED_AT]]
        if isinstance(one, GoldenDecline):
            yield "golden_decline", signs
        elif only_found and not any(holds(passage, one.words) for passage in best):
            yield "missed", signs
        else:
            yield "answer", signs


def data_set_examples(folder: Path, scope: str | None, foreign: DataSet, cache_folder: Path) -> Iterator[Example]:
    """Questions of a data set with an answer and without one.

    Args:
        folder: the data set, with answers.jsonl.
        scope: the field that restricts each search; with one, answerable questions are put to another brand too.
        foreign: whose questions no document here is about; left out where it is this one.
        cache_folder: keeps documents, vectors and releases for the next time.
    """
    answers = load_answers(folder)
    unanswerable = [name for name, one in answers.items() if not one.is_answerable]
    data_set = load_data_set(folder, scope_field=scope, unanswerable=unanswerable)
    with data_set_folder(data_set, cache_folder) as group_folder:
        written = write_group(data_set, group_folder)
        measure("ingest", group=str(group_folder))
        weigher = _Weigher(group_folder, group_folder / DATA_FOLDER)
        brands = list(written.brands.values())
        known = [one for one in data_set.questions if one.question_id in answers and one.scope in written.brands]
        right = _spread(one for one in known if answers[one.question_id].is_answerable)
        asked = [("answer", written.brands[one.scope], one) for one in right]
        left = _spread(one for one in known if not answers[one.question_id].is_answerable)
        asked += [("unanswerable", written.brands[one.scope], one) for one in left]
        strange = _spread(foreign.questions if foreign.name != data_set.name else ())
        asked += [("foreign", brands[at % len(brands)], one) for at, one in enumerate(strange)]
        for at, one in enumerate(right if len(brands) > 1 else ()):
            others = [brand for brand in brands if brand != written.brands[one.scope]]
            asked.append(("wrong_brand", others[at % len(others)], one))
        for kind, brand_id, one in asked:
            signs = weigher.signs(decided_state(weigher.assistant, brand_id, one.text, one.history))
            if signs is not None:
                yield Example(data_set.name, kind, signs, belongs(one.question_id, "tune"))


def _spread(questions: Iterable[JudgedQuestion]) -> list[JudgedQuestion]:
    every = list(questions)
    return every[:: max(1, len(every) // _MOST)][:_MOST]


def fit(examples: Sequence[Example], ridge: float = 0.001) -> tuple[Array, float]:
    """Logistic regression over what may be fitted on, each kind of each source weighing the same however many it has.

    Args:
        examples: of all sources.
        ridge: what large weights cost.

    Returns:
        The weight of each sign, and the constant.
    """
    tuned = [one for one in examples if one.is_tuned_on]
    wide = np.array([(*one.signs, 1.0) for one in tuned])
    labels = np.array([float(one.kind == "answer") for one in tuned])
    weights = _weights(tuned)

    def gradient(parameters: Array) -> Array:
        chance = 1 / (1 + np.exp(-(wide @ parameters)))
        penalty = ridge * np.append(parameters[:-1], 0)
        return np.asarray(wide.T @ (weights * (chance - labels)) / weights.sum() + penalty, dtype=np.float64)

    found = descend(gradient, np.zeros(wide.shape[1]), 3000, 0.03)
    return found[:-1], float(found[-1])


def _weights(examples: Sequence[Example]) -> Array:
    counts: dict[tuple[str, str], int] = {}
    for one in examples:
        counts[one.source, one.kind] = counts.get((one.source, one.kind), 0) + 1
    without = {
        source: sum(_WEIGHTS[kind] for other, kind in counts if other == source and kind != "answer")
        for source, _ in counts
    }

    def weight(one: Example) -> float:
        is_golden, is_right = one.source == _GOLDEN_SET, one.kind == "answer"
        share = _WEIGHTS[one.kind] / (1.0 if is_right else without[one.source])
        factor = _GOLDEN if is_golden else _RIGHT if is_right else 1.0
        return factor * share / counts[one.source, one.kind]

    return np.array([weight(one) for one in examples])


def main() -> None:
    """Fit, tell what it does to the report halves, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", type=Path, help="group folder with live releases and golden questions")
    parser.add_argument("--data-set", action="append", required=True, help="FOLDER or FOLDER:SCOPE")
    parser.add_argument("--care", default="", help="FOLDER:BRAND,BRAND: companies the reader was not trained on")
    parser.add_argument("--foreign", type=Path, required=True, help="data set whose questions belong nowhere else")
    parser.add_argument("--cache", type=Path, required=True, help="keeps documents, vectors and releases")
    parser.add_argument("--write", action="store_true", help="write bot/calibration.yaml")
    given = parser.parse_args()
    foreign = load_data_set(given.foreign)
    care_folder, _, companies = given.care.partition(":")
    care = list(care_examples(Path(care_folder), companies.split(","))) if companies else []
    examples = [*golden_examples(given.group), *care]
    for named in given.data_set:
        folder, _, scope = named.partition(":")
        examples += data_set_examples(Path(folder), scope or None, foreign, given.cache)
    weights, constant = fit(examples)

    def chances(source: str, kind: str, *, tuned_on: bool) -> Array:
        chosen = [one.signs for one in examples if (one.source, one.kind, one.is_tuned_on) == (source, kind, tuned_on)]
        values = np.array(chosen).reshape(-1, len(ANSWER_SIGN_NAMES))
        return np.asarray(1 / (1 + np.exp(-(values @ weights + constant))), dtype=np.float64)

    golden = chances(_GOLDEN_SET, "answer", tuned_on=True)
    least = round(float(np.quantile(golden, _LOST)), 3)
    for source, kind in dict.fromkeys((one.source, one.kind) for one in examples):
        found = chances(source, kind, tuned_on=source in {_GOLDEN_SET, companies.partition(",")[0]})
        print(f"{source} {kind}: {len(found)} questions, answered {float((found >= least).mean()):.3f}")  # noqa: T201
    calibrated = {
        "answer_weights": {name: round(float(one), 3) for name, one in zip(ANSWER_SIGN_NAMES, weights, strict=True)},
        "constant": round(constant, 3),
        "threshold": least,
    }
    print(calibrated)  # noqa: T201
    if given.write:
        write_calibration(calibrated)


if __name__ == "__main__":
    main()
