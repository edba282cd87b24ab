import random
from dataclasses import replace

import pytest

from training.reader.hard_negatives import (
    Example,
    Words,
    change_passage,
    change_question,
    crop,
    remove_answer,
    rename_in_both,
    sentences,
)

PASSAGE = (
    "The Drover was first shown in Geneva in 2019. Its battery is guaranteed for 8 years or 160,000 km. "
    "The first owner may hand the guarantee on. Rust on the body is covered for 12 years! "
    "Is it valid abroad? It holds in every country of the European Union, and also in Norway and Iceland."
)
GOLD = "8 years or 160,000 km"
WORDS = Words(neighbours={"battery": ("engine",), "guaranteed": ("refused",)}, names=("Mount Kenya", "Toronto"))


@pytest.fixture
def example() -> Example:
    start = PASSAGE.index(GOLD)
    return Example(
        id="one",
        question="How long is the battery guaranteed?",
        context=PASSAGE,
        answers=((start, start + len(GOLD)),),
        language="en",
        source="set",
        title="Drover",
    )


def test_sentences_cover_the_text_without_overlap() -> None:
    spans = sentences(PASSAGE)
    assert "".join(PASSAGE[start:end] for start, end in spans) == PASSAGE
    assert PASSAGE[slice(*spans[1])].startswith("Its battery")


@pytest.mark.parametrize("words", [1, 12, 30, 500])
def test_a_crop_keeps_the_answer(example: Example, words: int) -> None:
    cropped = crop(example, words)
    (start, end) = cropped.answers[0]
    assert cropped.context[start:end] == GOLD
    assert cropped.context in PASSAGE
    assert len(cropped.context.split()) <= max(words + 25, 12)


def test_a_changed_question_is_another_one_about_the_same_passage(example: Example) -> None:
    for seed in range(20):
        changed = change_question(example, WORDS, random.Random(seed))
        assert changed is not None
        assert changed.answers == ()
        assert changed.question != example.question
        assert changed.context == PASSAGE


def test_a_removed_answer_stands_nowhere_in_the_passage(example: Example) -> None:
    removed = remove_answer(example, WORDS, random.Random(1))
    assert removed is not None
    assert removed.answers == ()
    assert GOLD not in removed.context
    assert "Norway" in removed.context


def test_an_answer_that_is_said_twice_is_not_removed(example: Example) -> None:
    twice = replace(example, context=PASSAGE + " Again: " + GOLD + ".")
    assert remove_answer(twice, WORDS, random.Random(1)) is None


def test_a_changed_passage_no_longer_says_what_is_asked(example: Example) -> None:
    changed = change_passage(example, WORDS, random.Random(1))
    assert changed is not None
    assert changed.answers == ()
    assert changed.question == example.question
    assert "engine" in changed.context or "refused" in changed.context


def test_the_same_change_on_both_sides_stays_answerable(example: Example) -> None:
    renamed = rename_in_both(example, WORDS, random.Random(1))
    assert renamed is not None
    ((start, end),) = renamed.answers
    assert renamed.context[start:end] == GOLD
    assert renamed.question != example.question
