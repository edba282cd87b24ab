"""Which columns of a sheet hold questions, answers and where they hold, by the words of its header row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Row = list[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COLUMN_WORDS: dict[str, frozenset[str]] = {
    "question": _words("question questions q frage fragen kundenfrage domanda domande pregunta preguntas demande faq"),
    "answer": _words(
        "answer answers a antwort antworten réponse reponse réponses risposta risposte respuesta response reply"
    ),
    "language": _words("language lang locale sprache langue lingua idioma"),
    "market": _words("market markets country markt märkte land marché marche pays mercato paese mercado país pais"),
    "model": _words("model models vehicle modell modelle fahrzeug modèle modele modello modelli modelo vehículo"),
    "model_year": _words(
        "modelyear modelyears year modelljahr baujahr jahr annéemodèle anneemodele année annee "
        "annomodello anno añomodelo año ano"
    ),
    "heading": _words(
        "category topic section heading kategorie thema bereich catégorie categorie thème rubrique "
        "categoria argomento categoría tema"
    ),
}
# A longer header is a sentence, in words.
MOST_WORDS = 4
# How many rows may stand above the header row.
HEADER_ROWS_SEARCHED = 10

# Columns that a header may name with any words beside, such as `Our answer`.
_IN_OTHER_WORDS = ("question", "answer")
# Words that may stand beside the others, such as `Valid for model`.
_CONNECTING = _words("for only to valid applies applicable gilt für fuer nur in pour per solo valido valable para")
# With these a header names something else: the number of a question, or an answer that is not for customers.
_SOMETHING_ELSE = _words(
    "id ids no nr num number nummer count date datum by status type typ author owner internal intern "
    "interne interner internes interno interna old alt draft entwurf note notes"
)
_LANGUAGE = re.compile(r"[\s_\-/(\[]+([a-z]{2})[)\]]?$")
_LANGUAGES = _words("bg cs da de el en es et fi fr hr hu it ja ko lt lv nb nl no pl pt ro ru sk sl sv tr uk zh")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a sheet's columns are.

    Args:
        header_row: position of the header row.
        places: position by name of column.
        pairs: language (None for that of the sheet) and positions of question and answer, once a language.
        unused: headers of the columns that are not read.
    """

    header_row: int
    places: dict[str, int]
    pairs: tuple[tuple[str | None, int, int], ...]
    unused: tuple[str, ...]

    def value(self, row: Sequence[str], name: str) -> str | None:
        """A row's cell of a column; None when it is empty or there is no such column."""
        return cell(row, self.places.get(name))


def cell(row: Sequence[str], at: int | None) -> str | None:
    """A cell of a row; None when it is empty."""
    found = row[at].strip() if at is not None and at < len(row) else ""
    return found or None


def faq_columns(rows: Sequence[Sequence[str]]) -> Columns | None:
    """The columns of a sheet of questions and answers; None when it is none.

    Args:
        rows: the first rows of the sheet.
    """
    for number, row in enumerate(rows[:HEADER_ROWS_SEARCHED]):
        places: dict[tuple[str, str | None], int] = {}
        for name_of in (_exactly, _in_other_words):
            for at, header in enumerate(row):
                name = name_of(header)
                if name is not None and at not in places.values():
                    places.setdefault(name, at)
        pairs = tuple(
            (language, at, places["answer", language])
            for (name, language), at in places.items()
            if name == "question" and ("answer", language) in places
        )
        if pairs:
            return _columns(number, row, places, pairs)
    return None


def _columns(
    number: int,
    row: Sequence[str],
    places: dict[tuple[str, str | None], int],
    pairs: tuple[tuple[str | None, int, int], ...],
) -> Columns:
    scope = {name: at for (name, language), at in places.items() if name not in _IN_OTHER_WORDS and language is None}
    used = {*scope.values(), *(at for _, question, answer in pairs for at in (question, answer))}
    unused = tuple(header.strip() for at, header in enumerate(row) if at not in used and header.strip())
    return Columns(number, scope, pairs, unused)


def _exactly(header: str) -> tuple[str, str | None] | None:
    """The column that a header names in one word, and the language it gives, as in `Answer (DE)`."""
    text = header.strip().casefold()
    found = _LANGUAGE.search(text)
    language = found[1] if found and found[1] in _LANGUAGES else None
    text = text[: found.start()] if found and language else text
    word = re.sub(r"[\s_\-/()*:]+", "", text)
    name = next((name for name, words in COLUMN_WORDS.items() if word in words), None)
    return (name, language) if name else None


def _in_other_words(header: str) -> tuple[str, str | None] | None:
    """The column that a header names in a few words."""
    words = re.findall(r"\w+", header.casefold())
    if len(words) > MOST_WORDS or _SOMETHING_ELSE & set(words):
        return None
    kept = {word for word in words if len(word) > 1 and word not in _CONNECTING}
    for name, known in COLUMN_WORDS.items():
        if kept & known and (name in _IN_OTHER_WORDS or kept <= known):
            return name, None
    return None
