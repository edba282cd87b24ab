"""Repairs customers' slips of the finger by the words that the documents use."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

# Shorter words have too many neighbours that mean something else.
SHORTEST = 5
_WORD = re.compile(r"[^\W\d_]+")
# "doesn" is no word that could be mistyped, but the begin of "doesn't".
_CONTRACTED = re.compile(r"['’]t\b", re.IGNORECASE)


class Spelling:
    """The words of a release; safe for use by several threads.

    Args:
        counts: how many passages use each word, by its lower-case form.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        self._buckets: dict[tuple[str, int], list[str]] | None = None

    def repair(self, text: str, is_known: Callable[[str], bool]) -> str:
        """Replace every unknown word by the most used word that is one slip away.

        A slip is one letter left out, doubled, put in, changed, or swapped with the next one; the first letter is
        taken to be right, as it nearly always is (Pollock and Zamora 1984).

        Args:
            text: a question.
            is_known: whether the documents use a word in any of its forms.

        Returns:
            The text, changed only where there is such a word.
        """

        def repaired(match: re.Match[str]) -> str:
            word = match.group().lower()
            if len(word) < SHORTEST or word in self.counts or is_known(word):
                return match.group()
            if word.endswith("n") and _CONTRACTED.match(text, match.end()):
                return match.group()
            near = [one for one in self._candidates(word) if one_slip_apart(word, one)]
            return max(near, key=lambda one: (self.counts[one], one)) if near else match.group()

        return _WORD.sub(repaired, text)

    def _candidates(self, word: str) -> Iterable[str]:
        buckets = self._buckets
        if buckets is None:
            buckets = {}
            for one in self.counts:
                buckets.setdefault((one[0], len(one)), []).append(one)
            self._buckets = buckets
        for length in (len(word) - 1, len(word), len(word) + 1):
            yield from buckets.get((word[0], length), ())


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """How many texts use each word of letters that is long enough to be mistyped.

    Args:
        texts: one a passage.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word in _WORD.findall(text.lower()) if len(word) >= SHORTEST - 1})
    return dict(counts)


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter left out, put in, changed or swapped with the next makes one word of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    return (
        one[at + 1 :] == other[at + 1 :]
        or one[at:] == other[at + 1 :]
        or one[at + 1 :] == other[at:]
        or (one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :])
    )
