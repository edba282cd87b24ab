"""Documents as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from examples.document_builder.content import Block, Boxed, Document, Grid, Heading, Inline, Listing, Span, Text


def write_html(document: Document, target: Path) -> None:
    """Write a document as one HTML5 page."""
    body = "\n".join(_html_block(block) for block in document.blocks)
    page = (
        f'<!DOCTYPE html>\n<html lang="{html.escape(document.language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{html.escape(document.title)}</title>\n</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    target.write_text(page, encoding="utf-8", newline="\n")


def _html_block(block: Block) -> str:
    match block:
        case Heading(level, content):
            return f"<h{level}>{_html_inline(content)}</h{level}>"
        case Text(content):
            return f"<p>{_html_inline(content)}</p>"
        case Listing():
            return _html_list(block)
        case Grid(header, rows):
            lines = [_html_row(header, "th"), "</thead>", "<tbody>"]
            lines += [_html_row(row, "td") for row in rows]
            return "\n".join(["<table>", "<thead>", *lines, "</tbody>", "</table>"])
        case Boxed(word, blocks):
            inner = "\n".join(_html_block(part) for part in blocks)
            if word:
                return f'<div class="warning">{inner}</div>'
            return f"<blockquote>\n{inner}\n</blockquote>"


def _html_list(block: Listing) -> str:
    tag = "ol" if block.ordered else "ul"
    start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    items = (f"<li>{_html_item(item)}</li>" for item in block.items)
    return "\n".join([f"<{tag}{start}>", *items, f"</{tag}>"])


def _html_item(blocks: tuple[Block, ...]) -> str:
    return "\n".join(
        _html_inline(part.content) if isinstance(part, Text) and not index else _html_block(part)
        for index, part in enumerate(blocks)
    )


def _html_row(cells: Sequence[Inline], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    inner = "".join(f"<{tag}{scope}>{_html_inline(cell)}</{tag}>" for cell in cells)
    return f"<tr>{inner}</tr>"


def _html_inline(content: Inline) -> str:
    return "".join(_html_span(span) for span in content)


def _html_span(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    for wanted, tag in ((span.code, "code"), (span.italic, "em"), (span.bold, "strong")):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return f'<a href="{html.escape(span.link)}">{text}</a>' if span.link else text
