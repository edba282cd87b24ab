"""What a loader makes of a file: blocks in reading order, and what the file says of itself."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "warning", "faq"]


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
        part_pages: page of each part, where the document has pages.
        question: of an FAQ row, the question; `text` is the answer.
        row_scope: of an FAQ row, where it holds.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    header: str | None = None
    parts: tuple[str, ...] = ()
    part_pages: tuple[int, ...] = ()
    question: str | None = None
    row_scope: RowScope | None = None


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
    tuples = {name: tuple(content[name]) for name in ("parts", "part_pages")}
    return Block(**{**content, **tuples, "row_scope": RowScope(**scope) if scope else None})
