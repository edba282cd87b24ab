"""Which questions are about matters that no care document is written for."""

import pytest

from bot.language_data import content_stems, raw_stems
from bot.out_of_scope import foreign_matter, speaks_of
from brands import Scope
from knowledge_base.passage import Passage, PassageKind


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


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("What colours does it come in?", "en"),
        ("Can I cancel my order?", "en"),
        ("Do you sell electric cars?", "en"),
        ("How long is the wait for a new Grove?", "en"),
        ("In welchen Farben gibt es den Grove?", "de"),
        ("Kann ich meine Bestellung stornieren?", "de"),
        ("Puis-je annuler ma commande ?", "fr"),
        ("Vendez-vous des voitures électriques ?", "fr"),
        ("Posso annullare il mio ordine?", "it"),
        ("Di che colori esiste la Grove?", "it"),
        ("¿Puedo cancelar mi pedido?", "es"),
        ("¿Venden coches eléctricos?", "es"),
    ],
)
def test_a_buyers_question_is_told_by_its_words(question: str, code: str) -> None:
    found = foreign_matter(question, code)
    assert found is not None
    assert found.is_of_buyers


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("What colour is the coolant?", "en"),
        ("Which colours do the lines of the rear camera have?", "en"),
        ("What colors does the flag have?", "en"),
        ("Welche Farben hat die Flagge?", "de"),
        ("Can I order accessories online?", "en"),
        ("I sold my car, what happens with the warranty?", "en"),
        ("Who owns the data in my car?", "en"),
        ("Welche Farbe hat das Kühlmittel?", "de"),
        ("Quelle est la couleur du témoin de charge ?", "fr"),
    ],
)
def test_an_owners_question_with_such_words_is_not(question: str, code: str) -> None:
    assert foreign_matter(question, code) is None


@pytest.mark.parametrize(
    ("heading", "asks", "text", "speaks"),
    [
        ("Cancelling an order", None, "Write to us within 14 days.", True),
        ("Buying", "How do I cancel my order?", "Write to us within 14 days.", True),
        ("Contract", None, "You can cancel your order within 14 days.", True),
        ("Emergency call", None, "To cancel a call made by mistake, press again; in order to call, hold.", False),
        ("Accessories", "Can I order accessories online?", "Yes.", False),
    ],
)
def test_only_a_passage_written_for_a_buyers_matter_speaks_of_it(
    heading: str, asks: str | None, text: str, speaks: bool
) -> None:
    matter = foreign_matter("Can I cancel my order?", "en")
    assert matter is not None
    kind: PassageKind = "faq" if asks else "text"
    passage = Passage("care.md", "Care", (heading,), text, kind, Scope(language="en"), 0, question=asks)
    assert speaks_of(passage, matter, set(raw_stems(matter.words, "en"))) is speaks
