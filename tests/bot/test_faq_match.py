"""An entry of questions and answers answers its own question and its like, not whatever shares a word with it."""

from dataclasses import replace

import pytest

from bot.answerability import calibration
from bot.faq_match import answers_question
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
