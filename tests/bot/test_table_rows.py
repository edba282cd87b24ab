"""Which rows and columns of tables answer."""

from dataclasses import replace

import pytest

from bot.extract import extract
from bot.lexicon import lexicon_of
from bot.ranking import asked_question
from bot.sentences import parts_of
from bot.table_rows import names_row
from bot.tables import tables_of
from brands import Group, Scope
from knowledge_base.passage import Passage

LAMPS = "| Lamp | Type |\n|---|---|\n" + "\n".join(f"| Lamp of place {n} | W{n}W |" for n in range(1, 6))
FUSES = "| Fuse | Protects | Rating |\n|---|---|---|\n" + "\n".join(
    f"| {n} | {thing} | {n + 10} A |"
    for n, thing in enumerate(("Radio", "Horn", "Rear wiper", "Windows", "Socket", "Pump"), start=1)
)
FLUIDS = (
    "| Fluid | Petrol | Diesel |\n|---|---|---|\n| Engine oil with filter | 4.1 l | 5.3 l |\n"
    "| Coolant | 6.2 l | 7.4 l |\n| Fuel tank | 50 l | 55 l |\n| Washer fluid | 3.5 l | 3.5 l |\n"
    "| Brake fluid | 0.7 l | 0.7 l |\n| Axle oil | 1.1 l | 1.2 l |\n| AdBlue tank | none | 14 l |"
)


def quoted(
    text: str,
    question: str,
    group: Group,
    heading: str = "Data",
    *,
    model: str = "",
    other_models: tuple[str, ...] = (),
) -> str:
    one = Passage("m.md", "Manual", (heading,), text, "table", Scope(language="en"), 0)
    asked = asked_question(question, "en", group.brand("alder"))
    quotes = extract(one, replace(asked, model=model, other_models=other_models), lexicon_of([one]), 120)
    return "\n".join(quote.shown for quote in quotes)


def test_each_row_is_shown_below_the_head_of_its_own_table(small_group: Group) -> None:
    text = quoted(f"{LAMPS}\n\n{FUSES}", "Which fuse is for the horn?", small_group)
    assert text.splitlines() == ["| Fuse | Protects | Rating |", "|---|---|---|", "| 2 | Horn | 12 A |"]


def test_tables_are_told_apart_by_the_lines_between_them() -> None:
    text = f"{LAMPS}\n\nFuses:\n\n{FUSES}\n\n| alone | in a row |"
    heads = [table.head.of(text) if table.head else None for table in tables_of(parts_of(text))]
    assert heads == ["| Lamp | Type |", "| Fuse | Protects | Rating |", None]
    assert [len(table.rows) for table in tables_of(parts_of(text))] == [5, 6, 1]


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How many litres of coolant go into the diesel?", "| Coolant | 6.2 l | **7.4 l** |"),
        ("How big is the fuel tank with petrol?", "| Fuel tank | **50 l** | 55 l |"),
        ("How many litres of coolant does it take?", "| Coolant | **6.2 l** | **7.4 l** |"),
        ("How many litres of coolant does the petrol car take?\nand the diesel?", "| Coolant | 6.2 l | **7.4 l** |"),
    ],
)
def test_the_cell_of_the_column_that_is_named_is_marked(small_group: Group, question: str, row: str) -> None:
    assert quoted(FLUIDS, question, small_group).splitlines()[2:] == [row]


WEIGHTS = (
    "| | Where | Price Loop | Price Loop Sport | Price Tuck |\n|---|---|---|---|---|\n"
    "| Largest load | over 3 days | 140 kg | 130 kg | 120 kg |\n| Rack | at the rear | 25 kg | 20 kg | - |"
)


@pytest.mark.parametrize(
    ("model", "cells"),
    [
        ("", "**140 kg** | **130 kg** | **120 kg**"),
        ("Loop", "**140 kg** | 130 kg | 120 kg"),
        ("Loop Sport", "140 kg | **130 kg** | 120 kg"),
        ("Tuck", "140 kg | 130 kg | **120 kg**"),
        ("E", "140 kg | 130 kg | 120 kg"),
    ],
)
def test_a_fact_of_another_model_is_not_marked(small_group: Group, model: str, cells: str) -> None:
    others = tuple(one for one in ("Loop", "Loop Sport", "Tuck") if model and one != model)
    shown = quoted(WEIGHTS, "How heavy is the largest load?", small_group, model=model, other_models=others)
    assert shown.splitlines()[2] == f"| Largest load | over 3 days | {cells} |"


def test_a_fact_in_a_column_of_no_model_is_marked_whoever_asks(small_group: Group) -> None:
    shown = quoted(WEIGHTS, "How long for the largest load?", small_group, model="Tuck", other_models=("Loop",))
    assert "over **3 days**" in shown


def test_a_number_of_the_question_alone_does_not_tell_which_row_is_meant(small_group: Group) -> None:
    parts = "| Part | Price |\n|---|---|\n| Battery 504 Wh | £429 |\n| Battery 750 Wh | £599 |\n| Charger 2 A | £59 |"
    assert quoted(parts, "What is the price with 2 batteries?", small_group, "Batteries and chargers") == parts
    marked = quoted(parts, "What is the price of the 2 A charger?", small_group, "Batteries and chargers")
    assert "| Charger 2 A | **£59** |" in marked


CODES = "| Code | What to do |\n|---|---|\n| E01 | Let it warm up |\n| E07 | Check the magnet |\n| E7 | Wait |"


@pytest.mark.parametrize(("question", "shown"), [("whats E07 mean", "E07"), ("it says e7", "E7"), ("C-217?", "")])
def test_of_a_small_table_only_the_code_that_is_asked_for_is_shown(
    small_group: Group, question: str, shown: str
) -> None:
    rows = quoted(CODES, question, small_group).splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ([shown] if shown else ["E01", "E07", "E7"])


PADS = (
    "| Work | Price |\n|---|---|\n| Front pads | £165 |\n| Front pads and discs | £320 |\n| Brake fluid | £59 |\n"
    "| Washer and wiper | £20 |"
)
EVERY_WORK = ["Front pads", "Front pads and discs", "Brake fluid", "Washer and wiper"]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How much are front pads and discs?", ["Front pads and discs"]),
        ("What does brake fluid cost?", ["Brake fluid"]),
        ("What do brake fluid, washer and wiper cost?", ["Brake fluid", "Washer and wiper"]),
        ("What do brake fluid and a wiper cost?", EVERY_WORK),
        ("How much are the pads?", EVERY_WORK),
        ("How much is brake fluid?\nand for the fitting?", EVERY_WORK),
        ("How much is brake fluid?\nand front pads?", ["Front pads"]),
    ],
)  # fmt: skip
def test_of_a_small_table_only_rows_that_are_called_by_their_whole_name_are_shown(
    small_group: Group, question: str, rows: list[str]
) -> None:
    shown = quoted(PADS, question, small_group, "Prices").splitlines()[2:]
    assert [row.split("|")[1].strip() for row in shown] == rows


def test_what_stands_beside_a_table_is_left_out_where_a_row_answers_better(small_group: Group) -> None:
    text = quoted(f"{FUSES}\n{FUSES[-20:]}\n\nThe wiper blades are 650 mm long.", "Fuse for the horn?", small_group)
    assert "650 mm" not in text
    assert "Horn" in text


@pytest.mark.parametrize(
    ("text", "question", "row"),
    [
        (
            "Values in bar, tyres cold.\n\n| Load | Petrol front | Diesel front |\n|---|---|---|\n"
            "| Light | 2.2 | 2.4 |\n| Full load | 2.3 | 2.5 |",
            "What pressure has the diesel with a full load?",
            "| Full load | 2.3 | **2.5** |",
        ),
        (
            "| Bolt | Size | Torque (Nm) |\n|---|---|---|\n| Wheel | 14 | 120 |\n| Drain plug | 12 | 35 |",
            "What torque has the drain plug?",
            "| Drain plug | 12 | **35** |",
        ),
    ],
)
def test_a_bare_number_has_the_unit_of_its_column_or_table(
    small_group: Group, text: str, question: str, row: str
) -> None:
    assert quoted(text, question, small_group, "Wheels").splitlines()[-1] == row


WARNINGS = "| Lamp | Meaning | What to do |\n|---|---|---|\n" + "\n".join(
    f"| {lamp} | {meaning} | {deed} |"
    for lamp, meaning, deed in (
        ("Red oil can", "oil pressure too low", "switch off the engine"), ("Red battery", "not charged", "workshop"),
        ("Yellow engine", "emission fault", "drive gently"), ("Yellow ABS", "brakes", "drive carefully"),
        ("Yellow tyre", "pressure", "fill up"), ("Yellow airbag", "fault", "workshop"),
        ("Green 4L", "low range", "none"),
    )
)  # fmt: skip


def test_a_row_that_is_named_is_shown_without_those_that_only_mention_it(small_group: Group) -> None:
    shown = quoted(WARNINGS, "engine warning light is on", small_group, "Warning lamps").splitlines()
    assert shown[2:] == ["| Yellow engine | emission fault | drive gently |"]


def test_a_piece_of_a_table_names_a_row_by_what_its_head_does_not_say(small_group: Group) -> None:
    def piece(text: str) -> bool:
        one = Passage("m.md", "Manual", ("Warning lamps",), text, "table", Scope(language="en"), 0)
        return names_row(one, asked_question("engine warning light is on", "en", small_group.brand("alder")))

    assert piece(WARNINGS)
    assert not piece("\n".join((*WARNINGS.splitlines()[:2], WARNINGS.splitlines()[-1], "", "Spare the engine.")))
