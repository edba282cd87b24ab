"""Markdown and plain text."""

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.document import Block, LoadedDocument, title_of
from ingest.errors import DocumentDamaged, ScopeInvalid
from ingest.loaders.raised import raised
from ingest.warning_blocks import mark_warnings

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML_FRONT_MATTER = re.compile(r"\A\+\+\+[ \t]*\n(.*?)\n\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)*[ \t]*")
_TAKEN = "\0"
_FOOTNOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]+\S.*(?:\n[ \t]+\S.*)*$", re.MULTILINE)
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")
_HTML_BLOCK = re.compile(
    r"^ {0,3}</?(?:address|article|aside|blockquote|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    r"|h[1-6]|header|hr|li|main|nav|ol|p|section|script|style|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b",
    re.IGNORECASE,
)
# Code between backticks keeps its tags; `<br>` is a space, a raised number stays raised, and what is struck out goes.
_INLINE_TAG = re.compile(
    r"(`[^`]*`)|(<br\s*/?>)|<sup>([^<>]*)</sup>"
    r"|~~(?=\S)[^~\n]*(?<=\S)~~|<(?P<struck>s|del|strike)>[^<>\n]*</(?P=struck)>"
    r"|</?(?:a|abbr|b|big|cite|em|font|i|img|kbd|mark|s|small|span|strike|strong|sub|sup|u|wbr|del|ins)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ANCHOR = re.compile(r"\s*\{#[^}]*\}\s*$")


def load_markdown(content: bytes) -> LoadedDocument:
    """Read a Markdown document with or without front matter, in YAML or TOML.

    Args:
        content: its bytes.

    Raises:
        DocumentDamaged: it is not text.
        ScopeInvalid: its front matter cannot be read.
    """
    text = decode_text(content)
    metadata: dict[str, Any] = {}
    found = _FRONT_MATTER.match(text)
    if found:
        metadata = _front_matter(found[1])
        text = text[found.end() :]
    elif found := _TOML_FRONT_MATTER.match(text):
        metadata = _toml_front_matter(found[1])
        text = text[found.end() :]
    blocks = tuple(mark_warnings(markdown_blocks(text)))
    return LoadedDocument(blocks, title=title_of(blocks), metadata=metadata, notes=encoding_notes(content))


def load_text(content: bytes) -> LoadedDocument:
    """Read plain text: paragraphs are separated by empty lines.

    Args:
        content: its bytes.

    Raises:
        DocumentDamaged: it is not text.
    """
    pieces = re.split(r"\n[ \t]*\n", decode_text(content))
    blocks = (Block("paragraph", piece.strip("\n").rstrip()) for piece in pieces if piece.strip())
    return LoadedDocument(tuple(mark_warnings(blocks)), notes=encoding_notes(content))


def decode_text(content: bytes) -> str:
    """Text of unknown encoding: Unicode with or without a mark, else Western European.

    Args:
        content: its bytes.

    Raises:
        DocumentDamaged: it holds NUL characters, so it is not text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content[:200]:
        encodings = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise DocumentDamaged("it is not text; save it as UTF-8")


def encoding_notes(content: bytes) -> tuple[str, ...]:
    """What an editor should know of how the letters of a file were read.

    Args:
        content: its bytes.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
        return ()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return ("it is not UTF-8 and was read as Western European; where letters are wrong, save it as UTF-8",)
    return ()


def markdown_blocks(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text, as slices of its lines; pieces of HTML in it as the page that they make.

    Args:
        text: Markdown without front matter.

    Yields:
        Every line that is not empty belongs to exactly one block; a footnote stands behind what refers to it.
    """
    text, footnotes = _footnotes(_IMAGE.sub(r"\1", _COMMENT.sub("", text)))
    parser = MarkdownIt("commonmark").enable("table").disable(["reference", "html_inline"])
    text = _without_soft_breaks(text, parser.parse(text))
    lines = text.split("\n")
    tokens = parser.parse(text)
    at = 0
    for number, token in enumerate(tokens):
        if token.level != 0 or token.nesting == -1 or token.map is None:
            continue
        begin, end = token.map
        yield from _gap(lines[at:begin])
        for block in _blocks_of(tokens, number, lines[begin:end]):
            yield block
            for mark in _FOOTNOTE_MARK.findall(block.text):
                if mark in footnotes:
                    yield Block("paragraph", footnotes.pop(mark))
        at = max(at, end)
    yield from _gap(lines[at:])
    yield from (Block("paragraph", note) for note in footnotes.values())


def _footnotes(text: str) -> tuple[str, dict[str, str]]:
    """The text without its footnotes, and the footnotes by their mark."""
    footnotes = {found[1]: " ".join(found[0].split()) for found in _FOOTNOTE.finditer(text)}
    return _FOOTNOTE.sub("", text), footnotes


def _without_soft_breaks(text: str, tokens: list[Token]) -> str:
    """The text with every paragraph on one line; a break that was only for the editor's eye is a space."""
    lines = text.split("\n")
    for token in tokens:
        if token.type != "paragraph_open" or token.map is None:
            continue
        first, end = token.map
        for at in range(first + 1, end):
            above = lines[first]
            if above.endswith(("  ", "\\")):
                first = at  # a hard break
                continue
            lines[first] = f"{above.rstrip()} {_QUOTE.sub('', lines[at])}"
            lines[at] = _TAKEN
    return "\n".join(line for line in lines if line is not _TAKEN)


def _blocks_of(tokens: list[Token], number: int, lines: list[str]) -> Iterator[Block]:
    token = tokens[number]
    if token.type == "html_block" and _HTML_BLOCK.match(lines[0]):
        yield from import_module("ingest.loaders.html").html_blocks("\n".join(lines))
        return
    if token.type not in ("fence", "code_block"):
        lines = [_INLINE_TAG.sub(_plain_tag, line) for line in lines]
    text = "\n".join(lines).strip("\n").rstrip()
    if token.type == "heading_open":
        words = plain_heading(tokens[number + 1].content)
        if words:
            yield Block("heading", words, level=int(token.tag[1]))
    elif token.type == "hr":
        return
    elif token.type in ("bullet_list_open", "ordered_list_open"):
        yield Block("list", text, parts=tuple(_items(tokens, number, lines)))
    elif token.type == "table_open":
        rows = text.split("\n")
        yield Block("table", text, header="\n".join(rows[:2]), parts=tuple(rows[2:]))
    elif text.strip():
        yield Block("paragraph", text)


def _plain_tag(found: re.Match[str]) -> str:
    return found[1] or (" " if found[2] else raised(found[3] or ""))


def _items(tokens: list[Token], number: int, lines: list[str]) -> Iterator[str]:
    """The items of a list, each with all lines up to the next one."""
    first = tokens[number]
    begin = first.map[0] if first.map else 0
    starts = []
    for token in tokens[number + 1 :]:
        if token.level == first.level and token.nesting == -1:
            break
        if token.type == "list_item_open" and token.level == first.level + 1 and token.map:
            starts.append(token.map[0] - begin)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        item = "\n".join(lines[start:end]).strip("\n").rstrip()
        if item.strip():
            yield item


def _gap(lines: list[str]) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n").rstrip()
    if text.strip():
        yield Block("paragraph", text)


def plain_heading(text: str) -> str:
    """The words of a heading without emphasis, link targets and anchors."""
    text = _ANCHOR.sub("", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|`)", "", text)
    text = re.sub(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)", "", text)
    return " ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).split())


def _toml_front_matter(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(f"\n{text}")
    except tomllib.TOMLDecodeError as error:
        raise ScopeInvalid(f"its front matter is not TOML: {error}") from None


def _front_matter(text: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(f"\n{text}")  # below its first line, so that the number of a line is that in the file
    except (yaml.YAMLError, ValueError) as error:  # a day that no month has is a ValueError
        where = import_module("brands.profile").yaml_words(error)
        raise ScopeInvalid(f"its front matter is not YAML: {where}") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ScopeInvalid(
            "its front matter does not hold lines such as `language: en`; write some, or remove its --- lines"
        )
    return content
