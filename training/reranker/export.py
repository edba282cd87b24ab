"""Writes the trained re-ranker as a graph: `python -m training.reranker.export OUT.onnx WEIGHTS RUN [RUN …]`.

WEIGHTS is what `train` wrote; the probability that a passage answers is calibrated on the held-out examples of the
RUNs, read by the very graph that ships, and the calibration stands in the file's metadata.
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

from bot.reranker import Reranker
from knowledge_base.bert_shape import BertShape, Precision
from training.reader.export import ReaderGraph, encoder_weights
from training.reader.network import EPSILON, HEADS, bert_names
from training.reranker.network import LAYERS
from training.reranker.prepare import Example, read_examples
from training.reranker.train import WINDOW

SHAPE = BertShape(layers=LAYERS, heads=HEADS, layer_norm_epsilon=EPSILON)


class RerankerGraph(ReaderGraph):
    """The encoder with kinds of tokens and one score."""

    places = WINDOW

    def finish(self, hidden: str) -> bytes:
        """Add the head and give the whole model."""
        place = self._constant("first", np.array([0], np.int64))
        first = self._node("Flatten", [self._node("Gather", [hidden, place], axis=1)], axis=1)
        mean = self._node("ReduceMean", [hidden, self._numbers("one", 1)], keepdims=0)
        seen = self._node("Concat", [first, mean], axis=1)
        pooled = self._contrib("Gelu", [self._linear(seen, "pooled")])
        score = self._node("Squeeze", [self._linear(pooled, "relevant"), self._numbers("one", 1)])
        self._nodes.append(helper.make_node("Identity", [score], ["scores"]))
        return self._pack(
            "reranker",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in ("ids", "kinds")],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["texts"])],
        )


def write_reranker(
    weights: Mapping[str, NDArray[Any]], precision: Precision, calibration: Mapping[str, float]
) -> bytes:
    """Write a trained network as an ONNX model.

    Args:
        weights: of `network.RerankerNetwork`, by its own names.
        precision: arithmetic of the encoder's matrix products.
        calibration: `weight` of the score and `offset`, in the log-odds that a passage answers.

    Returns:
        The model; inputs `ids` and `kinds` of shape (texts, tokens), int64; output `scores` of shape (texts,), fp32.
    """
    graph = RerankerGraph(encoder_weights(weights, bert_names(LAYERS)), SHAPE, precision)
    hidden = graph.add_embeddings()
    for layer in range(SHAPE.layers):
        hidden = graph.add_layer(hidden, f"encoder.layer.{layer}.")
    model = onnx.load_from_string(graph.finish(hidden))
    helper.set_model_props(model, {"calibration": json.dumps(dict(calibration)), "window": str(WINDOW)})
    return bytes(model.SerializeToString())


def fit_calibration(scores: Sequence[float], truths: Sequence[bool], weights: Sequence[float]) -> dict[str, float]:
    """Logistic regression of the score on the truth, by Newton's method with a weak ridge."""
    rows = np.column_stack([scores, np.ones(len(scores))])
    truth, counted, found = np.asarray(truths, float), np.asarray(weights), np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (counted * (chance - truth)) + 1e-3 * found
        bend = (rows * (counted * chance * (1 - chance))[:, None]).T @ rows + 1e-3 * np.eye(2)
        found = found - np.linalg.solve(bend, slope)
    return {"weight": float(found[0]), "offset": float(found[1])}


def figures(reranker: Reranker, examples: Sequence[Example]) -> tuple[dict[str, float], dict[str, list[bool]]]:
    """Calibration, right and wrong passages counted alike, and by set whether the right passage came first."""
    scores: list[float] = []
    truths: list[bool] = []
    first: dict[str, list[bool]] = {}
    for example in examples:
        passages = [*([example.positive] if example.positive else []), *example.negatives]
        found = reranker.score(example.question, passages)
        scores += found
        truths += [bool(example.positive) and place == 0 for place in range(len(passages))]
        if example.positive and len(passages) > 1:
            first.setdefault(example.source, []).append(found[0] == max(found))
    share = sum(truths) / len(truths)
    weights = [0.5 / share if truth else 0.5 / (1 - share) for truth in truths]
    return fit_calibration(scores, truths, weights), first


def main() -> None:
    """Write the graph, calibrated, and print its size, SHA-256 and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    wanted = parser.parse_args()
    weights = load_file(wanted.weights)
    reranker = Reranker(write_reranker(weights, wanted.precision, {"weight": 1.0, "offset": 0.0}))
    examples = [
        one
        for run in wanted.runs
        if (run / "heldout.jsonl.gz").exists()
        for one in read_examples(run / "heldout.jsonl.gz")
    ]
    calibration, first = figures(reranker, examples)
    graph = write_reranker(weights, wanted.precision, calibration)
    wanted.target.write_bytes(graph)
    sys.stdout.write(f"calibration {calibration}\n{len(graph):,} bytes, SHA-256 {sha256(graph).hexdigest()}\n")
    for source, right in sorted(first.items()):
        sys.stdout.write(f"{source:28} {len(right):5} questions, right passage first {np.mean(right):.3f}\n")


if __name__ == "__main__":
    main()
