"""Which language a text is in."""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from knowledge_base.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from lingua import LanguageDetector

_WORD = re.compile(r"[^\W\d_]+")


@cache
def detector_of(codes: tuple[str, ...]) -> "LanguageDetector | None":
    """What tells some languages apart; None where fewer than two of them are known.

    Args:
        codes: ISO 639-1 codes, sorted.
    """
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    known = [getattr(IsoCode639_1, code.upper(), None) for code in codes]
    found = [code for code in known if code is not None]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*found).build() if len(found) > 1 else None


def language_shares(text: str) -> dict[str, float]:
    """How likely a text of some length is in each language that is known, 0 to 1.

    Args:
        text: some sentences; of a few words little can be told.

    Returns:
        Share by ISO 639-1 code, the most likely first.
    """
    values = _every_language().compute_language_confidence_values(text)
    return {one.language.iso_code_639_1.name.lower(): one.value for one in values}


def count_small_words(text: str, code: str) -> int:
    """How many different small words of a language, such as "the", a text holds: none where it only lists names.

    Args:
        text: any text.
        code: ISO 639-1 code; of a language whose small words are not known, there are none.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    words = _WORD.findall("".join(one for one in folded if not unicodedata.combining(one)))
    return len(STOP_WORDS.get(code, frozenset()) & set(words))


@cache
def _every_language() -> "LanguageDetector":
    from lingua import LanguageDetectorBuilder

    # Of a long text this mode tells as much, for 60 MB in place of a gigabyte.
    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()
