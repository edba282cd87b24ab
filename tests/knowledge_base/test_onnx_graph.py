import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from knowledge_base.bert_shape import BertShape, Precision
from knowledge_base.onnx_graph import Weights, write_graph

SHAPE = BertShape(layers=2, heads=4, layer_norm_epsilon=1e-12)
WIDTH, WIDE = 32, 64


@pytest.fixture(scope="module")
def weights() -> Weights:
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (50, WIDTH),
        "embeddings.position_embeddings.weight": (16, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(SHAPE.layers):
        name = f"encoder.layer.{layer}."
        matrices = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        matrices |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (WIDE, WIDTH)}
        matrices["output.dense"] = (WIDTH, WIDE)
        for matrix, size in matrices.items():
            shapes |= {f"{name}{matrix}.weight": size, f"{name}{matrix}.bias": size[:1]}
        norms += [f"{name}attention.output.LayerNorm", f"{name}output.LayerNorm"]
    for norm in norms:
        shapes |= {f"{norm}.weight": (WIDTH,), f"{norm}.bias": (WIDTH,)}
    return {name: random.standard_normal(size).astype(np.float32) * 0.3 for name, size in shapes.items()}


def _run(graph: bytes, ids: list[list[int]]) -> np.ndarray:
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["vectors"], {"ids": np.array(ids, np.int64)})[0])


@pytest.mark.parametrize(("precision", "least_cosine"), [("fp32", 0.99999), ("int8", 0.98)])
def test_the_graph_computes_what_transformers_computes(
    weights: Weights, precision: Precision, least_cosine: float
) -> None:
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=50,
        hidden_size=WIDTH,
        num_hidden_layers=SHAPE.layers,
        num_attention_heads=SHAPE.heads,
        intermediate_size=WIDE,
        max_position_embeddings=16,
        layer_norm_eps=SHAPE.layer_norm_epsilon,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=False)
    ids = [[2, 11, 12, 13, 49, 3], [2, 30, 30, 1, 0, 3]]
    with torch.no_grad():
        mean = model(torch.tensor(ids)).last_hidden_state.mean(dim=1)
    expected = torch.nn.functional.normalize(mean, dim=1).numpy()
    vectors = _run(write_graph(weights, SHAPE, precision), ids)
    assert vectors.shape == (2, WIDTH)
    assert (vectors * expected).sum(axis=1).min() > least_cosine


def test_the_same_weights_give_the_same_bytes(weights: Weights) -> None:
    assert write_graph(weights, SHAPE, "int8") == write_graph(weights, SHAPE, "int8")


def test_int8_products_cannot_overflow_without_vnni(weights: Weights) -> None:
    graph = onnx.load_from_string(write_graph(weights, SHAPE, "int8")).graph
    matrices = [numpy_helper.to_array(value) for value in graph.initializer if value.name.endswith(".s8")]
    assert len(matrices) == 4 * SHAPE.layers
    for matrix in matrices:
        assert matrix.dtype == np.int8
        assert 2 * 255 * int(np.abs(matrix.astype(np.int32)).max()) < 2**15
