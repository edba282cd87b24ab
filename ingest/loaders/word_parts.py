"""What Word shows of a document and its converter does not: step numbers, hidden and moved text, formulas."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext, suppress

from lxml import etree  # type: ignore[import-untyped]

from ingest.loaders.html_shown import STEP_MARK
from ingest.loaders.raised import raised

MAIN_PART = re.compile(r"word/document\d*\.xml")
_NUMBERING = "word/numbering.xml"
_STYLES = "word/styles.xml"
# Levels of a list in Word.
_LEVELS = 9


def with_what_word_shows(content: bytes) -> bytes:
    """A DOCX whose converter finds what Word shows; pictures are left out, and parts that are damaged.

    Args:
        content: bytes of a DOCX that was checked.

    Raises:
        zipfile.BadZipFile: its main part is damaged.
        lxml.etree.XMLSyntaxError: its main part, its styles or lists are no XML.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(file, "w") as changed:
        parts: dict[str, bytes] = {}
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                with nullcontext() if MAIN_PART.fullmatch(name) else suppress(zipfile.BadZipFile, zlib.error):
                    parts[name] = archive.read(name)
        numbering, styles = (_tree(parts[name]) if name in parts else None for name in (_NUMBERING, _STYLES))
        for name, part in parts.items():
            changed.writestr(name, _shown(part, numbering, styles) if MAIN_PART.fullmatch(name) else part)
    return file.getvalue()


def _shown(part: bytes, numbering: etree._Element | None, styles: etree._Element | None) -> bytes:
    root = _tree(part)
    _settle_changes(root)
    _write_formulas(root)
    _Steps(numbering, styles).mark(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _tree(part: bytes) -> etree._Element:
    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _all(root: etree._Element, name: str) -> list[etree._Element]:
    """Elements of a local name: Word's own and the strict format have other namespaces."""
    return list(root.iter(f"{{*}}{name}"))


def _value(element: etree._Element | None, name: str = "val") -> str | None:
    if element is None:
        return None
    return next((str(value) for key, value in element.attrib.items() if etree.QName(key).localname == name), None)


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and (_value(element) or "true").lower() not in ("0", "false", "off")


def _settle_changes(root: etree._Element) -> None:
    """Take what was moved where it stands now, and leave hidden text out."""
    for moved in _all(root, "moveTo"):
        moved.tag = f"{{{etree.QName(moved).namespace}}}ins"
    for run in _all(root, "r"):
        if _is_on(run.find("{*}rPr/{*}vanish")):
            run.getparent().remove(run)


def _write_formulas(root: etree._Element) -> None:
    """Put the words of a formula, which the converter leaves out, where it stands."""
    word = etree.QName(root).namespace
    for formula in _all(root, "oMath"):
        run = etree.Element(f"{{{word}}}r")
        text = etree.SubElement(run, f"{{{word}}}t")
        text.text = _formula(formula)
        run.tail = None
        place = formula.getparent()
        if etree.QName(place).localname == "oMathPara":
            formula, place = place, place.getparent()  # noqa: PLW2901 - the paragraph of the formula stands for it
        if place is not None:
            place.replace(formula, run)


def _formula(element: etree._Element) -> str:
    parts = {etree.QName(one).localname: one for one in element if isinstance(one.tag, str)}
    match etree.QName(element).localname:
        case "t":
            return element.text or ""
        case "f" if {"num", "den"} <= parts.keys():
            return f"{_grouped(parts['num'])}/{_grouped(parts['den'])}"
        case "sSup" if {"e", "sup"} <= parts.keys():
            above = _formula(parts["sup"])
            shown = raised(above)
            return _grouped(parts["e"]) + (shown if shown != above else f"^{_grouped(parts['sup'])}")
        case "rad" if "e" in parts:
            return f"√{_grouped(parts['e'])}"
        case _:
            return "".join(_formula(one) for one in element if isinstance(one.tag, str))


def _grouped(element: etree._Element) -> str:
    text = _formula(element)
    return text if re.fullmatch(r"[\w.,]+", text) else f"({text})"


class _Steps:
    """Counts the steps of a document as Word does: a list goes on after what stands between its steps.

    Args:
        numbering: the lists; None when there are none.
        styles: the styles, which may belong to lists.
    """

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._lists: dict[str, str] = {}
        self._levels: dict[tuple[str, int], tuple[int, str | None]] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._styles: dict[str, tuple[str | None, etree._Element | None]] = {}
        self._linked: dict[tuple[str, str], int] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._met: set[tuple[str, int]] = set()
        for one in [] if numbering is None else _all(numbering, "abstractNum"):
            base = _value(one, "abstractNumId") or ""
            for level in one.findall("{*}lvl"):
                depth = _number(_value(level, "ilvl"), 0)
                start = _number(_value(level.find("{*}start")), 1)
                self._levels[base, depth] = (start, _value(level.find("{*}numFmt")))
                self._linked[base, _value(level.find("{*}pStyle")) or ""] = depth
        for one in [] if numbering is None else _all(numbering, "num"):
            named = _value(one, "numId") or ""
            self._lists[named] = _value(one.find("{*}abstractNumId")) or ""
            for override in one.findall("{*}lvlOverride"):
                if (told := _value(override.find("{*}startOverride"))) is not None:
                    self._restarts[named, _number(_value(override, "ilvl"), 0)] = _number(told, 1)
        for one in [] if styles is None else _all(styles, "style"):
            own = one.find("{*}pPr/{*}numPr")
            self._styles[_value(one, "styleId") or ""] = (_value(one.find("{*}basedOn")), own)

    def mark(self, root: etree._Element) -> None:
        """Set a bookmark with its number at each step.

        Args:
            root: of the main part; it is changed.
        """
        for paragraph in _all(root, "p"):
            if next(paragraph.iterancestors("{*}Choice"), None) is not None:
                continue  # a text box stands twice in a document, and its other form is read
            number, level = self._place(paragraph)
            step = self._count(number, level) if number else None
            if step is not None:
                word = etree.QName(paragraph).namespace
                mark = etree.Element(f"{{{word}}}bookmarkStart", {f"{{{word}}}name": f"{STEP_MARK}{step}"})
                paragraph.insert(1 if paragraph.find("{*}pPr") is not None else 0, mark)

    def _place(self, paragraph: etree._Element) -> tuple[str | None, int]:
        """The list that a paragraph belongs to, and its level in it."""
        own = paragraph.find("{*}pPr/{*}numPr")
        style = _value(paragraph.find("{*}pPr/{*}pStyle"))
        named = [*([] if own is None else [own]), *self._of_style(style)]
        number = next(filter(None, (_value(one.find("{*}numId")) for one in named)), None)
        level = next(filter(None, (_value(one.find("{*}ilvl")) for one in named)), None)
        return number, _number(level, self._linked.get((self._lists.get(number or "", ""), style or ""), 0))

    def _of_style(self, style: str | None) -> Iterator[etree._Element]:
        for _ in range(_LEVELS):
            style, own = self._styles.get(style or "", (None, None))
            if own is not None:
                yield own

    def _count(self, number: str, level: int) -> int | None:
        """The number of the next step of a list; None where it has none, as bullets do."""
        base = self._lists.get(number)
        if base is None or (base, level) not in self._levels:
            return None
        start, kind = self._levels[base, level]
        counts = self._counts.setdefault(base, {})
        if (number, level) in self._restarts and (number, level) not in self._met:
            self._met.add((number, level))
            counts.pop(level, None)
            start = self._restarts[number, level]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in range(level + 1, _LEVELS):
            counts.pop(deeper, None)
        return None if kind in ("bullet", "none") else counts[level]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 6 else otherwise
