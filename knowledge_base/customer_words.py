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
        # By language and first word, since few of a glossary's phrases begin as any word of the question.
        self._phrases: dict[str, dict[str, list[tuple[list[str], int]]]] = {}
        self._terms = {language: tuple(entry.term for entry in entries) for language, entries in glossary.items()}
        for language, entries in glossary.items():
            begun = self._phrases.setdefault(language, {})
            for number, entry in enumerate(entries):
                for phrase in entry.phrases:
                    if tokens := analyse_text(phrase, language):
                        begun.setdefault(tokens[0], []).append((tokens[1:], number))

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
            begun = self._phrases.get(language)
            if begun:
                asked = analyse_text(question, language)
                numbers = {
                    number
                    for at, token in enumerate(asked)
                    for rest, number in begun.get(token, ())
                    if _follow(rest, asked[at + 1 :])
                }
                found.update(dict.fromkeys(self._terms[language][number] for number in sorted(numbers)))
        return tuple(found)


def _follow(phrase: list[str], asked: list[str]) -> bool:
    if not phrase:
        return True
    near = asked[: _MOST_WORDS_BETWEEN + 1]
    return any(token == phrase[0] and _follow(phrase[1:], asked[at + 1 :]) for at, token in enumerate(near))
