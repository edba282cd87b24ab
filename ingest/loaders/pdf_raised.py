"""Raised numbers of a PDF: exponents and the marks of footnotes, which the layout analysis writes as plain digits."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from ctypes import byref, c_double
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from ingest.loaders.raised import raised

if TYPE_CHECKING:
    from liteparse import LayoutBlock, ParsedPage, TextItem

# A raised digit stands this share of the letters' height over the line, and has at most this share of their height;
# a bracket is higher than a digit.
RAISED_SHARE = 0.25
SMALLER_SHARE = 0.85
BRACKET_SHARE = 1.2
# So many letters tell how high those of a line are; they stand no further from its base than this, in points.
LINE_LETTERS = 40
LINE_POINTS = 1.0
# A run of text with a raised digit is higher than its font's others by this.
HIGHER_SHARE = 1.15

_MARKS = frozenset("0123456789()+-−,")


class _Letter(NamedTuple):
    """A letter of a page, with its glyph's box in points from the lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


def raise_numbers(content: bytes, pages: Sequence["ParsedPage"]) -> None:
    """Write raised numbers in raised digits, so that `2.5` bar with the footnote 1 does not read `2.51`.

    Args:
        content: bytes of the file.
        pages: as the layout analysis gives them; their texts are changed.
    """
    heights = _usual_heights(pages)
    wanted = [page for page in pages if any(_is_higher(item, heights) for item in page.text_items)]
    if not wanted:
        return
    document = pdfium.PdfDocument(content)
    try:
        for page in wanted:
            _raise_on_page(page, Counter(_raised_words(_letters(document[page.page_num - 1]))))
    except pdfium.PdfiumError:
        return  # the layout is read all the same
    finally:
        document.close()


def _usual_heights(pages: Sequence["ParsedPage"]) -> dict[str | None, float]:
    """Height of a run by its font size, by font: the least there is."""
    found: dict[str | None, float] = {}
    for item in (one for page in pages for one in page.text_items if one.font_size and one.height):
        height = item.height / item.font_size
        found[item.font_name] = min(height, found.get(item.font_name, height))
    return found


def _is_higher(item: "TextItem", heights: dict[str | None, float]) -> bool:
    usual = heights.get(item.font_name, 0.0) * (item.font_size or 0.0)
    return item.height > usual * HIGHER_SHARE and re.search(r"\S\s?\d", item.text) is not None


def _letters(page: pdfium.PdfPage) -> list[_Letter]:
    place = page.get_textpage()
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    found = []
    for number in range(place.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(place, number)
        pdfium_c.FPDFText_GetCharBox(place, number, byref(left), byref(right), byref(bottom), byref(top))
        found.append(_Letter(chr(code), left.value, right.value, bottom.value, top.value))
    return found


def _raised_words(letters: Sequence[_Letter]) -> Iterator[tuple[str, str]]:
    """What stands before a raised number without a space between them, and the number."""
    line: list[_Letter] = []
    word: list[_Letter] = []
    mark = ""
    for letter in [*letters, _Letter(" ", 0, 0, 0, 0)]:
        if letter.text in _MARKS and _is_raised(letter, word, line):
            mark += letter.text
            continue
        if mark and raised(mark) != mark:
            yield "".join(one.text for one in word), mark
        word = [*word, letter] if not mark and not letter.text.isspace() else []
        line = [*line[1 - LINE_LETTERS :], letter]
        mark = ""


def _is_raised(letter: _Letter, word: Sequence[_Letter], line: Sequence[_Letter]) -> bool:
    """Whether a digit stands over the line of the word before it, and is smaller than the letters of that line."""
    base = next((one for one in reversed(word) if one.text.isalnum()), None)
    if base is None:
        return False
    tops = [one.top for one in line if one.text.isalnum() and abs(one.bottom - base.bottom) < LINE_POINTS]
    height = max(tops) - base.bottom
    over = letter.bottom - base.bottom
    smaller = BRACKET_SHARE if letter.text in "()" else SMALLER_SHARE
    return (
        RAISED_SHARE * height < over < height
        and letter.top - letter.bottom < smaller * height
        and letter.left > base.left + (base.right - base.left) / 2
    )


def _raise_on_page(page: "ParsedPage", words: Counter[tuple[str, str]]) -> None:
    """Change the texts of a page; a word that stands there raised and plain, too, stays as it is."""
    for (before, mark), count in words.items():
        pattern = re.compile(rf"(?<![\w.,]){re.escape(before)}\s?{re.escape(mark)}(?!\w)")
        if sum(len(pattern.findall(item.text)) for item in page.text_items) != count:
            continue
        shown = f"{before}{raised(mark)}"
        for item in page.text_items:
            item.text = pattern.sub(shown, item.text)
        for block in page.blocks or []:
            _raise_in_block(block, pattern, shown)


def _raise_in_block(block: "LayoutBlock", pattern: re.Pattern[str], shown: str) -> None:
    if block.text:
        block.text = pattern.sub(shown, block.text)
    block.lines = [pattern.sub(shown, line) for line in block.lines] if block.lines else block.lines
    for cell in (cell for row in [block.header or [], *(block.rows or [])] for cell in row):
        cell.text = pattern.sub(shown, cell.text)
