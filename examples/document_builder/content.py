"""What a document consists of, and how it is read from Markdown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode


class BuildError(Exception):
    """A mistake in the sources, said in words for the person who wrote them."""


@dataclass(frozen=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


Inline = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    content: Inline


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    content: Inline


@dataclass(frozen=True)
class Listing:
    """A numbered or bulleted list, each item being blocks of its own."""

    ordered: bool
    start: int
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A table with a header row."""

    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Boxed:
    """A quotation; `word` is its signal word (WARNING, DANGER ...) or empty."""

    word: str
    blocks: tuple[Block, ...]


Block = Heading | Text | Listing | Grid | Boxed


@dataclass(frozen=True)
class Document:
    """A rendered source: its front matter, its text and the parsed blocks of its body."""

    text: str
    meta: dict[str, Any]
    blocks: tuple[Block, ...]
    header: str

    @property
    def title(self) -> str:
        """The title of the front matter or else the first heading."""
        headings = [block for block in self.blocks if isinstance(block, Heading)]
        first = plain(headings[0].content) if headings else self.header
        return str(self.meta.get("title", first))

    @property
    def language(self) -> str:
        """The language of the front matter, English when it names none."""
        return str(self.meta.get("language", "en"))


def plain(content: Inline) -> str:
    """Join the text of some spans without their styles."""
    return "".join(span.text for span in content)


def parse_markdown(text: str) -> tuple[Block, ...]:
    """Parse a Markdown text into blocks."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return _blocks(SyntaxTreeNode(parser.parse(text)))


def _blocks(node: SyntaxTreeNode) -> tuple[Block, ...]:
    return tuple(_block(child) for child in node.children if child.type != "hr")


def _block(node: SyntaxTreeNode) -> Block:
    match node.type:
        case "heading":
            return Heading(int(node.tag[1]), _inline(node.children[0], Span("")))
        case "paragraph":
            return Text(_inline(node.children[0], Span("")))
        case "bullet_list" | "ordered_list":
            items = tuple(_blocks(item) for item in node.children)
            start = int(node.attrs.get("start", 1))
            return Listing(node.type == "ordered_list", start, items)
        case "table":
            return _grid(node)
        case "blockquote":
            return _boxed(_blocks(node))
        case _:
            raise BuildError(f"the Markdown uses “{node.type}”, which the builder does not know")


def _grid(node: SyntaxTreeNode) -> Grid:
    rows = [_row(row) for part in node.children for row in part.children]
    return Grid(rows[0], tuple(rows[1:]))


def _row(node: SyntaxTreeNode) -> tuple[Inline, ...]:
    return tuple(_inline(cell.children[0], Span("")) for cell in node.children)


def _boxed(blocks: tuple[Block, ...]) -> Boxed:
    first = blocks[0] if blocks else None
    if isinstance(first, Text) and first.content:
        span = first.content[0]
        if span.bold and span.text.strip(" :").isupper():
            return Boxed(span.text.strip(" :"), blocks)
    return Boxed("", blocks)


def _inline(node: SyntaxTreeNode, style: Span) -> Inline:
    return tuple(span for child in node.children for span in _spans(child, style))


def _spans(node: SyntaxTreeNode, style: Span) -> Inline:
    match node.type:
        case "text":
            return (replace(style, text=node.content),) if node.content else ()
        case "code_inline":
            return (replace(style, text=node.content, code=True),)
        case "softbreak" | "hardbreak":
            return (replace(style, text=" "),)
        case "strong":
            return _inline(node, replace(style, bold=True))
        case "em":
            return _inline(node, replace(style, italic=True))
        case "link":
            return _inline(node, replace(style, link=str(node.attrs["href"])))
        case _:
            raise BuildError(f"the Markdown uses “{node.type}”, which the builder does not know")
