"""Find the DANGER, WARNING and CAUTION blocks of a document, whatever form they have."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.document import Block, join_blocks

# ANSI Z535.6 and ISO 3864-2 signal words, with their customary translations; "notice" is no safety message.
SIGNAL_WORDS = (
    *("DANGER", "WARNING", "CAUTION"),
    *("GEFAHR", "WARNUNG", "VORSICHT", "ACHTUNG"),
    *("AVERTISSEMENT", "ATTENTION", "MISE EN GARDE"),
    *("PERICOLO", "AVVERTENZA", "ATTENZIONE"),
    *("ADVERTENCIA", "PELIGRO", "PRECAUCIÓN", "PRECAUCION", "ATENCIÓN", "ATENCION"),
)
_WORDS = "|".join(sorted(map(re.escape, SIGNAL_WORDS), key=len, reverse=True))
_END = r"(?![^\W_])"
_SIGN = r"[\s⚠️▲△❗!¡]*"
_FRAMED = re.compile(
    rf"^(?:>[ \t]?)+{_SIGN}(?:\[!)?(?:\*\*|__)?{_SIGN}(?:{_WORDS}){_END}"
    rf"|^{_SIGN}(?:\*\*|__){_SIGN}(?:{_WORDS}){_END}"
    rf"|^(?:!!!|\?\?\?\+?|:::+)[ \t]*\{{?(?:{_WORDS}){_END}"
    rf"|^\.\.[ \t]+(?:{_WORDS})::",
    re.IGNORECASE,
)
_SIGNAL = re.compile(rf"^{_SIGN}({_WORDS}){_END}[\s\xa0:!.–—-]*", re.IGNORECASE)
_PLAIN = re.compile(rf"^{_SIGN}(?:{_WORDS})(?:[ \t]*[:!.–—-]|[ \t]+(?=[A-ZÀ-ÖØ-Þ0-9\"“„«]))")
_PLAIN_ANY_CASE = re.compile(rf"^{_SIGN}(?:{_WORDS})[ \t\xa0]*[:!]", re.IGNORECASE)
_ALONE = re.compile(
    rf"^(?:>[ \t]?)*{_SIGN}(?:\[!)?(?:\*\*|__)?{_SIGN}(?:{_WORDS}){_SIGN}[:.]?(?:\*\*|__)?\]?[:.]?\s*$", re.IGNORECASE
)
_OPEN_ADMONITION = re.compile(r"^(?::::+|!!!|\?\?\?)")


def is_warning(text: str) -> bool:
    """Whether a block of text begins as a warning block does.

    Args:
        text: the block, in Markdown.
    """
    start = text.lstrip()
    return bool(_FRAMED.match(start) or _PLAIN.match(start) or _PLAIN_ANY_CASE.match(start))


def is_signal_word(text: str) -> bool:
    """Whether a text is a signal word and nothing else."""
    return bool(_ALONE.match(text.strip()))


def boxed_warning(text: str) -> str | None:
    """The words in a box as a warning block in Markdown; None when they are none.

    Args:
        text: the words in the box, emphasis marks or not.
    """
    plain = text.replace("**", "").strip()
    found = _SIGNAL.match(plain)
    if not found or not is_warning(f"> {plain}"):
        return None
    lines = f"**{found[1]}** {plain[found.end() :].strip()}".rstrip().split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def mark_warnings(blocks: Iterable[Block]) -> Iterator[Block]:
    """Give the kind `warning` to the blocks that are one.

    A signal word that stands alone (as a paragraph, a heading or the cell of a table) takes the
    paragraph or list after it into the warning block.

    Args:
        blocks: blocks in reading order.

    Yields:
        The same text in the same order.
    """
    waiting: list[Block] = []
    for block in blocks:
        if waiting:
            if _continues(waiting, block):
                waiting.append(block)
                if not _is_open(waiting):
                    yield _joined(waiting)
                    waiting = []
                continue
            yield _joined(waiting)
            waiting = []
        if block.kind in ("heading", "paragraph") and is_signal_word(block.text):
            waiting = [block]
        elif block.kind == "paragraph" and is_warning(block.text):
            if _is_open([block]):
                waiting = [block]
            else:
                yield replace(block, kind="warning")
        elif block.kind == "table" and _is_box(block):
            yield _box(block)
        else:
            yield block
    if waiting:
        yield _joined(waiting)


def _continues(waiting: list[Block], block: Block) -> bool:
    if waiting[0].text.lstrip().startswith(":::") and block.kind != "heading":
        return True
    return len(waiting) == 1 and block.kind in ("paragraph", "list") and not is_warning(block.text)


def _is_open(blocks: list[Block]) -> bool:
    """Whether an admonition of which these are the first blocks goes on."""
    first = blocks[0].text.lstrip()
    if not _OPEN_ADMONITION.match(first):
        return False
    if first.startswith(":::"):
        return not re.search(r"^:::+\s*$", blocks[-1].text, re.MULTILINE)
    return len(blocks) == 1 and "\n" not in first.strip()


def _joined(blocks: list[Block]) -> Block:
    said = [replace(one, text=f"**{one.text}**") if one.kind == "heading" else one for one in blocks]
    return replace(join_blocks(said, "\n\n"), kind="warning", level=0, parts=())


def _is_box(block: Block) -> bool:
    rows = [_cells(row) for row in (block.header or "").split("\n")[:1] + list(block.parts)]
    filled = [cell for row in rows for cell in row if cell]
    if not filled or not (is_signal_word(filled[0]) or is_warning(filled[0])):
        return False
    columns = max(sum(1 for cell in row if cell) for row in rows)
    return columns == 1 or (columns == 2 and len(rows) == 1)


def _box(block: Block) -> Block:
    rows = [_cells(row) for row in (block.header or "").split("\n")[:1] + list(block.parts)]
    text = " ".join(cell.replace("\\|", "|") for row in rows for cell in row if cell)
    return Block("warning", boxed_warning(text) or f"> {text}", page=block.page)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
