"""The danger model's network in torch: the bundled BERT with a head for the classes of danger."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.network import DIMENSION, HIDDEN, LAYERS, BertEncoder

_DROPPED, _DROPPED_WORDS = 0.3, 0.1
_UNKNOWN, _SPECIAL = 100, 102


class DangerNetwork(BertEncoder):
    """Scores texts by class of danger; the first class is none.

    Args:
        classes: how many there are.
        layers: how many of the bundled model's.
    """

    def __init__(self, classes: int, layers: int = LAYERS) -> None:
        super().__init__(layers)
        self.hidden = nn.Linear(2 * DIMENSION, HIDDEN)
        self.classes = nn.Linear(HIDDEN, classes)
        self.dropout = nn.Dropout(_DROPPED)

    def forward(self, ids: Tensor, inside: Tensor) -> Tensor:
        """Score texts.

        Args:
            ids: token ids of shape (texts, tokens).
            inside: 1 where a token is, 0 behind the text's end; same shape.

        Returns:
            Logits of shape (texts, classes).
        """
        if self.training:
            lost = (torch.rand(ids.shape) < _DROPPED_WORDS) & (ids > _SPECIAL)
            ids = ids.masked_fill(lost, _UNKNOWN)
        hidden, mask = self.encode(ids, torch.zeros_like(ids), inside), inside[..., None]
        mean = (hidden * mask).sum(1) / mask.sum(1)
        strongest = hidden.masked_fill(mask == 0, -1e4).amax(1)
        seen = functional.relu(self.hidden(self.dropout(torch.cat([mean, strongest], dim=1))))
        scores: Tensor = self.classes(self.dropout(seen)).float()
        return scores


def pad_texts(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Texts of unequal length as one batch, as `DangerNetwork.forward` takes it.

    Args:
        texts: token ids.
    """
    ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
    inside = torch.zeros(ids.shape)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        inside[row, : len(text)] = 1
    return ids, inside
