"""Which parts of a passage are quoted."""

import pytest

from bot.extract import extract, warnings_for
from bot.lexicon import lexicon_of
from bot.passage_reading import reading_of
from bot.ranking import Asked, asked_question
from bot.span_reader import Reading, SpanReader
from bot.steps.check_claims import best_quote
from bot.steps.compose_extract import cite
from brands import Group, Scope
from knowledge_base.passage import Passage

SCOPE = Scope(language="en")


def passage(text: str, kind: str = "text", heading: str = "Charging", **more: object) -> Passage:
    return Passage("m.md", "Manual", (heading,), text, kind, SCOPE, 0, **more)  # type: ignore[arg-type]


def asked(text: str, group: Group) -> Asked:
    return asked_question(text, "en", group.brand("alder"))


LONG_TABLE = "| Fuse | Protects |\n|---|---|\n" + "\n".join(f"| F{n} | device number {n} |" for n in range(1, 30))
LONG_TEXT = (
    "The socket is behind the flap on the left. Open the flap with a push and pull the cap off the socket. "
    "Charging at a wallbox takes 6 hours from empty to full when the battery is warm. "
    "The lamp beside the socket is green while current flows and blue when charging has been planned for later. "
    "In winter the battery is warmed first, which is heard as a hum from the front of the vehicle."
)


def quoted(one: Passage, question: str, group: Group) -> str:
    quotes = extract(one, asked(question, group), lexicon_of([one]), 120)
    for quote in quotes:
        assert quote.words == one.text[quote.start : quote.end]
    return "\n".join(quote.shown for quote in quotes)


def test_a_fact_is_answered_by_its_sentence(small_group: Group) -> None:
    text = quoted(passage(LONG_TEXT), "How many hours does it take at a wallbox from empty to full?", small_group)
    assert text == "Charging at a wallbox takes **6 hours** from empty to full when the battery is warm."


def test_a_quote_is_cited_from_the_page_that_it_stands_on() -> None:
    over_pages = passage(LONG_TEXT, page=11, page_starts=((LONG_TEXT.index("The lamp"), 12),))
    assert cite(over_pages, "The socket is behind the flap on the left.").page == 11
    assert cite(over_pages, "In winter the battery is warmed first").page == 12
    assert best_quote("The lamp is green while current flows.", over_pages).page == 12
    assert cite(passage(LONG_TEXT), "In winter").page is None


def test_a_long_text_without_a_clear_sentence_stays_whole(small_group: Group) -> None:
    assert "hum from the front" in quoted(passage(LONG_TEXT), "Tell me about electricity", small_group)


def test_of_a_large_table_the_matching_row_is_quoted_below_its_header(small_group: Group) -> None:
    table = passage(LONG_TABLE.replace("device number 7 ", "front wipers "), "table", "Fuses")
    text = quoted(table, "Which fuse is for the front wipers?", small_group)
    assert text.splitlines() == ["| Fuse | Protects |", "|---|---|", "| **F7** | front wipers |"]


def test_of_a_large_table_the_row_that_is_named_is_quoted_though_the_question_says_more(small_group: Group) -> None:
    table = passage(LONG_TABLE.replace("| F7 |", "| Turtle |"), "table", "Lamps")
    question = "A turtle came on in the display this morning, may I drive my sister to the airport?"
    assert quoted(table, question, small_group).splitlines()[2:] == ["| Turtle | device number 7 |"]


def test_the_sentence_with_the_code_that_is_asked_for_is_quoted(small_group: Group) -> None:
    text = LONG_TEXT + " The tank holds 75 litres. Fuels of plants are allowed, and B100 is not."
    assert quoted(passage(text, heading="Fuel"), "May I tank B100?", small_group).endswith("and B100 is not.")


def test_a_sentence_that_leans_on_the_one_before_brings_it_along(small_group: Group) -> None:
    text = LONG_TEXT.replace("The lamp beside", "It hums while it charges. The lamp beside")
    assert quoted(passage(text), "What hums?", small_group).startswith("Charging at a wallbox")


def test_what_its_heading_asks_is_answered_by_a_passage_as_a_whole(small_group: Group) -> None:
    whole = passage(LONG_TEXT, heading="Charging at a wallbox")
    assert quoted(whole, "What about charging at a wallbox?", small_group) == LONG_TEXT


def test_a_question_of_two_parts_gets_more_than_the_best_sentence(small_group: Group) -> None:
    text = quoted(passage(LONG_TEXT), "What hums and what colour is the lamp?", small_group)
    assert "blue" in text
    assert "hum from" in text


def test_a_small_table_stays_whole(small_group: Group) -> None:
    table = "| Load | Front |\n|---|---|\n| Normal | 2.3 bar |\n| Full | 2.6 bar |"
    assert quoted(
        passage(table, "table"), "What pressure at the front with a normal load?", small_group
    ) == table.replace("2.3 bar", "**2.3 bar**")


def read(text: str, words: str, answerable: float = 0.9) -> Reading:
    start = text.index(words)
    return Reading(start, start + len(words), 3.0, answerable, ((start, 0.95), (0, 0.05)))


def test_the_sentence_that_the_reader_is_sure_of_is_quoted_and_its_fact_marked(small_group: Group) -> None:
    one, question = passage(LONG_TEXT), asked("What is heard when the weather is cold?", small_group)
    (quote,) = extract(one, question, lexicon_of([one]), 120, read(LONG_TEXT, "a hum"))
    assert quote.words == LONG_TEXT[LONG_TEXT.index("In winter") :]
    question = asked("Where is the hum heard from?", small_group)
    (quote,) = extract(one, question, lexicon_of([one]), 120, read(LONG_TEXT, "the front of the vehicle"))
    assert quote.shown.endswith("from **the front of the vehicle**.")


def test_what_the_reader_is_not_sure_of_is_not_marked_and_leaves_what_its_heading_asks_whole(
    small_group: Group,
) -> None:
    one = passage(LONG_TEXT, heading="The hum of the front")
    question, unsure = asked("Where is the hum heard from?", small_group), read(LONG_TEXT, "the front of", 0.2)
    (quote,) = extract(one, question, lexicon_of([one]), 120, unsure)
    assert quote.shown == LONG_TEXT


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (LONG_TEXT, "What happens in winter?"),
        (LONG_TEXT, "What hums and what colour is the lamp?"),
        (LONG_TABLE, "Which fuse is for device number 7?"),
        ("1. Open the flap.\n2. Pull the cap off.\n3. Plug in.", "What is behind the flap?"),
    ],
)
def test_what_must_stay_whole_is_not_read(small_group: Group, text: str, question: str) -> None:
    assert reading_of(SpanReader(b"never opened"), asked(question, small_group), passage(text)) is None


def test_words_choose_where_the_reader_cannot_be_used(small_group: Group) -> None:
    assert reading_of(SpanReader(b"no model"), asked("What hums?", small_group), passage(LONG_TEXT)) is None


def test_an_faq_answer_and_a_procedure_stay_whole(small_group: Group) -> None:
    answer = passage("Yes. It is protected. " * 20, "faq", question="Is it safe?")
    assert quoted(answer, "Is rain a problem?", small_group) == answer.text
    steps = passage("1. Press P.\n2. Pull the loop.\n\nThen wait.")
    assert quoted(steps, "How do I pull the loop?", small_group) == steps.text


def test_a_procedure_brings_its_warnings_and_other_texts_only_those_that_matter(small_group: Group) -> None:
    warning = "> **WARNING** Keep button cells away from children."
    question = asked("How do I charge?", small_group)
    steps = passage("1. Press P.\n2. Pull the loop.", warnings=(warning,))
    assert warnings_for(steps, extract(steps, question, lexicon_of([steps]), 120), question) == (warning,)
    plain = passage("The lamp is green while current flows.", warnings=(warning,))
    assert warnings_for(plain, extract(plain, question, lexicon_of([plain]), 120), question) == ()


def test_a_table_stays_with_the_sentences_around_it_where_the_heading_says_what_is_asked(small_group: Group) -> None:
    table = "| Load | Front |\n|---|---|\n| Normal | 2.3 bar |\n| Full | 2.6 bar |"
    text = (
        f"For tyres of 17 inches, checked cold.\n\n{table}\n\nThe tyre pressures stand on the sticker too. {LONG_TEXT}"
    )
    assert table in quoted(passage(text, heading="Tyre pressures"), "What are the tyre pressures?", small_group)


SCHEDULE = (
    "| Work | When |\n|---|---|\n| Oil and oil filter | 15,000 km or 12 months, every service |\n"
    "| Pollen filter | every 30,000 km |\n| Brake fluid | every 24 months |\n| Air filter | every 45,000 km |\n"
    "| Axle oil | every 60,000 km |\n| Spark plugs | every 75,000 km |\n| Gearbox oil | every 90,000 km |"
)


def test_the_row_about_the_thing_is_quoted_alone_with_its_facts_marked(small_group: Group) -> None:
    table = passage(SCHEDULE, "table", "Service schedule")
    lines = quoted(table, "How often does my car need an oil change?", small_group).splitlines()
    assert lines[2:] == ["| Oil and oil filter | **15,000 km** or **12 months**, every service |"]


def test_in_a_small_table_the_row_that_is_named_is_marked_in_both_units(small_group: Group) -> None:
    table = "| Load | Front |\n|---|---|\n| Normal | 2.3 bar (33 psi) |\n| Full load | 2.6 bar (38 psi) |"
    text = quoted(passage(table, "table", "Tyre pressures"), "What tyre pressure with a full load?", small_group)
    assert text == table.replace("2.6 bar (38 psi)", "**2.6 bar (38 psi)**")


def test_a_distance_that_is_no_interval_is_not_marked_for_how_often(small_group: Group) -> None:
    text = "Up to 0.5 litres of oil for 1,000 km can be normal. " + LONG_TEXT
    assert "**" not in quoted(passage(text, heading="Oil"), "How often is the oil changed?", small_group)


def test_no_fact_is_marked_where_several_could_be_meant(small_group: Group) -> None:
    table = "| Way | Time |\n|---|---|\n| Wallbox | 8 h |\n| Socket | 37 h |"
    assert quoted(passage(table, "table"), "How long does charging take?", small_group) == table


@pytest.mark.parametrize(
    ("follow_up", "marked"),
    [("and unloaded? normal load", "2.3 bar"), ("and on sand?", None)],
)
def test_a_follow_up_marks_what_it_asks_for_and_not_what_was_asked_before(
    small_group: Group, follow_up: str, marked: str | None
) -> None:
    table = "| Load | Front |\n|---|---|\n| Normal | 2.3 bar |\n| Full load | 2.6 bar |"
    text = quoted(
        passage(table, "table", "Tyre pressures"), f"What tyre pressure with a full load?\n{follow_up}", small_group
    )
    assert text == (table.replace(marked, f"**{marked}**") if marked else table)


def test_a_fact_beside_steps_is_quoted_without_the_steps(small_group: Group) -> None:
    text = "The engine takes 4.6 litres of oil.\n\n1. Stop the engine.\n2. Read the dipstick.\n\n" + LONG_TEXT
    one = passage(text, heading="Topping up", warnings=("> **WARNING** Hot oil burns.",))
    assert "1. Stop" not in quoted(one, "How many litres of oil does the engine take?", small_group)
    assert quoted(one, "How do I top up the oil?", small_group) == text
    question = asked("How many litres of oil does the engine take?", small_group)
    assert warnings_for(one, extract(one, question, lexicon_of([one]), 120), question) == one.warnings


def test_a_sentence_beside_steps_decides_a_yes_no_question_and_keeps_the_warning(small_group: Group) -> None:
    decided = "A car with automatic gearbox must be carried on a lorry. Its front wheels may be lifted instead."
    text = f"{decided}\n\n1. Screw in the eye.\n2. Fix the rope."
    one = passage(text, heading="Towing", warnings=("> **WARNING** The brake needs more force.",))
    assert quoted(one, "May I tow a car with automatic gearbox?", small_group) == decided
    assert quoted(one, "How do I tow a car with automatic gearbox?", small_group) == text
    question = asked("May I tow a car with automatic gearbox?", small_group)
    assert warnings_for(one, extract(one, question, lexicon_of([one]), 120), question) == one.warnings


def test_who_is_about_to_do_something_gets_a_warning_that_shares_one_word(small_group: Group) -> None:
    warning = "> **DANGER** Orange cables carry high voltage. Never open them."
    one = passage("Connect the cables to the posts in the fuse box.", warnings=(warning,))
    for text, expected in (
        ("How do I start it from outside?", (warning,)),
        ("May I open the cables?", (warning,)),
        ("Is there a fuse box?", ()),
    ):
        question = asked(text, small_group)
        assert warnings_for(one, extract(one, question, lexicon_of([one]), 120), question) == expected


def test_a_short_passage_stays_whole_whatever_its_warning_says(small_group: Group) -> None:
    said = "The anchors are on both outer seats. A seat that faces the rear is allowed in front when the airbag is off."
    warning = "> **DANGER** " + "Never put it in front of an active airbag, or the child may be killed. " * 3
    one = passage(f"{said}\n\n{warning.strip()}", heading="Children", warnings=(warning.strip(),))
    assert said in quoted(one, "Can I put a baby seat in the front?", small_group)


def test_a_fact_is_asked_for_without_a_question_word_too(small_group: Group) -> None:
    text = "Lower the car.\n\nThe wheel bolts have a torque of 125 Nm.\n\n1. Pull the brake on.\n2. Loosen the bolts."
    assert quoted(passage(text, heading="Wheels"), "torque of the bolts", small_group) == (
        "The wheel bolts have a torque of **125 Nm**."
    )


def test_a_warning_quoted_from_below_its_head_is_not_said_again(small_group: Group) -> None:
    one = passage("**WARNING**\n\nHot oil burns. " + LONG_TEXT, warnings=("> **WARNING** Hot oil burns.",))
    question = asked("Tell me about hot oil", small_group)
    assert warnings_for(one, extract(one, question, lexicon_of([one]), 120), question) == ()
