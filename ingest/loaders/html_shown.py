"""A page as its reader sees it: what a click shows, and what Word's export means."""

import re
from collections import Counter

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.loaders.html_text import HEADINGS, text_of, tidy
from ingest.loaders.raised import raised
from ingest.warning_blocks import is_warning

# A longer bold line is an emphasised sentence, in letters.
HEADING_LETTERS = 80

# What names a folded part, such as a question, is no longer, in letters.
_FOLDED_NAME_LETTERS = 200

STEP_MARK = "marque-step-"
"""Id of what tells the number of a step, with the number behind it."""

_LANGUAGE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][\w-]*)?\s*$")
_LIST_ITEM = re.compile(r"^MsoList(?:Paragraph|Number|Bullet)")
_MARKER = re.compile(r"^\s*(?:(\d{1,3}|[a-zA-Z])[.)]|[·•▪o§–-])[\s\xa0]+")


def show_hidden_parts(root: HtmlElement) -> None:
    """Show what a click on the page shows: answers under questions that are buttons, and tabs with their names.

    Args:
        root: of the page; it is changed.
    """
    for button in root.xpath(
        "//button[@aria-controls or @aria-expanded or ancestor::h1 or ancestor::h2 or ancestor::h3"
        " or ancestor::h4 or ancestor::h5 or ancestor::h6]"
    ):
        button.tag = "span"
    named: dict[str, HtmlElement] = {}
    for element in root.xpath("//*[@id]"):
        named.setdefault(element.get("id"), element)
    for opener in root.xpath("//*[@aria-controls or @data-bs-target or @data-target]"):
        target = opener.get("aria-controls") or opener.get("data-bs-target") or opener.get("data-target")
        panel = named.get(target.lstrip("#"))
        if panel is not None:
            _show(panel)
    for tabs in root.xpath("//*[@role='tablist']"):
        names = tabs.xpath(".//*[@role='tab']")
        panels = tabs.getparent().xpath(".//*[@role='tabpanel']") if tabs.getparent() is not None else []
        if names and len(names) == len(panels):
            for name, panel in zip(names, panels, strict=True):
                _show(panel)
                label = etree.Element("p")
                label.text = "".join(name.itertext())
                panel.insert(0, label)
                label.tail, panel.text = panel.text, None
            tabs.drop_tree()


def _show(panel: HtmlElement) -> None:
    for name in ("hidden", "aria-hidden", "style"):
        panel.attrib.pop(name, None)


def head_folded_parts(root: HtmlElement) -> None:
    """Make headings of what names folded parts, so that each answer stands below its own question alone.

    A part with headings of its own, and words that name several, such as "Read more", are left as they are.

    Args:
        root: of the page; it is changed.
    """
    has_headings: set[HtmlElement] = set()
    for heading in root.iter(*HEADINGS):
        for part in heading.iterancestors("details"):
            if part in has_headings:
                break
            has_headings.add(part)
    named = {part: name for part in root.iter("details") if (name := part.find("summary")) is not None}
    words = {part: " ".join(tidy(text_of(name)).split()) for part, name in named.items()}
    counted = Counter(words.values())
    above: HtmlElement | None = None
    levels: dict[HtmlElement, int] = {}
    for element in list(root.iter("details", *HEADINGS)):
        if element.tag in HEADINGS:
            above = element
            continue
        name = words.get(element, "")
        is_name = 0 < len(name) <= _FOLDED_NAME_LETTERS and counted[name] == 1
        if element in has_headings or not is_name or (len(named) == 1 and not name.endswith("?")):
            continue
        outer = levels.get(next(element.iterancestors("details"), None))
        levels[element] = (outer or (HEADINGS[above.tag] if above is not None else 1)) + 1
        named[element].tag = f"h{min(levels[element], 6)}"
        if outer is None and above is not None and (last := _before_other_text(element)) is not None:
            _head_again(last, above)


def _before_other_text(part: HtmlElement) -> HtmlElement | None:
    """The folded part, or the list or box that ends with it, where text of no such part follows."""
    while True:
        after = next((one for one in part.itersiblings() if isinstance(one.tag, str)), None)
        if (part.tail or "").strip():
            return part
        if after is not None:
            is_other = part.tag != "li" and next(after.iter("details", *HEADINGS), None) is None
            return part if is_other and "".join(after.itertext()).strip() else None
        part = part.getparent()
        if part is None or part.tag not in ("li", "ul", "ol", "div"):
            return None


def _head_again(part: HtmlElement, heading: HtmlElement) -> None:
    """Put a heading behind a folded part too: what follows belongs to it and not to the part."""
    again = etree.Element(heading.tag)
    again.text, again.tail, part.tail = text_of(heading), part.tail, None
    part.addnext(again)


def mend_word_export(root: HtmlElement) -> None:
    """Make headings and lists of the paragraphs that Word only calls so.

    Args:
        root: of the page; it is changed.
    """
    titles = root.xpath("//p[@class='MsoTitle']")
    if titles:
        for heading in root.iter(*HEADINGS):
            heading.tag = f"h{min(HEADINGS[heading.tag] + 1, 6)}"
        for title in titles:
            title.tag = "h1"
    for entry in root.xpath("//p[starts-with(@class, 'MsoToc')]"):
        entry.drop_tree()
    for item in root.xpath("//p[starts-with(@class, 'MsoList')]"):
        found = _MARKER.match("".join(item.itertext()))
        if not _LIST_ITEM.match(item.get("class")) or found is None:
            continue
        for mark in item.xpath(".//span[contains(translate(@style, ' ', ''), 'mso-list:Ignore')]"):
            mark.getparent().remove(mark) if mark.tail is None else _empty(mark)
        _into_list(item, "ol" if found[1] else "ul", found[1])


def _empty(element: HtmlElement) -> None:
    tail = element.tail
    element.clear()
    element.tail = tail


def _into_list(item: HtmlElement, tag: str, number: str | None) -> None:
    before = item.getprevious()
    if before is None or before.tag != tag or before.get("class") != "mso-list":
        before = etree.Element(tag, {"class": "mso-list", "start": number if number and number.isdigit() else "1"})
        item.addprevious(before)
    item.tag = "li"
    item.tail = None
    before.append(item)


def place_footnotes(root: HtmlElement) -> None:
    """Put the notes of a word processor's document behind what refers to them.

    Args:
        root: of the page; it is changed.
    """
    notes = root.xpath(
        "//li[starts-with(@id, 'footnote-') or starts-with(@id, 'endnote-')]"
        " | //div[starts-with(@id, 'ftn') or starts-with(@id, 'edn')]"
    )
    links: dict[str, HtmlElement] = {}
    for link in root.xpath("//a[starts-with(@href, '#')]") if notes else ():
        links.setdefault(link.get("href"), link)
    for note in reversed(notes):  # the last one first, so that those of one paragraph stand in order
        reference = links.get(f"#{note.get('id')}", links.get(f"#_{note.get('id')}"))
        if reference is None:
            continue
        for back in note.xpath(".//a[contains(@href, 'ref')]"):
            _empty(back)
        block = reference
        while block.getparent() is not None and block.getparent().tag not in (
            "body",
            "div",
            "main",
            "article",
            "section",
        ):
            block = block.getparent()
        paragraph = etree.Element("p")
        paragraph.text = " ".join(["".join(reference.itertext()).strip(), *"".join(note.itertext()).split()])
        block.addnext(paragraph)
        note.drop_tree()


def raise_numbers(root: HtmlElement) -> None:
    """Write exponents and the marks of footnotes in raised digits.

    Args:
        root: of the page; it is changed.
    """
    for number in root.iter("sup"):
        if raised("".join(number.itertext())) != "".join(number.itertext()):
            for part in number.iter():
                part.text = raised(part.text or "")


def number_steps(root: HtmlElement) -> None:
    """Give each step of a word processor's document the number that it has there.

    Args:
        root: of the page; it is changed.
    """
    for mark in root.xpath("//li//a[starts-with(@id, $mark)]", mark=STEP_MARK):
        step = next(mark.iterancestors("li"))
        step.set("value", mark.get("id").removeprefix(STEP_MARK))


def write_number(item: HtmlElement, number: int) -> None:
    """Write the number of a step before its first words, where they are no heading and no table.

    Args:
        item: of a list; it is changed.
        number: the number.
    """
    place = item
    while not (place.text or "").strip() and len(place) and place[0].tag in ("p", "div"):
        place = place[0]
    first = place[0].tag if len(place) and not (place.text or "").strip() else None
    if first not in (*HEADINGS, "table", "ul", "ol"):
        place.text = f"{number}. {(place.text or '').lstrip()}"


def mark_bold_headings(root: HtmlElement) -> None:
    """Make headings of short paragraphs that are bold as a whole, as many write them in a word processor.

    Args:
        root: of the page; it is changed.
    """
    bold = [paragraph for paragraph in root.xpath("/html/body/p[strong]") if _is_bold(paragraph)]
    for paragraph in bold:
        words = " ".join("".join(paragraph.itertext()).split())
        is_line = len(words) <= HEADING_LETTERS and not words.endswith((".", ":", ";", "!"))
        following = paragraph.getnext()
        if is_line and following is not None and following not in bold and not is_warning(f"**{words}**"):
            paragraph.tag = "h6"


def _is_bold(paragraph: HtmlElement) -> bool:
    outside = [
        paragraph.text,
        *(child.tail for child in paragraph),
        *(child.text for child in paragraph if child.tag != "strong"),
    ]
    return not any(text and text.strip() for text in outside)


def declared_language(root: HtmlElement) -> str | None:
    """The language that a page says it is in, as ISO 639-1 code.

    Args:
        root: of the page.
    """
    meta = "//meta[translate(@http-equiv, 'CONTELAGU', 'contelagu') = 'content-language']/@content"
    for place in ("//html/@lang", "//html/@*[name() = 'xml:lang']", "//body/@lang", meta):
        for declared in root.xpath(place):
            if found := _LANGUAGE.match(declared):
                return found[1].lower()
    return None


def left_by_a_program(title: str | None) -> bool:
    """Whether the title of a file was left by a program, such as `Microsoft Word - Terms.docx`."""
    return bool(title and re.search(r"^microsoft word|\.(?:docx?|indd|odt|pages|tex|xlsx?)$", title, re.IGNORECASE))
