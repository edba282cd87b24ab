"""An embedder for tests and trials: hashed bags of words, quick and always the same."""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from knowledge_base.embedder import Vectors

_WORD = re.compile(r"\w+")


class FakeEmbedder:
    """Gives texts that share words similar vectors; it knows nothing of meaning.

    Args:
        dimension: length of a vector, 8 or more.
        window_tokens: words read of a text, plus 2 as special tokens of a model would count.
    """

    def __init__(self, dimension: int = 256, window_tokens: int = 256) -> None:
        self._dimension = dimension
        self._window_tokens = window_tokens

    @property
    def fingerprint(self) -> str:
        """Identity of dimension and window."""
        return f"fake:{self._dimension}:{self._window_tokens}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens included."""
        return self._window_tokens

    def count_tokens(self, text: str) -> int:
        """How many words a text has, plus 2."""
        return len(_WORD.findall(text)) + 2

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        return np.array([self._embed(text) for text in texts], np.float32).reshape(len(texts), self._dimension)

    def embed_question(self, text: str) -> Vectors:
        """Embed one question.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        return self._embed(text)

    def _embed(self, text: str) -> Vectors:
        vector = np.zeros(self._dimension, np.float32)
        vector[0] = 0.1  # so that a text without words has a direction too
        for word in _WORD.findall(text.casefold())[: self._window_tokens - 2]:
            digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
            vector[1 + (digest >> 1) % (self._dimension - 1)] += 1 if digest & 1 else -1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit
