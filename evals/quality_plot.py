"""Draws quality against latency, ours and the compared stack's, as an SVG file."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10
from pathlib import Path
from typing import Any

_WIDTH, _HEIGHT = 760, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 120, 40, 55
_LINE = 13
_COLOURS = {"ours": "#0b6e4f", "tutorial": "#b3541e"}
_STACKS = len(_COLOURS)


@dataclass(frozen=True, slots=True)
class Point:
    """One stack on one data set.

    Args:
        stack: `ours` or `tutorial`.
        data: the data set.
        milliseconds: half of the searches took no longer.
        quality: nDCG@10.
    """

    stack: str
    data: str
    milliseconds: float
    quality: float


def points_of(sets: Iterable[dict[str, Any]], results: Path) -> list[Point]:
    """The points of a run, and of the comparisons that were kept beside it.

    Args:
        sets: as `retrieval_all.json` tells them.
        results: folder with `compare-NAME.json` of some of the sets.
    """
    points = []
    for one in sets:
        points.append(Point("ours", one["data"], one["query_p50_ms"], one["ndcg@10"]))
        kept = results / f"compare-{one['data']}.json"
        if kept.is_file():
            peer = json.loads(kept.read_text(encoding="utf-8"))["peer"]
            points.append(Point("tutorial", one["data"], peer["query_p50_ms"], peer["ndcg@10"]))
    return points


def draw(points: Sequence[Point], note: str) -> str:
    """An SVG drawing; better is up and to the left.

    Args:
        points: at least one.
        note: where and when it was measured.
    """
    lowest = min(0.3, *(one.quality for one in points))
    fastest, slowest = 1.0, max(100.0, *(one.milliseconds for one in points))

    def place(one: Point) -> tuple[float, float]:
        share = log10(max(one.milliseconds, fastest) / fastest) / log10(slowest / fastest)
        across = _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
        down = _TOP + (1 - one.quality) / (1 - lowest) * (_HEIGHT - _TOP - _BOTTOM)
        return across, down

    marks = _grid(place, lowest, slowest)
    by_set: dict[str, list[Point]] = {}
    for one in points:
        by_set.setdefault(one.data, []).append(one)
    for pair in by_set.values():
        if len(pair) == _STACKS:
            (x1, y1), (x2, y2) = (place(one) for one in pair)
            marks.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#bbb" stroke-dasharray="3 3"/>')
    for number, (stack, colour) in enumerate(_COLOURS.items()):
        marks += _named([(*place(one), one.data) for one in points if one.stack == stack], colour)
        marks.append(f'<circle cx="{_LEFT + 52 + 90 * number}" cy="20" r="5" fill="{colour}"/>')
        marks.append(f'<text x="{_LEFT + 62 + 90 * number}" y="24">{stack}</text>')
    marks.append(f'<text x="{_LEFT}" y="{_HEIGHT - 6}" fill="#666">{escape(note)}</text>')
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>Quality against latency</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _grid(place: Callable[[Point], tuple[float, float]], lowest: float, slowest: float) -> list[str]:
    marks = []
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for tick in (tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= slowest):
        x, _ = place(Point("ours", "", tick, 1.0))
        marks.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#eee"/>')
        marks.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick}</text>')
    for tenth in range(ceil(lowest * 10), 11):
        _, y = place(Point("ours", "", 1.0, tenth / 10))
        marks.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#eee"/>')
        marks.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>')
    middle = (_LEFT + right) / 2
    marks.append(f'<text x="{middle:.0f}" y="{bottom + 33}" text-anchor="middle">ms a search (median)</text>')
    marks.append(f'<text x="14" y="{_TOP - 10}">nDCG@10</text>')
    return marks


def _named(places: Sequence[tuple[float, float, str]], colour: str) -> list[str]:
    """Points with their names beside them, none over another."""
    marks = []
    free = 0.0
    for x, y, name in sorted(places, key=lambda one: one[1]):
        at = max(y + 4, free)
        free = at + _LINE
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        marks.append(f'<text x="{x + 9:.1f}" y="{at:.1f}" fill="{colour}">{escape(name)}</text>')
    return marks
