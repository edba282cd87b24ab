"""What was said before a question, and how it pulls passages of the same topic up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedder import Vectors
from knowledge_base.fusion import DENSE_WEIGHT
from knowledge_base.keyword_scores import KeywordScores

# In units of the fused score; docs/decisions/0018-evidence-and-follow-ups.md.
MEANING = 0.2
WORDS = 0.08
REPLY_WORDS = 0.05
# A question that tells its topic itself is pulled less.
NOT_LEANING = 0.75


@dataclass(frozen=True, slots=True)
class EarlierTalk:
    """What was said before a question.

    Args:
        customer: what the customer said, message by message, newest last.
        bot: what was replied to that; may be empty.
        leans: whether the question can hardly be understood without.
    """

    customer: tuple[str, ...]
    bot: str = ""
    leans: bool = True


class Pull:
    """What earlier talk adds to the score of each passage.

    Args:
        vectors: of what the customer said, one for each message.
        words: BM25 of the rows for what the customer said.
        reply_words: BM25 of the rows for what was replied.
        leans: whether the question can hardly be understood without.
    """

    def __init__(
        self, vectors: Sequence[Vectors], words: KeywordScores, reply_words: KeywordScores, leans: bool
    ) -> None:
        # As good as one vector of them all (mtrag .809, .808), and no message is embedded again with each new one.
        self.vector = _unit(np.sum(vectors, axis=0))
        self.words = words
        self.leans = leans
        self._strength = np.float32(1.0 if leans else NOT_LEANING)
        own, replied = (one.highest or 1.0 for one in (words, reply_words))
        strength = float(self._strength)
        self.from_words = words.times(strength * WORDS / own).plus(reply_words.times(strength * REPLY_WORDS / replied))

    def direction(self, vector: Vectors) -> Vectors:
        """Where passages are near to a question's vector and to the earlier talk, as much as each counts."""
        return _unit(vector + self._strength * np.float32(MEANING / DENSE_WEIGHT) * self.vector)

    def together(self, vector: Vectors) -> Vectors:
        """The direction of a question's vector and of the earlier talk, both counting the same."""
        return _unit(vector + self.vector)

    def applied(
        self, scores: NDArray[np.float32], cosines: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The scores of some rows with what was said before, 0 to 1.

        Args:
            scores: for the question alone, 0 to 1.
            cosines: cosine similarity of each of the rows with `vector`.
            rows: their numbers.
        """
        pulled = scores + self._strength * np.float32(MEANING) * np.clip(cosines, 0, 1) + self.from_words.of(rows)
        highest = 1 + float(self._strength) * (MEANING + WORDS + REPLY_WORDS)
        return pulled / np.float32(highest)


def _unit(vector: Vectors) -> Vectors:
    if vector.ndim == 1:
        length = np.float32(np.linalg.norm(vector))
        return vector / length if length > 0 else vector
    return np.array([_unit(one) for one in vector])  # one of each embedder of the release
