"""What a question's grammar shows of what it asks for."""

import pytest

from bot.question_focus import deed_stems, measured_stems


@pytest.mark.parametrize(
    ("question", "code", "stems"),
    [
        ("How do I bleed the brakes?", "en", ("bleed",)),
        ("how to calibrate the compass", "en", ("calibr",)),
        ("Wie entlüfte ich die Bremse?", "de", ("entluft",)),
        ("Wie kann ich die Bremse entlüften?", "de", ("entluft",)),
        ("How do I use the winch?", "en", ()),
        ("What is the winch for?", "en", ()),
        ("Comment purger les freins ?", "fr", ()),
    ],
)
def test_what_somebody_wants_to_do(question: str, code: str, stems: tuple[str, ...]) -> None:
    assert deed_stems(question, code) == stems


@pytest.mark.parametrize(
    ("question", "code", "stems"),
    [
        ("What pressure for the fork?", "en", ("fork",)),
        ("What is the torque of the motor in Nm?", "en", ("motor",)),
        ("How tight should the belt be?", "en", ("belt",)),
        ("How heavy is the battery?", "en", ("batteri",)),
        ("How much oil goes in the fork?", "en", ("fork",)),
        ("What volume of coolant is in the system?", "en", ()),
        ("Wie fest muss der Riemen sein?", "de", ("riem",)),
        ("What tyre pressure for the winter?", "en", ()),
        ("What pressure do the tyres need?", "en", ()),
        ("What pressure do the tyres of the van need with just the driver?", "en", ()),
    ],
)
def test_the_part_whose_measure_is_asked_for(question: str, code: str, stems: tuple[str, ...]) -> None:
    assert measured_stems(question, code) == stems
