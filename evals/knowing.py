"""Whether the bot knows what it cannot answer: the probability it decides by, with and without an answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.settings import BotSettings
from brands import load_group
from evals.data_set import DataSet, JudgedQuestion, belongs
from evals.data_set_group import DataSetGroup, write_group
from evals.decided_state import decided_state
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.metrics import Estimate, area_under_curve, balanced_accuracy
from evals.retrieval import data_set_folder
from knowledge_base.bootstrap import build_knowledge_base


@dataclass(frozen=True, slots=True)
class Weighed:
    """One question as the bot weighed it.

    Args:
        question_id: the question.
        probability: that the passages hold the answer, 0 to 1.
        answered: whether the bot answered or asked back.
    """

    question_id: str
    probability: float
    answered: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """How well questions without an answer are told from those with one.

    Args:
        without: how many have none.
        auroc: chance that a question with an answer gets the higher probability.
        as_decided: balanced accuracy of what the bot did.
        own_threshold: balanced accuracy on the report half, with the threshold that is best on the tuning half; None
            where a half lacks one kind.
        answered: share of those without an answer that were answered all the same.
    """

    without: int
    auroc: Estimate
    as_decided: Estimate
    own_threshold: Estimate | None
    answered: float

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        estimates = {
            "auroc": self.auroc,
            "balanced_accuracy": self.as_decided,
            "balanced_accuracy_own_threshold": self.own_threshold,
        }
        return {
            "without_answer": self.without,
            **{name: None if one is None else round(one.mean, 4) for name, one in estimates.items()},
            "answered_all_the_same": round(self.answered, 4),
            "intervals_95": {
                name: [round(one.low, 4), round(one.high, 4)] for name, one in estimates.items() if one is not None
            },
        }


@dataclass(frozen=True, slots=True)
class KnowingResult:
    """What one data set showed.

    Args:
        data: its name.
        scope: the field that restricted each search, if any.
        answerable: how many questions have an answer.
        answered: share of those that were answered.
        kinds: `unanswerable` questions of the set, questions asked to the `wrong_brand`, and of the `wrong_corpus`.
    """

    data: str
    scope: str | None
    answerable: int
    answered: float
    kinds: Mapping[str, Apart]

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/knowing.json, without the run's own description."""
        return {
            "data": self.data,
            "scope": self.scope,
            "answerable": self.answerable,
            "answered": round(self.answered, 4),
            "kinds": {name: one.as_json() for name, one in self.kinds.items()},
        }


def measure_knowing(
    data_set: DataSet,
    answerable: Mapping[str, bool],
    foreign: Sequence[JudgedQuestion] = (),
    cache_folder: Path | None = None,
) -> KnowingResult:
    """Bring the documents in, and let the bot weigh questions with and without an answer.

    Args:
        data_set: documents and questions.
        answerable: whether the documents answer a question, by its id; others are left out.
        foreign: questions of another set, which no document here is about.
        cache_folder: keeps documents, vectors and releases for the next time; a temporary one if not given.

    Raises:
        MeasurementFailed: the ingest ended without a result.
    """
    known = [one for one in data_set.questions if one.question_id in answerable]
    with data_set_folder(data_set, cache_folder) as folder:
        written = write_group(data_set, folder)
        measure("ingest", group=str(folder))
        assistant = build_assistant(
            load_group(folder), build_knowledge_base(folder / DATA_FOLDER), BotSettings(model=None)
        )
        brands = list(written.brands.values())

        def own(question: JudgedQuestion, _at: int) -> str | None:
            return written.brands.get(question.scope)

        def other(question: JudgedQuestion, at: int) -> str | None:
            return _another(brands, written, question, at)

        def any_one(_question: JudgedQuestion, at: int) -> str | None:
            return brands[at % len(brands)]

        right = [one for one in known if answerable[one.question_id]]
        with_answer = _weigh(assistant, right, own)
        without = {
            "unanswerable": _weigh(assistant, (one for one in known if not answerable[one.question_id]), own),
            "wrong_brand": _weigh(assistant, right, other) if len(brands) > 1 else [],
            "wrong_corpus": _weigh(assistant, foreign, any_one),
        }
    return KnowingResult(
        data=data_set.name,
        scope=data_set.scope_field,
        answerable=len(with_answer),
        answered=_share(with_answer),
        kinds={name: tell_apart(with_answer, weighed) for name, weighed in without.items() if weighed},
    )


def tell_apart(with_answer: Sequence[Weighed], without: Sequence[Weighed]) -> Apart:
    """Compare questions with an answer and those without.

    Args:
        with_answer: at least one.
        without: at least one.
    """
    sides = (with_answer, without)
    tuning = [[one for one in side if belongs(one.question_id, "tune")] for side in sides]
    report = [[one for one in side if belongs(one.question_id, "report")] for side in sides]
    own = None
    if all(tuning) and all(report):
        least = _best_threshold(*tuning)
        own = balanced_accuracy(*([one.probability >= least for one in side] for side in report))
    return Apart(
        without=len(without),
        auroc=area_under_curve([one.probability for one in with_answer], [one.probability for one in without]),
        as_decided=balanced_accuracy([one.answered for one in with_answer], [one.answered for one in without]),
        own_threshold=own,
        answered=_share(without),
    )


def _another(brands: Sequence[str], group: DataSetGroup, question: JudgedQuestion, at: int) -> str | None:
    own = group.brands.get(question.scope)
    others = [one for one in brands if one != own]
    return others[at % len(others)] if own is not None else None


def _weigh(
    assistant: Assistant, questions: Iterable[JudgedQuestion], brand_of: Callable[[JudgedQuestion, int], str | None]
) -> list[Weighed]:
    weighed = []
    for at, question in enumerate(questions):
        brand_id = brand_of(question, at)
        if brand_id is not None:
            weighed.append(_weighed(assistant, brand_id, question))
    return weighed


def _weighed(assistant: Assistant, brand_id: str, question: JudgedQuestion) -> Weighed:
    decision = decided_state(assistant, brand_id, question.text, question.history).decision
    if decision is None:
        return Weighed(question.question_id, 0.0, answered=False)
    return Weighed(question.question_id, decision.confidence, decision.kind in {"answer", "clarify"})


def _best_threshold(with_answer: Sequence[Weighed], without: Sequence[Weighed]) -> float:
    right, wrong = (np.sort([one.probability for one in side]) for side in (with_answer, without))
    tried = np.unique(np.concatenate([right, wrong]))
    kept = 1 - np.searchsorted(right, tried) / len(right)
    refused = np.searchsorted(wrong, tried) / len(wrong)
    return float(tried[int(np.argmax(kept + refused))])


def _share(weighed: Sequence[Weighed]) -> float:
    return sum(one.answered for one in weighed) / max(1, len(weighed))
