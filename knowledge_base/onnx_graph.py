"""Writes a BERT or XLM-RoBERTa sentence embedder as one onnxruntime graph, straight from its weights.

The graph reads token ids of texts of equal length, so it needs no mask and no padding, and gives unit vectors.
Attention, GELU and the quantized products are fused contrib operators of onnxruntime; `SkipLayerNormalization` is left
out, because it takes 8 times as long as an addition and a layer normalization (docs/decisions/0002-embedder.md).
With `int8` the matrices are signed 8 bit with a scale for each output channel, and activations are quantized as they
come.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from knowledge_base.bert_shape import BertShape, Precision

Weights = Mapping[str, NDArray[Any]]

_ONNX_OPSET = 20
_IR_VERSION = 9
_CONTRIB = "com.microsoft"
_WEIGHT_LIMIT = 63
"""One bit less than there is: processors without VNNI add two products of 8 bit in 16 bit and would overflow."""


def write_graph(weights: Weights, shape: BertShape, precision: Precision) -> bytes:
    """Write the graph of an embedder with pooling and normalization.

    Args:
        weights: fp32 arrays by the names that transformers gives a `BertModel` or `XLMRobertaModel`.
        shape: what else of the model it depends on.
        precision: arithmetic of the matrix products.

    Returns:
        An ONNX model; input `ids` of shape (texts, tokens), int64; output `vectors` of shape (texts, dimension), fp32.
    """
    graph = BertGraph(weights, shape, precision)
    hidden = graph.add_embeddings()
    for layer in range(shape.layers):
        hidden = graph.add_layer(hidden, f"encoder.layer.{layer}.")
    return graph.finish(hidden)


class BertGraph:
    """A BERT encoder, node by node; what stands on top of it is added by `finish` or by a subclass.

    Args:
        weights: fp32 arrays by the names that transformers gives a `BertModel` or `XLMRobertaModel`.
        shape: what else of the model it depends on.
        precision: arithmetic of the matrix products.
    """

    def __init__(self, weights: Weights, shape: BertShape, precision: Precision) -> None:
        self._weights = weights
        self._shape = shape
        self._quantized = precision == "int8"
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def add_embeddings(self) -> str:
        """Add the sum of word, place and kind vectors, normalized; gives the name of the result."""
        words = self._weights["embeddings.word_embeddings.weight"]
        places = self._weights["embeddings.position_embeddings.weight"][self._shape.first_position :]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = self._node("Gather", [self._node("Shape", ["ids"]), self._constant("one", np.array([1], np.int64))])
        zero = self._constant("zero", np.array([0], np.int64))
        place = self._node("Slice", [self._constant("places", places), zero, length, zero])
        return self._add_and_normalize(self._look_up(words), place, "embeddings.LayerNorm")

    def add_layer(self, hidden: str, name: str) -> str:
        """Add one transformer layer, whose weights' names begin with `name`; gives the name of the result."""
        attended = self._attend(hidden, f"{name}attention.self.")
        attended = self._multiply(attended, f"{name}attention.output.dense")
        hidden = self._add_and_normalize(attended, hidden, f"{name}attention.output.LayerNorm")
        wide = self._contrib("Gelu", [self._multiply(hidden, f"{name}intermediate.dense")])
        narrow = self._multiply(wide, f"{name}output.dense")
        return self._add_and_normalize(narrow, hidden, f"{name}output.LayerNorm")

    def finish(self, hidden: str) -> bytes:
        """Add pooling and normalization, and give the whole model."""
        if self._shape.pooling == "cls":
            first = self._node("Gather", [hidden, self._constant("first", np.array([0], np.int64))], axis=1)
            pooled = self._node("Flatten", [first], axis=1)
        else:
            pooled = self._node("ReduceMean", [hidden, self._constant("tokens", np.array([1], np.int64))], keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [pooled], ["vectors"], axis=1, p=2))
        dimension = self._weights["embeddings.LayerNorm.weight"].shape[0]
        return self._pack(
            "embedder",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dimension])],
        )

    def _pack(self, name: str, inputs: list[Any], outputs: list[Any]) -> bytes:
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", _ONNX_OPSET), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="marque")
        return bytes(model.SerializeToString())

    def _look_up(self, table: NDArray[Any]) -> str:
        if not self._quantized:
            return self._node("Gather", [self._constant("words", table), "ids"])
        scales = np.abs(table).max(axis=1, keepdims=True) / 127
        rows = np.round(table / np.maximum(scales, 1e-12)).astype(np.int8)
        found = self._node("Gather", [self._constant("words", rows), "ids"])
        scale = self._node("Gather", [self._constant("words_scale", scales.astype(np.float32)), "ids"])
        return self._node("Mul", [self._node("Cast", [found], to=TensorProto.FLOAT), scale])

    def _attend(self, hidden: str, name: str) -> str:
        parts = ("query", "key", "value")
        matrix = np.concatenate([self._weights[f"{name}{part}.weight"].T for part in parts], axis=1)
        bias = self._constant(f"{name}bias", np.concatenate([self._weights[f"{name}{part}.bias"] for part in parts]))
        heads = self._shape.heads
        if not self._quantized:
            return self._contrib("Attention", [hidden, self._constant(name, matrix), bias], num_heads=heads)
        small, scale, zero = self._activations(hidden)
        weight, weight_scale, weight_zero = self._channels(name, matrix)
        inputs = [small, weight, bias, scale, weight_scale, "", zero, weight_zero]
        return self._contrib("QAttention", inputs, num_heads=heads)

    def _multiply(self, left: str, name: str) -> str:
        matrix = self._weights[f"{name}.weight"].T
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        if not self._quantized:
            return self._node("Add", [self._node("MatMul", [left, self._constant(name, matrix)]), bias])
        return self._contrib("DynamicQuantizeMatMul", [left, *self._channels(name, matrix), bias])

    def _add_and_normalize(self, branch: str, hidden: str, name: str) -> str:
        norm = [self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        both = self._node("Add", [branch, hidden])
        return self._node("LayerNormalization", [both, *norm], axis=-1, epsilon=self._shape.layer_norm_epsilon)

    def _activations(self, values: str) -> tuple[str, str, str]:
        names = tuple(f"{values}.{part}" for part in ("u8", "scale", "zero"))
        self._nodes.append(helper.make_node("DynamicQuantizeLinear", [values], list(names)))
        return names[0], names[1], names[2]

    def _channels(self, name: str, matrix: NDArray[Any]) -> tuple[str, str, str]:
        scales = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / _WEIGHT_LIMIT
        return (
            self._constant(f"{name}.s8", np.round(matrix / scales).astype(np.int8)),
            self._constant(f"{name}.scale", scales.astype(np.float32)),
            self._constant(f"{name}.zero", np.zeros(matrix.shape[1], np.int8)),
        )

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        output = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def _contrib(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        return self._node(kind, inputs, domain=_CONTRIB, **attributes)
