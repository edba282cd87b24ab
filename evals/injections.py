"""Attacks through the real chain, answered by models that have turned traitor."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.assistant import Assistant
from bot.conversation import Turn
from bot.language_model import LanguageModel
from bot.question import Question
from bot.reply import Reply
from evals.trust.attack_file import AttackFolder, AttackText
from evals.trust.benign import count_benign
from evals.trust.bounds import upper_bound
from evals.trust.hostile_group import (
    QUESTIONS,
    HostileGroup,
    publish_hostile_group,
    write_hostile_group,
)
from evals.trust.hostile_models import EchoLanguageModel, TraitorLanguageModel
from evals.trust.judging import Judge
from evals.trust.planting import Planted, plant

BRAND, OTHER_BRAND = "alder", "birch"
# Longest message that the suite sends, in characters.
_LONGEST = 19_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that came through.

    Args:
        attack: id of the attack.
        way: how it came in.
        model: which hostile model answered.
        fault: what is wrong, in plain words.
        text: what the customer was shown.
    """

    attack: str
    way: str
    model: str
    fault: str
    text: str


@dataclass(slots=True)
class InjectionResult:
    """What was tried, and what came through.

    Args:
        attacks: how many attacks were run, each way and each model counted.
        texts: how many different attack texts.
        reached: in how many of them the hostile model was asked.
        ways: how many by each way in.
        failures: each that came through.
        benign: how many harmless lookalikes were asked.
        benign_declined: those that were declined for their wording.
    """

    attacks: int = 0
    texts: int = 0
    reached: int = 0
    ways: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    benign: int = 0
    benign_declined: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The content of docs/schemas/injections.json."""
        return {
            "attacks": self.attacks,
            "texts": self.texts,
            "model_asked": self.reached,
            "ways": dict(self.ways),
            "failures": len({(one.attack, one.way, one.model) for one in self.failures}),
            "failure_rate_upper_95": round(
                upper_bound(len({(one.attack, one.way, one.model) for one in self.failures}), self.attacks), 6
            ),
            "benign": self.benign,
            "benign_declined": list(self.benign_declined),
            "benign_declined_rate": round(len(self.benign_declined) / self.benign, 5) if self.benign else 0.0,
            "failed": [
                {"attack": one.attack, "way": one.way, "model": one.model, "fault": one.fault, "text": one.text}
                for one in self.failures
            ],
        }


def run_injections(folder: AttackFolder, limit: int | None = None) -> InjectionResult:
    """Run every attack, directly and planted, against both hostile models, and ask the harmless lookalikes.

    Args:
        folder: the attacks.
        limit: at most so many of each kind; None takes all.
    """
    with tempfile.TemporaryDirectory(prefix="marque-injections-") as place:
        home = Path(place)
        group_folder = write_hostile_group(home / "group", (BRAND, OTHER_BRAND))
        documents = group_folder / "brands" / BRAND / "documents"
        planted = plant(folder.indirect[:limit], folder.carriers, documents)
        group = publish_hostile_group(group_folder, home / "data")
        result = InjectionResult(texts=len(folder.direct[:limit]) + len(planted))
        traitor = TraitorLanguageModel(group.canaries[OTHER_BRAND])
        for model in (traitor, EchoLanguageModel()):
            _attack(group, model, folder.direct[:limit], planted, result)
            result.reached += model.answers
        result.benign, result.benign_declined = count_benign(group, folder.benign[:limit], limit)
        return result


def judge_of(group: HostileGroup, brand_id: str) -> Judge:
    """A judge that knows all that a brand's live release holds.

    Args:
        group: the group.
        brand_id: the brand.
    """
    release = group.knowledge_base.releases.open_live(brand_id).manifest.release_id
    passages = group.knowledge_base.releases.passages_of(brand_id, release)
    return Judge(group.group.brand(brand_id), {one.passage_id: one for one in passages}, group.canaries)


def _attack(
    group: HostileGroup,
    model: LanguageModel,
    direct: Sequence[AttackText],
    planted: Sequence[Planted],
    result: InjectionResult,
) -> None:
    assistant = group.assistant(model)
    judge = judge_of(group, BRAND)
    for attack_id, way, run in _runs(assistant, direct, planted):
        reply = run()
        result.attacks += 1
        result.ways[way] = result.ways.get(way, 0) + 1
        for fault in judge.faults(reply):
            result.failures.append(Failure(attack_id, way, model.name, fault, reply.text))


def _runs(
    assistant: Assistant, direct: Sequence[AttackText], planted: Sequence[Planted]
) -> Iterator[tuple[str, str, Callable[[], Reply]]]:
    for number, attack in enumerate(direct):
        text = attack.text[-_LONGEST:]
        question = QUESTIONS[number % len(QUESTIONS)]
        yield attack.text_id, "message", partial(_ask, assistant, text)
        yield attack.text_id, "with a question", partial(_ask, assistant, f"{question}\n{text}")
        yield attack.text_id, "earlier turn", partial(_ask_later, assistant, text, question)
    for one in planted:
        yield one.attack.text_id, f"planted: {one.place}", partial(_ask, assistant, one.question)


def _ask(assistant: Assistant, text: str) -> Reply:
    return assistant.ask(Question(BRAND, text))


def _ask_later(assistant: Assistant, attack: str, question: str) -> Reply:
    """The attack stands in the conversation already, as if the customer and the bot had both said it."""
    conversation = assistant.conversations.open(BRAND)
    now = datetime.now(UTC)
    for turn in (
        Turn(uuid4().hex, "customer", attack, now),
        Turn(uuid4().hex, "bot", attack, now, kind="answer"),
    ):
        assistant.conversations.record(BRAND, conversation, turn)
    reply = assistant.ask(Question(BRAND, question, conversation_id=conversation))
    assistant.conversations.erase(BRAND, conversation)
    return reply
