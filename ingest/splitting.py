"""Split a document into passages that fit the embedder's window."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from brands import Scope
from ingest.cutting import Fits, cut_text, last_that_fits
from ingest.document import Block, LoadedDocument, RowScope, join_blocks
from ingest.errors import ScopeInvalid
from ingest.sections import sections_of
from knowledge_base.embedder import Embedder
from knowledge_base.passage import Passage, PassageKind

# Share of the window that title and headings may take, so that enough of it is left for the text.
HEAD_SHARE = 0.5

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class DocumentIdentity:
    """What every passage of a document has in common.

    Args:
        document_id: path below the documents folder.
        title: its title.
        scope: where it holds.
        source: file name or address.
        version: version that it gives itself.
    """

    document_id: str
    title: str
    scope: Scope
    source: str
    version: str | None = None


def split_document(
    document: LoadedDocument,
    identity: DocumentIdentity,
    embedder: Embedder,
    row_scope: Callable[[RowScope, Scope], Scope] | None = None,
) -> tuple[Passage, ...]:
    """Split a document along its headings.

    Args:
        document: its blocks.
        identity: title, scope and source of its passages.
        embedder: whose window the embedded text of every passage fits.
        row_scope: makes the scope of an FAQ row from its columns and the document's scope.

    Returns:
        Passages in reading order; every word of the document stands in at least one of them.
    """
    _check_rows(document.blocks, identity.scope, row_scope)
    window = embedder.window_tokens
    title = _shortened(identity.title, embedder, int(window * HEAD_SHARE / 2))
    passages: list[Passage] = []
    for section in sections_of(document.blocks, title):
        path = _fitting_path(title, section.path, embedder)
        lost = [whole for whole, kept in zip(section.path, path, strict=True) if whole != kept]
        blocks = [*(Block("paragraph", words, page=_page(section.blocks)) for words in lost), *section.blocks]
        frame = Passage(
            document_id=identity.document_id,
            title=title,
            heading_path=path,
            text="",
            kind="text",
            scope=identity.scope,
            position=0,
            warnings=section.warnings,
            source=identity.source,
            version=identity.version,
        )
        passages.extend(_section_passages(frame, blocks, embedder, row_scope))
    return tuple(replace(passage, position=number) for number, passage in enumerate(passages))


def _section_passages(
    frame: Passage,
    blocks: Sequence[Block],
    embedder: Embedder,
    row_scope: Callable[[RowScope, Scope], Scope] | None,
) -> Iterator[Passage]:
    flowing: list[Block] = []
    for block in blocks:
        if block.kind == "faq":
            yield from _flowing_passages(frame, flowing, embedder)
            flowing = []
            scope = _scope_of_row(block, frame.scope, row_scope)
            yield from _faq_passages(replace(frame, scope=scope), block, embedder)
        else:
            flowing.append(block)
    yield from _flowing_passages(frame, flowing, embedder)


def _scope_of_row(block: Block, scope: Scope, row_scope: Callable[[RowScope, Scope], Scope] | None) -> Scope:
    if row_scope is None or block.row_scope is None:
        return scope
    return row_scope(block.row_scope, scope)


def _check_rows(blocks: Iterable[Block], scope: Scope, row_scope: Callable[[RowScope, Scope], Scope] | None) -> None:
    """Refuse a sheet with rows of a wrong scope; the first three are named, so that they are mended at once."""
    wrong: list[str] = []
    for block in blocks:
        try:
            _scope_of_row(block, scope, row_scope)
        except ScopeInvalid as error:
            number = f"row {block.row}" if block.row is not None else "the row"
            wrong.append(f"{number}, {(block.question or block.text)[:60]!r}: {error}")
    if wrong:
        raise ScopeInvalid("; ".join(wrong[:3]) + (f"; and {len(wrong) - 3} more rows" if len(wrong) > 3 else ""))


def _flowing_passages(frame: Passage, blocks: Sequence[Block], embedder: Embedder) -> Iterator[Passage]:
    def fits(text: str) -> bool:
        return embedder.count_tokens(replace(frame, text=text).embedded_text) <= embedder.window_tokens

    for packed in _pack(blocks, fits):
        whole = join_blocks(packed, "\n\n")
        yield replace(frame, text=whole.text, kind=_kind(packed), page=whole.page, page_starts=whole.page_starts)


def _faq_passages(frame: Passage, block: Block, embedder: Embedder) -> Iterator[Passage]:
    question = block.question or ""
    head = embedder.count_tokens(frame.embedded_text)
    short = _shortened(question, embedder, max(8, (embedder.window_tokens - head) // 2))
    frame = replace(frame, question=short, kind="faq", page=block.page)
    text = block.text if short == question else f"{question}\n\n{block.text}"

    def fits(piece: str) -> bool:
        return embedder.count_tokens(replace(frame, text=piece).embedded_text) <= embedder.window_tokens

    for piece in cut_text(text, fits):
        yield replace(frame, text=piece)


def _pack(blocks: Sequence[Block], fits: Fits) -> Iterator[list[Block]]:
    """Fill passages with blocks in order; a block is cut only where it does not fit alone."""
    packed: list[Block] = []
    for block in blocks:
        if fits(_text_of([*packed, block])):
            packed.append(block)
            continue
        if not fits(block.text):
            *full, packed = _cut_and_pack(packed, block, fits)
            yield from full
            continue
        lead = packed[-1:] if _leads(packed, block) and fits(_text_of([*packed[-1:], block])) else []
        packed = packed[: len(packed) - len(lead)]
        if packed:
            yield packed
        packed = [*lead, block]
    if packed:
        yield packed


def _text_of(blocks: Sequence[Block]) -> str:
    return "\n\n".join(block.text for block in blocks)


def _leads(packed: Sequence[Block], block: Block) -> bool:
    """Whether the last block introduces the list or table after it."""
    if not packed or block.kind not in ("list", "table") or packed[-1].kind != "paragraph":
        return False
    return packed[-1].text.rstrip("*_ \n").endswith(":")


def _cut_and_pack(packed: list[Block], block: Block, fits: Fits) -> Iterator[list[Block]]:
    """Cut a block that does not fit alone; its first piece goes to what is packed already where it can."""
    if block.kind == "table" and block.header is not None:
        if not fits(f"{block.header}\n" * 2):  # half the window, so that rows have room below it
            yield from filter(None, [packed])
            rows = replace(block, kind="paragraph").split_into([block.header, *block.parts])
            yield from ([one] for row in rows for one in row.split_into(cut_text(row.text, fits)))
            return
        head = f"{block.header}\n"
    elif block.kind == "list":
        head = ""
    else:
        yield from filter(None, [packed])
        yield from ([piece] for piece in block.split_into(cut_text(block.text, fits)))
        return
    begin = f"{_text_of(packed)}\n\n" if packed else ""
    group: list[Block] = []
    for line in _lines_that_fit(block, head, fits):
        if fits(begin + head + "\n".join(one.text for one in [*group, line])):
            group.append(line)
            continue
        if packed or group:
            yield [*packed, *([_below(head, group)] if group else [])]
        packed, begin, group = [], "", [line]
    yield [*packed, _below(head, group)]


def _below(head: str, lines: Sequence[Block]) -> Block:
    """Rows below their header, or steps."""
    return join_blocks([replace(lines[0], text=head, page_starts=()), join_blocks(lines, "\n")], "")


def _lines_that_fit(block: Block, head: str, fits: Fits) -> Iterator[Block]:
    """Steps or rows; one that does not fit below the head is taken apart into lines, else pieces."""
    for part in block.split_into(block.parts):
        if fits(head + part.text):
            yield part
            continue
        for line in part.split_into(part.text.split("\n")):
            whole = fits(head + line.text)
            yield from [line] if whole else line.split_into(cut_text(line.text, lambda piece: fits(head + piece)))


def _kind(blocks: Sequence[Block]) -> PassageKind:
    if all(block.kind == "warning" for block in blocks):
        return "warning"
    in_tables = sum(len(block.text) for block in blocks if block.kind == "table")
    return "table" if in_tables * 2 >= sum(len(block.text) for block in blocks) else "text"


def _page(blocks: Sequence[Block]) -> int | None:
    return next((block.page for block in blocks if block.page is not None), None)


def _fitting_path(title: str, path: tuple[str, ...], embedder: Embedder) -> tuple[str, ...]:
    """The headings, shortened where title and headings would crowd out the text."""
    limit = int(embedder.window_tokens * HEAD_SHARE)
    if embedder.count_tokens(" > ".join((title, *path))) <= limit:
        return path
    left = max(limit - embedder.count_tokens(title), len(path) * 6)
    return tuple(_shortened(heading, embedder, max(6, left // len(path))) for heading in path)


def _shortened(text: str, embedder: Embedder, limit: int) -> str:
    if embedder.count_tokens(text) <= limit:
        return text
    ends = [found.start() for found in _SPACE.finditer(text)] or list(range(1, len(text)))
    end = last_that_fits(text, 0, ends, lambda piece: embedder.count_tokens(piece + "…") <= limit)
    return text[: end or min(20, len(text))].rstrip() + "…"
