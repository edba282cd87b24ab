import pytest

from ingest.document import Block, table_block
from ingest.loaders.markdown import load_markdown
from ingest.warning_blocks import boxed_warning, is_signal_word, is_warning, mark_warnings


@pytest.mark.parametrize(
    "text",
    [
        "> **WARNING** Hot.", "> **Warning:** Hot.", "> [!CAUTION]\n> Hot.", "**DANGER** Hot.", "**Danger!** Hot.",
        "WARNING: hot", "CAUTION Hot", "Warning: hot", "⚠️ **WARNING** Hot", "> ⚠ WARNUNG Heiß.", "**VORSICHT:** Heiß",
        "GEFAHR! Heiß", "ATTENTION : chaud", "**AVERTISSEMENT** Chaud", "> **PERICOLO** Caldo", "AVVERTENZA: caldo",
        "ATTENZIONE Caldo", "**ADVERTENCIA** Caliente", "PELIGRO: caliente", "PRECAUCIÓN Caliente",
        "!!! warning\n    Hot", "::: danger\nHot\n:::", "__CAUTION__ Hot",
    ],
)  # fmt: skip
def test_every_customary_form_is_a_warning(text: str) -> None:
    assert is_warning(text)


@pytest.mark.parametrize(
    "text",
    [
        "Warning lamps", "The WARNING lamp lights.", "Cautionary tales", "Danger zones are marked.", "> A quotation.",
        "Attention au prix", "**Note** Hot", "> **NOTICE** Paint may suffer.", "WARNINGS", "Vorsichtig öffnen.",
    ],
)  # fmt: skip
def test_other_text_is_no_warning(text: str) -> None:
    assert not is_warning(text)


def test_signal_word_alone_takes_the_next_paragraph() -> None:
    blocks = [Block("heading", "WARNING", level=3), Block("paragraph", "Hot."), Block("paragraph", "Then go on.")]
    found = list(mark_warnings(blocks))
    assert [(block.kind, block.text) for block in found] == [
        ("warning", "**WARNING**\n\nHot."),
        ("paragraph", "Then go on."),
    ]


def test_signal_word_alone_before_a_heading_takes_nothing() -> None:
    found = list(mark_warnings([Block("paragraph", "**CAUTION**"), Block("heading", "Next", level=2)]))
    assert [block.kind for block in found] == ["warning", "heading"]


def test_fenced_admonition_reaches_to_its_end() -> None:
    found = load_markdown(b"::: warning\n\nOne.\n\n- two\n\n:::\n\nAfter.").blocks
    assert [block.kind for block in found] == ["warning", "paragraph"]
    assert "two" in found[0].text


def test_indented_admonition_takes_its_text() -> None:
    found = load_markdown(b'!!! danger "Battery"\n\n    High voltage.\n\nAfter.').blocks
    assert [block.kind for block in found] == ["warning", "paragraph"]
    assert "High voltage." in found[0].text


def test_table_that_is_a_box_is_a_warning() -> None:
    beside = table_block([["WARNING", "Keep your hands away."]])
    below = table_block([["**CAUTION**"], ["Hot."]])
    assert [block.text for block in mark_warnings([beside, below])] == [
        "> **WARNING** Keep your hands away.",
        "> **CAUTION** Hot.",
    ]


def test_table_of_warning_lamps_stays_a_table() -> None:
    table = table_block([["Warning", "Meaning"], ["Red", "Stop"]])
    assert [block.kind for block in mark_warnings([table])] == ["table"]


def test_boxed_words_get_the_common_form() -> None:
    assert boxed_warning("WARNING: Hot.") == "> **WARNING** Hot."
    assert boxed_warning("Some box") is None


def test_signal_word_is_known_alone_only() -> None:
    assert is_signal_word("**Warning:**")
    assert not is_signal_word("Warning lamps")
