"""What the bot knows of each language: small words, marks of what a message wants, and stems."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsInvalid

_STEMMERS = {"en": "english", "de": "german", "fr": "french", "it": "italian", "es": "spanish"}
# A word, or a number with its decimals ("2.4", "15,000").
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\W_]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})


@dataclass(frozen=True, slots=True)
class Language:
    """What the bot knows of one language.

    Args:
        code: ISO 639-1 code.
        function_words: words without a topic, accents removed.
        dependent: what shows that a message leans on an earlier one.
        affirmative: a bare yes.
        person: the wish for a human.
        anger: anger at the bot or the brand.
        price: a question after money.
        and_part: words that join two questions.
    """

    code: str
    function_words: frozenset[str]
    dependent: re.Pattern[str]
    affirmative: re.Pattern[str]
    person: re.Pattern[str]
    anger: re.Pattern[str]
    price: re.Pattern[str]
    and_part: re.Pattern[str]


def plain(text: str) -> str:
    """Write a text in lower case, without accents and with straight apostrophes."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def read_data(name: str) -> Any:
    """Read a data file that ships with the bot.

    Args:
        name: its name, such as `phrases.yaml`.

    Raises:
        SettingsInvalid: it is missing or no YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    path = Path(__file__).with_name(name)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader, in C where there is one
    except (OSError, yaml.YAMLError) as error:
        raise SettingsInvalid(f"{path} cannot be read; install the package again ({error.__class__.__name__})") from None


@cache
def languages() -> dict[str, Language]:
    """Read what is known of every language, by code."""
    content = read_data("languages.yaml")
    return {
        code: Language(
            code=code,
            function_words=frozenset(plain(one["function_words"]).split()),
            **{
                field: re.compile(one[field])
                for field in ("dependent", "affirmative", "person", "anger", "price", "and_part")
            },
        )
        for code, one in content.items()
    }


def language(code: str) -> Language:
    """What is known of one language; English where nothing is."""
    return languages().get(code, languages()["en"])


@cache
def _stemmer(code: str) -> Any:
    import Stemmer  # noqa: PLC0415 - a compiled library, needed with the first question only

    return Stemmer.Stemmer(_STEMMERS.get(code, "english"), 20_000)


@lru_cache(maxsize=65_536)
def stem(word: str, code: str) -> str:
    """The stem of one word in lower case, without accents.

    Args:
        word: in lower case.
        code: ISO 639-1 code of the language.
    """
    return plain(str(_stemmer(code).stemWord(word)))


def words(text: str) -> Iterator[str]:
    """The words and numbers of a text, in lower case."""
    for found in _WORD.finditer(text.translate(_APOSTROPHES)):
        yield found.group().casefold()


def content_stems(text: str, code: str) -> tuple[str, ...]:
    """The stems of the words that carry a topic, in the order of the text, repeated ones included.

    Args:
        text: any text.
        code: ISO 639-1 code of its language.
    """
    small = language(code).function_words
    return tuple(stem(word, code) for word in words(text) if plain(word) not in small and (len(word) > 1 or word.isdigit()))
