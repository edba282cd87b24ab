"""Where sentences, steps, rows and warnings begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentences import has_steps, parts_of, sentences_of

PROCEDURE = """\
Check the pressure when cold, e.g. in the morning. It takes approx. 5 min. The lamp goes out
after that.

1. Press the brake pedal.
   Hold it. Really.
2. Press START.

| Load | Front |
|---|---|
| Normal | 2.4 bar |
| Full | 2.6 bar |

> **WARNING** Never do it. Ever.
> It kills.

- one
"""


def test_each_part_of_a_procedure_is_found_with_its_kind() -> None:
    found = [(part.kind, part.of(PROCEDURE)) for part in parts_of(PROCEDURE)]
    assert found == [
        ("sentence", "Check the pressure when cold, e.g. in the morning."),
        ("sentence", "It takes approx. 5 min."),
        ("sentence", "The lamp goes out\nafter that."),
        ("step", "1. Press the brake pedal.\n   Hold it. Really."),
        ("step", "2. Press START."),
        ("table_head", "| Load | Front |"),
        ("row", "| Normal | 2.4 bar |"),
        ("row", "| Full | 2.6 bar |"),
        ("warning", "> **WARNING** Never do it. Ever.\n> It kills."),
        ("bullet", "- one"),
    ]


def test_a_procedure_has_steps_and_a_list_of_bullets_has_none() -> None:
    assert has_steps(parts_of(PROCEDURE))
    assert not has_steps(parts_of("- one\n- two\n- three"))


def test_images_are_no_part() -> None:
    assert parts_of("![a picture](https://elsewhere.example/x.png)") == ()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The tank holds 55 l. Press START.", ["The tank holds 55 l.", "Press START."]),
        (
            "It is an option, order no. EA-120. Say no. Then go.",
            ["It is an option, order no. EA-120.", "Say no.", "Then go."],
        ),
        ("See Fig. 3. Use SAE 5W-30.", ["See Fig. 3.", "Use SAE 5W-30."]),
        ("Use 2.4 bar at 20 °C. Full load: 2.6 bar.", ["Use 2.4 bar at 20 °C.", "Full load: 2.6 bar."]),
        ("Am 3. Mai gilt z. B. die Garantie. Sie endet.", ["Am 3. Mai gilt z. B. die Garantie.", "Sie endet."]),
        ("Nach 15.000 km bzw. 12 Monaten. Drücken Sie.", ["Nach 15.000 km bzw. 12 Monaten.", "Drücken Sie."]),
        ("Il faut env. 5 l. Voir p. 12.", ["Il faut env. 5 l.", "Voir p. 12."]),
        ("Is it on? Yes! Good…", ["Is it on?", "Yes!", "Good…"]),
    ],
)
def test_units_and_abbreviations_end_no_sentence(text: str, sentences: list[str]) -> None:
    assert list(sentences_of(text)) == sentences


@given(st.text(alphabet="ab .1\n|>-*!?#:", max_size=200))
def test_parts_lie_in_order_inside_the_text_and_never_overlap(text: str) -> None:
    end = 0
    for part in parts_of(text):
        assert end <= part.start < part.end <= len(text)
        assert part.of(text).strip()
        end = part.end
