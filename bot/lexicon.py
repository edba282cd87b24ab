"""How rare each word is in what a brand knows."""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import log
from threading import Lock

from bot.language_data import plain, raw_stems, read_things
from bot.whole_words import whole_words
from brands import Glossary
from knowledge_base.passage import Passage
from knowledge_base.release_store import ReleaseStore

# So many passages tell how rare a word is; more would only cost time.
_PASSAGES_READ = 5_000
_KEPT = 64
_CODE = re.compile(r"[a-z]{1,2}(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Document frequencies of the stems of a release.

    Args:
        passages: how many passages were read.
        frequencies: in how many of them each stem or thing stands.
        raw_frequencies: in how many of them each stem stands, before the glossary makes things of them.
    """

    passages: int
    frequencies: Counter[str]
    raw_frequencies: Counter[str]
    _weights: dict[int, float] = field(default_factory=dict, init=False, repr=False, compare=False)
    _codes: dict[int, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for stem in self.raw_frequencies:
            if found := _CODE.fullmatch(stem):
                self._codes.setdefault(int(found[1]), []).append(stem)

    def codes(self, number: int) -> tuple[str, ...]:
        """The codes of the documents that have a number behind one or two letters, such as "e07"."""
        return tuple(self._codes.get(number, ()))

    def knows(self, stem: str) -> bool:
        """Whether any passage has the stem."""
        return stem in self.frequencies

    def mentions(self, thing: str) -> bool:
        """Whether any passage has a thing of the glossary, be it as a part of a longer word ("Reifendruck")."""
        name = thing.lstrip("=")
        return self.knows(thing) or any(name in stem for stem in self.frequencies)

    def is_usual(self, name: tuple[str, ...], instead_of: tuple[str, ...]) -> bool:
        """Whether the documents rather use one name than another.

        Args:
            name: raw stems of the one.
            instead_of: raw stems of the other.
        """
        return self.frequency(name) > self.frequency(instead_of)

    def frequency(self, name: tuple[str, ...]) -> int:
        """In how many passages the rarest raw stem of a name stands."""
        return min((self.raw_frequencies.get(stem, 0) for stem in name), default=0)

    def weight(self, stem: str) -> float:
        """Inverse document frequency, from 0.2 for what stands everywhere to log(2n + 2) for what stands nowhere.

        The formula is BM25's (Robertson and Zaragoza 2009).
        """
        frequency = self.frequencies.get(stem, 0)
        weight = self._weights.get(frequency)
        if weight is None:
            weight = max(0.2, log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5)))
            self._weights[frequency] = weight
        return weight

    def share(self, wanted: Iterable[str], given: frozenset[str] | set[str]) -> float:
        """Share of the wanted stems that are given, weighted by how rare they are; 0 where nothing is wanted."""
        stems = wanted if isinstance(wanted, frozenset) else frozenset(wanted)
        held = stems & given
        if not held:
            return 0.0
        if len(held) == len(stems):
            return 1.0
        return sum(map(self.weight, held)) / sum(map(self.weight, stems))


def lexicon_of(passages: Iterable[Passage]) -> Lexicon:
    """Count the stems of passages.

    Args:
        passages: of one release; the first 5,000 are read.
    """
    frequencies: Counter[str] = Counter()
    raw_frequencies: Counter[str] = Counter()
    count = 0
    for passage in islice(passages, _PASSAGES_READ):
        language = passage.scope.language
        raw = raw_stems(passage.embedded_text, language)
        frequencies.update({thing or phrase[0] for phrase, thing in read_things(raw, language)})
        raw_frequencies.update(set(raw))
        count += 1
    return Lexicon(count, frequencies, raw_frequencies)


class LexiconShelf:
    """The lexicons of the releases that were asked for lately; safe for use by several threads.

    Args:
        releases: the releases of every brand.
        glossaries: customers' words for what the documents call otherwise, by brand id.
    """

    def __init__(self, releases: ReleaseStore, glossaries: Mapping[str, Glossary] | None = None) -> None:
        self._releases = releases
        self._glossaries = glossaries or {}
        self._kept: OrderedDict[tuple[str, str], Lexicon] = OrderedDict()
        self._lock = Lock()
        self._making = Lock()

    def live(self, brand_id: str) -> Lexicon:
        """The lexicon of a brand's live release.

        Raises:
            NothingPublished: the brand has no live release.
        """
        return self.of(brand_id, self._releases.open_live(brand_id).manifest.release_id)

    def of(self, brand_id: str, release_id: str) -> Lexicon:
        """The lexicon of one release."""
        key = (brand_id, release_id)
        found = self._found(key)
        if found is not None:
            return found
        with self._making:  # who waits here for the same one finds it made
            made = self._found(key) or lexicon_of(self._releases.passages_of(brand_id, release_id))
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    def _found(self, key: tuple[str, str]) -> Lexicon | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def in_words_of_documents(self, brand_id: str, text: str, code: str) -> str:
        """A question in which customers' phrases of the brand's glossary give way to the terms of its documents.

        Args:
            brand_id: whose glossary.
            text: the question.
            code: its language.
        """
        entries = self._glossaries.get(brand_id, {}).get(code, ())
        phrases = {plain(phrase): entry.term for entry in entries for phrase in entry.phrases}
        if not phrases:
            return text
        said = plain(text)
        changed = whole_words(tuple(phrases)).sub(lambda found: phrases[found[0]], said)
        return text if changed == said else changed
