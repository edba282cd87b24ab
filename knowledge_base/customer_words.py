"""Finds in a question what customers call otherwise than the documents."""

from collections.abc import Iterable

from brands import Glossary
from knowledge_base.text_analysis import analyse_text

# Customers put words in between: "how tight do the wheels have to be done up".
_MOST_WORDS_BETWEEN = 3


class CustomerWords:
    """The glossary of one brand, ready to be looked up.

    Args:
        glossary: terms of the documents with customers' phrases, by language.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._phrases: dict[str, list[tuple[list[str], str]]] = {
            language: [
                (tokens, entry.term)
                for entry in entries
                for phrase in entry.phrases
                if (tokens := analyse_text(phrase, language))
            ]
            for language, entries in glossary.items()
        }

    def terms(self, question: str, languages: Iterable[str]) -> tuple[str, ...]:
        """What the documents call the things that the question names otherwise.

        Args:
            question: the question.
            languages: languages of the passages that are searched.

        Returns:
            Each term once, in the order of the glossary.
        """
        found: dict[str, None] = {}
        for language in languages:
            phrases = self._phrases.get(language)
            if phrases:
                asked = analyse_text(question, language)
                found.update(dict.fromkeys(term for tokens, term in phrases if _stand_in(tokens, asked)))
        return tuple(found)


def _stand_in(phrase: list[str], asked: list[str]) -> bool:
    return any(token == phrase[0] and _follow(phrase[1:], asked[at + 1 :]) for at, token in enumerate(asked))


def _follow(phrase: list[str], asked: list[str]) -> bool:
    if not phrase:
        return True
    near = asked[: _MOST_WORDS_BETWEEN + 1]
    return any(token == phrase[0] and _follow(phrase[1:], asked[at + 1 :]) for at, token in enumerate(near))
