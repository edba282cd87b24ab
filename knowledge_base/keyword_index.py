"""The keyword index of a release: BM25 over weighted fields, memory-mapped."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import ReleaseDamaged
from knowledge_base.keyword_scores import KeywordScores, Postings
from knowledge_base.passage import Passage
from knowledge_base.passage_file import load_array
from knowledge_base.spelling import Spelling, count_words
from knowledge_base.text_analysis import ANALYSIS, analyse_question, analyse_text

# BM25's usual constants (Robertson and Zaragoza 2009), as in the measurements this design rests on.
K1 = 1.2
B = 0.75
# How often a field's tokens are counted, the text's being counted once (docs/decisions/0004-hybrid-search.md).
TITLE_WEIGHT = 2
HEADING_WEIGHT = 2
QUESTION_WEIGHT = 3

_WEIGHTS = f"title {TITLE_WEIGHT}, heading {HEADING_WEIGHT}, question {QUESTION_WEIGHT}"
# A release that was indexed by other rules is indexed anew when it is opened.
RULES = f"layout 2; {ANALYSIS}; words 1; k1 {K1}, b {B}; {_WEIGHTS}"

# So many entries are gathered as Python numbers, 50 times as large, before they are packed.
_GATHERED_ENTRIES = 1_000_000

_DATA = "data.csc.index.npy"
_INDICES = "indices.csc.index.npy"
_STARTS = "indptr.csc.index.npy"
_FREQUENCIES = "frequencies.csc.index.npy"
_KEYS = "keys.npy"
_TOKENS = "tokens.json"


class KeywordIndex:
    """Scores every row of a release for a question; safe for use by several threads.

    Args:
        rows: how many rows the release has.
        tokens: number of each token.
        starts: where each token's entries begin, one more than there are tokens.
        indices: rows, token by token.
        data: what the token adds to the row's score.
        frequencies: how often the row has the token, fields weighted.
        keys: array of shape (rows, 2): identity of all that was analysed of a row.
        words: how many passages use each word.
    """

    def __init__(
        self,
        rows: int,
        tokens: dict[str, int],
        starts: NDArray[np.int64],
        indices: NDArray[np.int32],
        data: NDArray[np.float32],
        frequencies: NDArray[np.int32],
        keys: NDArray[np.uint64],
        words: Mapping[str, int],
    ) -> None:
        self._rows = rows
        self._tokens = tokens
        self._starts = starts
        self._indices = indices
        self._data = data
        self._frequencies = frequencies
        self._keys = keys
        self._spelling = Spelling(words)
        self._postings = Postings(rows, starts, indices, data)

    def __len__(self) -> int:
        return self._rows

    def scores(self, question: str, languages: Iterable[str]) -> NDArray[np.float32]:
        """BM25 of every row, 0 where no word of the question occurs.

        Args:
            question: the question.
            languages: languages of the passages that are searched.

        Returns:
            Array of shape (rows,).
        """
        scores = np.zeros(self._rows, dtype=np.float32)
        for number in self._numbers(question, languages):
            word = self._postings.word(number)
            scores[word.rows] += word.scores
        return scores

    def find(self, question: str, languages: Iterable[str], admitted: NDArray[np.bool_] | None = None) -> KeywordScores:
        """BM25 of the rows, in time that does not grow with their number.

        Args:
            question: the question.
            languages: languages of the passages that are searched.
            admitted: array of shape (rows,), never changed, of the rows that may be returned; None for all.
        """
        return self._postings.find(self._numbers(question, languages), admitted)

    def warm(self) -> None:
        """Do now what the first questions with common words would wait for."""
        self._postings.warm()

    def repair(self, question: str, languages: Iterable[str], is_word: Callable[[str], bool] | None = None) -> str:
        """The question with words that no passage has put right where one slip of the finger explains them.

        Args:
            question: the question.
            languages: languages of the passages that are searched.
            is_word: whether a word stays although no passage has it.
        """
        searched = tuple(languages)

        def is_known(word: str) -> bool:
            tokens = analyse_question(word, searched)
            is_used = not tokens or any(token in self._tokens for token in tokens)
            return is_used or (is_word is not None and is_word(word))

        return self._spelling.repair(question, is_known)

    def _numbers(self, question: str, languages: Iterable[str]) -> list[int]:
        tokens = (self._tokens.get(token) for token in analyse_question(question, languages))
        return [number for number in tokens if number is not None]

    @property
    def tokens(self) -> Mapping[str, int]:
        """Number of each token."""
        return self._tokens

    @property
    def words(self) -> Mapping[str, int]:
        """How many passages use each word."""
        return self._spelling.counts

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Identity of all that was analysed of each row, of shape (rows, 2)."""
        return self._keys

    def rows_by_key(self) -> dict[tuple[int, ...], int]:
        """A row for each key."""
        return {tuple(key): row for row, key in enumerate(self._keys.tolist())}

    def by_row(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """The entries row by row: their order, the token and frequency of each, and where each row begins."""
        order = np.argsort(self._indices, kind="stable")
        tokens = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
        counts = np.bincount(self._indices, minlength=self._rows)
        return order, tokens, self._frequencies, np.concatenate(([0], np.cumsum(counts)))

    def write(self, folder: Path) -> None:
        """Write the index into a new folder, in the layout of bm25s."""
        folder.mkdir()
        arrays: dict[str, NDArray[Any]] = {
            _DATA: self._data,
            _INDICES: self._indices,
            _STARTS: self._starts,
            _FREQUENCIES: self._frequencies,
            _KEYS: self._keys,
        }
        for name, array in arrays.items():
            np.save(folder / name, array, allow_pickle=False)
        content = {"analysis": RULES, "rows": self._rows, "tokens": self._tokens, "words": self._spelling.counts}
        (folder / _TOKENS).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def build_keyword_index(
    passages: Sequence[Passage], before: KeywordIndex | None = None, passages_before: Sequence[Passage] = ()
) -> KeywordIndex:
    """Index passages, each by the rules of its own language.

    Args:
        passages: in the order of their rows.
        before: an index from which rows of the same words are taken over; the result is the same without it.
        passages_before: what that one was made of.
    """
    keys = np.array([_key(one) for one in passages], dtype=np.uint64).reshape(-1, 2)
    known = before.rows_by_key() if before is not None else {}
    from_rows = [known.get(tuple(key), -1) for key in keys.tolist()]
    taken = [row for row, from_row in enumerate(from_rows) if from_row >= 0]
    entries = _Entries({} if before is None else dict(before.tokens))
    if before is not None and taken:
        entries.take(before, np.array(taken), np.array([from_rows[row] for row in taken]))
    for row, from_row in enumerate(from_rows):
        if from_row < 0:
            entries.add(row, Counter(_passage_tokens(passages[row])))
    words = _count_words(passages, keys, before, passages_before)
    return entries.as_index(len(passages), keys, words)


class _Entries:
    """How often each row has each token, being gathered."""

    def __init__(self, tokens: dict[str, int]) -> None:
        self._tokens = tokens
        self._parts: list[NDArray[np.int64]] = []
        self._fresh: list[tuple[int, int, int]] = []

    def add(self, row: int, counts: Mapping[str, int]) -> None:
        number = self._tokens
        self._fresh += [(row, number.setdefault(token, len(number)), count) for token, count in counts.items()]
        if len(self._fresh) > _GATHERED_ENTRIES:
            self._pack()

    def take(self, index: KeywordIndex, rows: NDArray[np.int64], from_rows: NDArray[np.int64]) -> None:
        by_row, tokens, frequencies, starts = index.by_row()
        counts = starts[from_rows + 1] - starts[from_rows]
        first = np.repeat(starts[from_rows] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        chosen = by_row[first + np.arange(int(counts.sum()))]
        self._parts.append(np.stack([np.repeat(rows, counts), tokens[chosen], frequencies[chosen]]))

    def _pack(self) -> None:
        self._parts.append(np.array(self._fresh, dtype=np.int64).reshape(-1, 3).T)
        self._fresh.clear()

    def as_index(self, count: int, keys: NDArray[np.uint64], words: Mapping[str, int]) -> KeywordIndex:
        self._pack()
        rows, tokens, frequencies = np.concatenate(self._parts, axis=1)
        # Tokens of rows that are gone must not stay: they may have been erased.
        used, tokens = np.unique(tokens, return_inverse=True)
        order = np.lexsort((rows, tokens))
        rows, tokens, frequencies = rows[order], tokens[order], frequencies[order]
        holders = np.bincount(tokens, minlength=len(used))
        lengths = np.bincount(rows, weights=frequencies, minlength=count)
        average = lengths.mean() if count else 1.0
        rarity = np.log(1 + (count - holders + 0.5) / (holders + 0.5))
        weights = rarity[tokens] * frequencies / (frequencies + K1 * (1 - B + B * lengths[rows] / max(average, 1e-9)))
        names = list(self._tokens)
        return KeywordIndex(
            count,
            {names[old]: new for new, old in enumerate(used.tolist())},
            np.concatenate(([0], np.cumsum(holders))).astype(np.int64),
            rows.astype(np.int32),
            weights.astype(np.float32),
            frequencies.astype(np.int32),
            keys,
            words,
        )


def _count_words(
    passages: Sequence[Passage],
    keys: NDArray[np.uint64],
    before: KeywordIndex | None,
    passages_before: Sequence[Passage],
) -> dict[str, int]:
    """How many passages use each word, counted only where they differ from those before."""
    old = Counter(map(tuple, before.keys.tolist())) if before is not None else Counter[tuple[int, ...]]()
    come = [one for one, key in zip(passages, keys.tolist(), strict=True) if not _take_one(old, tuple(key))]
    if before is None:
        return count_words(map(_all_words, come))
    gone = [one for one, key in zip(passages_before, before.keys.tolist(), strict=True) if _take_one(old, tuple(key))]
    words = Counter(before.words)
    words.update(count_words(map(_all_words, come)))
    words.subtract(count_words(map(_all_words, gone)))
    return {word: count for word, count in words.items() if count > 0}


def _take_one(counts: Counter[tuple[int, ...]], key: tuple[int, ...]) -> bool:
    if not counts[key]:
        return False
    counts[key] -= 1
    return True


def _all_words(passage: Passage) -> str:
    return "\n".join((passage.title, *passage.heading_path, passage.question or "", passage.text))


def _key(passage: Passage) -> tuple[int, int]:
    """Identity of all that is analysed of a passage, as two unsigned 64-bit numbers."""
    fields = (passage.scope.language, passage.title, *passage.heading_path, "", passage.question or "", passage.text)
    digest = blake2b("\x1f".join(fields).encode(errors="surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def open_keyword_index(folder: Path, passages: Iterable[Passage]) -> KeywordIndex:
    """Open an index, or make it anew in memory when it was written with other rules of analysis.

    Args:
        folder: where it was written.
        passages: the passages of the release, read only when they are indexed anew.

    Raises:
        ReleaseDamaged: what is there is not what was written.
    """
    try:
        content = json.loads((folder / _TOKENS).read_bytes())
        if content["analysis"] != RULES:
            return build_keyword_index(tuple(passages))
        names = (_STARTS, _INDICES, _DATA, _FREQUENCIES, _KEYS)
        starts, indices, data, frequencies, keys = (load_array(folder / name) for name in names)
        tokens: dict[str, int] = content["tokens"]
        entries = {len(indices), len(data), len(frequencies), int(starts[-1])}
        whole = len(starts) == len(tokens) + 1 and len(entries) == 1 and len(keys) == int(content["rows"])
        if not whole:
            raise ReleaseDamaged(f"{folder} is not what was written")
        words: dict[str, int] = content["words"]
        return KeywordIndex(int(content["rows"]), tokens, starts, indices, data, frequencies, keys, words)
    except (FileNotFoundError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ReleaseDamaged(f"{folder}: the keyword index cannot be read ({error})") from error


def _passage_tokens(passage: Passage) -> list[str]:
    language = passage.scope.language
    found = analyse_text(passage.text, language)
    found += analyse_text(passage.title, language) * TITLE_WEIGHT
    found += analyse_text(" ".join(passage.heading_path), language) * HEADING_WEIGHT
    if passage.question:
        found += analyse_text(passage.question, language) * QUESTION_WEIGHT
    return found
