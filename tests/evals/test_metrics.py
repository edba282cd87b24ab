import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import (
    area_under_curve,
    balanced_accuracy,
    estimate_mean,
    median,
    percentile,
    rate_ranking,
)

DOCUMENTS = st.sampled_from("abcdefghijklmnop")
RANKINGS = st.lists(DOCUMENTS, max_size=16)
JUDGEMENTS = st.dictionaries(DOCUMENTS, st.integers(-1, 3), max_size=12)
FIGURES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_first_place_is_perfect() -> None:
    rated = rate_ranking(["a", "b"], {"a": 1})

    assert (rated.ndcg_at_10, rated.recall_at_5, rated.recall_at_10, rated.mrr_at_10) == (1, 1, 1, 1)


def test_second_place_is_discounted_by_the_logarithm_of_three() -> None:
    rated = rate_ranking(["b", "a"], {"a": 1})

    assert rated.ndcg_at_10 == pytest.approx(1 / math.log2(3))
    assert rated.mrr_at_10 == 0.5


def test_sixth_place_counts_for_ten_and_not_for_five() -> None:
    rated = rate_ranking(["b", "c", "d", "e", "f", "a"], {"a": 1})

    assert (rated.recall_at_5, rated.recall_at_10) == (0, 1)


def test_eleventh_place_counts_for_nothing() -> None:
    rated = rate_ranking([*"bcdefghijk", "a"], {"a": 1})

    assert (rated.ndcg_at_10, rated.recall_at_10, rated.mrr_at_10) == (0, 0, 0)


def test_document_found_twice_counts_once() -> None:
    assert rate_ranking(["a", "a", "b"], {"a": 1, "b": 1}) == rate_ranking(["a", "b"], {"a": 1, "b": 1})


@given(RANKINGS, JUDGEMENTS)
def test_figures_lie_between_0_and_1(ranked: list[str], relevant: dict[str, int]) -> None:
    rated = rate_ranking(ranked, relevant)

    for figure in (rated.ndcg_at_10, rated.recall_at_5, rated.recall_at_10, rated.mrr_at_10):
        assert 0 <= figure <= 1 + 1e-9
    assert rated.recall_at_5 <= rated.recall_at_10


@given(JUDGEMENTS)
def test_ideal_order_is_perfect(relevant: dict[str, int]) -> None:
    ideal = sorted(relevant, key=lambda document: -relevant[document])
    rated = rate_ranking(ideal, relevant)

    assert rated.ndcg_at_10 == pytest.approx(1.0 if any(gain > 0 for gain in relevant.values()) else 0.0)


@given(RANKINGS, JUDGEMENTS)
def test_what_is_not_relevant_never_helps(ranked: list[str], relevant: dict[str, int]) -> None:
    assert rate_ranking(["none", *ranked], relevant).ndcg_at_10 <= rate_ranking(ranked, relevant).ndcg_at_10 + 1e-9


@given(RANKINGS, JUDGEMENTS)
def test_renaming_documents_changes_nothing(ranked: list[str], relevant: dict[str, int]) -> None:
    renamed = {document.upper(): gain for document, gain in relevant.items()}

    assert rate_ranking([one.upper() for one in ranked], renamed) == rate_ranking(ranked, relevant)


@given(FIGURES)
def test_interval_holds_the_mean(values: list[float]) -> None:
    found = estimate_mean(values)

    assert found.low <= found.mean <= found.high
    assert min(values) - 1e-9 <= found.low
    assert found.high <= max(values) + 1e-9


@given(FIGURES)
def test_interval_is_the_same_every_time(values: list[float]) -> None:
    assert estimate_mean(values) == estimate_mean(values)


def test_interval_of_equal_figures_is_a_point() -> None:
    found = estimate_mean([0.25] * 20)

    assert (found.low, found.mean, found.high) == (0.25, 0.25, 0.25)


def test_mean_of_nothing_is_0() -> None:
    assert estimate_mean([]).mean == 0


@given(FIGURES, st.floats(0.01, 1))
def test_percentile_is_a_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_median_of_three_is_the_middle_one() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([]) == 0


def test_area_is_1_where_every_positive_scores_higher_and_half_where_chance_decides() -> None:
    assert area_under_curve([0.8, 0.9], [0.1, 0.2]).mean == 1
    assert area_under_curve([0.5], [0.5]).mean == 0.5
    assert area_under_curve([0.1], [0.2, 0.3]).mean == 0


@given(FIGURES, FIGURES)
def test_area_counts_pairs(positives: list[float], negatives: list[float]) -> None:
    pairs = [(one > other) + (one == other) / 2 for one in positives for other in negatives]
    found = area_under_curve(positives, negatives)

    assert found.mean == pytest.approx(sum(pairs) / len(pairs))
    assert 0 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= 1


def test_balanced_accuracy_counts_both_sides_alike() -> None:
    found = balanced_accuracy([True] * 90 + [False] * 10, [False] * 1 + [True] * 1)

    assert found.mean == pytest.approx((0.9 + 0.5) / 2)
    assert found.low < found.mean < found.high
