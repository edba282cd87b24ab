"""Ruled tables and boxes of a PDF page, found from its drawn lines."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Protocol, TypeVar

# Lines nearer than this are one line, in points (1/72 inch); table rules are drawn twice or as thin rectangles.
SNAP_POINTS = 3.0
# A filled rectangle this thin is a drawn line, in points.
THIN_POINTS = 2.0
# A region smaller than this is a check box, an icon or an underline, in points.
MINIMUM_WIDTH_POINTS = 60.0
MINIMUM_HEIGHT_POINTS = 9.0
# The space at which a run of text is cut lies no further from the line than this, in letters.
SPACE_LETTERS = 2.5
# A box over more of the page than this is its frame or background.
FRAME_SHARE = 0.6


_PARTED = re.compile(r"\w-$")
_ONE_LETTER = re.compile(r"(?<!\w)\w-$")
# After these the hyphen stands for the second part of a word: "two- and four-wheel drive".
_COMPOUND = re.compile(r"(?:and|or|to|und|oder|bzw|et|ou|y|o|e|en|of)\b|[^\w]|$")


class DrawnLine(Protocol):
    """A line as the PDF library gives it, in points from the upper left corner."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: bool


class DrawnShape(Protocol):
    """A filled or stroked path as the PDF library gives it."""

    bbox: tuple[float, float, float, float]
    fill: bool


class PlacedText(Protocol):
    """A run of text as the PDF library gives it."""

    text: str
    x: float
    y: float
    width: float
    height: float


Text = TypeVar("Text", bound=PlacedText)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from its upper left corner."""

    x1: float
    y1: float
    x2: float
    y2: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x1 - 1 <= x <= self.x2 + 1 and self.y1 - 1 <= y <= self.y2 + 1

    def overlaps(self, other: "Box") -> bool:
        """Whether two rectangles share more than an edge."""
        return (
            min(self.x2, other.x2) - max(self.x1, other.x1) > 2 and min(self.y2, other.y2) - max(self.y1, other.y1) > 2
        )

    def contains(self, other: "Box") -> bool:
        """Whether another rectangle lies in it."""
        return (
            self.x1 - 2 <= other.x1 and other.x2 <= self.x2 + 2 and self.y1 - 2 <= other.y1 and other.y2 <= self.y2 + 2
        )

    @property
    def area(self) -> float:
        """Square points."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)


@dataclass(slots=True)
class Run:
    """A part of a run of text."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Region:
    """A ruled table, or a box when it has one row and one column.

    Args:
        box: where it lies.
        columns: x of its vertical lines.
        rows: y of its horizontal lines.
        uprights: its vertical lines.
    """

    box: Box
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    uprights: tuple[Box, ...]

    @property
    def is_box(self) -> bool:
        """Whether it frames one piece of text."""
        return len(self.columns) == 2 and len(self.rows) == 2

    def cells(self, items: Sequence[PlacedText]) -> list[list[str]]:
        """The text of its cells by row; a cell over several columns stands in the first of them.

        Args:
            items: the text on the page.
        """
        grid: list[list[str]] = []
        for top, bottom in pairwise(self.rows):
            middle = (top + bottom) / 2
            edges = [x for x in self.columns if x in (self.columns[0], self.columns[-1]) or self._has_line(x, middle)]
            cells = [""] * (len(self.columns) - 1)
            row = [piece for one in items if top <= centre(one)[1] < bottom for piece in _cut(one, edges)]
            for left, right in pairwise(edges):
                inside = [one for one in row if left <= centre(one)[0] < right and one.text.strip()]
                cells[self.columns.index(left)] = reduce(join_lines, lines_of(inside), "")
            grid.append(cells)
        return grid

    def _has_line(self, x: float, y: float) -> bool:
        return any(abs(one.x1 - x) <= SNAP_POINTS and one.y1 - 1 <= y <= one.y2 + 1 for one in self.uprights)


def _cut(item: PlacedText, edges: Sequence[float]) -> list[PlacedText]:
    """A run of text that goes over vertical lines, as the parts between them: cut at the space nearest to each."""
    parts: list[PlacedText] = []
    rest = item
    for edge in edges:
        letter = rest.width / max(len(rest.text), 1)
        place = (edge - rest.x) / letter if letter else 0.0
        spaces = [at for at, one in enumerate(rest.text) if one == " " and abs(at + 0.5 - place) <= SPACE_LETTERS]
        if not 0 < place < len(rest.text) or not spaces:
            continue
        at = min(spaces, key=lambda at: abs(at + 0.5 - place))
        parts.append(Run(rest.text[:at], rest.x, rest.y, at * letter, rest.height))
        right = max(edge, rest.x + (at + 1) * letter)
        rest = Run(rest.text[at + 1 :], right, rest.y, rest.x + rest.width - right, rest.height)
    return [*parts, rest]


def find_regions(lines: Iterable[DrawnLine], shapes: Iterable[DrawnShape], page: Box) -> list[Region]:
    """Tables and boxes that are drawn with lines, without those that contain others.

    Args:
        lines: every drawn line of a page.
        shapes: every path; a thin filled rectangle is a line, a thick one only a shade behind the text.
        page: its rectangle.
    """
    stroked = [
        Box(min(one.x1, one.x2), min(one.y1, one.y2), max(one.x1, one.x2), max(one.y1, one.y2))
        for one in lines
        if one.stroke
    ]
    flat, upright = _straight([*stroked, *(box for box in map(_shape_box, shapes) if box is not None)], page)
    regions = []
    for group in _connected(flat, upright):
        rows = _distinct([flat[at].y1 for at in group[0]])
        columns = _distinct([upright[at].x1 for at in group[1]])
        if len(rows) < 2 or len(columns) < 2:
            continue
        box = Box(columns[0], rows[0], columns[-1], rows[-1])
        is_small = box.x2 - box.x1 < MINIMUM_WIDTH_POINTS or box.y2 - box.y1 < MINIMUM_HEIGHT_POINTS
        if is_small or (len(rows) == 2 and len(columns) == 2 and box.area > page.area * FRAME_SHARE):
            continue
        regions.append(Region(box, tuple(columns), tuple(rows), tuple(upright[at] for at in group[1])))
    return [one for one in regions if not any(one is not other and one.box.contains(other.box) for other in regions)]


def find_shades(shapes: Iterable[DrawnShape], page: Box) -> list[Region]:
    """Filled rectangles that may be a box around a text.

    Args:
        shapes: every path of a page.
        page: its rectangle.
    """
    found = []
    for shape in shapes:
        x, y, width, height = shape.bbox
        box = Box(x, y, x + width, y + height)
        is_large = width >= MINIMUM_WIDTH_POINTS and height >= MINIMUM_HEIGHT_POINTS
        if shape.fill and is_large and box.area <= page.area * FRAME_SHARE:
            found.append(Region(box, (box.x1, box.x2), (box.y1, box.y2), ()))
    return found[:200]


def centre(item: PlacedText) -> tuple[float, float]:
    """The middle of a run of text."""
    return item.x + item.width / 2, item.y + item.height / 2


def rows_of_text(items: Sequence[Text]) -> list[list[Text]]:
    """Runs of text by line, from top to bottom, each from left to right.

    Args:
        items: runs of text.
    """
    lines: list[list[Text]] = []
    for item in sorted(items, key=lambda one: (one.y + one.height / 2, one.x)):
        middle = item.y + item.height / 2
        if lines and abs(middle - (lines[-1][0].y + lines[-1][0].height / 2)) <= max(item.height, 6) * 0.5:
            lines[-1].append(item)
        else:
            lines.append([item])
    return [sorted(line, key=lambda one: one.x) for line in lines]


def lines_of(items: Sequence[PlacedText]) -> list[str]:
    """The lines that runs of text form, from top to bottom.

    Args:
        items: runs of text of one column.
    """
    return [_line_text(line) for line in rows_of_text(items)]


def join_lines(above: str, below: str) -> str:
    """Two lines of a text as one; a word that was parted by a hyphen is whole again.

    Args:
        above: a line, or several that were joined.
        below: the line after it.
    """
    if not above or not _PARTED.search(above) or _COMPOUND.match(below):
        return f"{above} {below}".strip()
    return above + below if not below[:1].islower() or _ONE_LETTER.search(above) else above[:-1] + below


def _line_text(items: Sequence[PlacedText]) -> str:
    text = ""
    end = 0.0
    for item in items:
        gap = item.x - end
        if text and gap > 0.12 * max(item.height, 6) and not text.endswith(" ") and not item.text.startswith(" "):
            text += " "
        text += item.text
        end = item.x + item.width
    return re.sub(r"\s+", " ", text).strip()


def _shape_box(shape: DrawnShape) -> Box | None:
    x, y, width, height = shape.bbox
    return Box(x, y, x + width, y + height) if shape.fill and min(width, height) <= THIN_POINTS else None


def _straight(lines: Iterable[Box], page: Box) -> tuple[list[Box], list[Box]]:
    flat: list[Box] = []
    upright: list[Box] = []
    for line in lines:
        width, height = line.x2 - line.x1, line.y2 - line.y1
        if width > page.x2 * 0.98 or height > page.y2 * 0.98:
            continue
        if height <= THIN_POINTS and width > 4:
            middle = (line.y1 + line.y2) / 2
            flat.append(Box(line.x1, middle, line.x2, middle))
        elif width <= THIN_POINTS and height > 4:
            middle = (line.x1 + line.x2) / 2
            upright.append(Box(middle, line.y1, middle, line.y2))
    return flat[:3000], upright[:3000]


def _connected(flat: Sequence[Box], upright: Sequence[Box]) -> list[tuple[list[int], list[int]]]:
    """Groups of lines that touch one another."""
    parent = list(range(len(flat) + len(upright)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for number, line in enumerate(flat):
        for other, post in enumerate(upright):
            crosses = (
                line.x1 - SNAP_POINTS <= post.x1 <= line.x2 + SNAP_POINTS
                and post.y1 - SNAP_POINTS <= line.y1 <= post.y2 + SNAP_POINTS
            )
            if crosses:
                parent[root(number)] = root(len(flat) + other)
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for at in range(len(parent)):
        group = groups.setdefault(root(at), ([], []))
        if at < len(flat):
            group[0].append(at)
        else:
            group[1].append(at - len(flat))
    return [group for group in groups.values() if group[0] and group[1]]


def _distinct(values: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > SNAP_POINTS:
            found.append(value)
    return found
