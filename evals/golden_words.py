"""How a golden question's documents and words are compared with what a reply cites."""

import unicodedata
from collections.abc import Sequence


def plain_words(text: str) -> str:
    """A text without case, emphasis and differences of white space and apostrophes."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("*", "").replace("’", "'").casefold().split())


def same_document(cited: str, expected: Sequence[str]) -> bool:
    """Whether a document is one of those expected, which may be named without its folders."""
    return any(cited == one or cited.endswith(f"/{one}") for one in expected)
