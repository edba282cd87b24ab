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
from bot.personal_data import PLACEHOLDER
from knowledge_base.text_analysis import analyse_text

# French inversion ("garde-t-il") and "-moi", which would else make one word of two.
_INVERSION = re.compile(r"-(?:t-)?(?:ils?|elles?|on|je|tu|nous|vous|ce|moi|les?|la|y|en)\b", re.IGNORECASE)
# What is one word for English phrases whose other words alone would mean another thing: "turn it on" is "switch it on",
# what "broke down" did not break, and what is free of charge has nothing to do with charging.
_IN_ONE_WORD = (
    (re.compile(r"\bturn(?:s|ed|ing)?(?=(?: [a-z-]+){0,3} (?:on|off)\b)", re.IGNORECASE), "switch"),
    (re.compile(r"\b(?:break(?:s|ing)?|broken?)[ -]down\b", re.IGNORECASE), "breakdown"),
    (re.compile(r"\bfree of charge\b", re.IGNORECASE), "free"),
)
# Begins the stem of every thing of the glossary; no word begins so.
_THING = "="
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})


@dataclass(frozen=True, slots=True)
class Language:
    """What the bot knows of one language.

    Args:
        code: ISO 639-1 code.
        function_words: words without a topic, accents removed.
        elsewhere: those of them that are words of another language too and tell nothing in a message of a few words.
        dependent: what shows that a message leans on an earlier one.
        person: the wish for a human.
        anger: anger at the bot or the brand.
        price: a question after money.
        and_part: words that join two questions.
        how_to: a question after how to do something.
        how_long: how a question asks for a time or a load.
        asks_colour: a question after a colour.
        colour: what names one.
        shows_code: how a message says where it read a code.
        greeting: a bare greeting.
        thanks: bare thanks, or that something helped.
        bye: a bare farewell.
        introduction: the words of who says hello and tells their vehicle.
        what_are_you: a question whether a human or a machine answers.
        owning: how a message says that its writer has a vehicle, for whose name § stands.
        names_only: a message of nothing but names, for which § stands.
        overview: a message that asks for no one thing, such as what the bot can do; § stands for names.
        irregular: the stem of the verb that each irregular form is of, by the form's own stem.
        loads: how a follow-up says for which load, by the words of documents; the first that is found counts.
        markets: how a message says in which country its writer is, by market.
    """

    code: str
    function_words: frozenset[str]
    elsewhere: frozenset[str]
    dependent: re.Pattern[str]
    person: re.Pattern[str]
    anger: re.Pattern[str]
    price: re.Pattern[str]
    and_part: re.Pattern[str]
    how_to: re.Pattern[str]
    how_long: re.Pattern[str]
    asks_colour: re.Pattern[str]
    colour: re.Pattern[str]
    shows_code: re.Pattern[str]
    greeting: re.Pattern[str]
    thanks: re.Pattern[str]
    bye: re.Pattern[str]
    introduction: re.Pattern[str]
    what_are_you: re.Pattern[str]
    owning: re.Pattern[str]
    names_only: re.Pattern[str]
    overview: re.Pattern[str]
    irregular: dict[str, str]
    loads: dict[str, re.Pattern[str]]
    markets: dict[str, re.Pattern[str]]


def plain(text: str) -> str:
    """Write a text in lower case, without accents and with straight apostrophes."""
    if text.isascii():
        return text.casefold()
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
        raise SettingsInvalid(
            f"{path} cannot be read; install the package again ({error.__class__.__name__})"
        ) from None


@cache
def languages() -> dict[str, Language]:
    """Read what is known of every language, by code."""
    content = read_data("languages.yaml")
    return {
        code: Language(
            code=code,
            function_words=frozenset(plain(one["function_words"]).split()),
            elsewhere=frozenset(one["elsewhere"].split()),
            irregular=dict(_irregular(one.get("irregular", ""), code)),
            loads={load: re.compile(pattern) for load, pattern in one["loads"].items()},
            markets={market: re.compile(pattern) for market, pattern in one["markets"].items()},
            **{
                field: re.compile(one[field])
                for field in (
                    "dependent",
                    "person",
                    "anger",
                    "price",
                    "and_part",
                    "how_to",
                    "how_long",
                    "asks_colour",
                    "colour",
                    "shows_code",
                    "greeting",
                    "thanks",
                    "bye",
                    "introduction",
                    "what_are_you",
                    "owning",
                    "names_only",
                )
            },
            overview=re.compile("|".join(one["overview"])),
        )
        for code, one in content.items()
    }


def _irregular(verbs: str, code: str) -> Iterator[tuple[str, str]]:
    for verb in filter(None, verbs.split(",")):
        stem, *forms = analyse_text(verb, code)
        yield from ((form, stem) for form in forms)


def language(code: str) -> Language:
    """What is known of one language; English where nothing is."""
    return languages().get(code, languages()["en"])


def language_by_words(text: str) -> str | None:
    """The language whose small words a text has, where it has no other's; None where that does not tell.

    Of 3,387 questions in five languages that it decided, none was wrong; the detector, which takes 0.4 s to load,
    was wrong on 24 of them (docs/decisions/0006-deciding-and-extracts.md).

    Args:
        text: what a customer wrote.
    """
    words = frozenset(_WORD.findall(plain(text)))
    telling = [code for code, own in _own_words().items() if not own.isdisjoint(words)]
    return telling[0] if len(telling) == 1 else None


@cache
def _own_words() -> dict[str, frozenset[str]]:
    """The function words of each language that no other one has."""
    words = {code: one.function_words for code, one in languages().items()}
    return {
        code: own
        - language(code).elsewhere
        - frozenset().union(*(others for other, others in words.items() if other != code))
        for code, own in words.items()
    }


def content_stems(text: str, code: str) -> tuple[str, ...]:
    """The stems of the words that carry a topic, in the order of the text, repeated ones included.

    Words and phrases of one line of the glossary become one stem, so that customers' words and manuals' words meet.

    Args:
        text: any text.
        code: ISO 639-1 code of its language.
    """
    return tuple(thing or phrase[0] for phrase, thing in read_things(raw_stems(text, code), code))


def words_for_phrases(text: str) -> tuple[str, ...]:
    """The words that say in one what an English text says in a phrase, such as "switch" for "turn it on"."""
    return tuple(word for phrase, word in _IN_ONE_WORD if phrase.search(text))


# A question asks 24 times, for its own words and for headings that come back: .5 ms of it, .15 where they are kept.
@lru_cache(maxsize=4096)
def raw_stems(text: str, code: str) -> tuple[str, ...]:
    """The stems of the words that carry a topic, before the glossary makes things of them."""
    small = _small_stems(code)
    text = PLACEHOLDER.sub(" ", text)
    if code == "fr":
        text = _INVERSION.sub(" ", text)
    elif code == "en":
        for phrase, word in _IN_ONE_WORD:
            text = phrase.sub(word, text)
    return _without(small, text, code)


def _without(small: frozenset[str], text: str, code: str) -> tuple[str, ...]:
    irregular = language(code).irregular
    return tuple(irregular.get(token, token) for token in analyse_text(text, code) if token not in small)


def read_things(tokens: tuple[str, ...], code: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Read stems as things of the glossary, the longest phrase first.

    Args:
        tokens: what `raw_stems` gave.
        code: their language.

    Yields:
        The stems of each phrase or word and the thing it names; an empty string where it names none.
    """
    table = _glossary(code)
    at = 0
    while at < len(tokens):
        for phrase, thing in table.get(tokens[at], ()):
            if tokens[at : at + len(phrase)] == phrase:
                yield phrase, thing
                at += len(phrase)
                break
        else:
            yield (tokens[at],), ""
            at += 1


def thing_name(thing: str) -> str:
    """The name of a thing, as manuals call it."""
    return thing.removeprefix(_THING)


def names_of_thing(thing: str, code: str) -> tuple[str, ...]:
    """Every name of a thing, that of manuals first; empty where the language does not know it.

    Args:
        thing: what `read_things` gave.
        code: its language.
    """
    return _names(code).get(thing, ())


def names_thing(word: str, code: str) -> bool:
    """Whether a word stands in a name of a thing of the glossary.

    Args:
        word: one word.
        code: its language.
    """
    return not _words_of_things(code).isdisjoint(analyse_text(word, code))


def is_thing(stem: str) -> bool:
    """Whether a stem is a thing of the glossary."""
    return stem.startswith(_THING)


@cache
def _glossary(code: str) -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    small = _small_stems(code)
    table: dict[str, dict[tuple[str, ...], str]] = {}
    for line in read_data("glossary.yaml").get(code, ()):
        names = [name.strip() for name in str(line).split("|")]
        for name in names:
            phrase = _without(small, name, code)
            # A phrase of which one word is left, such as the "seat" of "car seat", would mean too much.
            if phrase and (len(phrase) > 1 or len(name.split()) == 1):
                table.setdefault(phrase[0], {}).setdefault(phrase, _THING + names[0])
    # The longest phrase counts.
    return {first: tuple(sorted(phrases.items(), key=lambda one: -len(one[0]))) for first, phrases in table.items()}


@cache
def _words_of_things(code: str) -> frozenset[str]:
    return frozenset(stem for phrases in _glossary(code).values() for phrase, _ in phrases for stem in phrase)


@cache
def _names(code: str) -> dict[str, tuple[str, ...]]:
    lines = ([name.strip() for name in str(line).split("|")] for line in read_data("glossary.yaml").get(code, ()))
    return {_THING + names[0]: tuple(names) for names in lines}


@cache
def _small_stems(code: str) -> frozenset[str]:
    small = language(code).function_words
    return small | frozenset(token for word in small for token in analyse_text(word, code))
