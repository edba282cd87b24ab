"""What a loader makes of a file: blocks in reading order, and what the file says of itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "warning", "faq"]

PageStarts = tuple[tuple[int, int], ...]
"""Places in a text at which another page than its first begins, in letters from 0, each with its page."""


@dataclass(frozen=True, slots=True)
class RowScope:
    """What the columns of one FAQ row say of where it holds; as written, not yet checked.

    Args:
        language: language column.
        market: market column.
        model: model column, an id, name or alias; several separated by commas.
        model_year: model-year column; several separated by commas, or a range.
    """

    language: str | None = None
    market: str | None = None
    model: str | None = None
    model_year: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document.

    Args:
        kind: what it is.
        text: all of it, in Markdown, letter for letter; for a heading, its words.
        level: of a heading, from 1.
        page: page number from 1, where the document has pages.
        header: of a table, the header row with the line below it.
        parts: of a list its items, of a table its rows, each as it stands in `text`.
        page_starts: places in `text` at which another page begins.
        question: of an FAQ row, the question; `text` is the answer.
        row_scope: of an FAQ row, where it holds.
        row: of an FAQ row, its number in the sheet, from 1.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    header: str | None = None
    parts: tuple[str, ...] = ()
    page_starts: PageStarts = ()
    question: str | None = None
    row_scope: RowScope | None = None
    row: int | None = None

    def piece(self, begin: int, end: int) -> "Block":
        """A slice of its text, with the pages that the slice stands on."""
        page = next((number for start, number in reversed(self.page_starts) if start <= begin), self.page)
        starts = tuple((start - begin, number) for start, number in self.page_starts if begin < start < end)
        return replace(self, text=self.text[begin:end], page=page, page_starts=starts, parts=())

    def split_into(self, texts: Iterable[str]) -> Iterator["Block"]:
        """Slices of its text, given in order, with the pages that they stand on."""
        at = 0
        for text in texts:
            begin = self.text.index(text, at)
            at = begin + len(text)
            yield self.piece(begin, at)


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document that was read.

    Args:
        blocks: its blocks in reading order.
        title: the title that the document gives itself.
        metadata: its front matter, not yet checked.
        pages: how many pages it has.
        notes: what a content editor should know of how it was read.
        language: ISO 639-1 code that the file declares.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    pages: int | None = None
    notes: tuple[str, ...] = ()
    language: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The document as JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "LoadedDocument":
        """The document that `as_json` wrote."""
        return LoadedDocument(
            blocks=tuple(_block(one) for one in content["blocks"]),
            title=content["title"],
            metadata=dict(content["metadata"]),
            pages=content["pages"],
            notes=tuple(content["notes"]),
            language=content["language"],
        )


def join_blocks(blocks: Sequence[Block], between: str) -> Block:
    """Blocks as one, of the kind of the first.

    Args:
        blocks: in reading order, at least one.
        between: what stands between two of them.
    """
    page: int | None = None
    last: int | None = None
    starts: list[tuple[int, int]] = []
    at = 0
    for block in blocks:
        for start, number in ((0, block.page), *block.page_starts):
            if number is None or number == last:
                continue
            if last is None:
                page = number
            else:
                starts.append((at + start, number))
            last = number
        at += len(block.text) + len(between)
    text = between.join(block.text for block in blocks)
    return replace(blocks[0], text=text, page=page, page_starts=tuple(starts))


def title_of(blocks: Iterable[Block]) -> str | None:
    """The title that a document gives itself: its first heading, when it is the only one of level 1.

    Args:
        blocks: in reading order.
    """
    headings = [block for block in blocks if block.kind == "heading"]
    is_title = [block.level for block in headings].count(1) == 1 and headings[0].level == 1
    return headings[0].text if is_title else None


def table_block(rows: list[list[str]], page: int | None = None) -> Block:
    """A table as a Markdown block; its first row is the header.

    Args:
        rows: cells by row; rows may differ in length.
        page: page number from 1.
    """
    width = max(len(row) for row in rows)
    lines = [_table_row(row + [""] * (width - len(row))) for row in rows]
    header = f"{lines[0]}\n|{'---|' * width}"
    return Block("table", "\n".join([header, *lines[1:]]), page=page, header=header, parts=tuple(lines[1:]))


def _table_row(cells: list[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def _block(content: Mapping[str, Any]) -> Block:
    scope = content["row_scope"]
    starts = tuple((start, page) for start, page in content["page_starts"])
    changed = {"parts": tuple(content["parts"]), "page_starts": starts}
    return Block(**{**content, **changed, "row_scope": RowScope(**scope) if scope else None})
