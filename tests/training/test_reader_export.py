import numpy as np
import onnx
import pytest
import torch

from training.reader.export import RAW, fit_calibration, write_reader
from training.reader.network import ReaderNetwork
from training.reader.train import auroc


@pytest.fixture(scope="module")
def network() -> ReaderNetwork:
    torch.manual_seed(3)
    network = ReaderNetwork().eval()
    with torch.no_grad():
        network.words.weight.mul_(0.1)
    return network


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("int8", 0.5)])
def test_the_graph_computes_what_the_network_computes(network: ReaderNetwork, precision: str, tolerance: float) -> None:
    import onnxruntime  # type: ignore[import-untyped]

    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    graph = write_reader(weights, "int8" if precision == "int8" else "fp32", RAW)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    ids = np.random.default_rng(5).integers(1000, 20000, (2, 40))
    kinds = (np.arange(40) > 9).astype(np.int64)[None].repeat(2, axis=0)
    spans, answerable = session.run(["spans", "answerable"], {"ids": ids, "kinds": kinds})
    with torch.no_grad():
        wanted, chance = network(torch.from_numpy(ids), torch.from_numpy(kinds))
    seen = wanted.numpy() > -9_000
    assert seen[:, :, 0].all()
    assert seen[:, :, 10:39].all()
    assert not seen[:, :, 1:10].any()
    assert np.abs(spans - wanted.numpy())[seen].max() < tolerance
    assert np.abs(answerable - chance.numpy()).max() < tolerance


def test_the_file_carries_its_calibration(network: ReaderNetwork) -> None:
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    model = onnx.load_from_string(write_reader(weights, "int8", {"head": 2.0, "margin": 0.5, "offset": -1.0}))
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said == {"calibration": '{"head": 2.0, "margin": 0.5, "offset": -1.0}', "window": "256"}


def test_calibration_gives_true_probabilities() -> None:
    random = np.random.default_rng(1)
    heads, margins = random.normal(size=4000), 5 * random.normal(size=4000)
    odds = 1.5 * heads + 0.2 * margins - 0.7
    truths = random.random(4000) < 1 / (1 + np.exp(-odds))
    found = fit_calibration(heads.tolist(), margins.tolist(), truths.tolist())
    assert found["head"] == pytest.approx(1.5, abs=0.15)
    assert found["margin"] == pytest.approx(0.2, abs=0.03)
    assert found["offset"] == pytest.approx(-0.7, abs=0.15)


def test_auroc_counts_pairs_in_the_right_order() -> None:
    assert auroc([3.0, 2.0, 1.0], [True, True, False]) == 1.0
    assert auroc([1.0, 2.0, 3.0], [True, True, False]) == 0.0
    assert auroc([1.0, 1.0], [True, False]) == 0.5
