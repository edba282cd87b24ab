"""The re-ranker's network in torch: the first layers of the bundled BERT with one score on top."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.network import DIMENSION, HIDDEN, BertEncoder

LAYERS = 4


class RerankerNetwork(BertEncoder):
    """Scores how likely a passage answers a question, reading both together."""

    def __init__(self) -> None:
        super().__init__(LAYERS)
        self.pooled = nn.Linear(2 * DIMENSION, HIDDEN)
        self.relevant = nn.Linear(HIDDEN, 1)

    def forward(self, ids: Tensor, kinds: Tensor, known: Tensor) -> Tensor:
        """Score texts.

        Args:
            ids: token ids of shape (texts, tokens): [CLS] question [SEP] passage [SEP], padded behind.
            kinds: 0 for the question's side, 1 for the passage's; same shape.
            known: 1 for tokens, 0 for padding; same shape.

        Returns:
            Log-odds of shape (texts,).
        """
        hidden = self.encode(ids, kinds, known)
        # The mean of all tokens beside the first one: an embedder's weights keep what they know in the mean.
        mean = (hidden * known[:, :, None]).sum(1) / known.sum(1, keepdim=True)
        pooled = functional.gelu(self.pooled(torch.cat([hidden[:, 0], mean], dim=1)))
        scores: Tensor = self.relevant(pooled)[:, 0].float()
        return scores
