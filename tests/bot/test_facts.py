"""Facts are read the same way in every language."""

from time import process_time

import pytest

from bot.facts import facts_of, normal_number


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Use 2.4 bar (35 psi).", {("number", "2.4", "bar"), ("number", "35", "psi")}),
        ("2,4 bar", {("number", "2.4", "bar")}),
        ("every 15,000 km or 12 months", {("number", "15000", "km"), ("number", "12", "month")}),
        ("nach 15.000 km oder 12 Monaten", {("number", "15000", "km"), ("number", "12", "month")}),
        ("tous les 15 000 km", {("number", "15000", "km")}),
        ("5 to 15 mm", {("number", "5", "mm"), ("number", "15", "mm")}),
        ("820 × 560 mm", {("number", "820", "mm"), ("number", "560", "mm")}),
        ("von 0 bis 80 %", {("number", "0", "%"), ("number", "80", "%")}),
        ("28 inch and 6,000 m²", {("number", "28", "in"), ("number", "6000", "m²")}),
        ("steps 2–3", {("number", "2", ""), ("number", "3", "")}),
        ("CR2032 and SAE 5W-30", {("code", "CR2032", ""), ("code", "5W-30", "")}),
        ("90 pounds", {("price", "90", "gbp")}),
        ("1.250,50 €", {("price", "1250.50", "eur")}),
        ("until 3 March 2025", {("date", "2025-03-03", "")}),
        ("bis 03.03.2025", {("date", "2025-03-03", "")}),
        ("+44 1632 960101", {("phone", "441632960101", "")}),
        ("see https://alder.example/care.", {("link", "https://alder.example/care", "")}),
    ],
)
def test_facts_have_one_normal_form(text: str, facts: set[tuple[str, str, str]]) -> None:
    assert {(fact.kind, fact.value, fact.unit) for fact in facts_of(text)} == facts


def test_numbers_lose_their_grouping_and_trailing_zeros() -> None:
    assert [normal_number(one) for one in ("15.000", "15,000", "15 000", "2,40", "2.5")] == [
        "15000", "15000", "15000", "2.4", "2.5",
    ]  # fmt: skip


def test_a_message_of_nothing_but_ranges_is_read_to_its_end() -> None:
    facts = facts_of("1-" * 999 + "1 mm")
    assert len(facts) == 1000
    assert facts[-1].unit == "mm"


# What is linear takes a fifth of a second at most; what is not took from 2 to 40 seconds.
@pytest.mark.parametrize("piece", ["1", "123 ", "123.", "a.a.", "-", "_", "1.", "1 ", "€1", "www.a ", "a@a.", "AB1-"])
def test_a_long_message_of_nothing_but_one_thing_is_read_soon(piece: str) -> None:
    message = (piece * 20_000)[:20_000]
    begun = process_time()
    facts_of(message)
    assert process_time() - begun < 1.0


def test_numbers_amid_others_are_read_as_they_were() -> None:
    def told(text: str) -> list[tuple[str, str]]:
        return [(fact.kind, fact.value) for fact in facts_of(text)]

    assert told("1234567.50 €") == [("price", "1234567.5")]
    assert told("mail first.last+car@alder.example now") == [("email", "first.last+car@alder.example")]


@pytest.mark.parametrize("text", ["2.5¹ bar", "2.5¹⁾ bar", "2.5 bar²"])
def test_mark_of_a_footnote_is_no_part_of_a_number_or_unit(text: str) -> None:
    assert {(one.value, one.unit) for one in facts_of(text)} == {("2.5", "bar")}


def test_square_of_a_unit_stays() -> None:
    assert {(one.value, one.unit) for one in facts_of("5 m²")} == {("5", "m²")}
