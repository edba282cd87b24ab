"""What sort of answer a question asks for."""

import pytest

from bot.question_kind import leans_on_sentence_before, question_kind


@pytest.mark.parametrize(
    ("question", "code", "kind"),
    [
        ("Can I tow a caravan with the Fell?", "en", "yes_no"),
        ("Can you tell me what the tyre pressure is?", "en", "fact"),
        ("How do I change a wheel?", "en", "steps"),
        ("Is there a way to mute the chime?", "en", "steps"),
        ("How long is the warranty?", "en", "fact"),
        ("What happens when the battery is empty?", "en", "open"),
        ("The lamp came on this morning. Can I drive on?", "en", "open"),
        ("What colour is the coolant and how often is it changed?", "en", "open"),
        ("Strap for the roof box", "en", "unclear"),
        ("How are the lamps tested?", "en", "unclear"),
        ("Darf ich mit dem Brio einen Anhänger ziehen?", "de", "yes_no"),
        ("Wie lange gilt die Garantie?", "de", "fact"),
        ("Wie kann ich das Rad wechseln?", "de", "steps"),
        ("Est-ce que la garantie couvre la batterie ?", "fr", "yes_no"),
        ("Comment changer une roue ?", "fr", "steps"),
        ("Quelle est la pression des pneus ?", "fr", "fact"),
        ("Posso trainare un rimorchio?", "it", "yes_no"),
        ("Qual è la pressione delle gomme?", "it", "fact"),
        ("¿Cuánto dura la garantía?", "es", "fact"),
        ("¿Puedo remolcar una caravana?", "es", "yes_no"),
        ("What is it?", "pl", "fact"),
    ],
)
def test_the_sort_of_answer_is_read_from_the_question(question: str, code: str, kind: str) -> None:
    assert question_kind(question, code) == kind


def test_a_sentence_that_begins_with_a_pronoun_leans_on_the_one_before() -> None:
    assert leans_on_sentence_before("It is replaced free of charge.", "en")
    assert leans_on_sentence_before("**Sonst** gilt sie nicht.", "de")
    assert not leans_on_sentence_before("Italian models have two.", "en")
