"""Sentences with their passage numbers, out of a text that comes piece by piece."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.sentences import parts_of

_NUMBERS = re.compile(r"(?:\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\][\s,]*)+")
_PERHAPS_NUMBERS = re.compile(r"(?:\[[\d\s,;]*\]?[\s,]*)*")
_SPACE_BEFORE_NUMBERS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_THOUGHT, _THOUGHT_ENDS = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, step or list item of an answer.

    Args:
        text: its words, without passage numbers.
        numbers: the passages it names, in its order.
        joint: what parts it from the sentence before.
    """

    text: str
    numbers: tuple[int, ...]
    joint: str


class SentenceReader:
    """Gives out each sentence once it is whole; its numbers may stand before or after its full stop."""

    def __init__(self) -> None:
        self._waiting = ""
        self._joint = ""
        self._begun = False

    def read(self, piece: str) -> Iterator[Sentence]:
        """Take in a piece.

        Args:
            piece: the next piece of the text.

        Yields:
            The sentences that are now whole.
        """
        self._waiting += piece
        if self._thinks():
            return
        yield from self._take(final=False)

    def end(self) -> Iterator[Sentence]:
        """Give out what is left."""
        if not self._waiting.lstrip().startswith(_THOUGHT):
            yield from self._take(final=True)

    def _thinks(self) -> bool:
        """Whether the text still is, or may become, the aloud thinking that some open models begin with."""
        if self._begun:
            return False
        text = self._waiting.lstrip()
        if text.startswith(_THOUGHT):
            _, ends, rest = text.partition(_THOUGHT_ENDS)
            if not ends:
                return True
            text = rest.lstrip()
        elif _THOUGHT.startswith(text):
            return True
        self._waiting = text
        self._begun = bool(text)
        return not self._begun

    def _take(self, *, final: bool) -> Iterator[Sentence]:
        text = self._waiting
        starts = _starts(text)
        whole = len(starts) if final else len(starts) - 1
        if not final and starts and _PERHAPS_NUMBERS.fullmatch(text, starts[-1]):
            # The numbers of the sentence before may still be coming.
            whole -= 1
        if whole < 1:
            return
        ends = [*starts[1:], len(text)]
        for start, end in zip(starts[:whole], ends[:whole], strict=True):
            piece = text[start:end]
            yield _sentence(piece.strip(), self._joint)
            self._joint = _joint_after(piece)
        self._waiting = text[ends[whole - 1] :]


def _starts(text: str) -> list[int]:
    starts: list[int] = []
    for part in parts_of(text):
        numbers = _NUMBERS.match(text, part.start)
        if numbers is None or not starts:
            starts.append(part.start)
        elif numbers.end() < part.end:
            starts.append(numbers.end())
    return starts


def _sentence(text: str, joint: str) -> Sentence:
    numbers = [int(one) for found in _SPACE_BEFORE_NUMBERS.findall(text) for one in re.split(r"\s*[,;]\s*", found)]
    return Sentence(_SPACE_BEFORE_NUMBERS.sub("", text).strip(), tuple(dict.fromkeys(numbers)), joint)


def _joint_after(piece: str) -> str:
    space = piece[len(piece.rstrip()) :]
    return "\n\n" if space.count("\n") > 1 else "\n" if "\n" in space else " "
