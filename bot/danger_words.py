"""What the words of a message, and parts of words, say of danger: a linear model that takes a tenth of a millisecond.

It stands beside the danger model, which reads a whole message: what has no word of danger at all need not be read, and
what both find is surer. Trained by `training.danger.words`.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.errors import DangerModelUnavailable
from bot.language_data import plain
from bot.shipped_file import path_of_shipped

FILE = "danger-words.npz"
SHA256 = "029b6aca2475c23706467d9b77d550be4a428272134b87fe7525945820944715"
"""Of the file that `training.danger.words` wrote."""
PLACES = 1 << 18
"""How many weights there are; words that share one are rare enough (16 bits lose a twentieth of what is found)."""
_CALLED = "The words of danger"
_WORD = re.compile(r"\w+")
_PARTS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class DangerWords:
    """Weighs words and parts of words.

    Args:
        weights: of shape (PLACES,).
        offset: of a message without words.
    """

    weights: NDArray[np.float32]
    offset: float

    def score(self, text: str) -> float:
        """Log-odds of danger.

        Args:
            text: as it was written.
        """
        found = word_places(text)
        places = np.fromiter(found, np.int64, len(found))
        values = np.fromiter(found.values(), np.float32, len(found))
        return float(self.weights[places] @ values) + self.offset


def word_places(text: str) -> dict[int, float]:
    """The places in the table of a text's words, pairs of words and parts of words, with how much each counts.

    Words and parts have the length 1 each, so that a long message counts no more than a short one.

    Args:
        text: as it was written.
    """
    words = _WORD.findall(plain(text))
    whole = [f"_{one}" for one in words] + [f"_{one} {other}" for one, other in pairwise(words)]
    parts = [part for word in words for part in _parts(f" {word} ")]
    places: dict[int, float] = {}
    for some in (whole, parts):
        counts = Counter(crc32(one.encode()) % PLACES for one in some)
        length = sum(count * count for count in counts.values()) ** 0.5
        for place, count in counts.items():
            places[place] = places.get(place, 0.0) + count / length
    return places


def _parts(word: str) -> list[str]:
    return [word[at : at + size] for size in _PARTS for at in range(max(1, len(word) - size + 1))]


@cache
def danger_words() -> DangerWords:
    """The words that ship with the bot, read once a process.

    Raises:
        DangerModelUnavailable: they are missing or damaged.
    """
    return open_danger_words(path_of_shipped(Path(__file__).with_name(FILE), SHA256, _CALLED, DangerModelUnavailable))


def open_danger_words(path: str) -> DangerWords:
    """Read a table of words.

    Args:
        path: of the file.

    Raises:
        DangerModelUnavailable: it is no such table.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return DangerWords(content["weights"].astype(np.float32), float(content["offset"]))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DangerModelUnavailable(f"{_CALLED} cannot be read ({error}).") from error
