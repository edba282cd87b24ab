import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ReaderUnavailable
from bot.span_reader import SpanReader
from training.reader.export import write_reader
from training.reader.network import ReaderNetwork

LAUNCH = (
    "The Drover was first shown in Geneva in 2019. Roadside assistance answers day and night on 0808 157 0440. "
    "The fuel tank holds 72 litres."
)
CALENDAR = "The workshop is closed on Sundays and public holidays. Coffee is served in the waiting room."
QUESTION = "How many litres does the fuel tank hold?"


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    torch.manual_seed(3)
    weights = {name: value.numpy() for name, value in ReaderNetwork().eval().state_dict().items()}
    return SpanReader(write_reader(weights, "int8", {"head": 1.0, "margin": 0.1, "offset": 0.0}))


def test_a_passage_is_read_the_same_alone_and_in_company(reader: SpanReader) -> None:
    together = reader.read(QUESTION, [CALENDAR, LAUNCH, CALENDAR])
    assert together[1] == reader.read(QUESTION, [LAUNCH])[0]
    assert together[0] == together[2]


def test_threads_read_what_one_reads(reader: SpanReader) -> None:
    expected = reader.read(QUESTION, [LAUNCH])
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: reader.read(QUESTION, [LAUNCH]), range(16))) == {expected}


@pytest.mark.parametrize("passage", ["", "   ", "\n"])
def test_a_passage_without_words_answers_nothing(reader: SpanReader, passage: str) -> None:
    (reading,) = reader.read(QUESTION, [passage])
    assert (reading.start, reading.end) == (0, 0)
    assert reading.answerable < 0.01


def test_no_passages_give_no_readings(reader: SpanReader) -> None:
    assert reader.read(QUESTION, []) == ()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=300), passage=st.text(max_size=600))
def test_a_reading_lies_in_its_passage(reader: SpanReader, question: str, passage: str) -> None:
    (reading,) = reader.read(question, [passage])
    assert 0 <= reading.start <= reading.end <= len(passage)
    assert 0 <= reading.answerable <= 1
    assert np.isfinite(reading.score)


def test_a_missing_model_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(ReaderUnavailable, match=r"absent\.onnx cannot be read"):
        SpanReader(tmp_path / "absent.onnx").warm()


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ReaderUnavailable, match="cannot open"):
        SpanReader(b"not a model").warm()


def test_the_reader_that_ships_finds_the_words_that_answer() -> None:
    (reading,) = SpanReader().read(QUESTION, [LAUNCH])
    assert "72 litres" in LAUNCH[reading.start : reading.end]
    assert LAUNCH.index("The fuel") <= reading.start
    assert reading.chance(LAUNCH.index("The fuel"), len(LAUNCH)) > 0.9
    assert reading.chance(0, len(LAUNCH)) == pytest.approx(1, abs=0.01)


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.span_reader.SHA256", "0" * 64)
    with pytest.raises(ReaderUnavailable, match="install Marque again"):
        SpanReader().warm()


def test_importing_the_reader_loads_no_vendor() -> None:
    vendors = ("onnxruntime", "torch", "tokenizers")
    code = f"import sys, bot.span_reader; print([one for one in {vendors} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
