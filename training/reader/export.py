"""Writes the trained reader as one onnxruntime graph: `python -m training.reader.export RUN OUT.onnx`.

RUN is a folder that `train` filled. The encoder is written by the embedder's own graph writer; the heads stay fp32.
The probability that a passage answers is calibrated on RUN's held-out examples, read by the very graph that ships, and
the calibration stands in the file's metadata.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from bot.span_reader import SpanReader
from knowledge_base.bert_shape import BertShape, Precision
from knowledge_base.onnx_graph import BertGraph
from training.reader.network import EPSILON, HEADS, LAYERS, bert_names
from training.reader.prepare import read_examples

PLACES = 256
"""Positions that are kept: the adapter reads longer passages in windows of that many tokens."""
SHAPE = BertShape(layers=LAYERS, heads=HEADS, layer_norm_epsilon=EPSILON)
RAW = {"head": 1.0, "margin": 0.0, "offset": 0.0}


class ReaderGraph(BertGraph):
    """The encoder with kinds of tokens, a span head and an answerability head."""

    places = PLACES

    def add_embeddings(self) -> str:
        """Add the sum of word, place and kind vectors, normalized; the kinds are an input."""
        table = self._constant("kind_vectors", self._weights["embeddings.token_type_embeddings.weight"])
        words = self._look_up(self._weights["embeddings.word_embeddings.weight"])
        length = self._node("Gather", [self._node("Shape", ["ids"]), self._numbers("one", 1)])
        zero = self._numbers("zero", 0)
        places = self._constant("places", self._weights["embeddings.position_embeddings.weight"][: self.places])
        placed = self._node("Add", [words, self._node("Slice", [places, zero, length, zero])])
        return self._add_and_normalize(self._node("Gather", [table, "kinds"]), placed, "embeddings.LayerNorm")

    def finish(self, hidden: str) -> bytes:
        """Add both heads and give the whole model."""
        spans = self._node("Transpose", [self._linear(hidden, "span")], perm=[0, 2, 1])
        inside = self._node("Softmax", [self._node("Add", [spans, self._outside()])], axis=2)
        first = self._node(
            "Slice", [hidden, self._numbers("zero", 0), self._numbers("one", 1), self._numbers("one", 1)]
        )
        seen = self._node("Concat", [first, self._node("MatMul", [inside, hidden])], axis=1)
        pooled = self._contrib("Gelu", [self._linear(self._node("Flatten", [seen], axis=1), "pooled")])
        answerable = self._node("Squeeze", [self._linear(pooled, "answerable"), self._numbers("one", 1)])
        for result, name in ((spans, "spans"), (answerable, "answerable")):
            self._nodes.append(helper.make_node("Identity", [result], [name]))
        return self._pack(
            "reader",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in ("ids", "kinds")],
            [
                helper.make_tensor_value_info("spans", TensorProto.FLOAT, ["texts", 2, "tokens"]),
                helper.make_tensor_value_info("answerable", TensorProto.FLOAT, ["texts"]),
            ],
        )

    def _outside(self) -> str:
        """0 where the passage's tokens stand, -10,000 elsewhere and at the separator behind it; (texts, 1, tokens)."""
        one, last = self._numbers("one", 1), self._numbers("last", np.iinfo(np.int64).max)
        kinds = self._node("Cast", ["kinds"], to=TensorProto.FLOAT)
        following = self._node("Slice", [kinds, one, last, one])
        begin = self._node("Slice", [kinds, self._numbers("zero", 0), one, one])  # the first token's: always 0
        open_ = self._node("Mul", [kinds, self._node("Concat", [following, begin], axis=1)])
        closed = self._node("Sub", [open_, self._floats("unit", 1.0)])
        return self._node("Unsqueeze", [self._node("Mul", [closed, self._floats("far", 1e4)]), one])

    def _linear(self, values: str, name: str) -> str:
        matrix = self._constant(f"{name}.matrix", self._weights[f"{name}.weight"].T)
        product = self._node("MatMul", [values, matrix])
        return self._node("Add", [product, self._constant(f"{name}.offset", self._weights[f"{name}.bias"])])

    def _numbers(self, name: str, value: int) -> str:
        return self._constant(name, np.array([value], np.int64))

    def _floats(self, name: str, value: float) -> str:
        return self._constant(name, np.array(value, np.float32))


def write_reader(weights: Mapping[str, NDArray[Any]], precision: Precision, calibration: Mapping[str, float]) -> bytes:
    """Write a trained network as an ONNX model.

    Args:
        weights: of `network.ReaderNetwork`, by its own names.
        precision: arithmetic of the encoder's matrix products.
        calibration: weights of both scores, and an offset, in the log-odds that a passage answers.

    Returns:
        The model; inputs `ids` and `kinds` of shape (texts, tokens), int64; outputs `spans` (texts, 2, tokens) and
        `answerable` (texts,), fp32.
    """
    graph = ReaderGraph(encoder_weights(weights, bert_names()), SHAPE, precision)
    hidden = graph.add_embeddings()
    for layer in range(SHAPE.layers):
        hidden = graph.add_layer(hidden, f"encoder.layer.{layer}.")
    model = onnx.load_from_string(graph.finish(hidden))
    helper.set_model_props(model, {"calibration": json.dumps(dict(calibration)), "window": str(PLACES)})
    return bytes(model.SerializeToString())


def fit_calibration(heads: Sequence[float], margins: Sequence[float], truths: Sequence[bool]) -> dict[str, float]:
    """Logistic regression of both scores on the truth, by Newton's method with a weak ridge."""
    scale = max(1.0, float(np.abs(margins).max()))
    rows = np.column_stack([heads, np.asarray(margins) / scale, np.ones(len(heads))])
    truth, found = np.asarray(truths, float), np.zeros(3)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (chance - truth) + 1e-3 * found
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + 1e-3 * np.eye(3)
        found = found - np.linalg.solve(bend, slope)
    return {"head": float(found[0]), "margin": float(found[1]) / scale, "offset": float(found[2])}


def main() -> None:
    """Write the graph, calibrated, and print its size and SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", default="average.safetensors", help="file of RUN to export")
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    arguments = parser.parse_args()
    weights = load_file(arguments.run / arguments.weights)
    raw = write_reader(weights, arguments.precision, RAW)
    reader = SpanReader(raw)
    heads, margins, truths = [], [], []
    for example in read_examples(arguments.run / "heldout.jsonl.gz"):
        (scores,) = reader.score(example.question, [example.context])
        heads.append(scores.head)
        margins.append(scores.margin)
        truths.append(bool(example.answers))
    calibration = fit_calibration(heads, margins, truths)
    graph = write_reader(weights, arguments.precision, calibration)
    arguments.out.write_bytes(graph)
    sys.stdout.write(f"calibration {calibration}\n{len(graph):,} bytes, SHA-256 {sha256(graph).hexdigest()}\n")


def encoder_weights(weights: Mapping[str, NDArray[Any]], names: Mapping[str, Sequence[str]]) -> dict[str, NDArray[Any]]:
    """Weights of a network by the names of transformers, those of its heads as they are.

    Args:
        weights: by the network's own names.
        names: of transformers, by the network's own (three for the joined attention matrices).
    """
    found = {name: value for name, value in weights.items() if name not in names}
    for name, theirs in names.items():
        found |= zip(theirs, np.split(weights[name], len(theirs)), strict=True)
    return found


if __name__ == "__main__":
    main()
