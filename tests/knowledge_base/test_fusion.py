"""The fused score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.fusion import (
    DENSE_WEIGHT,
    FOREIGN_DENSE_WEIGHT,
    KEYWORD_SCALE,
    LESS_ON_STRONG_EVIDENCE,
    MORE_AMONG_QUESTIONS,
    MORE_ON_WEAK_EVIDENCE,
    Signs,
    evidence_of_words,
    fixed_weight,
    fuse_scores,
    weight_by_language,
    weight_by_signs,
)

UNIT = st.floats(min_value=0, max_value=1, width=32)
COSINE = st.floats(min_value=-1, max_value=1, width=32)


def _fuse(cosine: float, keyword: float, best: float, weight: float) -> float:
    one, other = np.array([cosine], np.float32), np.array([keyword], np.float32)
    return float(fuse_scores(one, other, best, weight)[0])


def test_score_is_the_weighted_sum_of_both() -> None:
    assert _fuse(0.8, 3.0, 6.0, 0.6) == pytest.approx(0.6 * 0.8 + 0.4 * 0.7 * 0.5)


def test_question_without_known_words_is_scored_by_meaning_alone() -> None:
    assert _fuse(0.5, 0.0, 0.0, 0.6) == pytest.approx(0.3)


@given(COSINE, UNIT, UNIT)
def test_score_lies_between_0_and_1(cosine: float, keyword: float, weight: float) -> None:
    assert 0 <= _fuse(cosine, keyword, 1.0, weight) <= 1 + 1e-6


@given(COSINE, COSINE, UNIT, UNIT)
def test_score_never_falls_when_similarity_rises(one: float, other: float, keyword: float, weight: float) -> None:
    low, high = sorted((one, other))
    assert _fuse(low, keyword, 1.0, weight) <= _fuse(high, keyword, 1.0, weight) + 1e-6


def test_all_weight_on_one_side_leaves_the_other_out() -> None:
    assert _fuse(0.4, 5.0, 5.0, 1.0) == pytest.approx(0.4)
    assert _fuse(0.4, 5.0, 5.0, 0.0) == pytest.approx(KEYWORD_SCALE)


def test_fixed_weight_is_the_same_for_every_question() -> None:
    assert fixed_weight()(Signs(0.01), "en") == fixed_weight()(Signs(1.0, 1.0), "de") == DENSE_WEIGHT


def test_words_that_tell_little_leave_more_to_meaning() -> None:
    weight = weight_by_signs()

    assert weight(Signs(0.0), "en") == pytest.approx(DENSE_WEIGHT + MORE_ON_WEAK_EVIDENCE)
    assert weight(Signs(1.0), "en") == pytest.approx(DENSE_WEIGHT - LESS_ON_STRONG_EVIDENCE)
    assert weight(Signs(0.07), "en") > weight(Signs(0.08), "en") > weight(Signs(0.09), "en")


def test_question_that_meets_questions_leaves_more_to_meaning() -> None:
    weight = weight_by_signs()

    assert weight(Signs(1.0, 0.5), "en") > weight(Signs(1.0, 0.25), "en") > weight(Signs(1.0, 0.0), "en")
    assert weight(Signs(0.0, 1.0), "en") == weight(Signs(1.0, 0.7), "en") == DENSE_WEIGHT + MORE_AMONG_QUESTIONS


@given(UNIT, st.floats(min_value=0, max_value=10), UNIT)
def test_weight_by_signs_stays_between_0_and_1(weight: float, evidence: float, questions: float) -> None:
    assert 0 <= weight_by_signs(weight)(Signs(evidence, questions), "en") <= 1


def test_evidence_grows_with_the_best_match_and_falls_with_the_words_asked() -> None:
    assert evidence_of_words(8.0, "tyre pressure", 100) > evidence_of_words(4.0, "tyre pressure", 100)
    assert evidence_of_words(8.0, "tyre pressure", 100) > evidence_of_words(8.0, "the pressure of my tyre", 100)
    assert evidence_of_words(8.0, "tyre pressure", 100) > evidence_of_words(8.0, "tyre pressure", 10_000)
    assert evidence_of_words(0.0, "", 0) == 0


def test_language_that_the_embedder_does_not_know_leans_on_words() -> None:
    weight = weight_by_language(("en",))

    assert weight(Signs(0.01), "en") == weight_by_signs()(Signs(0.01), "en") > DENSE_WEIGHT
    assert weight(Signs(0.01), "de") == weight(Signs(1.0, 1.0), "de") == FOREIGN_DENSE_WEIGHT < DENSE_WEIGHT


def test_lower_weight_that_was_set_holds_for_every_language() -> None:
    assert weight_by_language(("en",), 0.1)(Signs(0.1), "de") == 0.1


def test_each_row_may_have_its_own_weight() -> None:
    rows = np.ones(2, np.float32)

    assert fuse_scores(rows, rows * 0, 1.0, np.array([0.6, 0.3], np.float32)) == pytest.approx([0.6, 0.3])


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_weight_outside_its_range_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        fixed_weight(weight)
    with pytest.raises(ValueError, match="between 0 and 1"):
        weight_by_signs(weight)
