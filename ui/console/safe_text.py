"""Text that others wrote, as HTML that can do nothing: no scripts, no pictures, no links but the brand's own."""

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from bot.steps.check_claims import lies_within
from brands import BrandProfile
from ingest.warning_blocks import is_signal_word

__all__ = ["escape", "highlight", "markdown_html", "reply_html", "telephone", "widget_text"]

# Rare brackets that count as punctuation, so that emphasis beside them is still read as Markdown reads it.
_MARK_BEGIN, _MARK_END = "\u2e28", "\u2e29"
_BLOCK_PREFIX = re.compile(r"^(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s)*")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}[-|:\s]*$")
_ACTIVE = frozenset("\\`*_{}[]()<>#+-.!|~$:&^=\"'/@")
_TAG = re.compile(r"(<[^>]*>)")
_WORD = r"(?<![\w+]){}(?![\w])"


def markdown_html(text: str, allowed_links: Iterable[str] = ()) -> str:
    """Markdown as HTML, without raw HTML, pictures and foreign links.

    Args:
        text: Markdown; anything in it that looks like HTML is shown as it is written.
        allowed_links: origins or addresses to which links may lead.
    """
    return str(_reader(tuple(allowed_links)).render(text))


def highlight(text: str, *quotes: str) -> str:
    """A passage as HTML in which the quoted words are marked.

    Args:
        text: the passage, in Markdown.
        quotes: words of it; where they are not found as a whole, they are looked for line by line.
    """
    clean = _without_marks(text)
    spans: list[tuple[int, int]] = []
    for quote in quotes:
        spans += [one for one in _spans(clean, _without_marks(quote)) if _is_apart(one, spans)]
    marked = clean
    for begin, end in sorted(spans, reverse=True):
        marked = (
            marked[:begin] + _mark_lines(marked[begin:end], at_line_start=_starts_line(marked, begin)) + marked[end:]
        )
    html = markdown_html(marked)
    return html.replace(_MARK_BEGIN, "<mark>").replace(_MARK_END, "</mark>")


def reply_html(text: str, profile: BrandProfile, market: str | None = None, numbers: Iterable[str] = ()) -> str:
    """A reply as HTML, in which the brand's own telephone numbers and addresses can be used.

    Args:
        text: the reply, in the safe subset of Markdown.
        profile: the brand that speaks.
        market: the customer's market, whose contact comes first.
        numbers: further telephone numbers that may be dialled, such as the emergency number.
    """
    html = markdown_html(_without_marks(text), profile.allowed_links)
    contacts = (profile.contact(market), *profile.contacts.values())
    dialled = {one.phone for one in contacts} | set(numbers)
    written = {one.email for one in contacts}
    links = [(number, telephone(number)) for number in sorted(dialled, key=len, reverse=True)]
    links += [(address, f"mailto:{address}") for address in sorted(written)]
    return _link(html, links)


def telephone(number: str) -> str:
    """The `tel:` address of a number."""
    return "tel:" + re.sub(r"[^\d+]", "", number)


def widget_text(text: str) -> str:
    """Text for a widget's label, in which Streamlit's Markdown finds nothing to act on.

    Args:
        text: any text: emphasis, links, `:directives[]`, `$formulas$` and HTML in it stay letters.
    """
    return "".join(f"\\{letter}" if letter in _ACTIVE else letter for letter in " ".join(text.split()))


def _reader(allowed: tuple[str, ...]) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(["image", "reference"])
    reader.core.ruler.push("warnings", _set_warnings_apart)
    reader.validateLink = lambda url: _is_allowed(url, allowed)  # type: ignore[method-assign]
    return reader


def _set_warnings_apart(state: StateCore) -> None:
    """Put the word of warning and the paragraph that it stands above into one block."""
    told: list[Token] = []
    at = 0
    while at < len(state.tokens):
        first = state.tokens[at]
        is_paragraph = first.type == "paragraph_open" and first.level == 0
        if is_paragraph and is_signal_word(_without_marks(state.tokens[at + 1].content)):
            below = state.tokens[at + 3 : at + 4]
            end = at + (6 if below and below[0].type == "paragraph_open" else 3)
            block = [Token("blockquote_open", "blockquote", 1), *state.tokens[at:end]]
            told += [*block, Token("blockquote_close", "blockquote", -1)]
        else:
            end = at + 1
            told.append(first)
        at = end
    state.tokens = told


def _is_allowed(url: str, allowed: tuple[str, ...]) -> bool:
    try:
        wanted, own = urlsplit(url), tuple(map(urlsplit, allowed))
    except ValueError:  # one of them is no address, such as https://[
        return False
    if wanted.scheme != "https" or wanted.username or wanted.password:
        return False
    return any(
        (origin.scheme, origin.netloc) == (wanted.scheme, wanted.netloc) and lies_within(wanted.path, origin.path)
        for origin in own
    )


def _link(html: str, links: list[tuple[str, str]]) -> str:
    if not links:
        return html
    target = {escape(shown): href for shown, href in links}
    words = re.compile("|".join(_WORD.format(re.escape(shown)) for shown in target))
    pieces = _TAG.split(html)
    inside_link = False
    for at, piece in enumerate(pieces):
        if piece.startswith("<"):
            inside_link = piece.startswith("<a ") or (inside_link and piece != "</a>")
        elif not inside_link:
            pieces[at] = words.sub(lambda found: f'<a href="{target[found[0]]}">{found[0]}</a>', piece)
    return "".join(pieces)


def _spans(text: str, quote: str) -> list[tuple[int, int]]:
    whole = _find(text, quote)
    if whole is not None:
        return [whole]
    found = (_find(text, line.strip()) for line in quote.splitlines() if any(map(str.isalnum, line)))
    spans: list[tuple[int, int]] = []
    for span in found:
        if span is not None and _is_apart(span, spans):
            spans.append(span)
    return spans


def _is_apart(span: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return all(span[1] <= begin or end <= span[0] for begin, end in spans)


def _find(text: str, words: str) -> tuple[int, int] | None:
    at = text.find(words.strip()) if words.strip() else -1
    if at >= 0:
        return at, at + len(words.strip())
    parts = words.split()
    found = re.search(r"\s+".join(map(re.escape, parts)), text) if parts else None
    return found.span() if found else None


def _mark_lines(text: str, *, at_line_start: bool) -> str:
    lines = text.split("\n")
    return "\n".join(_mark_line(line, at_line_start or number > 0) for number, line in enumerate(lines))


def _mark_line(line: str, at_line_start: bool) -> str:
    if not line.strip() or _TABLE_RULE.match(line):
        return line
    if line.lstrip().startswith("|"):
        cells = re.split(r"(?<!\\)(\|)", line)
        return "".join(_marked(cell) if cell != "|" and cell.strip() else cell for cell in cells)
    prefix = _BLOCK_PREFIX.match(line).group() if at_line_start else ""  # type: ignore[union-attr]
    return prefix + _marked(line[len(prefix) :]) if line[len(prefix) :].strip() else line


def _marked(text: str) -> str:
    inner = text.strip()
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    return f"{before}{_MARK_BEGIN}{inner}{_MARK_END}{after}"


def _starts_line(text: str, at: int) -> bool:
    return not text[:at].rpartition("\n")[2].strip()


def _without_marks(text: str) -> str:
    return text.replace(_MARK_BEGIN, "").replace(_MARK_END, "")
