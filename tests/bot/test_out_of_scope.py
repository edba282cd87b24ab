"""Which questions are about matters that no care document is written for."""

import pytest

from bot.language_data import content_stems
from bot.out_of_scope import foreign_matter


@pytest.mark.parametrize(
    ("question", "matter"),
    [
        ("When will the new Vico come out?", "future"),
        ("Which rival electric car should I buy instead of yours?", "comparison"),
        ("Which party should I vote for?", "politics"),
        ("Can you recommend a good film?", "leisure"),
    ],
)
def test_a_foreign_matter_is_told_by_the_words(question: str, matter: str) -> None:
    found = foreign_matter(question, "en")
    assert found is not None
    assert found.name == matter
    assert found.is_of_the_world == (matter in {"politics", "leisure"})
    assert content_stems(found.words, "en")


@pytest.mark.parametrize(
    "question",
    [
        "When did the convertible come out?",
        "The rear seat does not come out",
        "Who was his main rival?",
        "How do I skip a song?",
    ],
)
def test_words_that_only_sound_foreign_are_not(question: str) -> None:
    assert foreign_matter(question, "en") is None
