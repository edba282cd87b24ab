"""Trains the linear model beside the danger model.

python -m training.danger.words bot/danger-words.npz --sets SETS --group GROUP
"""

import argparse
import random
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from bot.danger_words import PLACES, word_places
from training.danger.messages import NONE, Example, disturbed
from training.danger.train import NEAR_MISS_WEIGHT, SEED, add_sources, read_sources

# Of ordinary texts there are many, and most are told from danger by any model.
ORDINARY_WEIGHT = 0.15
RIDGE, STEPS = 0.1, 60


def train_words(written: Sequence[Example], ordinary: Sequence[Example]) -> tuple[NDArray[np.float16], float]:
    """Logistic regression over words and parts of words, with a square penalty.

    Args:
        written: messages of danger and near misses; each is read as it is and once as it may come.
        ordinary: texts without danger.

    Returns:
        Weights of shape (PLACES,), and the offset.
    """
    chance = random.Random(SEED)  # noqa: S311 - no secrets
    calm = [one for one in written if one.hazard == NONE]
    texts = [
        *(one.text for one in written),
        *(disturbed(one, calm, chance) for one in written),
        *(one.text for one in ordinary),
    ]
    both = [*written, *written]
    truth = torch.tensor([float(one.hazard != NONE) for one in both] + [0.0] * len(ordinary))
    weight = torch.tensor(
        [NEAR_MISS_WEIGHT / 2 if one.hazard == NONE else 0.5 for one in both] + [ORDINARY_WEIGHT] * len(ordinary)
    )
    found = [word_places(text) for text in texts]
    places = torch.tensor([place for one in found for place in one])
    values = torch.tensor([value for one in found for value in one.values()])
    begins = torch.tensor([0, *np.cumsum([len(one) for one in found])[:-1].tolist()])
    table, offset = torch.zeros(PLACES, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([table, offset], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        odds = functional.embedding_bag(places, table, begins, mode="sum", per_sample_weights=values)[:, 0] + offset
        lost = functional.binary_cross_entropy_with_logits(odds, truth, weight=weight, reduction="sum")
        total = lost + RIDGE / 2 * (table**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return table.detach().numpy()[:, 0].astype(np.float16), float(offset.detach()[0])


def main() -> None:
    """Train on all writers but those who are held out, write the table, and print its size and SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    add_sources(parser)
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    weights, offset = train_words(*read_sources(wanted))
    with wanted.out.open("wb") as file:
        np.savez_compressed(file, weights=weights, offset=np.float64(offset))
    written = wanted.out.read_bytes()
    sys.stdout.write(f"{len(written):,} bytes, SHA-256 {sha256(written).hexdigest()}\n")


if __name__ == "__main__":
    main()
