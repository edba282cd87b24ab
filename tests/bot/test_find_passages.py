"""What is searched for, and what the steps after the search compare passages with."""

from dataclasses import replace

import pytest

from bot.lexicon import LexiconShelf
from bot.steps.find_passages import find_passages
from bot.turn_state import TurnState
from knowledge_base.bootstrap import KnowledgeBase


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Wich presure do the tyres need?", "Wich pressure do the tyres need?"),
        ("Is a puddle bad for the tyres?", "Is a puddle bad for the tyres?"),
    ],
    ids=["a slip of the finger", "a customer's word for a thing"],
)
def test_deciding_reads_the_question_as_the_search_does(
    state: TurnState, knowledge_base: KnowledgeBase, typed: str, meant: str
) -> None:
    asked = replace(state, text=typed, search_text=typed, language="en")
    shelf = LexiconShelf(knowledge_base.releases)
    found = find_passages(asked, retriever=knowledge_base.retriever, lexicons=shelf, limit=3)
    assert (found.search_text, found.text) == (meant, typed)


def test_what_was_translated_is_not_taken_for_mistyped(state: TurnState, knowledge_base: KnowledgeBase) -> None:
    said = "how long do tires presure?"
    asked = replace(state, text=said, search_text=said, language="en")
    shelf = LexiconShelf(knowledge_base.releases)
    found = find_passages(asked, retriever=knowledge_base.retriever, lexicons=shelf, limit=3, as_typed=False)
    assert found.search_text == said
