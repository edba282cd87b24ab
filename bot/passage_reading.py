"""Which passages the span reader is asked about, and what becomes of an answer without it."""

import logging
from collections.abc import Sequence
from typing import Protocol

from bot.errors import ReaderUnavailable
from bot.passage_analysis import analysis_of
from bot.ranking import Asked, RankedHit
from bot.rereading import is_close
from bot.span_reader import Reading
from knowledge_base.passage import Passage

# What the reader was trained on: English, with a little French that was not measured.
_LANGUAGES = frozenset({"en"})
# What asks for steps or for all there is to say gets worse when the reader chooses.
_KINDS = frozenset({"fact", "yes_no", "unclear"})

NOT_READ = 0.5
"""Probability of an answer where nobody read."""

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
        return _read(reader, asked, passage)
    except ReaderUnavailable as error:
        _log.error("words alone choose the sentence: %s", error)
        return None


def read_passages(
    reader: PassageReader | None, asked: Asked, ranked: Sequence[RankedHit], enough: float = 1.0
) -> tuple[float, ...]:
    """How likely each of the best passages answers, as the reader sees it.

    Args:
        reader: the span reader; None where it is switched off.
        asked: the question.
        ranked: passages, best first.
        enough: behind a passage that answers with this probability only those are read that are worth nearly as much
            as the first.

    Returns:
        A probability for each passage that was read, and one half for those in a language that the reader does not
        know; none where it cannot tell.
    """
    if reader is None or asked.language not in _LANGUAGES:
        return ()
    read: list[float] = []
    try:
        for place, one in enumerate(ranked):
            if max(read, default=0.0) >= enough and not is_close(ranked, place):
                break
            passage = one.hit.passage
            known = passage.scope.language in _LANGUAGES
            read.append(_read(reader, asked, passage).answerable if known else NOT_READ)
    except ReaderUnavailable as error:
        _log.error("whether there is an answer is told without reading: %s", error)
        return ()
    return tuple(read)


def _read(reader: PassageReader, asked: Asked, passage: Passage) -> Reading:
    return reader.read(asked.text.replace("\n", " "), [passage.text])[0]


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
