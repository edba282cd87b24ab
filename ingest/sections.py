"""The sections of a document: blocks below their headings, with the warnings that hold for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.document import Block

# Depth in the heading path from which a warning also holds for the sections below (ANSI Z535.6:
# a section's safety messages apply to its subsections); chapters are no procedures.
PROCEDURE_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks between two headings.

    Args:
        path: headings above them, outermost first.
        blocks: without the headings.
        warnings: warning blocks that hold for the section.
    """

    path: tuple[str, ...]
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...]


def sections_of(blocks: Iterable[Block], title: str) -> Iterator[Section]:
    """Group blocks under their headings; no heading without text below it is lost.

    Args:
        blocks: the blocks of a document.
        title: its title; a first heading that repeats it is left out of the paths.
    """
    sections = _grouped(blocks, title)
    carried: list[Block] = []
    told: set[tuple[str, ...]] = {()}
    inherited: dict[tuple[str, ...], tuple[str, ...]] = {}
    for number, (path, body) in enumerate(sections):
        following = sections[number + 1][0] if number + 1 < len(sections) else ()
        if not body and (len(following) > len(path) and following[: len(path)] == path):
            continue
        if not body and path:
            shared = _shared_depth(path, following) if following else len(path) - 1
            untold = [depth for depth in range(shared, len(path)) if path[: depth + 1] not in told]
            carried.extend(Block("paragraph", path[depth]) for depth in untold)
            if following:
                continue
            yield Section(path[:-1], tuple(carried), ())
            return
        if not body:
            continue
        own = tuple(block.text for block in body if block.kind == "warning")
        above = [inherited.get(path[:depth], ()) for depth in range(PROCEDURE_DEPTH, len(path))]
        warnings = tuple(dict.fromkeys([*(one for some in above for one in some), *own]))
        inherited[path] = tuple(dict.fromkeys([*inherited.get(path, ()), *own]))
        told.update(path[: depth + 1] for depth in range(len(path)))
        yield Section(path, (*carried, *body), warnings)
        carried = []


def _shared_depth(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many outermost headings two paths share."""
    depth = 0
    while depth < min(len(one), len(other)) and one[depth] == other[depth]:
        depth += 1
    return depth


def _grouped(blocks: Iterable[Block], title: str) -> list[tuple[tuple[str, ...], list[Block]]]:
    stack: list[tuple[int, str]] = []
    sections: list[tuple[tuple[str, ...], list[Block]]] = [((), [])]
    is_first = True
    for block in blocks:
        if block.kind != "heading":
            sections[-1][1].append(block)
            continue
        if is_first and block.text.casefold() == title.casefold():
            is_first = False
            continue
        is_first = False
        while stack and stack[-1][0] >= block.level:
            stack.pop()
        stack.append((block.level, block.text))
        sections.append((tuple(text for _, text in stack), []))
    return sections
