"""The reader's network in torch: the bundled BERT with a span head and an answerability head."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

LAYERS, HEADS, DIMENSION, INNER, HIDDEN = 6, 12, 384, 1536, 256
EPSILON = 1e-12
_SCALE = float((DIMENSION // HEADS) ** -0.5)


class EncoderLayer(nn.Module):
    """One layer of the bundled BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(DIMENSION, 3 * DIMENSION)
        self.attended = nn.Linear(DIMENSION, DIMENSION)
        self.attended_norm = nn.LayerNorm(DIMENSION, EPSILON)
        self.wide = nn.Linear(DIMENSION, INNER)
        self.narrow = nn.Linear(INNER, DIMENSION)
        self.norm = nn.LayerNorm(DIMENSION, EPSILON)

    def forward(self, hidden: Tensor, outside: Tensor | None = None) -> Tensor:
        """Attend and transform.

        Args:
            hidden: shape (texts, tokens, dimension).
            outside: added to the scores of attention, shape (texts, 1, 1, tokens); None where nothing is padded.
        """
        texts, tokens, _ = hidden.shape
        qkv = self.qkv(hidden).view(texts, tokens, 3, HEADS, DIMENSION // HEADS).permute(2, 0, 3, 1, 4)
        # Plain products: with 12 heads of 32 the fused kernel of the processor takes four times as long backward.
        scores = qkv[0] @ (qkv[1] * _SCALE).transpose(2, 3)
        weights = torch.softmax(scores if outside is None else scores + outside, dim=-1, dtype=qkv.dtype)
        mixed = self.attended((weights @ qkv[2]).transpose(1, 2).reshape(texts, tokens, DIMENSION))
        hidden = self.attended_norm(hidden + mixed)
        out: Tensor = self.norm(hidden + self.narrow(functional.gelu(self.wide(hidden))))
        return out


class BertEncoder(nn.Module):
    """The bundled BERT, or its first layers.

    Args:
        layers: how many of them.
    """

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, DIMENSION)
        self.places = nn.Embedding(512, DIMENSION)
        self.kinds = nn.Embedding(2, DIMENSION)
        self.norm = nn.LayerNorm(DIMENSION, EPSILON)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(layers))

    def encode(self, ids: Tensor, kinds: Tensor, known: Tensor | None = None) -> Tensor:
        """Read texts.

        Args:
            ids: token ids of shape (texts, tokens).
            kinds: 0 for the first side of a pair, 1 for the second; same shape.
            known: 1 for tokens, 0 for padding; same shape; None where nothing is padded.

        Returns:
            Shape (texts, tokens, dimension), fp32.
        """
        hidden: Tensor = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kinds(kinds))
        outside = None if known is None else ((1 - known) * -1e4)[:, None, None, :].to(hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, outside)
        return hidden.float()

    def load_bert(self, weights: Mapping[str, Any]) -> None:
        """Take the encoder's weights by the names that transformers gives a `BertModel`; heads stay as they are."""
        state = self.state_dict()
        for name, source in bert_names(len(self.layers)).items():
            parts = [torch.from_numpy(weights[one]) for one in source]
            state[name] = torch.cat(parts) if len(parts) > 1 else parts[0]
        state["kinds.weight"] = state["kinds.weight"].contiguous()
        self.load_state_dict(state)


class ReaderNetwork(BertEncoder):
    """Gives span scores and an answerability score for texts of one length, so that nothing is padded."""

    def __init__(self) -> None:
        super().__init__()
        self.span = nn.Linear(DIMENSION, 2)
        self.pooled = nn.Linear(3 * DIMENSION, HIDDEN)
        self.answerable = nn.Linear(HIDDEN, 1)

    def forward(self, ids: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Score every token as start and end, and the passage as one that answers.

        Args:
            ids: token ids of shape (texts, tokens): [CLS] question [SEP] passage [SEP].
            kinds: 0 for the question's side, 1 for the passage's; same shape.

        Returns:
            Span scores of shape (texts, 2, tokens), where only the first token (no answer) and the passage's are
            finite; answerability logits of shape (texts,).
        """
        hidden = self.encode(ids, kinds)
        closed = kinds == 0
        closed[:, -1] = True
        spans = self.span(hidden).float().transpose(1, 2)
        inside = spans.masked_fill(closed[:, None], -1e4)
        seen = torch.softmax(inside, dim=2) @ hidden  # (texts, 2, dimension)
        pooled = torch.cat([hidden[:, :1], seen], dim=1).flatten(1)
        answerable = self.answerable(functional.gelu(self.pooled(pooled)))[:, 0].float()
        kept = closed.clone()
        kept[:, 0] = False
        return spans.masked_fill(kept[:, None], -1e4), answerable


def bert_names(layers: int = LAYERS) -> dict[str, list[str]]:
    """Our name of each encoder weight, with those of transformers (three for the joined attention matrices)."""
    names = {
        "words.weight": ["embeddings.word_embeddings.weight"],
        "places.weight": ["embeddings.position_embeddings.weight"],
        "kinds.weight": ["embeddings.token_type_embeddings.weight"],
    }
    for end in ("weight", "bias"):
        names[f"norm.{end}"] = [f"embeddings.LayerNorm.{end}"]
        for row in range(layers):
            ours, theirs = f"layers.{row}", f"encoder.layer.{row}"
            parts = ("query", "key", "value")
            names[f"{ours}.qkv.{end}"] = [f"{theirs}.attention.self.{part}.{end}" for part in parts]
            names[f"{ours}.attended.{end}"] = [f"{theirs}.attention.output.dense.{end}"]
            names[f"{ours}.attended_norm.{end}"] = [f"{theirs}.attention.output.LayerNorm.{end}"]
            names[f"{ours}.wide.{end}"] = [f"{theirs}.intermediate.dense.{end}"]
            names[f"{ours}.narrow.{end}"] = [f"{theirs}.output.dense.{end}"]
            names[f"{ours}.norm.{end}"] = [f"{theirs}.output.LayerNorm.{end}"]
    return names
