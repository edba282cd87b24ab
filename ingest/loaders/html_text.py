"""The words of an HTML element, and which elements are no content."""

import re

from lxml.html import HtmlElement  # type: ignore[import-untyped]

_SKIPPED = {
    *("script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "head"),
    *("del", "s", "strike"),  # struck out: a price or step that does not hold any more
    *("nav", "button", "input", "select", "option", "textarea", "dialog", "audio", "video"),
}
_BOILERPLATE_ROLES = {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"}
_BOILERPLATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|breadcrumbs?|(?:cookie|consent|gdpr|cybot|onetrust)\w*|newsletter\w*"
    r"|site-?header|(?:site|page|global)-?footer|skip-?(?:links?|nav|to-?content|to-?main)|share-?buttons?"
    r"|social(?:-?(?:links|share|media))?|(?:gen)?(?:mini)?toc(?:text|box|list|item)?\d*)(?:$|[\s_-])|(?:^|\s)footer(?:$|\s)",
    re.IGNORECASE,
)
# Parts of a page that are no content when they are mostly links, or short.
_LINK_NAMES = re.compile(r"(?:^|[\s_-])(?:sidebar|related|see-?also)(?:$|[\s_-])", re.IGNORECASE)
_BUTTON_NAMES = re.compile(r"(?:^|\s)(?:feedback|helpful|share|sharing)(?:$|[\s_-])", re.IGNORECASE)
# More of their letters than this are links.
LINK_SHARE = 0.6
# Fewer letters than this are a row of buttons.
BUTTON_LETTERS = 80
# A no-break space in UTF-8 that a program read as Latin-1 and wrote again.
_BROKEN_SPACE = re.compile(r"Â(?=[\s\xa0]|$)")
_LONE_PUNCTUATION = re.compile(r"^\s*\n\s*(?=[.,;:!?)\]])")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
# Takes away the space that ends the text before it.
_NO_SPACE = "\0"
# A part of a page around a form with no more letters than this is the form's label, such as "Was this helpful?".
FORM_LETTERS = 300
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
    *(
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
    ),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption", *HEADINGS),
}


def is_boilerplate(element: HtmlElement) -> bool:
    """Whether an element is navigation, script, form or otherwise no content of the document."""
    if element.tag in _SKIPPED or (element.tag == "form" and not _holds_the_page(element)):
        return True
    if element.get("role", "").lower() in _BOILERPLATE_ROLES or element.get("aria-hidden") == "true":
        return True
    # What is hidden until it is found opens when a reader searches the page for it.
    is_hidden = element.get("hidden", "until-found") != "until-found"
    if is_hidden or "display:none" in element.get("style", "").replace(" ", "").lower():
        return True
    if element.tag in ("header", "footer"):
        return not any(True for _ in element.iter(*HEADINGS)) or element.tag == "footer"
    if element.tag in ("div", "section", "aside", "p") and any(True for _ in element.iter("form")):
        return len("".join(element.itertext())) < FORM_LETTERS
    return element.tag not in ("html", "body", "dt", *HEADINGS) and _is_named_boilerplate(element)


def _holds_the_page(form: HtmlElement) -> bool:
    """Whether a form is the frame of a whole page, as some servers make them, not something to fill in."""
    fields = sum(_count_letters(one) for one in form.iter("label", "option", "textarea", "button", "script", "style"))
    return any(True for _ in form.iter(*HEADINGS)) and _count_letters(form) - fields >= FORM_LETTERS


def _is_named_boilerplate(element: HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if _BOILERPLATE_NAMES.search(names):
        is_section = not _BOILERPLATE_NAMES.search(element.get("class", "")) and _is_named_by_its_heading(element)
        return not is_section or _is_mostly_links(element)
    if _BUTTON_NAMES.search(names):
        return _count_letters(element) < BUTTON_LETTERS
    return bool(_LINK_NAMES.search(names)) and _is_mostly_links(element)


def _is_named_by_its_heading(element: HtmlElement) -> bool:
    """Whether the id is the first heading, as programs make it: a chapter on menus is no menu."""
    heading = next(element.iter(*HEADINGS), None)
    told = _letters("" if heading is None else "".join(heading.itertext()))
    return bool(told) and _letters(element.get("id", "")).endswith(told)


def _letters(text: str) -> str:
    """Letters alone: the number that tells two chapters of one name apart counts for nothing."""
    return "".join(filter(str.isalpha, text.casefold()))


def _is_mostly_links(element: HtmlElement) -> bool:
    told = _count_letters(element) - sum(map(_count_letters, element.iter(*HEADINGS)))
    return sum(map(_count_letters, element.iter("a"))) > told * LINK_SHARE


def _count_letters(element: HtmlElement) -> int:
    return sum(map(str.isalnum, "".join(element.itertext())))


def outside_link(element: HtmlElement) -> str | None:
    """The address of a link that leads somewhere from outside the page's own site; None for all else."""
    target = element.get("href", "").strip() if element.tag == "a" else ""
    is_outside = re.match(r"(?:https?://|mailto:|tel:)[^\s()<>]+$", target, re.IGNORECASE)
    return target if is_outside else None


def text_of(element: HtmlElement, without: tuple[str, ...] = ()) -> str:
    """All words of an element; blocks in it are kept apart."""
    parts: list[str] = [spaced(element.text)]
    for child in element:
        if child.tag in without:
            parts.append("\n")
        elif isinstance(child.tag, str) and not is_boilerplate(child):
            inner = text_of(child, without)
            link = outside_link(child)
            if link and inner.strip():
                inner = f"[{' '.join(tidy(inner).split())}]({link})"
            parts.append("\n" + inner + "\n" if child.tag in BLOCKS or child.tag == "br" else inner)
        parts.append(spaced(child.tail))
    return "".join(parts)


def tidy(text: str) -> str:
    """Single spaces and no empty lines."""
    joined = re.sub(rf"\s*{_NO_SPACE}", "", text)
    lines = (" ".join(line.split()) for line in joined.split("\n"))
    return "\n".join(line for line in lines if line)


def spaced(text: str | None) -> str:
    """Words of the source with its line breaks as spaces.

    Punctuation that the source only puts on a line of its own stays with the word before it; a
    space in the same line, as French writes before a colon, is kept.
    """
    if not text:
        return ""
    text = _BROKEN_SPACE.sub(" ", text.replace("\ufeff", "").replace("\u00ad", ""))
    text = _LONE_PUNCTUATION.sub(_NO_SPACE, text)
    return _SPACES.sub(" ", text)
