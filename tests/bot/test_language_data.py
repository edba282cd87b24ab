import pytest

from bot.language_data import content_stems, language, language_by_words, plain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What does the warranty cover?", "en"),
        ("Welcher Reifendruck gilt für meinen Ridge?", "de"),
        ("Quelle est la pression des pneus ?", "fr"),
        ("Qual è la pressione degli pneumatici?", "it"),
        ("¿Cuál es la presión de los neumáticos?", "es"),
    ],
)
def test_small_words_tell_the_language(text: str, code: str) -> None:
    assert language_by_words(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "Ridge 2025",
        "",
        "12 V?",
        "Please help, das Auto startet nicht",
        "gross margin?",
        "service due",
        "fuel per mile",
        "thx",
    ],
)
def test_no_small_words_or_those_of_two_languages_tell_none(text: str) -> None:
    assert language_by_words(text) is None


@pytest.mark.parametrize("text", ["Can you give me a deal?", "Make me an offer", "I offer one dollar, deal?"])
def test_a_deal_and_an_offer_are_about_money(text: str) -> None:
    assert language("en").price.search(plain(text))


@pytest.mark.parametrize("text", ["How do I deal with a flat tyre?", "What help do you offer abroad?"])
def test_dealing_with_a_thing_and_offering_help_are_not(text: str) -> None:
    assert not language("en").price.search(plain(text))


@pytest.mark.parametrize(
    ("said", "written", "code"),
    [
        ("jet wash", "pressure washer", "en"),
        ("someone nicked it", "theft", "en"),
        ("the light blinks", "a light that flashes", "en"),
        ("how loud", "noise", "en"),
        ("error code E04", "messages on the display", "en"),
        ("a yellow light", "amber", "en"),
        ("turn the heater on", "switching on", "en"),
        ("geklaut", "Diebstahl", "de"),
        ("mein Handy", "Telefon", "de"),
    ],
)
def test_customers_words_meet_those_of_documents(said: str, written: str, code: str) -> None:
    assert not set(content_stems(said, code)).isdisjoint(content_stems(written, code))


def test_what_is_turned_itself_is_not_switched() -> None:
    assert "turn" in content_stems("Turn the screw in the lever.", "en")


@pytest.mark.parametrize("text", ["I cant do it pls", "u dont", "Ive got one thx", "it wont"])
def test_slips_and_short_forms_carry_no_topic(text: str) -> None:
    assert content_stems(text, "en") == ()


def test_what_has_broken_down_meets_help_with_a_breakdown_and_nothing_that_broke() -> None:
    assert (
        content_stems("broken down", "en") == content_stems("It broke down", "en") == content_stems("Breakdown", "en")
    )
    assert set(content_stems("a broken mirror", "en")).isdisjoint(content_stems("Breakdown", "en"))


def test_what_is_free_of_charge_has_nothing_to_do_with_charging() -> None:
    assert set(content_stems("fitted free of charge", "en")).isdisjoint(content_stems("charging time", "en"))


@pytest.mark.parametrize(
    ("one", "other"), [("ridden", "ride"), ("a worn tyre", "tyres that wear"), ("It was frozen", "It freezes")]
)
def test_forms_of_a_verb_without_a_common_stem_are_one_word(one: str, other: str) -> None:
    assert set(content_stems(one, "en")) == set(content_stems(other, "en"))


@pytest.mark.parametrize(
    ("said", "written", "code"),
    [
        ("going backwards", "Reverse", "en"),
        ("mpg", "Fuel consumption", "en"),
        ("the loo", "The toilet", "en"),
        ("I got it second hand", "The next owner", "en"),
        ("water deeper than 20 cm", "a puddle of 20 cm", "en"),
        ("überbrücken", "Starthilfe", "de"),
        ("pour l'hiver", "Hivernage", "fr"),
        ("per l'inverno", "Rimessaggio", "it"),
    ],
)
def test_customers_and_manuals_name_the_same_thing(said: str, written: str, code: str) -> None:
    assert (
        {one for one in content_stems(said, code) if one.startswith("=")}
        == {one for one in content_stems(written, code) if one.startswith("=")}
        != set()
    )
