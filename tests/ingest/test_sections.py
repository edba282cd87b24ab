"""Which headings and warnings hold for which blocks of a document."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Block
from ingest.loaders.markdown import load_markdown
from ingest.sections import Section, sections_of


def heading(text: str, level: int) -> Block:
    return Block("heading", text, level=level)


def told(*blocks: Block) -> list[tuple[tuple[str, ...], list[str]]]:
    return [(one.path, [block.text for block in one.blocks]) for one in sections_of(blocks, "Manual")]


def sections_of_text(text: bytes) -> list[Section]:
    return list(sections_of(load_markdown(text).blocks, "Manual"))


def test_blocks_stand_below_all_their_headings() -> None:
    below = Block("paragraph", "Below.")
    assert told(heading("Wheels", 1), heading("Pressure", 2), below, heading("Torque", 2), below) == [
        (("Wheels", "Pressure"), ["Below."]),
        (("Wheels", "Torque"), ["Below."]),
    ]


def test_a_first_heading_that_repeats_the_title_is_in_no_path_and_a_later_one_is() -> None:
    below = Block("paragraph", "Below.")
    title = heading("manual", 1)
    assert told(title, below) == [((), ["Below."])]
    assert told(heading("Wheels", 1), below, title, below)[1:] == [(("manual",), ["Below."])]


def test_heading_without_text_goes_to_the_next_section() -> None:
    assert told(heading("Alone", 2), heading("Next", 2), Block("paragraph", "x.")) == [(("Next",), ["Alone", "x."])]


def test_last_heading_without_text_is_text_of_the_one_above() -> None:
    assert told(heading("Above", 1), heading("Last", 2)) == [(("Above",), ["Last"])]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=12))
def test_no_heading_and_no_text_is_lost(plan: list[tuple[bool, int]]) -> None:
    blocks = [
        heading(f"h{n}", level) if is_heading else Block("paragraph", f"p{n}")
        for n, (is_heading, level) in enumerate(plan)
    ]
    found = told(*blocks)
    assert {block.text for block in blocks} == {one for path, texts in found for one in (*path, *texts)}
    assert [text for _, texts in found for text in texts if text[0] == "p"] == [
        block.text for block in blocks if block.kind == "paragraph"
    ]


def test_warning_of_a_procedure_holds_for_its_subsections_and_that_of_a_chapter_does_not() -> None:
    lift = sections_of_text(
        b"# Manual\n\n## Wheels\n\n> **CAUTION** Chapter.\n\n### Change\n\n"
        b"> **DANGER** Jack.\n\n#### Lift\n\nLift it.\n"
    )[-1]
    assert lift.path == ("Wheels", "Change", "Lift")
    assert lift.warnings == ("> **DANGER** Jack.",)


def test_warning_of_one_procedure_does_not_hold_for_the_next() -> None:
    fold = sections_of_text(b"# Manual\n\n## Wheels\n\n### Change\n\n> **DANGER** Jack.\n\n### Fold\n\nFold it.\n")[-1]
    assert (fold.path, fold.warnings) == (("Wheels", "Fold"), ())
