"""Exact search and the choice of the best rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.exact_search import best_rows, search_exactly
from tests.knowledge_base.samples import random_vectors

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0]), max_size=30)


@given(SCORES, st.integers(min_value=0, max_value=40))
def test_best_rows_are_those_of_a_full_sort_with_ties_by_row(scores: list[float], limit: int) -> None:
    found = best_rows(np.arange(len(scores)), np.array(scores, dtype=np.float32), limit)
    wanted = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:limit]
    assert found.rows.tolist() == wanted
    assert found.cosines.tolist() == [scores[row] for row in wanted]


@given(st.lists(st.booleans(), min_size=50, max_size=50), st.integers(min_value=1, max_value=50))
def test_recall_inside_any_mask_is_one(mask: list[bool], limit: int) -> None:
    vectors = random_vectors(50)
    vector = random_vectors(1, seed=3)[0]
    admitted = np.array(mask)
    found = search_exactly(vectors, vector, admitted, limit)
    inside = np.flatnonzero(admitted)
    wanted = inside[np.argsort(-(vectors @ vector)[inside], kind="stable")][:limit]
    assert set(found.rows.tolist()) == set(wanted.tolist())
    assert np.all(np.diff(found.cosines) <= 0)
