"""Pieces of a PDF page that were taken apart, or for what they are not."""

import pytest

from ingest.loaders.pdf_grid import Box
from ingest.loaders.pdf_pieces import Piece, mend_pieces

BODY = 10.0
LINE = 12.0


def piece(
    text: str, at: float, kind: str = "paragraph", *, size: float = BODY, right: float = 500, left: float = 50
) -> Piece:
    return Piece(kind, text, Box(left, at, right, at + size), 1, size=size)


def mended(*pieces: Piece) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in mend_pieces(pieces, BODY)]


def test_lines_of_one_sentence_are_one_paragraph_round_both() -> None:
    above, below = piece("Check the pressure when the tyres are", 100), piece("cold.", 100 + LINE, right=80)
    [whole] = mend_pieces([above, below], BODY)
    assert whole.text == "Check the pressure when the tyres are cold."
    assert whole.box == Box(50, 100, 500, 100 + LINE + BODY)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (piece("The tyres are cold.", 100), piece("then drive on", 100 + LINE)),
        (piece("A short line", 100, right=120), piece("Then a new one over the whole width", 100 + LINE)),
        (piece("Check when the tyres are", 100), piece("cold, far below", 140)),
        (piece("Check when the tyres are", 100), piece("in smaller letters", 100 + LINE, size=8)),
        (piece("Check when the tyres are", 100), piece("in a table", 100 + LINE, "table")),
        (piece("Wheels and tyres", 100, "heading", size=16), piece("are checked cold", 118, size=16)),
    ],
)
def test_what_does_not_go_on_stays_apart(above: Piece, below: Piece) -> None:
    assert mended(above, below) == [(above.kind, above.text), (below.kind, below.text)]


def test_a_full_line_goes_on_whatever_letter_follows() -> None:
    assert mended(piece("Tell the driver of the", 100), piece("Grove", 100 + LINE, right=90)) == [
        ("paragraph", "Tell the driver of the Grove")
    ]


def test_a_line_that_is_full_in_its_own_column_goes_on() -> None:
    beside = piece("The other column.", 100, left=300)
    left = [piece("Tell the driver of the", 100, right=280), piece("Grove", 100 + LINE, right=90)]
    assert ("paragraph", "Tell the driver of the Grove") in mended(*left, beside)


def test_a_step_with_a_larger_number_is_no_heading_and_keeps_its_second_line() -> None:
    step = piece("2 Turn the valve until the mark", 100, "heading", size=12)
    assert mended(step, piece("stands at the top.", 110)) == [
        ("item", "2. Turn the valve until the mark stands at the top.")
    ]


@pytest.mark.parametrize("text", ["2 Cleaning", "2.1 Cleaning the filter.", "Cleaning the filter."])
def test_a_heading_stays_one(text: str) -> None:
    assert mended(piece(text, 100, "heading", size=12)) == [("heading", text)]


def test_a_number_before_words_far_larger_than_the_text_stays_a_heading() -> None:
    assert mended(piece("2 Turn the valve.", 100, "heading", size=16)) == [("heading", "2 Turn the valve.")]
