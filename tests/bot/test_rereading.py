"""Which passages the re-ranker is asked about, and what becomes of their order."""

from collections.abc import Sequence

import pytest

from bot.errors import ReaderUnavailable
from bot.ranking import Asked, PassageSigns, RankedHit
from bot.rereading import reread
from brands import Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

SIGNS = PassageSigns(*([0.5] * 14))
ASKED = Asked("how do the seats fold?", "en", frozenset({"seat", "fold"}), frozenset(), how_to=True)


class Told:
    """A re-ranker that says what it is told, and remembers what it was asked."""

    def __init__(self, **odds: float) -> None:
        self.odds = odds
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        self.asked += passages
        return tuple(self.odds[one.split()[-1]] for one in passages)


class Broken:
    def read(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        raise ReaderUnavailable("The re-ranker's model cannot be read.")


def ranked(**worths: float) -> tuple[RankedHit, ...]:
    return tuple(
        RankedHit(
            Hit(Passage("m.md", "M", (), name, "text", Scope(language="en"), 0), 0.5, 0.5, 1.0), SIGNS, worth, worth
        )
        for name, worth in worths.items()
    )


def names(order: Sequence[RankedHit]) -> list[str]:
    return [one.hit.passage.text for one in order]


def test_passages_that_are_close_are_ordered_by_what_is_read_in_them() -> None:
    reranker = Told(first=-2.0, second=2.0)
    order = reread(ASKED, ranked(first=8.0, second=7.9, third=2.0), reranker)
    assert names(order) == ["second", "first", "third"]
    assert len(reranker.asked) == 2, "what lies far behind is not read"


def test_a_passage_that_leads_clearly_is_not_read() -> None:
    reranker = Told()
    assert names(reread(ASKED, ranked(first=9.0, second=7.0), reranker)) == ["first", "second"]
    assert reranker.asked == []


def test_what_was_not_read_stays_behind_what_was() -> None:
    order = reread(ASKED, ranked(first=8.0, second=7.9, third=6.0), Told(first=-9.0, second=-8.0))
    assert names(order) == ["second", "first", "third"]
    assert [one.worth for one in order] == sorted((one.worth for one in order), reverse=True)


def test_at_most_eight_are_read() -> None:
    many = {f"p{number}": 8.0 for number in range(12)}
    reranker = Told(**dict.fromkeys(many, 0.0))
    reread(ASKED, ranked(**many), reranker)
    assert len(reranker.asked) == 8


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_language_that_it_was_not_trained_on_is_left_to_the_search(language: str) -> None:
    asked = Asked(ASKED.text, language, ASKED.stems, frozenset(), how_to=True)
    assert names(reread(asked, ranked(first=8.0, second=7.9), Told())) == ["first", "second"]


def test_the_search_orders_where_the_reranker_is_off_or_broken() -> None:
    hits = ranked(first=8.0, second=7.9)
    assert reread(ASKED, hits, None) == hits
    assert reread(ASKED, hits, Broken()) == hits
    assert reread(ASKED, (), Told()) == ()
