"""Where the sentences, steps, table rows and warnings of a text begin and end.

Every part is a span of the text it was found in, so that what is quoted stays letter for letter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

PartKind = Literal["sentence", "step", "bullet", "table_head", "row", "warning", "heading"]

_STEP = re.compile(r"^\s*(?:\d{1,2}[.)]|[a-z][.)])\s+\S")
_BULLET = re.compile(r"^\s*[-*•–]\s+\S")
_HEADING = re.compile(r"^#{1,6}\s+\S")
_IMAGE = re.compile(r"^\s*!\[[^\]]*\]\([^)]*\)\s*$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_WARNING_WORDS = (
    r"DANGER|WARNING|CAUTION|GEFAHR|WARNUNG|VORSICHT|ACHTUNG|AVERTISSEMENT|ATTENTION|PRUDENCE|PERICOLO|AVVERTENZA"
    r"|AVVERTIMENTO|ATTENZIONE|CAUTELA|PELIGRO|ADVERTENCIA|PRECAUCIÓN|PRECAUCION|ATENCIÓN"
)
_WARNING = re.compile(rf"^\s*(?:>\s*)?(?:\*\*)?(?:{_WARNING_WORDS})(?:\*\*)?\b[:!]?")
_QUOTED = re.compile(r"^\s*>")

# A full stop, question or exclamation mark, with closing quotes or emphasis, before white space.
_END = re.compile(r"[.!?…](?:[\"'”’»)\]]|\*\*|__)*(?=\s|$)")
# Abbreviations after which a sentence goes on (en, de, fr, it, es); compared in lower case without the stop.
_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "etc",
        "approx",
        "max",
        "min",
        "no",
        "nos",
        "fig",
        "figs",
        "vs",
        "incl",
        "excl",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "inc",
        "ltd",
        "co",
        "corp",
        "sec",
        "par",
        "art",
        "p",
        "pp",
        "vol",
        "ca",
        "cf",
        "resp",
        "tel",
        "temp",
        "qty",
        "ref",
        "ed",
        "dept",
        "est",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "z.b",
        "d.h",
        "u.a",
        "bzw",
        "ggf",
        "usw",
        "evtl",
        "inkl",
        "exkl",
        "zzgl",
        "nr",
        "abb",
        "str",
        "vgl",
        "sog",
        "max",
        "mind",
        "bspw",
        "lt",
        "u.ä",
        "o.ä",
        "v.a",
        "i.d.r",
        "s.o",
        "s.u",
        "u.u",
        "z.t",
        "hrsg",
        "std",
        "mio",
        "mrd",
        "p.ex",
        "par.ex",
        "c.-à-d",
        "env",
        "m",
        "mm",
        "mme",
        "av",
        "bd",
        "réf",
        "éd",
        "es",
        "ecc",
        "pag",
        "pagg",
        "sig",
        "sigg",
        "sig.ra",
        "ing",
        "rif",
        "tel",
        "n",
        "nn",
        "p.ej",
        "ej",
        "sr",
        "sra",
        "srta",
        "ud",
        "uds",
        "aprox",
        "núm",
        "pág",
        "págs",
    ]
)
_CODE = re.compile(r"[A-Z]+[-\s./]?\d")
# A German ordinal: "am 3. Mai", "vom 1. Tag an".
_ORDINAL_BEFORE = re.compile(
    r"\b(?:am|vom|zum|beim|im|ab|ab dem|der|die|das|dem|den|des|jede[rnms]?)\s+\d{1,2}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence, step, row or warning of a text.

    Args:
        kind: what it is.
        start: where it begins in the text.
        end: where it ends.
        block: number of the paragraph, list or table it belongs to, from 0.
    """

    kind: PartKind
    start: int
    end: int
    block: int

    def of(self, text: str) -> str:
        """The words of the part, letter for letter."""
        return text[self.start : self.end]


def parts_of(text: str) -> tuple[Part, ...]:
    """Split a Markdown text into its parts, in reading order; images and table rules are left out.

    Args:
        text: the text of a passage or of a reply.
    """
    found: list[Part] = []
    block = 0
    previous = ""
    for start, line in _lines(text):
        bare = line.strip()
        if not bare:
            block += 1
            previous = ""
            continue
        kind = _kind_of_line(line, previous)
        if kind == "rule":
            found = _mark_head(found)
            previous = "row"
            continue
        if kind != previous and not (kind == "sentence" and previous in {"step", "bullet", "warning"}):
            block += 1
        if kind != "image":
            found = _add_line(found, kind, text, start, line, previous, block)
        previous = previous if kind == "sentence" and previous in {"step", "bullet", "warning"} else kind
    return tuple(found)


def sentences_of(text: str) -> tuple[str, ...]:
    """Split running text into sentences, white space around them removed."""
    return tuple(text[start:end] for start, end in _sentence_spans(text, 0, len(text)))


def has_steps(parts: tuple[Part, ...]) -> bool:
    """Whether the text is a procedure: at least two numbered steps."""
    return sum(part.kind == "step" for part in parts) >= 2


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line.rstrip("\r\n")
        at += len(line)


def _kind_of_line(line: str, previous: str) -> str:  # noqa: PLR0911 - one line a kind
    if _TABLE_RULE.match(line) and "-" in line and ("|" in line or previous == "row"):
        return "rule"
    if line.lstrip().startswith("|"):
        return "row"
    if _IMAGE.match(line):
        return "image"
    if _HEADING.match(line):
        return "heading"
    if _WARNING.match(line) or (_QUOTED.match(line) and previous == "warning"):
        return "warning"
    if _STEP.match(line):
        return "step"
    if _BULLET.match(line):
        return "bullet"
    return "sentence"


def _add_line(found: list[Part], kind: str, text: str, start: int, line: str, previous: str, block: int) -> list[Part]:
    begin = start + len(line) - len(line.lstrip())
    end = start + len(line.rstrip())
    goes_on = (kind == "sentence" and previous in {"step", "bullet"} and line[:1].isspace()) or (
        kind == "warning" and previous == "warning" and not _WARNING.match(line)
    )
    if goes_on and found:
        return [*found[:-1], replace(found[-1], end=end)]
    if kind == "sentence" and previous == "sentence" and found and found[-1].block == block:
        # A sentence may run over the end of its line: split the paragraph anew from its last part on.
        begin = found[-1].start
        found = found[:-1]
    if kind == "sentence":
        return found + [Part("sentence", one, two, block) for one, two in _sentence_spans(text, begin, end)]
    if kind in {"step", "bullet", "row", "warning", "heading"}:
        return [*found, Part(kind, begin, end, block)]  # type: ignore[arg-type]  # narrowed by the line above
    return found


def _mark_head(found: list[Part]) -> list[Part]:
    if found and found[-1].kind == "row":
        return [*found[:-1], replace(found[-1], kind="table_head")]
    return found


def _sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _END.finditer(text, start, end):
        if _goes_on(text, begin, stop, end):
            continue
        yield _trimmed(text, begin, stop.end())
        begin = stop.end()
    if text[begin:end].strip():
        yield _trimmed(text, begin, end)


def _goes_on(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    after = text[stop.end() : end].lstrip()
    if not after:
        return False
    if stop.group()[0] in "!?…":
        return after[:1].islower()
    word = text[begin : stop.start()].rsplit(None, 1)[-1:] or [""]
    last = word[0].strip("(\"'“„«[*_").casefold()
    if last in _ABBREVIATIONS or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", last):
        # "No. 5", "order no. AB-120", "z. B. die": but "… 5 min. The next" ends there.
        is_number = last in {"no", "nr"} and _CODE.match(after) is not None
        return is_number or not (
            last in {"min", "max", "no", "std", "etc", "usw", "ecc", "m", "es", "n"} and after[:1].isupper()
        )
    if re.fullmatch(r"[^\W\d_]", last) and last not in {"i", "a", "o", "e", "y"}:
        # A single letter before a stop is an initial ("z. B.", "J. Smith") unless it is a unit after a number.
        return not re.search(r"\d\s?[^\W\d_]$", text[begin : stop.start()])
    if last.isdigit() and len(last) <= 2 and _ORDINAL_BEFORE.search(text[begin : stop.start()]):
        return True
    return after[:1].islower()


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
