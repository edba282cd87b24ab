"""How similarity of meaning and of words become one score."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

# The best fixed weight on nearly all measured sets lies from .5 to .7 (docs/decisions/0004-hybrid-search.md).
DENSE_WEIGHT = 0.6
# How far the weight goes down where a passage has much of what was asked, and up where the words tell little; the
# bounds are those of `evidence_of_words` (docs/decisions/0018-evidence-and-follow-ups.md).
LESS_ON_STRONG_EVIDENCE = 0.05
MORE_ON_WEAK_EVIDENCE = 0.2
WEAK_EVIDENCE = 0.05
STRONG_EVIDENCE = 0.13
# How far it goes up where the nearest passages hold questions themselves, in whole from this share of them on
# (docs/decisions/0018-evidence-and-follow-ups.md).
MORE_AMONG_QUESTIONS = 0.35
MOSTLY_QUESTIONS = 2 / 3
# The best weight for passages in a language that the embedder was not trained for (0011-search-quality.md).
FOREIGN_DENSE_WEIGHT = 0.3
# What the best keyword match counts, in units of cosine similarity.
KEYWORD_SCALE = 0.7


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells how much meaning should count.

    Args:
        evidence: how much the words of the question tell, 0 and more (see `evidence_of_words`).
        questions: share of the nearest passages that hold questions, 0 to 1.
    """

    evidence: float
    questions: float = 0.0


DenseWeight = Callable[[Signs, str], float]
"""Share of the cosine similarity, 0 to 1, by the signs of a question and by language of the passage."""


def fixed_weight(weight: float = DENSE_WEIGHT) -> DenseWeight:
    """The same weight for every question and language.

    Args:
        weight: share of the cosine similarity, 0 to 1.

    Raises:
        ValueError: the weight is outside 0 to 1.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"a weight lies between 0 and 1, not {weight}")
    return lambda _signs, _language: weight


def weight_by_signs(weight: float = DENSE_WEIGHT) -> DenseWeight:
    """More weight on meaning the less the words of a question tell, and the more it meets questions.

    Who asks puts the same matter in other words than the next; who documents repeats what is asked for.

    Args:
        weight: share of the cosine similarity for a question of common evidence, 0 to 1.

    Raises:
        ValueError: the weight is outside 0 to 1.
    """
    fixed_weight(weight)
    strong, weak = max(0.0, weight - LESS_ON_STRONG_EVIDENCE), min(1.0, weight + MORE_ON_WEAK_EVIDENCE)

    among_questions = min(1.0, weight + MORE_AMONG_QUESTIONS)

    def by_signs(signs: Signs, _language: str) -> float:
        strength = (signs.evidence - WEAK_EVIDENCE) / (STRONG_EVIDENCE - WEAK_EVIDENCE)
        by_words = weak + (strong - weak) * min(1.0, max(0.0, strength))
        return by_words + (among_questions - by_words) * min(1.0, signs.questions / MOSTLY_QUESTIONS)

    return by_signs


def evidence_of_words(best_keyword: float, question: str, passages: int) -> float:
    """How much the words of a question tell: the best BM25, by words asked and by the greatest rarity there can be.

    Args:
        best_keyword: the highest BM25 among all admitted rows.
        question: the question.
        passages: how many the release has.
    """
    return best_keyword / max(1, len(question.split())) / log(passages + 2)


def weight_by_language(
    languages: Collection[str], weight: float = DENSE_WEIGHT, foreign: float = FOREIGN_DENSE_WEIGHT
) -> DenseWeight:
    """Less weight on meaning for passages in a language that the embedder does not know well.

    Args:
        languages: ISO 639-1 codes of the languages that it was trained for.
        weight: share of the cosine similarity for those, 0 to 1, for a question of common evidence.
        foreign: for all others, 0 to 1; never more than for those.

    Raises:
        ValueError: a weight is outside 0 to 1.
    """
    known, other = weight_by_signs(weight), fixed_weight(min(weight, foreign))
    return lambda signs, language: (known if language in languages else other)(signs, language)


def weight_of_own_embedders(languages: Collection[str], own: DenseWeight, others: DenseWeight) -> DenseWeight:
    """Another weight for passages in a language that has an embedder of its own.

    Args:
        languages: ISO 639-1 codes of those languages.
        own: for those.
        others: for all others.
    """
    return lambda signs, language: (own if language in languages else others)(signs, language)


def fuse_scores(
    cosines: NDArray[np.float32],
    keywords: NDArray[np.float32],
    best_keyword: float,
    dense_weight: float | NDArray[np.float32],
) -> NDArray[np.float32]:
    """Score = w · cosine + (1 - w) · 0.7 · BM25 / best BM25 of the question, 0 to 1.

    Args:
        cosines: cosine similarity of each row; below 0 counts as 0.
        keywords: BM25 of each row.
        best_keyword: the highest BM25 among all admitted rows; 0 where no word of the question occurs.
        dense_weight: w, 0 to 1, of all rows or of each.
    """
    fused: NDArray[np.float32] = dense_weight * np.clip(cosines, 0, 1) + (1 - dense_weight) * KEYWORD_SCALE * shares(
        keywords, best_keyword
    )
    return fused


def shares(keywords: NDArray[np.float32], best_keyword: float) -> NDArray[np.float32]:
    """BM25 of each row over the best of the question; 0 where no word of the question occurs."""
    return keywords / np.float32(best_keyword) if best_keyword > 0 else np.zeros_like(keywords)
