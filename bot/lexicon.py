"""How rare each word is in what a brand knows."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from math import log
from threading import Lock

from bot.language_data import content_stems
from knowledge_base.passage import Passage

# So many passages tell how rare a word is; more would only cost time.
_PASSAGES_READ = 5_000
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Document frequencies of the stems of a release.

    Args:
        passages: how many passages were read.
        frequencies: in how many of them each stem stands.
    """

    passages: int
    frequencies: Counter[str]

    def knows(self, stem: str) -> bool:
        """Whether any passage has the stem."""
        return stem in self.frequencies

    def mentions(self, thing: str) -> bool:
        """Whether any passage has a thing of the glossary, be it as a part of a longer word ("Reifendruck")."""
        name = thing.lstrip("=")
        return self.knows(thing) or any(name in stem for stem in self.frequencies)

    def weight(self, stem: str) -> float:
        """Inverse document frequency, from 0.2 for what stands everywhere to log(2n + 2) for what stands nowhere.

        The formula is BM25's (Robertson and Zaragoza 2009).
        """
        frequency = self.frequencies.get(stem, 0)
        return max(0.2, log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5)))

    def share(self, wanted: Iterable[str], given: frozenset[str] | set[str]) -> float:
        """Share of the wanted stems that are given, weighted by how rare they are; 0 where nothing is wanted."""
        stems = set(wanted)
        total = sum(self.weight(stem) for stem in stems)
        return sum(self.weight(stem) for stem in stems if stem in given) / total if total else 0.0


def lexicon_of(passages: Iterable[Passage]) -> Lexicon:
    """Count the stems of passages.

    Args:
        passages: of one release; the first 5,000 are read.
    """
    frequencies: Counter[str] = Counter()
    count = 0
    for passage in islice(passages, _PASSAGES_READ):
        frequencies.update(passage_stems(passage))
        count += 1
    return Lexicon(count, frequencies)


def passage_stems(passage: Passage) -> frozenset[str]:
    """The stems of a passage's title, headings, question and text."""
    return frozenset(content_stems(passage.embedded_text, passage.scope.language))


class LexiconShelf:
    """The lexicons of the releases that were asked for lately; safe for use by several threads.

    Args:
        passages_of: reads the passages of a brand's release.
    """

    def __init__(self, passages_of: Callable[[str, str], Iterable[Passage]]) -> None:
        self._passages_of = passages_of
        self._kept: OrderedDict[tuple[str, str], Lexicon] = OrderedDict()
        self._lock = Lock()

    def of(self, brand_id: str, release_id: str) -> Lexicon:
        """The lexicon of one release."""
        key = (brand_id, release_id)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = lexicon_of(self._passages_of(brand_id, release_id))
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
