"""A question in another language, said in the words of English manuals, so that their passages are found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.facts import unit_of
from bot.language_data import language, plain, raw_stems, read_data
from bot.lexicon import Lexicon

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = "…"
# Between the parts of a German compound.
_JOINTS = ("", "s", "n", "en", "es")
# A word that goes on by more letters is rather a compound.
_ENDING_LETTERS = 3
_SHORTEST_COMPOUND = 8


@dataclass(frozen=True, slots=True)
class _Phrase:
    english: tuple[str, ...]
    words: tuple[str, ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line in English, and how many words of its topic are known, or stay as they are."""

    text: str
    known: int
    unknown: int


def in_english(text: str, code: str, lexicon: Lexicon) -> str | None:
    """A question in the words of English manuals; words that are not known stay as they are.

    Args:
        text: the question, with the lines of its topic.
        code: its language.
        lexicon: of the brand's release, whose own names are taken.

    Returns:
        The same lines in English; None where not most words of a topic are known, or the language is not.
    """
    if code not in _phrases():
        return None
    lines = [_line_in_english(line, code, lexicon) for line in text.split("\n") if line.strip()]
    known, unknown = sum(one.known for one in lines), sum(one.unknown for one in lines)
    # What a half of the words is found by may be anything that is told of its thing ("how laut fridge").
    return "\n".join(one.text for one in lines) if known > unknown else None


def is_translated(word: str, code: str) -> bool:
    """Whether a word of a language has a name in English manuals.

    Args:
        word: one word.
        code: its language.
    """
    said = plain(word)
    return code in _phrases() and (_phrase_at([said], 0, code) is not None or bool(_parts_of_compound(said, code)))


def _line_in_english(line: str, code: str, lexicon: Lexicon) -> _Line:
    words = _WORD.findall(plain(line))
    small = language(code).function_words
    told: list[str] = []
    known = unknown = 0
    asks = False
    used: set[int] = set()
    for at in range(len(words)):
        if at in used:
            continue
        found = _phrase_at(words, at, code)
        if found is None:
            parts = _parts_of_compound(words[at], code)
            if parts or words[at] not in small:
                is_known = bool(parts) or lexicon.frequency(raw_stems(words[at], "en")) > 0
                # Units are written alike in all languages.
                known, unknown = known + is_known, unknown + (not is_known and not unit_of(words[at]))
                told += [_usual(one, lexicon) for one in parts] or [words[at]]
            continue
        phrase, places = found
        used |= places
        if not phrase.english:
            continue
        asks, known = asks or phrase.asks, known + (not phrase.asks)
        told.append(_usual(phrase, lexicon))
    if not asks and language(code).how_to.search(plain(line)):
        told.insert(0, "how do i")
    return _Line(" ".join(dict.fromkeys(told)) + ("?" if line.rstrip().endswith("?") else ""), known, unknown)


def _phrase_at(words: Sequence[str], at: int, code: str) -> tuple[_Phrase, set[int]] | None:
    """The longest phrase that begins at a place, with all places that it takes."""
    for phrase in _phrases()[code].get(words[at][:1], ()):
        places = _places(phrase.words, words, at)
        if places is not None:
            return phrase, places
    return None


def _places(phrase: Sequence[str], words: Sequence[str], at: int) -> set[int] | None:
    if _BETWEEN in phrase:
        last = phrase[-1]
        later = (place for place in range(at + 1, len(words)) if words[place] == last)
        place = next(later, None)
        return {at, place} if place is not None and _is(phrase[0], words[at]) else None
    if at + len(phrase) > len(words) or not all(map(_is, phrase, words[at:])):
        return None
    return set(range(at, at + len(phrase)))


def _is(wanted: str, word: str) -> bool:
    if not wanted.endswith("*"):
        return wanted == word
    return word.startswith(wanted[:-1]) and (len(word) < _SHORTEST_COMPOUND or _ends_soon(wanted, word))


def _ends_soon(wanted: str, word: str) -> bool:
    return len(word) - len(wanted) + 1 <= _ENDING_LETTERS


def _usual(phrase: _Phrase, lexicon: Lexicon) -> str:
    """Of its English names the one that the documents use most."""
    return max(phrase.english, key=lambda name: lexicon.frequency(raw_stems(name, "en")))


def _parts_of_compound(word: str, code: str) -> list[_Phrase]:
    """The phrases of which a word is made, or the one with which it begins."""
    if len(word) < _SHORTEST_COMPOUND:
        return []
    begins = [
        (phrase, word[len(phrase.words[0].rstrip("*")) :])
        for phrase in _phrases()[code].get(word[:1], ())
        if len(phrase.words) == 1 and word.startswith(phrase.words[0].rstrip("*"))
    ]
    for phrase, rest in begins:
        for joint in _JOINTS:
            if rest.startswith(joint) and len(rest) > len(joint):
                second = _phrase_at([rest[len(joint) :]], 0, code)
                if second is not None:
                    return [phrase, second[0]]
    return next(([phrase] for phrase, _ in begins if phrase.words[0].endswith("*")), [])


@cache
def _phrases() -> dict[str, dict[str, tuple[_Phrase, ...]]]:
    """Of each language, the phrases by their first letter, those of more words first."""
    found: dict[str, dict[str, list[_Phrase]]] = {}
    for code, phrase in _read():
        found.setdefault(code, {}).setdefault(phrase.words[0][0], []).append(phrase)
    return {
        code: {first: tuple(sorted(phrases, key=_longest_first)) for first, phrases in by_letter.items()}
        for code, by_letter in found.items()
    }


def _longest_first(phrase: _Phrase) -> tuple[int, int]:
    return -len(phrase.words), -sum(map(len, phrase.words))


def _read() -> Iterator[tuple[str, _Phrase]]:
    for section, entries in read_data("in_english.yaml").items():
        for english, by_language in entries.items():
            names = tuple(english.split(" / ")) if english else ()
            for code, phrases in by_language.items():
                for one in phrases.split("|"):
                    words = tuple(re.findall(r"[^\W_]+\*?|…", one))
                    yield code, _Phrase(names, words, section == "asks")
