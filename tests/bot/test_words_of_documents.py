"""The brand's glossary reaches deciding, not only the search."""

from pathlib import Path

from bot.lexicon import LexiconShelf
from brands.glossary import GlossaryEntry
from knowledge_base.bootstrap import build_knowledge_base

GLOSSARY = {"en": (GlossaryEntry("reach customer care", ("opening hours", "call you")),)}


def test_customers_phrases_give_way_to_the_terms_of_the_documents(tmp_path: Path) -> None:
    shelf = LexiconShelf(build_knowledge_base(tmp_path).releases, {"alder": GLOSSARY})

    assert shelf.in_words_of_documents("alder", "What are your Opening Hours?", "en") == (
        "what are your reach customer care?"
    )
    assert shelf.in_words_of_documents("alder", "A recall yourself", "en") == "A recall yourself"


def test_another_brands_words_and_languages_change_nothing(tmp_path: Path) -> None:
    shelf = LexiconShelf(build_knowledge_base(tmp_path).releases, {"alder": GLOSSARY})

    assert shelf.in_words_of_documents("birch", "Your opening hours?", "en") == "Your opening hours?"
    assert shelf.in_words_of_documents("alder", "Your opening hours?", "de") == "Your opening hours?"
