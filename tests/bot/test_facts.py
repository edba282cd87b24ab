"""Facts are read the same way in every language."""

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
