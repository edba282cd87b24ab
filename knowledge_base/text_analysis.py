"""How texts and questions become the tokens of the keyword index."""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]

from knowledge_base.stop_words import STOP_WORDS

# Raise the number whenever the tokens of any text change: older releases are then indexed anew when opened.
ANALYSIS = f"2 (PyStemmer {Stemmer.version()})"

_STEMMERS = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish", "nl": "dutch",
    "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nb": "norwegian", "no": "norwegian", "fa": "persian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# \w leaves out the vowel signs of Indic scripts, which would cut their words.
_LETTER = rf"(?:(?![_{_UNSPACED}])[\w\u0900-\u0dff])"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:[.,]\d+)+)"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>{_LETTER}+(?:[-'’]{_LETTER}+)*)"
)
_UNITS = "bar|psi|kpa|kmh|mph|km|mm|cm|kg|kwh|kw|ah|nm|rpm|min|hz|lbs|lb|ft|l|m|g|v|a|w"
# Of a number such as 2.4 the last digits suffice to tell where its unit begins.
_NUMBER_AND_UNIT = re.compile(rf"(?<![^\W_])(\d+)({_UNITS})(?!\w|-\d)")
_SPACED_THOUSANDS = re.compile("(?<=\\d)[\u00a0\u202f](?=\\d{3}(?!\\d))")
# An exponent or the mark of a footnote is no digit of the number that it stands at.
_RAISED = re.compile("(?<=\\d)(?=[⁰¹²³⁴-⁹])")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0652\u0640]")
_NONE: frozenset[str] = frozenset()

# A release says the same words over and again: analysing each once builds its index in a third of the time.
_KEPT_WORDS = 32_768

_per_thread = threading.local()


def analyse_text(text: str, language: str) -> list[str]:
    """The tokens of a text, in order: folded, stemmed, without stop words.

    Numbers are told the same way in every language (`2,4` and `2.4`, `15,000` and `15.000`), units stand apart from
    them, codes stay whole (`p0420`), and scripts without spaces become single characters and pairs of them.

    Args:
        text: any text.
        language: ISO 639-1 code; without a stemmer for it words stay as they are.
    """
    return list(_tokens(_plain(text), language, STOP_WORDS.get(language, _NONE)))


def analyse_question(text: str, languages: Iterable[str]) -> list[str]:
    """The distinct tokens of a question, as texts in any of these languages would have them.

    Args:
        text: any text.
        languages: ISO 639-1 codes of the texts that are searched.
    """
    languages = tuple(languages)
    plain = _plain(text)
    # A word without meaning in one language would be rare, and so weigh much, among the texts of another.
    stop_words = _NONE.union(*(STOP_WORDS.get(language, _NONE) for language in languages))
    found: dict[str, None] = {}
    for language in languages:
        found.update(dict.fromkeys(_tokens(plain, language, stop_words)))
    return list(found)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", _RAISED.sub(" ", _SPACED_THOUSANDS.sub("", text))).casefold()
    return _NUMBER_AND_UNIT.sub(r"\1 \2", text)


def _tokens(plain: str, language: str, stop_words: frozenset[str]) -> Iterable[str]:
    for match in _TOKEN.finditer(plain):
        found = match.group()
        if match.lastgroup == "number":
            yield re.sub("[.,]", "", found) if _GROUPED.fullmatch(found) else found.replace(",", ".")
        elif match.lastgroup == "unspaced":
            yield from found
            yield from (found[at : at + 2] for at in range(len(found) - 1))
        else:
            yield from _word_tokens(found, language, stop_words)


@lru_cache(maxsize=_KEPT_WORDS)
def _word_tokens(word: str, language: str, stop_words: frozenset[str]) -> tuple[str, ...]:
    stem = _stemmer(language)
    found = []
    parts = re.split("[-'’]", word)
    if "-" in word and len(parts) <= 3:
        # "e-mail" and "email", "5W-30" and "5W30" are one thing.
        found.append(_fold("".join(parts)))
    for part in parts:
        folded = _fold(part)
        if folded in stop_words or (len(parts) > 1 and len(part) == 1 and part.isalpha()):
            continue
        if stem is None or any(letter.isdigit() for letter in part):
            found.append(folded)
        else:
            found.append(_fold(stem.stemWord(part)))
    return tuple(found)


def _fold(word: str) -> str:
    if word.isascii():
        return word
    return _MARKS.sub("", unicodedata.normalize("NFD", word))


def _stemmer(language: str) -> "Stemmer.Stemmer | None":
    name = _STEMMERS.get(language)
    if name is None:
        return None
    # A stemmer object may be used by one thread only.
    stemmers: dict[str, Stemmer.Stemmer] = _per_thread.__dict__.setdefault("stemmers", {})
    if name not in stemmers:
        stemmers[name] = Stemmer.Stemmer(name)
    return stemmers[name]
