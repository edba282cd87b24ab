"""What each figure of a text is said of: in "front 2.0, rear 2.9" the second is a figure of the rear alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.facts import facts_of
from bot.language_data import content_stems, plain, read_data
from bot.sentences import Part
from bot.tables import cells_of

_ENUMERATOR = re.compile(r"^\s*(?:\d{1,2}|[a-z])[.)]\s")
# What parts two things that are told in one sentence (en, de, fr, it, es); "2,5", "1.000" and "EN 50:2" stay whole.
_PARTED = re.compile(
    r"[;|]|[,:](?=\s)|\s[–—-]\s|\b(?:and|or|but|while|whereas|und|oder|aber|et|ou|mais|e|o|ma|y|pero|mientras)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FigurePlace:
    """One or more figures and the words that are said of them.

    Args:
        figures: value and unit of each; the unit is empty where none stands beside it.
        stems: of the words beside them.
    """

    figures: frozenset[tuple[str, str]]
    stems: frozenset[str]


def places_of(text: str, language: str) -> tuple[FigurePlace, ...]:
    """The figures of a sentence with what each is said of.

    Words before the first figure are said of every one where each further piece has a figure ("pressure: front 2.0,
    rear 2.9", "fill 2.0 at the front and 2.9 at the rear"). Other words without a figure belong to the one behind them
    where a sentence begins with such words, and to the one before them where it does not.

    Args:
        text: a sentence, step or warning.
        language: ISO 639-1 code.
    """
    pieces = [_piece(one, language) for one in _PARTED.split(_ENUMERATOR.sub("", text)) if one.strip()]
    first = next((at for at, piece in enumerate(pieces) if piece.figures), len(pieces))
    told = pieces[first:]
    before = _union(piece.before | piece.behind for piece in pieces[:first])
    if all(piece.figures for piece in told):
        if len(told) > 1 and not any(piece.before for piece in told[1:]):
            before |= told[0].before
        return tuple(FigurePlace(piece.figures, piece.before | piece.behind | before) for piece in told)
    places: list[FigurePlace] = []
    waiting: frozenset[str] = frozenset()
    for piece in pieces if first else reversed(pieces):
        waiting |= piece.before | piece.behind
        if piece.figures:
            places.append(FigurePlace(piece.figures, waiting))
            waiting = frozenset()
    places[-1] = FigurePlace(places[-1].figures, places[-1].stems | waiting)
    return tuple(places)


def places_of_row(text: str, row: Part, head: Part | None, language: str) -> tuple[FigurePlace, ...]:
    """The figures of a table's row, each said of the row's first cell and of its column.

    Args:
        text: of the passage.
        row: the row.
        head: the row of column names, where the table has one.
        language: ISO 639-1 code.
    """
    cells = [text[start:end] for start, end in cells_of(text, row)]
    names = [text[start:end] for start, end in cells_of(text, head)] if head else []
    names += [""] * (len(cells) - len(names))
    return tuple(
        FigurePlace(figures, _stems(f"{cells[0]} {name} {cell}", language))
        for cell, name in zip(cells[1:], names[1:], strict=False)
        if (figures := _piece(cell, language).figures)
    )


def given_to_another(said: Iterable[FigurePlace], known: Sequence[FigurePlace], common: frozenset[str]) -> bool:
    """Whether a sentence says a figure of what its source says another figure of.

    Args:
        said: the places of the sentence.
        known: those of its source.
        common: stems of what the whole source is about, such as its headings.
    """
    for place in said:
        own = [one.stems for one in known if _values(one) & _values(place)]
        others = [one.stems for one in known if not _values(one) & _values(place) and _comparable(one, place)]
        if own and place.stems & _union(others) - _union(own) - common:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Piece:
    figures: frozenset[tuple[str, str]]
    before: frozenset[str]
    behind: frozenset[str]


def _piece(text: str, language: str) -> _Piece:
    facts = facts_of(text)
    at = min((text.find(fact.words) for fact in facts), default=0)
    return _Piece(
        frozenset((fact.value, fact.unit) for fact in facts), _stems(text[:at], language), _stems(text[at:], language)
    )


def _stems(text: str, language: str) -> frozenset[str]:
    words = set(re.findall(r"\w+", plain(text)))
    return frozenset(content_stems(text, language)) | (_sides(language) & words)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


@cache
def _sides(language: str) -> frozenset[str]:
    """Words that tell places apart though search leaves them out: "avant" parts a front tyre from a rear one."""
    content = read_data("support.yaml")["languages"]
    return frozenset(content.get(language, content["en"])["sides"].split())


def _values(place: FigurePlace) -> frozenset[str]:
    return frozenset(value for value, _ in place.figures)


def _comparable(first: FigurePlace, second: FigurePlace) -> bool:
    return any(one == other or not one or not other for _, one in first.figures for _, other in second.figures)
