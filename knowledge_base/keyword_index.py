"""The keyword index of a release: BM25 over weighted fields, memory-mapped."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import ReleaseDamaged
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

# A release that was indexed by other rules is indexed anew when it is opened.
RULES = (
    f"{ANALYSIS}; words 1; k1 {K1}, b {B}; title {TITLE_WEIGHT}, heading {HEADING_WEIGHT}, question {QUESTION_WEIGHT}"
)

_DATA = "data.csc.index.npy"
_INDICES = "indices.csc.index.npy"
_STARTS = "indptr.csc.index.npy"
_TOKENS = "tokens.json"


class KeywordIndex:
    """Scores every row of a release for a question; safe for use by several threads.

    Args:
        rows: how many rows the release has.
        tokens: number of each token.
        starts: where each token's entries begin, one more than there are tokens.
        indices: rows, token by token.
        data: what the token adds to the row's score.
        words: how many passages use each word.
    """

    def __init__(
        self,
        rows: int,
        tokens: dict[str, int],
        starts: NDArray[np.int64],
        indices: NDArray[np.int32],
        data: NDArray[np.float32],
        words: Mapping[str, int],
    ) -> None:
        self._rows = rows
        self._tokens = tokens
        self._starts = starts
        self._indices = indices
        self._data = data
        self._spelling = Spelling(words)

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
        for token in analyse_question(question, languages):
            number = self._tokens.get(token)
            if number is not None:
                start, end = self._starts[number], self._starts[number + 1]
                # A row occurs once among a token's entries, so plain indexing adds rightly.
                scores[self._indices[start:end]] += self._data[start:end]
        return scores

    def repair(self, question: str, languages: Iterable[str]) -> str:
        """The question with words that no passage has put right where one slip of the finger explains them.

        Args:
            question: the question.
            languages: languages of the passages that are searched.
        """
        searched = tuple(languages)

        def is_known(word: str) -> bool:
            tokens = analyse_question(word, searched)
            return not tokens or any(token in self._tokens for token in tokens)

        return self._spelling.repair(question, is_known)

    def write(self, folder: Path) -> None:
        """Write the index into a new folder, in the layout of bm25s."""
        folder.mkdir()
        for name, array in ((_DATA, self._data), (_INDICES, self._indices), (_STARTS, self._starts)):
            np.save(folder / name, array, allow_pickle=False)
        content = {"analysis": RULES, "rows": self._rows, "tokens": self._tokens, "words": self._spelling.counts}
        (folder / _TOKENS).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def build_keyword_index(passages: Sequence[Passage]) -> KeywordIndex:
    """Index passages, each by the rules of its own language.

    Args:
        passages: in the order of their rows.
    """
    from bm25s import BM25  # type: ignore[import-untyped]

    words = count_words("\n".join((one.title, *one.heading_path, one.question or "", one.text)) for one in passages)
    tokens: dict[str, int] = {}
    rows = [[tokens.setdefault(token, len(tokens)) for token in _passage_tokens(passage)] for passage in passages]
    if not tokens:
        empty = np.zeros(1, dtype=np.int64)
        return KeywordIndex(len(rows), {}, empty, np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32), words)
    bm25 = BM25(k1=K1, b=B, method="lucene")
    bm25.index((rows, tokens), create_empty_token=False, show_progress=False)
    found = bm25.scores
    starts = np.asarray(found["indptr"], dtype=np.int64)
    return KeywordIndex(
        len(rows),
        tokens,
        starts,
        np.asarray(found["indices"], dtype=np.int32),
        np.asarray(found["data"], np.float32),
        words,
    )


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
        starts, indices, data = (load_array(folder / name) for name in (_STARTS, _INDICES, _DATA))
        tokens: dict[str, int] = content["tokens"]
        whole = len(starts) == len(tokens) + 1 and len(indices) == len(data) == int(starts[-1])
        if not whole:
            raise ReleaseDamaged(f"{folder} is not what was written")
        words: dict[str, int] = content["words"]
        return KeywordIndex(int(content["rows"]), tokens, starts, indices, data, words)
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
