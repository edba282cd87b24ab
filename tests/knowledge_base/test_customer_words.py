from brands import GlossaryEntry
from knowledge_base.customer_words import CustomerWords

WORDS = CustomerWords(
    {
        "en": (
            GlossaryEntry("warranty", ("guarantee", "cover")),
            GlossaryEntry("wheel nut torque", ("how tight", "tighten the wheels")),
        ),
        "de": (GlossaryEntry("Reifendruck", ("Luft in die Reifen",)),),
    }
)


def test_names_what_the_documents_call_otherwise() -> None:
    assert WORDS.terms("Is it still under guarantee?", ("en",)) == ("warranty",)


def test_finds_other_forms_of_a_word_and_words_in_between() -> None:
    assert WORDS.terms("Am I covered?", ("en",)) == ("warranty",)
    assert WORDS.terms("I tightened both of the front wheels", ("en",)) == ("wheel nut torque",)


def test_looks_only_in_the_languages_that_are_searched() -> None:
    assert WORDS.terms("Wie viel Luft muss in die Reifen?", ("en",)) == ()
    assert WORDS.terms("Wie viel Luft muss in die Reifen?", ("de",)) == ("Reifendruck",)
    assert WORDS.terms("guarantee", ("fr",)) == ()


def test_keeps_the_order_of_words_and_does_not_reach_too_far() -> None:
    assert WORDS.terms("the wheels tighten", ("en",)) == ()
    far = "tighten something that was never named anywhere before today near wheels"
    assert WORDS.terms(far, ("en",)) == ()


def test_says_nothing_of_a_question_without_customer_words() -> None:
    assert WORDS.terms("", ("en",)) == ()
    assert WORDS.terms("What does the red lamp mean?", ("en", "de")) == ()
