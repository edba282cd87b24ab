"""How well questions are answered: through the product's own ingest, decide and compose steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.question import Question
from bot.reply import Reply
from bot.settings import BotSettings
from brands import load_group
from evals.answers_file import ExpectedAnswer
from evals.answers_metrics import exact_match, token_f1
from evals.data_set import DataSet, JudgedQuestion
from evals.data_set_group import DataSetGroup, write_group
from evals.given_document import GivenDocumentRetriever
from evals.measurement import measure
from evals.measuring_process import DATA_FOLDER
from evals.metrics import Estimate, estimate_mean, median, percentile
from evals.retrieval import data_set_folder
from knowledge_base.bootstrap import build_knowledge_base


@dataclass(frozen=True, slots=True)
class Rated:
    """One reply, compared with what was expected.

    Args:
        question_id: the question.
        is_answerable: whether the documents answer it.
        kind: what sort of reply came.
        words: how many words the answer has.
        token_f1: of the answer's words; None where nothing is to be answered, 0 where the bot did not answer.
        exact_match: 1 for the expected words and no others.
        cited: whether a right document was cited.
        milliseconds: time of the whole reply.
    """

    question_id: str
    is_answerable: bool
    kind: str
    words: int
    token_f1: float | None
    exact_match: float | None
    cited: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class AnswersResult:
    """What one data set showed.

    Args:
        data: its name.
        scope: the field that restricted each search, if any.
        documents: how many there are.
        passages: how many passages they became.
        given: replies with the right document given, every question answered.
        decided: the same, but the bot decides whether to answer.
        searched: replies of the whole bot.
    """

    data: str
    scope: str | None
    documents: int
    passages: int
    given: tuple[Rated, ...]
    decided: tuple[Rated, ...]
    searched: tuple[Rated, ...]

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/answers.json, without the run's own description."""
        return {
            "data": self.data,
            "scope": self.scope,
            "documents": self.documents,
            "passages": self.passages,
            "questions": len(self.searched),
            "answerable": sum(one.is_answerable for one in self.searched),
            "gold_document": _figures(self.given),
            "gold_document_decided": _figures(self.decided),
            "with_search": _figures(self.searched),
        }


def measure_answers(
    data_set: DataSet,
    expected: Mapping[str, ExpectedAnswer],
    cache_folder: Path | None = None,
    settings: BotSettings | None = None,
) -> AnswersResult:
    """Bring the documents in, ask every question three times, and compare the answers with the expected ones.

    Args:
        data_set: documents and questions.
        expected: what is expected, by question id; questions without it are not asked.
        cache_folder: keeps documents, vectors and releases for the next time; a temporary one if not given.
        settings: of the bot; by default those of the environment.

    Raises:
        MeasurementFailed: the ingest ended without a result.
    """
    settings = settings or BotSettings()
    asked = tuple(one for one in data_set.questions if one.question_id in expected)
    with data_set_folder(data_set, cache_folder) as folder:
        written = write_group(data_set, folder)
        ingested = measure("ingest", group=str(folder))
        group = load_group(folder)
        knowledge_base = build_knowledge_base(folder / DATA_FOLDER)
        given = GivenDocumentRetriever(knowledge_base.retriever)
        with_document = replace(knowledge_base, retriever=given)
        assistant = build_assistant(group, knowledge_base, settings)
        deciding = build_assistant(group, with_document, settings)
        answering = build_assistant(group, with_document, settings.model_copy(update={"answer_threshold": 0.0}))
        for brand_id in group.brands:
            assistant.warm(brand_id)
            for _ in assistant.read_ahead(brand_id):
                pass
        paper = _Paper(written, expected, given)
        answerable = tuple(one for one in asked if expected[one.question_id].is_answerable)
        return AnswersResult(
            data=data_set.name,
            scope=data_set.scope_field,
            documents=ingested["documents"],
            passages=ingested["passages"],
            given=tuple(paper.ask(answering, answerable)),
            decided=tuple(paper.ask(deciding, asked)),
            searched=tuple(paper.ask(assistant, asked)),
        )


@dataclass(frozen=True, slots=True)
class _Paper:
    group: DataSetGroup
    expected: Mapping[str, ExpectedAnswer]
    given: GivenDocumentRetriever

    def ask(self, assistant: Assistant, questions: Sequence[JudgedQuestion]) -> Iterator[Rated]:
        names = {document: product for product, document in self.group.documents.items()}
        for question in questions:
            expected = self.expected[question.question_id]
            brand_id = self.group.brands.get(question.scope)
            relevant = [one for one, gain in question.relevant.items() if gain > 0]
            document = next(iter((*relevant, expected.document)), None)
            if brand_id is None or document not in names:
                continue
            self.given.document_id = names[document][1]
            reply = assistant.ask(Question(brand_id, question.text))
            right = {names[one] for one in relevant if one in names}
            yield _rated(question, expected, reply, any((brand_id, one.document) in right for one in reply.citations))


def _rated(question: JudgedQuestion, expected: ExpectedAnswer, reply: Reply, cited: bool) -> Rated:
    answer = _answer(reply) if reply.kind == "answer" else ""
    return Rated(
        question_id=question.question_id,
        is_answerable=expected.is_answerable,
        kind=reply.kind,
        words=len(answer.split()),
        token_f1=token_f1(answer, expected.texts) if expected.is_answerable else None,
        exact_match=exact_match(answer, expected.texts) if expected.is_answerable else None,
        cited=cited,
        milliseconds=reply.timings_ms.get("total", 0.0),
    )


def _answer(reply: Reply) -> str:
    # An extract is its quotations; "From “title”:" before them names where they stand and answers nothing.
    return reply.text if reply.composer == "model" else "\n".join(one.quote for one in reply.citations)


def _figures(rated: Sequence[Rated]) -> dict[str, Any]:
    answerable = [one for one in rated if one.is_answerable]
    answered = [one for one in answerable if one.kind == "answer"]
    estimates = {
        "token_f1": estimate_mean([one.token_f1 for one in answerable if one.token_f1 is not None]),
        "exact_match": estimate_mean([one.exact_match for one in answerable if one.exact_match is not None]),
        "token_f1_where_answered": estimate_mean([one.token_f1 for one in answered if one.token_f1 is not None]),
        "answered": estimate_mean([float(one.kind == "answer") for one in answerable]),
        "right_document": estimate_mean([float(one.cited) for one in answerable]),
    }
    if len(answerable) < len(rated):
        estimates["decline_balanced_accuracy"] = _balanced_accuracy(rated)
    return {
        **{name: round(one.mean, 4) for name, one in estimates.items()},
        **({} if len(answerable) < len(rated) else {"decline_balanced_accuracy": None}),
        "answer_words": round(sum(one.words for one in answered) / max(1, len(answered)), 1),
        "reply_p50_ms": round(median([one.milliseconds for one in rated]), 2),
        "reply_p95_ms": round(percentile([one.milliseconds for one in rated], 0.95), 2),
        "intervals_95": {name: [round(one.low, 4), round(one.high, 4)] for name, one in estimates.items()},
    }


def _balanced_accuracy(rated: Sequence[Rated]) -> Estimate:
    """The mean of the share of answerable questions that were answered and of the others that were not."""
    sides = [[one for one in rated if one.is_answerable is side] for side in (True, False)]
    right, left = (
        estimate_mean([float((one.kind == "answer") is one.is_answerable) for one in side]) for side in sides
    )
    return Estimate((right.mean + left.mean) / 2, (right.low + left.low) / 2, (right.high + left.high) / 2)
