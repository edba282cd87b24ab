"""Whether a question is answered, and when the reader is asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answerability import ANSWER_SIGN_NAMES, AnswerSigns, WordSigns, asks_for_unstated_price, calibration
from bot.assistant import Assistant
from bot.bootstrap import build_assistant
from bot.lexicon import LexiconShelf, lexicon_of
from bot.memory_conversation_store import MemoryConversationStore
from bot.question import Question
from bot.ranking import asked_question, rank_hits
from bot.settings import BotSettings
from bot.span_reader import Reading
from bot.steps.decide_reply import decide_reply
from bot.turn_state import TurnState
from brands import Group, Scope, load_group
from evals.decided_state import decided_state
from ingest.bootstrap import build_pipeline
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit
from tests.conftest import write_small_group

TORQUE = "What is the torque of the wheel nuts?"


class SureReader:
    """Says of every passage the same, and remembers what it read."""

    def __init__(self, answerable: float) -> None:
        self._answerable = answerable
        self.read_passages = 0

    def read(self, question: str, passages: Sequence[str]) -> tuple[Reading, ...]:
        """Read each passage."""
        self.read_passages += len(passages)
        return tuple(Reading(0, 1, 0.0, self._answerable, ()) for _ in passages)


def found(assistant: Assistant, question: str) -> TurnState:
    return replace(decided_state(assistant, "alder", question), decision=None, reply=None)


@pytest.mark.parametrize(("answerable", "kind"), [(0.0, "decline"), (1.0, "answer")])
def test_where_other_signs_leave_it_open_the_reader_decides(
    assistant: Assistant, knowledge_base: KnowledgeBase, answerable: float, kind: str
) -> None:
    state, lexicons = found(assistant, TORQUE), LexiconShelf(knowledge_base.releases)
    sure = decide_reply(state, lexicons=lexicons, calibration=calibration(), threshold=0.0).decision
    assert sure is not None
    reader = SureReader(answerable)
    decided = decide_reply(
        state, lexicons=lexicons, calibration=calibration(), threshold=sure.confidence, reader=reader
    ).decision
    assert decided is not None
    assert decided.kind == kind
    assert reader.read_passages > 0


@pytest.mark.parametrize(("question", "kind"), [(TORQUE, "answer"), ("Who sang at the opera in Milan?", "decline")])
def test_where_other_signs_tell_it_nothing_is_read(
    assistant: Assistant, knowledge_base: KnowledgeBase, question: str, kind: str
) -> None:
    reader = SureReader(0.5)
    decided = decide_reply(
        found(assistant, question),
        lexicons=LexiconShelf(knowledge_base.releases),
        calibration=calibration(),
        threshold=0.3,
        reader=reader,
    ).decision
    assert decided is not None
    assert decided.kind == kind
    assert reader.read_passages == 0


FAQ_PAGE = """\
---
title: Questions about the Grove
language: en
---
## Must the trickle charger stay connected?

No, it can be taken off whenever the vehicle has been driven for an hour, and nothing is lost by that. {more}

Then the trickle charger shows its lamp no more, and whoever leaves it connected over winter sees the level on it.
"""


def test_a_section_whose_heading_asks_the_question_is_quoted_from_its_beginning(tmp_path: Path) -> None:
    folder = write_small_group(tmp_path / "group")
    text = FAQ_PAGE.format(more="It stands in the garage as before and hums a little while it waits. " * 14)
    (folder / "brands" / "alder" / "documents" / "questions.md").write_text(text, encoding="utf-8")
    group, knowledge_base = load_group(folder), build_knowledge_base(tmp_path / "data")
    build_pipeline(group, knowledge_base).ingest("alder", publish=True, created_by="test")
    assistant = build_assistant(
        group, knowledge_base, BotSettings(_env_file=None), conversations=MemoryConversationStore()
    )
    reply = assistant.ask(Question("alder", "Does the trickle charger have to stay connected?"))
    assert reply.citations[0].quote.startswith("No, it can be taken off")


def test_what_no_document_knows_speaks_against_an_answer_and_what_a_heading_says_for_it() -> None:
    usual = AnswerSigns(**dict.fromkeys(ANSWER_SIGN_NAMES, 0.5))
    assert calibration().probability(replace(usual, unknown=1.0)) < calibration().probability(usual)
    assert calibration().probability(replace(usual, heading=1.0)) > calibration().probability(usual)


def test_a_price_is_found_for_a_part_of_a_longer_word(small_group: Group) -> None:
    text = "Ein Ersatzschlüssel kostet 145 Euro und ist nach 5 Werktagen da."
    one = Passage("faq.csv", "Antworten", (), text, "faq", Scope(language="de"), 0, question="Ersatzschlüssel?")
    lexicon, profile = lexicon_of([one]), small_group.brand("alder")
    for question, unstated in (("Was kostet ein neuer Schlüssel?", False), ("Was kostet ein neuer Motor?", True)):
        asked = asked_question(question, "de", profile)
        ranked = rank_hits(asked, [Hit(one, 0.5, 0.5, 1.0)], lexicon, profile.vehicle(), calibration().passage_weights)
        assert asks_for_unstated_price(asked, ranked, lexicon) is unstated


PHONE = "How do I pair my phone?"


@pytest.mark.parametrize(("text", "alone"), [(PHONE, True), ("And by phone?", False)])
def test_a_question_of_another_matter_is_answered_without_the_talk_before_it(
    assistant: Assistant, knowledge_base: KnowledgeBase, text: str, alone: bool
) -> None:
    torque, phone = found(assistant, TORQUE), found(assistant, PHONE)
    asked = replace(torque, text=text, search_text=f"{TORQUE}\n{text}")
    decided = decide_reply(
        asked,
        lexicons=LexiconShelf(knowledge_base.releases),
        calibration=calibration(),
        find=lambda state: replace(state, evidence=phone.evidence),
    )
    assert (decided.search_text == text) is alone
    assert decided.decision is not None
    assert ("phone" in decided.decision.passages[0].text) is alone


@pytest.mark.parametrize(
    ("before", "kind"),
    [("Is there roadside help abroad?", "answer"), ("How heavy may a braked trailer be?", "decline")],
)
def test_what_it_costs_is_told_only_of_the_very_thing_before(assistant: Assistant, before: str, kind: str) -> None:
    conversation = assistant.conversations.open("alder")
    assistant.ask(Question("alder", before, conversation_id=conversation))
    assert assistant.ask(Question("alder", "What does it cost?", conversation_id=conversation)).kind == kind


def test_words_must_tell_in_a_language_that_the_embedder_hardly_knows() -> None:
    known = WordSigns(worth=0.6, unknown=0.2, keyword=1.4)
    assert calibration().words_tell(known)
    assert not calibration().words_tell(replace(known, worth=0.3, unknown=0.7, keyword=0.5))


LAMPS = """\
question,answer
Darf ich mit roter Öllampe weiterfahren?,"Nein. Halten Sie sofort an und stellen Sie den Motor ab, der Öldruck fehlt."
Wie lange gilt die Garantie?,Fünf Jahre oder 150.000 km.
Wo finde ich die Fahrgestellnummer?,Hinter der Windschutzscheibe und im Türrahmen.
Wie oft ist eine Inspektion fällig?,Alle 15.000 km oder 12 Monate.
"""


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Darf ich mit der roten Öllampe weiterfahren?", "answer"),
        ("Mein Carrier hupt zweimal beim Abschließen, wie stelle ich das ab?", "decline"),
        ("Sitzheizung geht nach fünf Minuten immer aus", "decline"),
    ],
)
def test_what_only_sounds_near_in_german_is_declined(tmp_path: Path, question: str, kind: str) -> None:
    folder = write_small_group(tmp_path / "group")
    (folder / "brands" / "alder" / "documents" / "fragen.de.csv").write_text(LAMPS, encoding="utf-8")
    group = load_group(folder)
    knowledge_base = build_knowledge_base(tmp_path / "data")
    build_pipeline(group, knowledge_base).ingest("alder", publish=True, created_by="test")
    assistant = build_assistant(group, knowledge_base, BotSettings(_env_file=None))
    assert assistant.ask(Question("alder", question, language="de")).kind == kind
