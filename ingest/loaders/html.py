"""HTML pages and manuals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement, HTMLParser, document_fromstring  # type: ignore[import-untyped]

from ingest.document import Block, LoadedDocument, table_block, title_of
from ingest.errors import DocumentEmpty
from ingest.loaders.html_shown import (
    declared_language,
    head_folded_parts,
    left_by_a_program,
    mark_bold_headings,
    mend_word_export,
    number_steps,
    place_footnotes,
    raise_numbers,
    show_hidden_parts,
    write_number,
)
from ingest.loaders.html_table import grid_of, is_layout, own_table, title_row
from ingest.loaders.html_text import BLOCKS, HEADINGS, is_boilerplate, outside_link, spaced, text_of, tidy
from ingest.warning_blocks import boxed_warning, is_signal_word, is_warning, mark_warnings

_WARNING_NAMES = re.compile(
    r"(?:^|[\s_-])(danger|warning|caution|gefahr|warnung|vorsicht|avertissement|attention|pericolo|avvertenza"
    r"|attenzione|advertencia|peligro|precaucion)(?:$|[\s_-])",
    re.IGNORECASE,
)


def load_html(content: bytes) -> LoadedDocument:
    """Read an HTML page without its navigation, scripts and forms.

    Args:
        content: its bytes; the encoding is taken from the page, else guessed.

    Raises:
        DocumentEmpty: nothing but mark-up is in it.
    """
    try:
        root = document_fromstring(
            content, parser=HTMLParser(huge_tree=True, no_network=True, encoding=_encoding(content))
        )
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        raise DocumentEmpty("no text was found in it") from None
    heading = root.findtext(".//title")
    title = " ".join(heading.split()) if heading and heading.strip() else None
    show_hidden_parts(root)
    head_folded_parts(root)
    mend_word_export(root)
    place_footnotes(root)
    raise_numbers(root)
    reader = _Reader()
    reader.read(_main_part(root))
    blocks = tuple(mark_warnings(reader.finish()))
    shown = title_of(blocks) or (None if left_by_a_program(title) else title)
    return LoadedDocument(blocks, title=shown, language=declared_language(root))


def html_blocks(html: str) -> tuple[Block, ...]:
    """The blocks of an HTML text that a word processor's document was turned into.

    Args:
        html: a fragment or page.
    """
    if not html.strip():
        return ()
    root = document_fromstring(f"<html><body>{html}</body></html>", parser=HTMLParser(huge_tree=True))
    place_footnotes(root)
    raise_numbers(root)
    number_steps(root)
    mark_bold_headings(root)
    reader = _Reader()
    reader.read(root)
    return tuple(mark_warnings(reader.finish()))


def _encoding(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if re.search(rb"<meta[^>]+charset", content[:4096], re.IGNORECASE):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _main_part(root: HtmlElement) -> HtmlElement:
    """The <main> or sole <article> of a page when it holds the headings, else the whole page."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1:
            inside = len("".join(found[0].itertext()))
            if inside * 2 > len("".join(root.itertext())):
                part: HtmlElement = found[0]
                return part
    return root


@dataclass
class _Reader:
    """Walks the tree and collects blocks."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    in_warning: bool = False

    def finish(self) -> list[Block]:
        """The blocks that were found."""
        self._end_line()
        return self.blocks

    def read(self, element: HtmlElement) -> None:
        """Read an element and all below it."""
        if not isinstance(element.tag, str) or is_boilerplate(element):
            return
        tag = element.tag
        if tag in HEADINGS:
            self._heading(element)
        elif tag == "dl" and not any(True for _ in element.iter("table", "ul", "ol", *HEADINGS)):
            self._definitions(element)
        elif tag in ("ul", "ol"):
            self._list(element)
        elif tag == "pre":
            self._end_line()
            text = "".join(element.itertext()).strip("\n")
            if text.strip():
                self.blocks.append(Block("paragraph", text))
        elif not self.in_warning and _is_warning_box(element):
            self._warning(element)
        elif tag == "table":
            self._table(element)
        elif tag == "br":
            self.line.append("\n")
        else:
            self._flow(element)

    def _flow(self, element: HtmlElement) -> None:
        is_block = element.tag in BLOCKS
        if is_block:
            self._end_line()
        link = outside_link(element)
        begin = len(self.line)
        self.line.append(spaced(element.text))
        for child in element:
            self.read(child)
            self.line.append(spaced(child.tail))
        if link:
            words = " ".join(tidy("".join(self.line[begin:])).split())
            if words:
                self.line[begin:] = [f"[{words}]({link})"]
        if is_block:
            self._end_line()

    def _end_line(self) -> None:
        text = tidy("".join(self.line))
        self.line = []
        if text:
            self.blocks.append(Block("paragraph", text))

    def _heading(self, element: HtmlElement) -> None:
        self._end_line()
        text = " ".join(tidy(text_of(element)).split())
        if text:
            self.blocks.append(Block("heading", text, level=HEADINGS[element.tag]))

    def _list(self, element: HtmlElement) -> None:
        self._end_line()
        outer = _outer_parts(element)
        if outer is None:
            items = tuple(_items(element))
            if items:
                self.blocks.append(Block("list", "\n".join(items), parts=items))
            return
        self.line.append(spaced(element.text))
        number = _number(element, "start", 1)
        for child in outer:  # a list with tables or headings in it is a layout
            if element.tag == "ol" and child.tag == "li":
                number = _number(child, "value", number)
                write_number(child, number)
                number += 1
            self._flow(child)
            self.line.append(spaced(child.tail))
        self._end_line()

    def _definitions(self, element: HtmlElement) -> None:
        """A list of terms with what belongs to each, so that the two are not parted."""
        self._end_line()
        terms: list[tuple[str, list[str]]] = []
        for part in element.iter("dt", "dd"):
            words = " ".join(tidy(text_of(part)).split())
            if part.tag == "dt" or not terms:
                terms.append((words, []))
            elif words:
                terms[-1][1].append(words)
        items = tuple(f"- {term}: {'; '.join(told)}" if told else f"- {term}" for term, told in terms if term or told)
        if items:
            self.blocks.append(Block("list", "\n".join(items), parts=items))

    def _warning(self, element: HtmlElement) -> None:
        self._end_line()
        inner = _Reader(in_warning=True)
        inner._flow(element)
        parts = [block.text for block in inner.finish()]
        if not parts:
            return
        text = "\n\n".join(parts)
        word = _WARNING_NAMES.search(element.get("class", ""))
        if is_signal_word(parts[0]) and len(parts) > 1:
            text = "\n\n".join([f"{parts[0]} {parts[1]}", *parts[2:]])
        elif word and not is_warning(f"> {parts[0]}"):
            text = f"{word[1].upper()} {text}"
        quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
        self.blocks.append(Block("warning", boxed_warning(text) or quoted))

    def _table(self, element: HtmlElement) -> None:
        self._end_line()
        rows = [row for row in element.iter("tr") if own_table(row) is element]
        caption = next((part for part in element.iterchildren("caption")), None)
        if caption is not None:
            self._flow(caption)
        if is_layout(element, rows):
            for row in rows:
                for cell in row.iterchildren("td", "th"):
                    self._flow(cell)
            return
        if len(rows) > 1 and (title := title_row(rows[0])):
            self.blocks.append(Block("paragraph", title))
            rows = rows[1:]
        grid = grid_of(rows)
        if grid:
            self.blocks.append(table_block(grid))


def _is_warning_box(element: HtmlElement) -> bool:
    if element.tag not in ("div", "aside", "section", "p", "blockquote", "figure", "fieldset", "table"):
        return False
    text = " ".join(tidy(text_of(element)).split())
    if not text or (len(text) > 2000 and any(True for _ in element.iter(*HEADINGS))):
        return False
    if _WARNING_NAMES.search(element.get("class", "")):
        return True
    match element.tag:
        case "table":
            return is_layout(element, list(element.iter("tr"))) and is_warning(text)
        case "aside" | "blockquote":
            return is_warning(f"> {text}")
        case _:
            return _begins_bold(element)


def _begins_bold(element: HtmlElement) -> bool:
    """Whether the first words are a signal word in bold."""
    first = next((child for child in element if isinstance(child.tag, str)), None)
    is_bold = first is not None and first.tag in ("b", "strong") and not (element.text or "").strip()
    return is_bold and is_signal_word(tidy(text_of(first)))


def _outer_parts(element: HtmlElement) -> list[HtmlElement] | None:
    if any(True for _ in element.iter("table", *HEADINGS)):
        return [child for child in element if isinstance(child.tag, str)]
    return None


def _items(element: HtmlElement, depth: int = 0) -> Iterator[str]:
    number = _number(element, "start", 1)
    if between := tidy(spaced(element.text)):
        yield between
    for child in element:
        if isinstance(child.tag, str) and not is_boilerplate(child):
            if child.tag in ("ul", "ol"):
                yield from _items(child, depth + 1)
            else:
                number = _number(child, "value", number)
                yield from _item(child, number, depth)
                number += 1
        if between := tidy(spaced(child.tail)):
            yield between


def _item(child: HtmlElement, number: int, depth: int) -> Iterator[str]:
    marker = f"{number}." if child.getparent().tag == "ol" else "-"
    inner = [one for one in child.iter("ul", "ol") if one is not child and _is_next_list_in(child, one)]
    own = tidy(text_of(child, without=("ul", "ol"))).replace("\n", "\n" + "   " * (depth + 1))
    lines = [f"{'   ' * depth}{marker} {own}".rstrip()] if own else []
    for one in inner:
        lines.extend(_items(one, depth + 1))
    if lines:
        yield "\n".join(lines)


def _is_next_list_in(item: HtmlElement, inner: HtmlElement) -> bool:
    """Whether no other list lies between an item and a list in it."""
    return next(above for above in inner.iterancestors() if above is item or above.tag in ("ul", "ol")) is item


def _number(element: HtmlElement, name: str, otherwise: int) -> int:
    told = element.get(name, "").strip()
    return int(told) if told.isdecimal() and len(told) < 6 else otherwise
