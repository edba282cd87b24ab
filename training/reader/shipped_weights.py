"""The reader that ships, back as floating-point weights to train on from."""

from importlib.resources import files

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import load_file
from torch import Tensor

from knowledge_base.bundled_model import BundledModel
from training.reader.network import LAYERS, bert_names

_PARTS = {
    "qkv": "attention.self.",
    "attended": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
_NORMS = {"attended_norm": "attention.output.LayerNorm", "norm": "output.LayerNorm"}


_HEADS = ("span", "pooled", "answerable")


def reader_weights(layers: int = LAYERS) -> dict[str, Tensor]:
    """Weights by the names of `ReaderNetwork`; the word vectors are those of the bundled model.

    Args:
        layers: how many, from the bottom; the heads come with all of them.
    """
    model = onnx.load_from_string(files("bot").joinpath("reader-int8.onnx").read_bytes())
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    bundled = load_file(BundledModel().weights_path())
    names = bert_names()
    found: dict[str, NDArray[np.float32]] = {
        ours: bundled[names[ours][0]]
        for ours in ("words.weight", "places.weight", "kinds.weight", "norm.weight", "norm.bias")
    }
    for row in range(layers):
        theirs = f"encoder.layer.{row}."
        for ours, part in _PARTS.items():
            name = theirs + part
            matrix = constants[f"{name}.s8"].astype(np.float32) * constants[f"{name}.scale"]
            found[f"layers.{row}.{ours}.weight"] = np.ascontiguousarray(matrix.T)
            bias = f"{name}bias" if ours == "qkv" else f"{name}.bias"
            found[f"layers.{row}.{ours}.bias"] = constants[bias]
        for ours, part in _NORMS.items():
            for end in ("weight", "bias"):
                found[f"layers.{row}.{ours}.{end}"] = constants[f"{theirs}{part}.{end}"]
    for head in _HEADS if layers == LAYERS else ():
        found[f"{head}.weight"] = constants[f"{head}.matrix"].T
        found[f"{head}.bias"] = constants[f"{head}.offset"]
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in found.items()}
