"""Which language a text is in."""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from knowledge_base.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from lingua import LanguageDetector

# Languages that their small words tell, with their letters beside a to z. Afrikaans has the small words of Dutch,
# Galician those of Portuguese: these two are not told by them.
_LETTERS = {"de": "äöü", "en": "", "es": "áéíñóúü", "fr": "àâæçèéêëîïôùûüœ", "it": "àèéìòóù"}
# So many different small words that no other language of the lists has tell one, and so many times those of the next.
# Of 20,000 texts of 137 languages two are told where `language_shares` does not tell, and none otherwise.
SURE_WORDS = 6
_TIMES_THE_NEXT = 4
# A stretch of so many letters without a small word may be in another language.
_LETTERS_WITHOUT = 160
# A larger share of other letters in a text comes from another language or script.
_MOST_OTHER_LETTERS = 0.02

_WORD = re.compile(r"[^\W\d_]+")
_LETTER_BEYOND_Z = re.compile(r"[^\W\d_\x00-\x7f]")
_MARKS = re.compile("[\u0300-\u036f]+")
_LISTS_WITH = Counter(word for words in STOP_WORDS.values() for word in words)
_OWN_WORDS = {code: frozenset(one for one in words if _LISTS_WITH[one] == 1) for code, words in STOP_WORDS.items()}


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


def language_by_small_words(text: str, least: int = SURE_WORDS) -> str | None:
    """The language whose small words, such as "the", stand all over a text; None where they do not tell.

    It takes a fiftieth of the time of `language_shares`, and no memory.

    Args:
        text: some sentences.
        least: how many different words that only this language has must be among them.

    Returns:
        ISO 639-1 code.
    """
    words = _words(text)
    used = set(words)
    (most, code), (next_most, _) = sorted(((len(own & used), one) for one, own in _OWN_WORDS.items()), reverse=True)[:2]
    if code not in _LETTERS or most < max(least, _TIMES_THE_NEXT * next_most):
        return None
    if _count_other_letters(text, code) > _MOST_OTHER_LETTERS * sum(map(len, words)):
        return None
    without = 0
    for word in words:
        without = 0 if word in STOP_WORDS[code] else without + len(word)
        if without > _LETTERS_WITHOUT:
            return None
    return code


def count_small_words(text: str, code: str) -> int:
    """How many different small words of a language, such as "the", a text holds: none where it only lists names.

    Args:
        text: any text.
        code: ISO 639-1 code; of a language whose small words are not known, there are none.
    """
    return len(STOP_WORDS.get(code, frozenset()) & set(_words(text)))


def _count_other_letters(text: str, code: str) -> int:
    if text.isascii():
        return 0
    letters = _LETTER_BEYOND_Z.findall(unicodedata.normalize("NFC", text.casefold()))
    return sum(one not in _LETTERS[code] for one in letters)


def _words(text: str) -> list[str]:
    folded = text.casefold()
    if not folded.isascii():
        folded = _MARKS.sub("", unicodedata.normalize("NFKD", folded))
    return _WORD.findall(folded)


@cache
def _every_language() -> "LanguageDetector":
    from lingua import LanguageDetectorBuilder

    # Of a long text this mode tells as much, for 60 MB in place of a gigabyte.
    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()
