"""Writes the trained danger model as one int8 graph: `python -m training.danger.export RUN OUT.onnx`.

RUN is a folder that `training.danger.train` filled. Classes and thresholds stand in the file's metadata.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from bot.danger_model import LONGEST_TOKENS
from knowledge_base.bert_shape import BertShape
from knowledge_base.onnx_graph import BertGraph
from training.danger.train import WEIGHTS, class_names
from training.reader.export import encoder_weights
from training.reader.network import EPSILON, HEADS, bert_names

# What the words count beside the network, and below which score of theirs a message is not read; log-odds of both
# together from which on a message is danger, may be, and from which down a rule alone is not believed
# (docs/decisions/0027-danger-model.md).
THRESHOLDS = {
    "words_weight": 0.5,
    "ordinary": -2.0,
    "certain": 2.0,
    "possible": 0.5,
    "harmless": -1.0,
    "harmless_life": -2.0,
}


class DangerGraph(BertGraph):
    """The encoder with a head for the classes of danger, for one text at a time."""

    def finish(self, hidden: str) -> bytes:
        """Add the head and give the whole model; input `ids` (1, tokens), int64; output `scores` (1, classes), fp32."""
        tokens = self._constant("along", np.array([1], np.int64))
        seen = [self._node(kind, [hidden, tokens], keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
        deep = self._node("Relu", [self._linear(self._node("Concat", seen, axis=1), "hidden")])
        scores = self._linear(deep, "classes")
        self._nodes.append(helper.make_node("Identity", [scores], ["scores"]))
        return self._pack(
            "danger",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, len(self._weights["classes.bias"])])],
        )

    def _linear(self, values: str, name: str) -> str:
        product = self._node("MatMul", [values, self._constant(f"{name}.matrix", self._weights[f"{name}.weight"].T)])
        return self._node("Add", [product, self._constant(f"{name}.offset", self._weights[f"{name}.bias"])])


def write_danger_model(weights: Mapping[str, NDArray[Any]], thresholds: Mapping[str, float]) -> bytes:
    """Write a trained network as an ONNX model.

    Args:
        weights: of `network.DangerNetwork` by its own names.
        thresholds: log-odds by name.
    """
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
    named = encoder_weights(weights, bert_names(layers))
    places = "embeddings.position_embeddings.weight"
    named[places] = named[places][:LONGEST_TOKENS]
    graph = DangerGraph(named, BertShape(layers=layers, heads=HEADS, layer_norm_epsilon=EPSILON), "int8")
    hidden = graph.add_embeddings()
    for layer in range(layers):
        hidden = graph.add_layer(hidden, f"encoder.layer.{layer}.")
    model = onnx.load_from_string(graph.finish(hidden))
    told = {"classes": json.dumps(class_names()), "thresholds": json.dumps(dict(thresholds))}
    helper.set_model_props(model, told)
    return bytes(model.SerializeToString())


def main() -> None:
    """Write the graph, and print its size and SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    wanted = parser.parse_args()
    graph = write_danger_model(load_file(wanted.run / WEIGHTS), THRESHOLDS)
    wanted.out.write_bytes(graph)
    sys.stdout.write(f"{len(graph):,} bytes, SHA-256 {sha256(graph).hexdigest()}\n")


if __name__ == "__main__":
    main()
