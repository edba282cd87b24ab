"""HTML pages and manuals."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement, HTMLParser, document_fromstring  # type: ignore[import-untyped]

from ingest.document import Block, LoadedDocument, table_block, title_of
from ingest.errors import DocumentEmpty
from ingest.warning_blocks import boxed_warning, is_signal_word, is_warning, mark_warnings

_SKIPPED = {
    *("script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "head"),
    *("nav", "form", "button", "input", "select", "option", "textarea", "label", "dialog", "audio", "video"),
}
_BOILERPLATE_ROLES = {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"}
_BOILERPLATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|breadcrumbs?|cookie(?:s|-?banner|-?consent)?|site-?header|site-?footer"
    r"|page-?footer|skip-?link|share-?buttons?|social(?:-?links)?|subchapter_toc|genminitoctext\d*)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WARNING_NAMES = re.compile(
    r"(?:^|[\s_-])(danger|warning|caution|gefahr|warnung|vorsicht|avertissement|attention|pericolo|avvertenza"
    r"|attenzione|advertencia|peligro|precaucion)(?:$|[\s_-])",
    re.IGNORECASE,
)
# A no-break space in UTF-8 that a program read as Latin-1 and wrote again.
_BROKEN_SPACE = re.compile(r"Â(?=[\s\xa0]|$)")
_LONE_PUNCTUATION = re.compile(r"^\s*\n\s*(?=[.,;:!?)\]])")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
# Takes away the space that ends the text before it.
_NO_SPACE = "\0"
# A part of a page around a form with no more letters than this is the form's label, such as "Was this helpful?".
FORM_LETTERS = 300
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption", *_HEADINGS),
}


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
    reader = _Reader()
    reader.read(_main_part(root))
    blocks = tuple(mark_warnings(reader.finish()))
    return LoadedDocument(blocks, title=title_of(blocks) or title)


def html_blocks(html: str) -> tuple[Block, ...]:
    """The blocks of an HTML text that another format was turned into.

    Args:
        html: a fragment or page.
    """
    if not html.strip():
        return ()
    reader = _Reader()
    reader.read(document_fromstring(f"<html><body>{html}</body></html>", parser=HTMLParser(huge_tree=True)))
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
        if not isinstance(element.tag, str) or _is_boilerplate(element):
            return
        tag = element.tag
        if tag in _HEADINGS:
            self._heading(element)
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
        is_block = element.tag in _BLOCKS
        if is_block:
            self._end_line()
        link = _link(element)
        begin = len(self.line)
        self.line.append(_spaced(element.text))
        for child in element:
            self.read(child)
            self.line.append(_spaced(child.tail))
        if link:
            words = " ".join(_tidy("".join(self.line[begin:])).split())
            if words:
                self.line[begin:] = [f"[{words}]({link})"]
        if is_block:
            self._end_line()

    def _end_line(self) -> None:
        text = _tidy("".join(self.line))
        self.line = []
        if text:
            self.blocks.append(Block("paragraph", text))

    def _heading(self, element: HtmlElement) -> None:
        self._end_line()
        text = " ".join(_tidy(_text(element)).split())
        if text:
            self.blocks.append(Block("heading", text, level=_HEADINGS[element.tag]))

    def _list(self, element: HtmlElement) -> None:
        self._end_line()
        outer = _outer_parts(element)
        if outer is None:
            items = tuple(_items(element))
            if items:
                self.blocks.append(Block("list", "\n".join(items), parts=items))
            return
        for child in outer:  # a list with tables or headings in it is a layout
            self._flow(child)

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
        rows = [row for row in element.iter("tr") if _own_table(row) is element]
        caption = next((part for part in element.iterchildren("caption")), None)
        if caption is not None:
            self._flow(caption)
        if _is_layout(element, rows):
            for row in rows:
                for cell in row.iterchildren("td", "th"):
                    self._flow(cell)
            return
        grid = _grid(rows)
        if grid:
            self.blocks.append(table_block(grid))


def _is_boilerplate(element: HtmlElement) -> bool:
    if element.tag in _SKIPPED:
        return True
    if element.get("role", "").lower() in _BOILERPLATE_ROLES or element.get("aria-hidden") == "true":
        return True
    if element.get("hidden") is not None or "display:none" in element.get("style", "").replace(" ", "").lower():
        return True
    if element.tag in ("header", "footer"):
        return not any(True for _ in element.iter(*_HEADINGS)) or element.tag == "footer"
    if element.tag in ("div", "section", "aside", "p") and any(True for _ in element.iter("form")):
        return len("".join(element.itertext())) < FORM_LETTERS
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag not in ("html", "body", *_HEADINGS) and bool(_BOILERPLATE_NAMES.search(names))


def _is_warning_box(element: HtmlElement) -> bool:
    if element.tag not in ("div", "aside", "section", "p", "blockquote", "figure", "fieldset", "table"):
        return False
    text = " ".join(_tidy(_text(element)).split())
    if not text or (len(text) > 2000 and any(True for _ in element.iter(*_HEADINGS))):
        return False
    if _WARNING_NAMES.search(element.get("class", "")):
        return True
    match element.tag:
        case "table":
            return _is_layout(element, list(element.iter("tr"))) and is_warning(text)
        case "aside" | "blockquote":
            return is_warning(f"> {text}")
        case _:
            return _begins_bold(element)


def _begins_bold(element: HtmlElement) -> bool:
    """Whether the first words are a signal word in bold."""
    first = next((child for child in element if isinstance(child.tag, str)), None)
    is_bold = first is not None and first.tag in ("b", "strong") and not (element.text or "").strip()
    return is_bold and is_signal_word(_tidy(_text(first)))


def _link(element: HtmlElement) -> str | None:
    target = element.get("href", "").strip() if element.tag == "a" else ""
    is_outside = re.match(r"(?:https?://|mailto:|tel:)[^\s()<>]+$", target, re.IGNORECASE)
    return target if is_outside else None


def _outer_parts(element: HtmlElement) -> list[HtmlElement] | None:
    if any(True for _ in element.iter("table", *_HEADINGS)):
        return [child for child in element if isinstance(child.tag, str)]
    return None


def _items(element: HtmlElement, depth: int = 0) -> Iterator[str]:
    number = int(element.get("start", "1")) if element.get("start", "1").isdigit() else 1
    for child in element:
        if not isinstance(child.tag, str) or _is_boilerplate(child):
            continue
        if child.tag in ("ul", "ol"):
            yield from _items(child, depth + 1)
            continue
        marker = f"{number}." if element.tag == "ol" else "-"
        number += 1
        inner = [one for one in child.iter("ul", "ol") if one is not child and _own_list(one) in (child, None)]
        own = _tidy(_text(child, without=("ul", "ol"))).replace("\n", "\n" + "   " * (depth + 1))
        lines = [f"{'   ' * depth}{marker} {own}".rstrip()] if own else []
        for one in inner:
            lines.extend(_items(one, depth + 1))
        if lines:
            yield "\n".join(lines)


def _own_list(element: HtmlElement) -> HtmlElement | None:
    """The list item that a nested list belongs to."""
    for above in element.iterancestors():
        if above.tag == "li":
            return above
        if above.tag in ("ul", "ol"):
            return None
    return None


def _own_table(row: HtmlElement) -> HtmlElement | None:
    return next(iter(row.iterancestors("table")), None)


def _is_layout(table: HtmlElement, rows: list[HtmlElement]) -> bool:
    """Whether a table only places things: headings or tables in it, or never two cells with text in a row."""
    if table.get("role") == "presentation" or any(True for _ in table.iterdescendants("table", *_HEADINGS)):
        return True
    filled = [sum(1 for cell in row.iterchildren("td", "th") if _text(cell).strip()) for row in rows]
    return max(filled, default=0) <= 1


def _grid(rows: list[HtmlElement]) -> list[list[str]]:
    """Cells by row, with merged cells repeated in every row and column that they span."""
    grid: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells: list[str] = []
        waiting = list(row.iterchildren("td", "th"))
        while waiting or len(cells) in spans:
            at = len(cells)
            if at in spans:
                left, text = spans.pop(at)
                if left > 1:
                    spans[at] = (left - 1, text)
                cells.append(text)
                continue
            cell = waiting.pop(0)
            text = " ".join(_tidy(_text(cell)).split())
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for offset in range(across):
                cells.append(text if offset == 0 else "")
                if down > 1:
                    spans[at + offset] = (down - 1, text if offset == 0 else "")
        if any(cells):
            grid.append(cells)
    return grid


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), 100) if value.isdigit() and len(value) < 6 else 1


def _text(element: HtmlElement, without: tuple[str, ...] = ()) -> str:
    """All words of an element; blocks in it are kept apart."""
    parts: list[str] = [_spaced(element.text)]
    for child in element:
        if isinstance(child.tag, str) and not _is_boilerplate(child) and child.tag not in without:
            inner = _text(child, without)
            link = _link(child)
            if link and inner.strip():
                inner = f"[{' '.join(_tidy(inner).split())}]({link})"
            parts.append("\n" + inner + "\n" if child.tag in _BLOCKS or child.tag == "br" else inner)
        parts.append(_spaced(child.tail))
    return "".join(parts)


def _tidy(text: str) -> str:
    """Single spaces and no empty lines."""
    joined = re.sub(rf"\s*{_NO_SPACE}", "", text)
    lines = (" ".join(line.split()) for line in joined.split("\n"))
    return "\n".join(line for line in lines if line)


def _spaced(text: str | None) -> str:
    """Words of the source with its line breaks as spaces.

    Punctuation that the source only puts on a line of its own stays with the word before it; a
    space in the same line, as French writes before a colon, is kept.
    """
    if not text:
        return ""
    text = _BROKEN_SPACE.sub(" ", text.replace("\ufeff", "").replace("\u00ad", ""))
    text = _LONE_PUNCTUATION.sub(_NO_SPACE, text)
    return _SPACES.sub(" ", text)
