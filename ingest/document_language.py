"""Which language a document is in: said of it, declared by its page, or told by its text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from brands import BrandProfile
from brands.scope import Level
from ingest.document import Block, LoadedDocument
from knowledge_base.language_detector import language_shares

LanguageOrigin = Literal["scope", "page", "text", "brand"]

# Fewer letters tell too little of a language.
LEAST_LETTERS = 40
# The share that a language must have of a text to be its language. A whole sentence reaches 1.0 in its own language.
SURELY = 0.9
# Of a longer text so many letters at its begin, middle and end are looked at.
SAMPLE_LETTERS = 2000

_NO_WORDS = re.compile(r"\]\([^)]*\)|\w+://\S+|\S+@\S+|[|*_#>`\[\]]+|[\w.-]*\d[\w.-]*")


@dataclass(frozen=True, slots=True)
class DocumentLanguage:
    """The language that a document is taken to be in.

    Args:
        code: ISO 639-1 code.
        origin: scope: somebody said so; page: the page itself declares it; text: its words tell; brand: nothing
            tells, so it is the brand's default language.
        note: what a content editor should know of it.
    """

    code: str
    origin: LanguageOrigin
    note: str | None = None


def find_language(said: str | None, loaded: LoadedDocument, brand: BrandProfile, level: Level) -> DocumentLanguage:
    """Find the language of a document.

    Args:
        said: the language that front matter, folder or source give it; it holds, whatever the text says.
        loaded: the document.
        brand: for whom it is read.
        level: who wrote it. What a brand inherits may be in a language that it does not speak, and is then
            left out; of its own documents nothing is.
    """
    declared = loaded.language
    usable = declared is not None and (declared in brand.languages or level != "brand")
    read = language_of(loaded.blocks) if len(brand.languages) > 1 else None
    if said is not None or (declared is not None and usable):
        code = said or declared or brand.default_language
        note = None
        if read is not None and read != code:
            who = "it is said to be" if said else "its page says that it is"
            note = f"{who} in {code!r}, but it reads as {read!r}; if it does, {_correct(read, brand)}"
        return DocumentLanguage(code, "scope" if said else "page", note)
    if read is not None and (read in brand.languages or level != "brand"):
        return DocumentLanguage(read, "text")
    other = read or declared
    note = None
    if other is not None:
        told = "reads as" if read else "says that it is in"
        note = (
            f"it {told} {other!r}, which {brand.name} does not speak, and is published as {brand.default_language!r}; "
            f"remove it, or {_correct(brand.default_language, brand)} if that is right"
        )
    return DocumentLanguage(brand.default_language, "brand", note)


def language_of(blocks: Sequence[Block]) -> str | None:
    """The language that a document's words are surely in; None where they do not tell, or are in several.

    Args:
        blocks: rows of a sheet that name their own language are left aside.
    """
    words = [
        " ".join(_NO_WORDS.sub(" ", f"{one.question or ''} {one.text}").split())
        for one in blocks
        if one.row_scope is None or one.row_scope.language is None
    ]
    text = "\n".join(filter(None, words))
    found = {one for one in map(_language_of_text, _samples(text)) if one is not None}
    return found.pop() if len(found) == 1 else None


def _samples(text: str) -> list[str]:
    if len(text) <= 3 * SAMPLE_LETTERS:
        return [text]
    middle = (len(text) - SAMPLE_LETTERS) // 2
    return [text[at : at + SAMPLE_LETTERS] for at in (0, middle, len(text) - SAMPLE_LETTERS)]


def _language_of_text(text: str) -> str | None:
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    code, share = next(iter(language_shares(text).items()))
    return code if share >= SURELY else None


def _correct(code: str, brand: BrandProfile) -> str:
    if code not in brand.languages:
        return "remove it"
    return f"write `language: {code}` for it in a `_scope.yaml` in its folder"
