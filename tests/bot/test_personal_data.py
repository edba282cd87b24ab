"""Personal data is replaced, and what only looks like it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.personal_data import PLACEHOLDER, redact, vin_is_valid, vin_model_year

REGIONS = ("gb", "us", "de", "fr", "it", "es")


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Mail me at jo.smith+car@mail.example please", "e-mail", "jo.smith+car@mail.example"),
        ("call 07911 123456", "phone", "07911 123456"),
        ("Rufen Sie +49 30 23125 240 an", "phone", "+49 30 23125 240"),
        ("IBAN DE89 3704 0044 0532 0130 00 thanks", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("card 4111 1111 1111 1111 expires", "card", "4111 1111 1111 1111"),
        ("VIN 1M8GDM9AXKP042788", "VIN", "1M8GDM9AXKP042788"),
        ("my reg is AB12 CDE", "plate", "AB12 CDE"),
        ("Kennzeichen KA-BC 1234", "plate", "KA-BC 1234"),
        ("SSN 514-69-0360", "national id", "514-69-0360"),
        ("I live at 12 High Street, Leeds", "address", "12 High Street, Leeds"),
        ("Ich wohne Hauptstraße 12 in Köln", "address", "Hauptstraße 12"),
        ("J'habite 5 rue de la Paix", "address", "5 rue de la Paix"),
        ("Abito in Via Roma 7", "address", "Via Roma 7"),
        (
            "Send it to 31401 ul. Długa 10 Apt. 3\nWrocław\n53-320",
            "address",
            "31401 ul. Długa 10 Apt. 3\nWrocław\n53-320",
        ),
        ("He is at Kiannonkatu 98 today", "address", "Kiannonkatu 98"),
        ("Can someone call me on 450 0840?", "phone", "450 0840"),
        ("my driver's license number is U62928788557186", "licence", "U62928788557186"),
        ("seen from 106.31.73.20", "IP", "106.31.73.20"),
    ],
)
def test_personal_data_is_replaced_by_a_typed_placeholder(text: str, kind: str, words: str) -> None:
    found = redact(text, REGIONS)
    assert [(one.kind, one.original) for one in found.replaced] == [(kind, words)]
    assert found.text == text.replace(words, f"[{kind} 1]")
    assert PLACEHOLDER.search(found.text)


@pytest.mark.parametrize(
    "text",
    [
        "What is the interval, 15,000 km or 12 months?",
        "Is 2.3/2.5 bar right for 225/45 R17 94W with SAE 5W-30?",
        "Does my 4 Wheel Drive need oil HD-6?",
        "1234 5678 9012 3456 is no card number",
        "Part OR-4417-B, software 4.4.1, recall K-2025-03",
        "Update 12.4.1.30 does not install",
        "I drive a 2024 Oriel Lumen 20\nHow much air does it need?",
        "The phone connects 2 times, then 3 of 4 fail",
        "Return to idle after 30 seconds is normal?",
    ],
)
def test_ordinary_questions_stay_as_they_are(text: str) -> None:
    assert redact(text, REGIONS).text == text


def test_the_same_words_get_the_same_placeholder_and_others_another() -> None:
    found = redact("a@x.example, b@x.example, a@x.example", REGIONS)
    assert found.text == "[e-mail 1], [e-mail 2], [e-mail 1]"


def test_printing_does_not_show_what_was_taken_out() -> None:
    assert "07911" not in repr(redact("call 07911 123456", REGIONS))


def test_a_vin_tells_its_model_year_only_with_the_right_check_digit() -> None:
    assert vin_is_valid("1M8GDM9AXKP042788")
    assert vin_model_year("1M8GDM9AXKP042788") == 2019
    assert vin_model_year("1M8GDM9A1KP042788") is None


@given(st.text(max_size=120))
def test_putting_the_originals_back_restores_the_text(text: str) -> None:
    found = redact(text, REGIONS)
    restored = found.text
    for one in found.replaced:
        restored = restored.replace(one.placeholder, one.original, 1)
    if not PLACEHOLDER.search(text):
        assert restored == text


def test_what_follows_an_address_is_not_taken_with_it() -> None:
    found = redact("I live at 12 High Street, Leeds\nMy tyre is flat and 2 bar low\nWhat now?", REGIONS)
    assert found.text == "I live at [address 1]\nMy tyre is flat and 2 bar low\nWhat now?"


@pytest.mark.timeout(20)
def test_a_word_without_end_holds_nobody_up() -> None:
    text = "a" * 200_000
    assert redact(text).text == text
    assert redact(f"{text} jane.doe@example.com").text == f"{text} [e-mail 1]"
