import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import span_reader
from bot.errors import BotError
from bot.span_reader import READER_PATH, READER_SHA256, ReaderUnavailable, SpanReader

LAUNCH = (
    "The Drover was first shown in Geneva in 2019. Roadside assistance answers day and night on 0808 157 0440. "
    "The fuel tank holds 72 litres."
)
CALENDAR = "The workshop is closed on Sundays and public holidays. Coffee is served in the waiting room."
QUESTION = "How many litres does the fuel tank hold?"

needs_model = pytest.mark.skipif(not READER_PATH.is_file(), reason="the reader's weights are not in this installation")


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return SpanReader()


@needs_model
def test_the_shipped_model_is_small_and_the_published_one() -> None:
    content = READER_PATH.read_bytes()
    assert len(content) <= 25_000_000
    assert sha256(content).hexdigest() == READER_SHA256


@needs_model
def test_the_words_that_answer_are_marked(reader: SpanReader) -> None:
    (reading,) = reader.read(QUESTION, [LAUNCH])
    marked = LAUNCH[reading.start : reading.end]
    assert "72 litres" in marked
    assert "2019" not in marked


@needs_model
def test_a_passage_that_answers_is_likelier_than_one_that_does_not(reader: SpanReader) -> None:
    answers, other = reader.read(QUESTION, [LAUNCH, CALENDAR])
    assert answers.answerable > 0.5 > other.answerable
    assert answers.score > other.score


@needs_model
def test_a_passage_is_read_the_same_alone_and_in_company(reader: SpanReader) -> None:
    together = reader.read(QUESTION, [CALENDAR, LAUNCH, CALENDAR])
    assert together[1] == reader.read(QUESTION, [LAUNCH])[0]
    assert together[0] == together[2]


@needs_model
def test_threads_read_what_one_reads(reader: SpanReader) -> None:
    expected = reader.read(QUESTION, [LAUNCH])
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: reader.read(QUESTION, [LAUNCH]), range(16))) == {expected}


@needs_model
def test_an_answer_at_the_end_of_a_long_passage_is_found(reader: SpanReader) -> None:
    passage = CALENDAR * 40 + LAUNCH
    (reading,) = reader.read(QUESTION, [passage])
    assert reading.start >= len(CALENDAR) * 40
    assert "72" in passage[reading.start : reading.end]


@needs_model
@pytest.mark.parametrize("passage", ["", "   ", "\n"])
def test_a_passage_without_words_answers_nothing(reader: SpanReader, passage: str) -> None:
    (reading,) = reader.read(QUESTION, [passage])
    assert (reading.start, reading.end) == (0, 0)
    assert reading.answerable < 0.01


@needs_model
def test_no_passages_give_no_readings(reader: SpanReader) -> None:
    assert reader.read(QUESTION, []) == ()


@needs_model
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=300), passage=st.text(max_size=600))
def test_a_reading_lies_in_its_passage(reader: SpanReader, question: str, passage: str) -> None:
    (reading,) = reader.read(question, [passage])
    assert 0 <= reading.start <= reading.end <= len(passage)
    assert 0 <= reading.answerable <= 1
    assert np.isfinite(reading.score)


@needs_model
def test_a_damaged_shipped_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / READER_PATH.name
    damaged.write_bytes(READER_PATH.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(span_reader, "READER_PATH", damaged)
    with pytest.raises(ReaderUnavailable, match="not the one that was shipped"):
        SpanReader().read(QUESTION, [LAUNCH])


def test_a_missing_model_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(ReaderUnavailable, match="switch the reader off"):
        SpanReader(tmp_path / "absent.onnx").warm()


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ReaderUnavailable, match="cannot open"):
        SpanReader(b"not a model").warm()
    assert issubclass(ReaderUnavailable, BotError)


def test_importing_the_reader_loads_no_vendor() -> None:
    code = "import sys, bot.span_reader; print([m for m in ('onnxruntime', 'torch', 'tokenizers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
