"""What the reader is shown of care documents."""

import random

from knowledge_base.embedder_choice import embedder_from_settings
from knowledge_base.settings import KnowledgeBaseSettings
from training.care_documents.documents import CarePassage, care_passages
from training.reader.care_examples import care_examples
from training.reader.hard_negatives import SOMEWHERE

TANK = CarePassage(
    company="acme",
    heading="Manual > Tank",
    text="The tank holds 55 litres. Close the cap until it clicks.",
    questions=("how much goes in", "how do I shut it"),
    near=("what does the cap cost",),
    answers=("55 litres", "Close the cap until it clicks."),
)
SEATS = CarePassage("acme", "Manual > Seats", "The seats fold flat.", ("do they fold",), ())
RADIO = CarePassage("acme", "Manual > Radio", "Press the knob.", ("switch on the radio",), ())


def test_questions_are_read_with_their_passage_and_with_others_and_near_ones_are_never_answered() -> None:
    embedder = embedder_from_settings(KnowledgeBaseSettings())
    found = list(care_examples([TANK, SEATS, RADIO], embedder, random.Random(1)))
    by_question = {one.question: [each for each in found if each.question == one.question] for one in found}
    shown = {
        question: [each.context[slice(*each.answers[0])] if each.answers else None for each in some]
        for question, some in by_question.items()
    }
    assert shown["how much goes in"] == ["55 litres", None, None]
    assert shown["what does the cap cost"] == [None, None], "its own passage, and one other"
    assert by_question["do they fold"][0].answers == SOMEWHERE, "nobody marked where"


def test_every_marked_answer_stands_in_its_passage() -> None:
    for one in care_passages():
        assert not one.answers or len(one.answers) == len(one.questions)
        assert all(answer in one.text for answer in one.answers), one.heading
