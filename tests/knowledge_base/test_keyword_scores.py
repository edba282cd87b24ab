"""The keyword search of large releases: the same best rows as by scoring every one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import keyword_scores
from knowledge_base.keyword_scores import Postings

ROWS = 30_000


@pytest.fixture(autouse=True)
def _choose_among_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword_scores, "SCORED_WHOLE", 10)
    monkeypatch.setattr(keyword_scores, "WHOLE_ENTRIES", 4_000)


@pytest.fixture(scope="module")
def postings() -> Postings:
    """Words that occur in 20,000 rows, 3,000, 40 and 1."""
    random = np.random.default_rng(3)
    rows = [np.sort(random.choice(ROWS, size, replace=False)).astype(np.int32) for size in (20_000, 3_000, 40, 1)]
    scores = [
        (rarity * random.uniform(0.2, 1, len(some))).astype(np.float32)
        for rarity, some in zip((1, 2, 6, 9), rows, strict=True)
    ]
    starts = np.concatenate(([0], np.cumsum([len(some) for some in rows])))
    return Postings(ROWS, starts, np.concatenate(rows), np.concatenate(scores))


def _every_row(postings: Postings, words: list[int], admitted: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    scores = np.zeros(ROWS, np.float32)
    for number in words:
        word = postings.word(number)
        scores[word.rows] += word.scores
    return scores if admitted is None else np.where(admitted, scores, np.float32(0))


def _scopes() -> dict[str, NDArray[np.bool_] | None]:
    rows = np.arange(ROWS)
    return {
        "all": None,
        "half": rows % 1000 < 500,
        "scattered": rows % 7 == 0,
        "one document": (rows > 5_000) & (rows < 5_200),
        "nothing": np.zeros(ROWS, bool),
    }


@pytest.mark.parametrize("scope", _scopes())
@pytest.mark.parametrize("words", [[0, 1, 2, 3], [1, 2], [0, 2], [0, 1], [3], []])
def test_best_rows_are_those_of_scoring_every_row(
    postings: Postings, words: list[int], scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyword_scores, "STRONGEST_ROWS", 8_000)
    admitted = _scopes()[scope]
    found = postings.find(words, admitted)
    every = _every_row(postings, words, admitted)
    best = found.best(100)
    expected = np.argsort(-every, kind="stable")[: min(100, np.count_nonzero(every))]
    assert best.tolist() == expected.tolist()
    assert found.highest == pytest.approx(float(every.max()))
    some = np.flatnonzero(admitted)[:50] if admitted is not None else np.arange(50)
    np.testing.assert_allclose(found.of(some), every[some], rtol=1e-6)


def test_an_only_common_word_is_searched_where_it_counts_most(
    postings: Postings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyword_scores, "STRONGEST_ROWS", 2_000)
    every = _every_row(postings, [0], None)
    assert postings.find([0], None).best(100).tolist() == np.argsort(-every, kind="stable")[:100].tolist()


def test_sums_are_those_of_the_scores(postings: Postings) -> None:
    both = postings.find([1, 2], None).times(0.5).plus(postings.find([2, 3], None))
    every = 0.5 * _every_row(postings, [1, 2], None) + _every_row(postings, [2, 3], None)
    assert both.best(100).tolist() == np.argsort(-every, kind="stable")[:100].tolist()
    np.testing.assert_allclose(both.of(np.arange(ROWS)), every, rtol=1e-6)


def test_one_search_leaves_nothing_behind_for_the_next(postings: Postings) -> None:
    first = postings.find([2], None)
    assert first.highest > 0
    assert postings.find([0, 1, 3], None).highest > 0
    assert postings.find([2], None).best(1_000).tolist() == first.best(1_000).tolist()


def test_few_rows_give_what_many_give() -> None:
    rows, scores = np.array([0, 2, 1, 2], np.int32), np.array([1, 2, 3, 4], np.float32)
    found = Postings(3, np.array([0, 2, 4]), rows, scores).find([0, 1], np.array([True, False, True]))
    assert found.best(10).tolist() == [2, 0]
    assert found.of(np.array([0, 2])).tolist() == [1, 6]
    assert found.times(2).highest == 12


def test_what_is_warm_is_not_looked_through_again(postings: Postings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword_scores, "STRONGEST_ROWS", 1_500)
    warm = Postings(ROWS, postings._starts, postings._rows, postings._scores)
    cold = Postings(ROWS, postings._starts, postings._rows, postings._scores)
    warm.warm()
    expected = cold.find([0, 1], None).best(100).tolist()

    def fail(_: object) -> None:
        raise AssertionError("looked through again")

    monkeypatch.setattr(keyword_scores, "_strongest", fail)
    assert warm.find([0, 1], None).best(100).tolist() == expected
