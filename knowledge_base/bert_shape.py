"""What the graph of an embedder depends on, beside its weights."""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["int8", "fp32"]
Pooling = Literal["mean", "cls"]


@dataclass(frozen=True, slots=True)
class BertShape:
    """What of the configuration of a BERT or XLM-RoBERTa its graph depends on.

    Args:
        layers: number of transformer layers.
        heads: attention heads in a layer.
        layer_norm_epsilon: added to the variance in layer normalization.
        first_position: row of the position table that the first token takes: 0 for BERT, 2 for XLM-RoBERTa.
        pooling: whether a text's vector is the mean of its tokens' vectors or the first token's.
    """

    layers: int
    heads: int
    layer_norm_epsilon: float
    first_position: int = 0
    pooling: Pooling = "mean"
