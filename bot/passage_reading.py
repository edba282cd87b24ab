"""Which passages the span reader is asked about, and what becomes of an answer without it."""

import logging
from collections.abc import Sequence
from typing import Protocol

from bot.errors import ReaderUnavailable
from bot.passage_analysis import analysis_of
from bot.ranking import Asked
from bot.span_reader import Reading
from knowledge_base.passage import Passage

# What the reader was trained on: English, with a little French that was not measured.
_LANGUAGES = frozenset({"en"})
# What asks for steps or for all there is to say gets worse when the reader chooses.
_KINDS = frozenset({"fact", "yes_no", "unclear"})

_log = logging.getLogger(__name__)


class PassageReader(Protocol):
    """Sees where in a passage an answer stands."""

    def read(self, question: str, passages: Sequence[str]) -> tuple[Reading, ...]:
        """Read each passage for an answer.

        Args:
            question: as asked.
            passages: texts.

        Raises:
            ReaderUnavailable: it cannot be used.
        """
        ...


def reading_of(reader: PassageReader | None, asked: Asked, passage: Passage) -> Reading | None:
    """Where the reader sees the answer, or None where words alone choose what is quoted.

    Args:
        reader: the span reader; None where it is switched off.
        asked: the question.
        passage: where the answer stands.
    """
    if reader is None or not _is_chosen_from(asked, passage):
        return None
    try:
        return reader.read(asked.text.replace("\n", " "), [passage.text])[0]
    except ReaderUnavailable as error:
        _log.error("words alone choose the sentence: %s", error)
        return None


def probability_read(reader: PassageReader | None, asked: Asked, passages: Sequence[Passage]) -> float | None:
    """How likely one of several passages answers, as the reader sees it; None where it cannot tell.

    Args:
        reader: the span reader; None where it is switched off.
        asked: the question.
        passages: at least one.
    """
    texts = [one.text for one in passages if one.scope.language in _LANGUAGES]
    if reader is None or asked.language not in _LANGUAGES or not texts:
        return None
    try:
        return max(one.answerable for one in reader.read(asked.text.replace("\n", " "), texts))
    except ReaderUnavailable as error:
        _log.error("whether there is an answer is told without reading: %s", error)
        return None


def _is_chosen_from(asked: Asked, passage: Passage) -> bool:
    """Whether a part of a passage is quoted for a fact, in a language that the reader knows."""
    known = analysis_of(passage)
    return (
        asked.kind in _KINDS
        and asked.language in _LANGUAGES
        and passage.scope.language in _LANGUAGES
        and passage.kind not in {"faq", "warning"}
        and not known.is_procedure
        and len(known.parts) > 1
        and all(part.kind != "row" for part in known.parts)
    )
