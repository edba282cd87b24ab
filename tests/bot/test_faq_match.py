"""An entry of questions and answers answers its own question and its like, not whatever shares a word with it."""

from dataclasses import replace

import pytest

from bot.answerability import calibration
from bot.faq_match import answers_question, only_decides
from bot.lexicon import LexiconShelf, lexicon_of
from bot.ranking import asked_question
from bot.steps.decide_reply import decide_reply
from bot.turn_state import Evidence, TurnState
from brands import Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit


def _entry(question: str, text: str) -> Passage:
    return Passage(
        document_id="faq.yaml",
        title="Questions et réponses",
        heading_path=(),
        text=text,
        kind="faq",
        scope=Scope("fr"),
        position=0,
        question=question,
    )


DRIVE_ON = _entry("Puis-je continuer si le voyant rouge d'huile s'allume ?", "Non. Arrêtez-vous et coupez le moteur.")
SERVICE = _entry("Quand faut-il faire la révision ?", "Tous les 20 000 km ou tous les 12 mois.")
LEXICON = lexicon_of((DRIVE_ON, SERVICE))


@pytest.mark.parametrize(
    ("entry", "question"),
    [
        (DRIVE_ON, "Puis-je rouler avec le voyant rouge d'huile ?"),
        (DRIVE_ON, "Voyant rouge huile allumé, continuer ?"),
        (SERVICE, "Tous les combien de km dois-je passer au garage ?"),
        (SERVICE, "Quand faire la révision ?"),
    ],
)
def test_what_asks_the_same_or_after_what_is_told_is_answered(entry: Passage, question: str, state: TurnState) -> None:
    assert answers_question(entry, asked_question(question, "fr", state.profile), LEXICON)


@pytest.mark.parametrize(
    ("entry", "question"),
    [
        (DRIVE_ON, "Le voyant vert du phare est allumé."),
        (DRIVE_ON, "Comment remettre à zéro le voyant de vidange ?"),
        (SERVICE, "Mon mari est décédé, je dois changer le nom sur la carte grise."),
    ],
)
def test_what_only_shares_a_word_is_not(entry: Passage, question: str, state: TurnState) -> None:
    assert not answers_question(entry, asked_question(question, "fr", state.profile), LEXICON)


def test_a_passage_without_a_question_passes(state: TurnState) -> None:
    passage = Passage("manual.md", "Manuel", (), "Serrez les roues.", "text", Scope("fr"), 0)
    assert answers_question(passage, asked_question("Comment chauffer ?", "fr", state.profile), LEXICON)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Puis-je continuer, voyant rouge d'huile ?", "answer"), ("Le voyant vert du phare est allumé.", "decline")],
)
def test_deciding_heeds_it_where_all_else_speaks_for_an_answer(
    text: str, kind: str, state: TurnState, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = LexiconShelf.__new__(LexiconShelf)
    monkeypatch.setattr(LexiconShelf, "of", lambda *_: LEXICON)
    sure = replace(calibration(), word_weights=dict.fromkeys(calibration().word_weights, 0.0))
    evidence = Evidence("release-1", (Hit(DRIVE_ON, 0.9, 0.9, 9.0),), "fr")
    asked = replace(state, text=text, search_text=text, language="fr", evidence=evidence)
    decided = decide_reply(asked, lexicons=shelf, calibration=sure, threshold=0.0).decision
    assert decided is not None
    assert decided.kind == kind


ON_PAPER = replace(
    _entry("Can I order the manual on paper?", "Yes, free of charge. Write to us with the VIN."), scope=Scope("en")
)
PLATE = Passage("manual.md", "Manual", ("The VIN",), "You find the VIN behind the windscreen.", "text", Scope("en"), 3)


@pytest.mark.parametrize(
    ("passage", "question", "is_so"),
    [
        (ON_PAPER, "Where can I find my VIN?", True),
        (ON_PAPER, "Can I order my VIN?", False),
        (ON_PAPER, "VIN on paper", False),
        (PLATE, "Where can I find my VIN?", False),
        (replace(ON_PAPER, text="Nothing. Write to us with the VIN."), "Where can I find my VIN?", False),
    ],
)
def test_yes_or_no_is_told_from_a_fact(passage: Passage, question: str, is_so: bool, state: TurnState) -> None:
    assert only_decides(passage, asked_question(question, "en", state.profile)) is is_so


@pytest.mark.parametrize(
    ("found", "cosine", "kind", "document"),
    [
        ((ON_PAPER,), 0.4, "decline", None),
        ((ON_PAPER, PLATE), 0.4, "answer", "manual.md"),
        ((ON_PAPER,), 1.0, "answer", "faq.yaml"),
    ],
)
def test_a_question_after_a_fact_is_answered_by_yes_or_no_only_where_that_is_very_likely(
    found: tuple[Passage, ...],
    cosine: float,
    kind: str,
    document: str | None,
    state: TurnState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf, lexicon = LexiconShelf.__new__(LexiconShelf), lexicon_of((ON_PAPER, PLATE))
    monkeypatch.setattr(LexiconShelf, "of", lambda *_: lexicon)
    hits = tuple(Hit(one, cosine - 0.01 * place, cosine, 9.0 - place) for place, one in enumerate(found))
    weights = dict.fromkeys(calibration().answer_weights, 1e-6) | {"cosine": 10.0}
    by_cosine = replace(calibration(), answer_weights=weights, constant=-5.0)
    asked = replace(
        state,
        text="Where can I find my VIN?",
        search_text="Where can I find my VIN?",
        language="en",
        evidence=Evidence("release-1", hits, "en"),
    )
    decided = decide_reply(asked, lexicons=shelf, calibration=by_cosine, threshold=0.01).decision
    assert decided is not None
    assert decided.kind == kind
    assert next((one.document_id for one in decided.passages), None) == document
