"""What becomes of the order of passages that were read."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ReaderUnavailable
from bot.passage_reading import NOT_READ, read_passages
from bot.ranking import Asked, PassageSigns, RankedHit
from bot.rereading import reread
from bot.span_reader import Reading
from brands import Scope
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

SIGNS = PassageSigns(*([0.5] * 14))
ASKED = Asked("how do the seats fold?", "en", frozenset({"seat", "fold"}), frozenset(), how_to=True)


class Told:
    """A reader that says what it is told, and remembers what it was asked."""

    def __init__(self, **chances: float) -> None:
        self.chances = chances
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> tuple[Reading, ...]:
        names = [one.split()[-1] for one in passages]
        self.asked += names
        return tuple(Reading(0, 1, 0.0, self.chances[name]) for name in names)


class Broken:
    def read(self, question: str, passages: Sequence[str]) -> tuple[Reading, ...]:
        raise ReaderUnavailable("The reader's model cannot be read.")


def ranked(*, language: str = "en", **worths: float) -> tuple[RankedHit, ...]:
    return tuple(
        RankedHit(
            Hit(Passage("m.md", "M", (), name, "text", Scope(language=language), 0), 0.5, 0.5, 1.0), SIGNS, worth, worth
        )
        for name, worth in worths.items()
    )


def names(order: Sequence[RankedHit]) -> list[str]:
    return [one.hit.passage.text for one in order]


def test_passages_that_are_close_are_ordered_by_what_is_read_in_them() -> None:
    order = reread(ranked(first=8.0, second=7.9, third=2.0), (0.1, 0.9))
    assert names(order) == ["second", "first", "third"]


def test_a_passage_that_lies_far_behind_stays_there_whatever_is_read_in_it() -> None:
    assert names(reread(ranked(first=8.0, second=6.5), (0.01, 0.99))) == ["first", "second"]


@given(st.lists(st.floats(0, 20), min_size=1, max_size=6), st.lists(st.floats(0, 1), max_size=3))
def test_no_passage_is_lost_and_worth_falls_along_the_order(worths: list[float], read: list[float]) -> None:
    named: dict[str, Any] = {f"p{place}": worth for place, worth in enumerate(sorted(worths, reverse=True))}
    before = ranked(**named)
    order = reread(before, read[: len(before)])
    assert sorted(names(order)) == sorted(names(before))
    assert [one.worth for one in order] == sorted((one.worth for one in order), reverse=True)


def test_behind_a_passage_that_answers_only_close_ones_are_read() -> None:
    reader = Told(first=0.8, second=0.3, third=0.9)
    assert read_passages(reader, ASKED, ranked(first=8.0, second=7.5, third=5.0), enough=0.6) == (0.8, 0.3)
    assert reader.asked == ["first", "second"]


def test_all_are_read_where_none_answers() -> None:
    reader = Told(first=0.1, second=0.3, third=0.2)
    assert read_passages(reader, ASKED, ranked(first=8.0, second=7.5, third=5.0), enough=0.6) == (0.1, 0.3, 0.2)


def test_a_passage_in_a_language_that_the_reader_does_not_know_is_not_read() -> None:
    reader = Told()
    assert read_passages(reader, ASKED, ranked(language="it", first=8.0)) == (NOT_READ,)
    assert reader.asked == []


def test_nothing_is_read_where_the_reader_is_off_or_does_not_know_the_question(
    caplog: pytest.LogCaptureFixture,
) -> None:
    german = Asked("Wie klappen die Sitze?", "de", frozenset({"sitz"}), frozenset(), how_to=True)
    assert read_passages(None, ASKED, ranked(first=8.0)) == ()
    assert read_passages(Told(), german, ranked(first=8.0)) == ()
    assert read_passages(Broken(), ASKED, ranked(first=8.0)) == ()
    assert "cannot be read" in caplog.text
