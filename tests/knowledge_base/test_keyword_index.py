"""BM25 over weighted fields."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brands import Scope
from knowledge_base.errors import ReleaseDamaged
from knowledge_base.keyword_index import K1, B, build_keyword_index, open_keyword_index
from knowledge_base.passage import Passage
from tests.knowledge_base.samples import make_passage, make_passages

WORDS = st.sampled_from(["tyre", "oil", "lamp", "brake", "door", "seat"])


def test_rows_without_a_word_of_the_question_score_zero() -> None:
    index = build_keyword_index([make_passage("engine oil"), make_passage("tyre pressure"), make_passage("")])
    scores = index.scores("Which oil?", ["en"])
    assert scores[0] > 0
    assert scores[1:].tolist() == [0, 0]


def test_unknown_words_and_empty_questions_score_zero() -> None:
    index = build_keyword_index(make_passages(5))
    for question in ("", "zzz", "?", "the"):
        assert not index.scores(question, ["en"]).any()


def test_words_in_heading_and_question_count_more_than_in_the_text() -> None:
    filler = "this passage speaks of many other things at length and in detail"
    index = build_keyword_index(
        [
            make_passage(f"towing {filler}", heading_path=("Doors",)),
            make_passage(f"doors {filler}", heading_path=("Towing",)),
            make_passage(f"doors {filler}", heading_path=("Doors",), question="Is towing allowed?", kind="faq"),
        ]
    )
    scores = index.scores("towing", ["en"])
    assert scores[1] > scores[0]
    assert scores[2] > scores[0]


def test_each_passage_is_read_in_its_own_language() -> None:
    index = build_keyword_index(
        [make_passage("Die Reifen prüfen", scope=Scope("de")), make_passage("check the tyres", scope=Scope("en"))]
    )
    assert index.scores("Reifen", ["de"])[0] > 0
    assert index.scores("tyre", ["en", "de"])[1] > 0


@settings(max_examples=40)
@given(st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=3))
def test_scores_are_those_of_the_formula(texts: list[list[str]], question: list[str]) -> None:
    passages = [make_passage(" ".join(words), title="", heading_path=()) for words in texts]
    scores = build_keyword_index(passages).scores(" ".join(question), ["en"])
    average = sum(map(len, texts)) / len(texts)
    for row, words in enumerate(texts):
        expected = 0.0
        for word in set(question):
            frequency, holders = words.count(word), sum(word in other for other in texts)
            if frequency:
                idf = np.log(1 + (len(texts) - holders + 0.5) / (holders + 0.5))
                expected += idf * frequency / (frequency + K1 * (1 - B + B * len(words) / average))
        assert scores[row] == pytest.approx(expected, rel=1e-4)


PASSAGES = st.lists(
    st.builds(
        lambda words, heading, language: make_passage(
            " ".join(words), heading_path=(heading,), title="Manual", scope=Scope(language)
        ),
        st.lists(WORDS, max_size=6),
        WORDS,
        st.sampled_from(["en", "de"]),
    ),
    max_size=10,
)


@settings(max_examples=60)
@given(PASSAGES, PASSAGES)
def test_index_that_takes_rows_over_is_the_index_made_from_scratch(old: list[Passage], new: list[Passage]) -> None:
    before = build_keyword_index(old)
    taken, scratch = build_keyword_index(new, before, old), build_keyword_index(new)
    assert taken.tokens.keys() == scratch.tokens.keys()
    assert dict(taken.words) == dict(scratch.words)
    for word in ("tyre", "oil", "lamp", "brake", "door", "seat", "manual"):
        np.testing.assert_allclose(taken.scores(word, ["en", "de"]), scratch.scores(word, ["en", "de"]), rtol=1e-6)


def test_tokens_of_a_passage_that_is_gone_do_not_stay() -> None:
    old = [make_passage("jane.doe rang about the tyres"), make_passage("engine oil")]
    index = build_keyword_index(old[1:], build_keyword_index(old), old)
    assert not {"jane", "doe", "tyre", "rang"} & index.tokens.keys()
    assert "rang" not in index.words


def test_written_index_scores_as_before(tmp_path: Path) -> None:
    built = build_keyword_index(make_passages(30))
    built.write(tmp_path / "keywords")
    opened = open_keyword_index(tmp_path / "keywords", ())
    for question in ("text number item3", "part2 Section 4", "nothing"):
        np.testing.assert_array_equal(opened.scores(question, ["en", "de"]), built.scores(question, ["en", "de"]))


@pytest.mark.parametrize("texts", [[], ["", "?"]])
def test_index_without_words_can_be_written_and_read(tmp_path: Path, texts: list[str]) -> None:
    passages = [make_passage(text, title="", heading_path=()) for text in texts]
    build_keyword_index(passages).write(tmp_path / "keywords")
    assert open_keyword_index(tmp_path / "keywords", ()).scores("oil", ["en"]).tolist() == [0.0] * len(texts)


def test_index_of_other_rules_is_made_anew_from_the_passages(tmp_path: Path) -> None:
    folder = tmp_path / "keywords"
    build_keyword_index([make_passage("stale")]).write(folder)
    content = json.loads((folder / "tokens.json").read_text())
    (folder / "tokens.json").write_text(json.dumps(content | {"analysis": "rules of long ago"}))
    assert open_keyword_index(folder, make_passages(5)).scores("item3", ["en"])[3] > 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"analysis": 1, "rows": "x"}'])
def test_what_is_no_index_is_refused(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "keywords"
    build_keyword_index(make_passages(5)).write(folder)
    (folder / "tokens.json").write_text(content)
    if content == '{"analysis": 1, "rows": "x"}':
        assert len(open_keyword_index(folder, make_passages(2))) == 2
        return
    with pytest.raises(ReleaseDamaged, match="keyword index"):
        open_keyword_index(folder, ())


def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keywords"
    build_keyword_index(make_passages(5)).write(folder)
    np.save(folder / "data.csc.index.npy", np.zeros(3, dtype=np.float32))
    with pytest.raises(ReleaseDamaged, match="not what was written"):
        open_keyword_index(folder, ())
