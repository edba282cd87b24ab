"""What turns texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors, so that a dot product is their cosine similarity."""

    @property
    def fingerprint(self) -> str:
        """Identity of weights, precision, window and prefixes; vectors of two fingerprints never mix."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window_tokens(self) -> int:
        """How many tokens of a text are read, special tokens included; what is longer is not seen."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has, special tokens included and without any cut."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        ...

    def embed_question(self, text: str) -> Vectors:
        """Embed one question.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        ...
