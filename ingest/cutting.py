"""Cut a text that is too long, at the best place that there is."""

import re
from collections.abc import Callable, Iterator, Sequence

# A cut at a line or sentence is preferred while it uses this share of the room.
GOOD_SHARE = 0.4
# Letters that are tried first when a long text is cut; doubled while they fit.
FIRST_REACH = 2000

_LINE_END = re.compile(r"\n+")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|(?<=[。！？；])")
_SPACE = re.compile(r"\s+")

Fits = Callable[[str], bool]
"""Whether a text is short enough."""


def cut_text(text: str, fits: Fits) -> Iterator[str]:
    """Cut a text at lines, else sentences, else words, else letters, into pieces that fit.

    Args:
        text: any text.
        fits: whether a piece is short enough.

    Yields:
        Slices of the text in order, without the white space around them.
    """
    text = text.strip()
    at = 0
    while at < len(text):
        end = _piece_end(text, at, fits)
        yield text[at:end].rstrip()
        at = end
        while at < len(text) and text[at].isspace():
            at += 1


def _piece_end(text: str, at: int, fits: Fits) -> int:
    reach = FIRST_REACH
    while at + reach < len(text) and fits(text[at : at + reach]):
        reach *= 2
    limit = min(at + reach, len(text))
    if limit == len(text) and fits(text[at:]):
        return limit
    longest = last_that_fits(text, at, _ends(_SPACE, text, at, limit), fits)
    for boundary in (_LINE_END, _SENTENCE_END):
        end = last_that_fits(text, at, _ends(boundary, text, at, limit), fits)
        if end and (end - at) >= (longest - at) * GOOD_SHARE:
            return end
    return longest or last_that_fits(text, at, range(at + 1, limit), fits) or at + 1


def _ends(boundary: re.Pattern[str], text: str, at: int, limit: int) -> list[int]:
    return [found.end() for found in boundary.finditer(text, at, limit) if at < found.end() < limit]


def last_that_fits(text: str, at: int, ends: Sequence[int], fits: Fits) -> int:
    """The largest of the ends up to which the text fits; 0 when none does."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[at : ends[middle - 1]].rstrip()):
            low = middle
        else:
            high = middle - 1
    return ends[low - 1] if low else 0
