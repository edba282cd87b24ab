"""Several embedders as one: another one for passages of some languages."""

from collections.abc import Mapping, Sequence

import numpy as np

from knowledge_base.embedder import Embedder, Vectors


class EmbedderByLanguage:
    """Embeds passages of some languages with embedders of their own, all others with a default one.

    A passage can be compared only with a question that its own embedder read, so whoever knows the language of a text
    asks `of`; a text whose language nobody tells goes to the default one. Shorter vectors are filled up with zeros,
    which leaves their length and their cosines as they are.

    Args:
        default: for every other language.
        by_language: embedders by ISO 639-1 code; at least one.
    """

    def __init__(self, default: Embedder, by_language: Mapping[str, Embedder]) -> None:
        self._default = default
        self._by_language = dict(sorted(by_language.items()))

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that have an embedder of their own."""
        return tuple(self._by_language)

    @property
    def fingerprint(self) -> str:
        """The default one's, then those of the languages: another set is another embedder."""
        own = (f"{language}={one.fingerprint}" for language, one in self._by_language.items())
        return " ".join((self._default.fingerprint, *own))

    @property
    def dimension(self) -> int:
        """Length of the longest vector."""
        return max(one.dimension for one in self._all())

    @property
    def window_tokens(self) -> int:
        """How many tokens each of them reads, special tokens included: a document may hold several languages."""
        return min(one.window_tokens for one in self._all())

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has for the one that needs most."""
        return max(one.count_tokens(text) for one in self._all())

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of passages whose language nobody tells.

        Returns:
            Array of shape (len(texts), dimension), rows of length 1.
        """
        return fill_up(self._default.embed_passages(texts), self.dimension)

    def embed_question(self, text: str) -> Vectors:
        """Embed one question for passages whose language nobody tells.

        Returns:
            Array of shape (dimension,), of length 1.
        """
        return fill_up(self._default.embed_question(text), self.dimension)

    def of(self, language: str) -> Embedder:
        """The embedder for passages of a language.

        Args:
            language: ISO 639-1 code.
        """
        return self._by_language.get(language, self._default)

    def _all(self) -> tuple[Embedder, ...]:
        return (self._default, *self._by_language.values())


def embedder_of(embedder: Embedder, language: str) -> Embedder:
    """What embeds passages of a language: one of several, or the only one there is.

    Args:
        embedder: of a knowledge base.
        language: ISO 639-1 code.
    """
    return embedder.of(language) if isinstance(embedder, EmbedderByLanguage) else embedder


def fill_up(vectors: Vectors, dimension: int) -> Vectors:
    """Vectors with zeros behind them.

    Args:
        vectors: array of shape (..., at most dimension).
        dimension: length of those that are returned.
    """
    missing = dimension - vectors.shape[-1]
    return np.pad(vectors, [*[(0, 0)] * (vectors.ndim - 1), (0, missing)]) if missing else vectors
