"""Which language a document is in: said of it, declared by its page, or told by its text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from brands import BrandProfile
from brands.scope import Level
from ingest.document import Block, LoadedDocument, RowScope
from knowledge_base.language_detector import (
    SURE_WORDS,
    count_small_words,
    language_by_small_words,
    language_shares,
)

LanguageOrigin = Literal["scope", "page", "text", "brand"]

# Fewer letters tell too little of a language.
LEAST_LETTERS = 40
# The share that a language must have of a text to be its language. A whole sentence reaches 1.0 in its own language.
SURELY = 0.9
# Of a long text so many letters at its begin, middle and end are looked at; of a shorter one its halves.
SAMPLE_LETTERS = 700
# Text with fewer different small words of a language is a list of names, not sentences of it.
LEAST_SMALL_WORDS = 3
# Of a part of a text whose language is told by small words so many that no other language has tell it again.
SURE_WORDS_OF_A_PART = 3

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
    read = language_of(loaded.blocks, brand) if len(brand.languages) > 1 else None
    if said is not None or (declared is not None and (declared in brand.languages or level != "brand")):
        code = said or declared or brand.default_language
        note = None
        if read is not None and read != code and _is_prose(_words_of(loaded.blocks), read):
            who = "it is said to be" if said else "its page says that it is"
            note = f"{who} in {code!r}, but it reads as {read!r}; if it does, {_correct(read, brand)}"
        return DocumentLanguage(code, "scope" if said else "page", note)
    if read is not None and (read in brand.languages or level != "brand"):
        return DocumentLanguage(read, "text")
    other = read or declared
    note = None
    if other is not None:
        note = (
            f"it {'reads as' if read else 'says that it is in'} {other!r}, which {brand.name} does not speak, and is "
            f"published as {brand.default_language!r}; remove it, or {_correct(brand.default_language, brand)}"
        )
    return DocumentLanguage(brand.default_language, "brand", note)


def parts_by_language(
    loaded: LoadedDocument, language: DocumentLanguage, brand: BrandProfile
) -> tuple[tuple[tuple[Block, ...], str], ...]:
    """The sheets or chapters of a document, each with its language, where they are in several.

    Args:
        loaded: the document.
        language: of the whole; where somebody said it, or the page declares it, all of it is in that one.
        brand: for whom it is read.

    Returns:
        Blocks and ISO 639-1 code of each part; one part where all is in one language.
    """
    chapters = _chapters(loaded.blocks)
    if language.origin in ("scope", "page") or len(brand.languages) < 2 or len(chapters) < 2:
        return ((loaded.blocks, language.code),)
    parts: list[tuple[tuple[Block, ...], str]] = []
    for blocks in chapters:
        read = language_of(blocks, brand)
        code = read if read in brand.languages else language.code
        before = parts.pop()[0] if parts and parts[-1][1] == code else ()
        parts.append(((*before, *blocks), code))
    return tuple(parts)


def tell_rows_apart(loaded: LoadedDocument, language: DocumentLanguage, brand: BrandProfile) -> LoadedDocument:
    """A sheet of questions in several languages with the language of each row, where nobody says that of the whole.

    Args:
        loaded: the document.
        language: of the whole.
        brand: for whom it is read.
    """
    if language.origin in ("scope", "page") or len(brand.languages) < 2:
        return loaded
    others = [code for code in brand.languages if code != language.code]
    blocks: list[Block] = []
    rows: list[str] = []
    for block in loaded.blocks:
        scope = block.row_scope or RowScope()
        is_told = block.kind == "faq" and scope.language is None
        words = _words_of([block]) if is_told else ""
        candidates = [code for code in others if _is_prose(words, code)]
        read = _language_of_text(words) if candidates else None
        if read in candidates:
            rows.append(f"row {block.row} is in {read!r}")
            block = replace(block, row_scope=replace(scope, language=read))  # noqa: PLW2901 - the same block, told more of
        blocks.append(block)
    if not rows:
        return loaded
    more = f", and {len(rows) - 3} more" if len(rows) > 3 else ""
    note = f"by their text, {', '.join(rows[:3])}{more}; a column `language` would say so"
    return replace(loaded, blocks=tuple(blocks), notes=(*loaded.notes, note))


def language_of(blocks: Sequence[Block], brand: BrandProfile) -> str | None:
    """The language that a document's words are surely in; None where they do not tell, or are in several.

    Args:
        blocks: rows of a sheet that name their own language are left aside.
        brand: one of its languages is believed of a price list too; another only of sentences, since a
            list of names looks like any language.
    """
    chapters = [_words_of(one) for one in _chapters(blocks)]
    words = "\n".join(filter(None, chapters))
    samples = _samples(words)
    # What the samples tell together need not be told as clearly by each of them.
    least = SURE_WORDS_OF_A_PART if language_by_small_words("\n".join(samples)) else SURE_WORDS
    found = {one for one in (_language_of_text(text, least) for text in samples) if one is not None}
    if len(found) != 1:
        return None
    code = found.pop()
    for chapter in chapters:
        other = _language_of_text(chapter[:SAMPLE_LETTERS], least)
        if other not in {None, code} and _is_prose(chapter, other or ""):
            return None
    return code if code in brand.languages or _is_prose(words, code) else None


def _chapters(blocks: Sequence[Block]) -> list[list[Block]]:
    chapters: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "heading" and block.level == 1 and chapters[-1]:
            chapters.append([])
        chapters[-1].append(block)
    return chapters


def _is_prose(words: str, code: str) -> bool:
    return count_small_words(words, code) >= LEAST_SMALL_WORDS


def _words_of(blocks: Sequence[Block]) -> str:
    words = [
        " ".join(_NO_WORDS.sub(" ", f"{one.question or ''} {one.text}").split())
        for one in blocks
        if one.row_scope is None or one.row_scope.language is None
    ]
    return "\n".join(filter(None, words))


def _samples(text: str) -> list[str]:
    middle = len(text) // 2
    if len(text) <= 3 * SAMPLE_LETTERS:
        return [text, text[:middle], text[middle:]]
    middle -= SAMPLE_LETTERS // 2
    return [text[at : at + SAMPLE_LETTERS] for at in (0, middle, len(text) - SAMPLE_LETTERS)]


# What a brand inherits is read once for each brand.
@lru_cache(maxsize=1024)
def _language_of_text(text: str, least: int = SURE_WORDS) -> str | None:
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    told = language_by_small_words(text, least)
    if told is not None:
        return told
    code, share = next(iter(language_shares(text).items()))
    return code if share >= SURELY else None


def _correct(code: str, brand: BrandProfile) -> str:
    if code not in brand.languages:
        return "remove it"
    return f"write `language: {code}` for it in a `_scope.yaml` in its folder"
