"""The re-ranker reads question and passage together."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ReaderUnavailable
from bot.reranker import Reranker
from knowledge_base.bundled_model import BundledModel
from training.reranker.export import write_reranker
from training.reranker.network import RerankerNetwork
from training.reranker.train import Group, tensors

QUESTION = "How many litres does the fuel tank hold?"
TANK = "Drover > Fuel\nThe fuel tank holds 72 litres; the reserve begins at 9 litres."
CLOSED = "Drover > Workshop\nThe workshop is closed on Sundays and public holidays."


@pytest.fixture(scope="module")
def network() -> RerankerNetwork:
    torch.manual_seed(3)
    return RerankerNetwork().eval()


@pytest.fixture(scope="module")
def reranker(network: RerankerNetwork) -> Reranker:
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return Reranker(write_reranker(weights, "fp32", {"weight": 2.0, "offset": 1.0}))


def test_the_one_that_ships_tells_the_passage_that_answers() -> None:
    answers, other = Reranker().read(QUESTION, [TANK, CLOSED])
    assert answers > other


def test_the_graph_says_what_the_network_says(network: RerankerNetwork, reranker: Reranker) -> None:
    tokenizer = BundledModel().tokenizer()
    asked, read = (tokenizer.encode(text, add_special_tokens=False).ids for text in (QUESTION, TANK))
    text = Group(((101, *asked, 102, *read, 102),), len(asked) + 2, answered=True, source="")
    with torch.inference_mode():
        expected = float(network(*tensors([text]))[0])
    assert reranker.score(QUESTION, [TANK])[0] == pytest.approx(expected, abs=1e-3)


def test_log_odds_are_calibrated_scores(reranker: Reranker) -> None:
    scores, odds = reranker.score(QUESTION, [TANK, CLOSED]), reranker.read(QUESTION, [TANK, CLOSED])
    assert odds == pytest.approx([2 * one + 1 for one in scores])


def test_a_passage_is_read_the_same_alone_and_in_company(reranker: Reranker) -> None:
    assert reranker.read(QUESTION, [CLOSED, TANK, CLOSED])[1] == reranker.read(QUESTION, [TANK])[0]
    assert reranker.read(QUESTION, []) == ()


@settings(max_examples=25, deadline=None)
@given(question=st.text(max_size=400), passage=st.text(max_size=900))
def test_any_text_has_a_score(reranker: Reranker, question: str, passage: str) -> None:
    assert len(reranker.read(question, [passage])) == 1


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"damaged")
    with pytest.raises(ReaderUnavailable, match="cannot open the re-ranker's model"):
        Reranker(tmp_path / "other.onnx").read(QUESTION, [TANK])
