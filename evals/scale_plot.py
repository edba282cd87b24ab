"""Draws how a question's time grows with the passages of a brand, as an SVG file."""

from collections.abc import Mapping
from html import escape
from math import log10
from typing import Any

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 130, 40, 55
_LINES = {
    "whole_p95_ms": ("p95", "#b3541e"),
    "whole_p50_ms": ("p50", "#0b6e4f"),
    "processor_p50_ms": ("processor", "#555555"),
    "dense_p50_ms": ("dense", "#4062bb"),
    "embed_p50_ms": ("embed", "#8a4fff"),
    "keyword_p50_ms": ("keyword", "#c2185b"),
}


def draw(content: Mapping[str, Any]) -> str:
    """An SVG drawing: milliseconds over the logarithm of the passages, so that a straight line is growth by it.

    Args:
        content: as `marque bench scale --json` prints it; two sizes or more.
    """
    sizes = content["sizes"]
    low, high = log10(sizes[0]["passages"]), log10(sizes[-1]["passages"])
    most = max(float(one[name]) for one in sizes for name in _LINES) or 1.0
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def place(passages: float, milliseconds: float) -> tuple[float, float]:
        across = _LEFT + (log10(passages) - low) / max(high - low, 1e-9) * (right - _LEFT)
        return across, bottom - milliseconds / most * (bottom - _TOP)

    marks = []
    for one in sizes:
        x, _ = place(one["passages"], 0)
        marks.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#eee"/>')
        marks.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{one["passages"]:,}</text>')
    for tick in range(5):
        _, y = place(sizes[0]["passages"], most * tick / 4)
        marks.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#eee"/>')
        marks.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * tick / 4:.1f}</text>')
    free = 0.0
    for name, (label, colour) in sorted(_LINES.items(), key=lambda one: -float(sizes[-1][one[0]])):
        points = [place(one["passages"], float(one[name])) for one in sizes]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        free = max(points[-1][1] + 4, free)
        marks.append(f'<text x="{right + 10}" y="{free:.1f}" fill="{colour}">{label}</text>')
        free += 14
    machine = content["machine"]
    note = (
        f"{content['date'][:10]}, {machine['cores']} cores of an {machine['processor']}, load {machine['load_before']}"
    )
    marks.append(f'<text x="{(_LEFT + right) / 2:.0f}" y="{bottom + 33}" text-anchor="middle">passages</text>')
    marks.append(f'<text x="14" y="{_TOP - 14}">ms a question</text>')
    marks.append(f'<text x="{_LEFT}" y="{_HEIGHT - 6}" fill="#666">{escape(note)}</text>')
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>Time of a question by passages</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )
