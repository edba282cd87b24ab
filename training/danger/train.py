"""Trains the danger model: `python -m training.danger.train RUN --sets SETS --group GROUP`.

RUN becomes a folder with the weights, for `training.danger.export`.
"""

import argparse
import copy
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn import functional

from bot.safety import read_safety_data
from evals.trust.safety_messages import WRITINGS, safety_messages
from knowledge_base.bundled_model import BundledModel
from training.danger.messages import (
    NONE,
    Example,
    disturbed,
    everyday_examples,
    ordinary_examples,
    written_examples,
)
from training.danger.network import DangerNetwork, pad_texts

SEED = 20261130
EPOCHS, BATCH, LONGEST_TOKENS = 5, 32, 48
HEAD_RATE, BODY_RATE, WARM_UP = 1e-3, 2e-4, 100
AVERAGED, SMOOTHED, DECAY = 0.995, 0.02, 0.01
ORDINARY_AN_EPOCH = 1_500
# A false alarm costs a customer the answer, and there are fewer near misses than messages of danger.
NEAR_MISS_WEIGHT = 2.0
WEIGHTS = "model.safetensors"
_HEADS = ("hidden.", "classes.")


class Averaged:
    """The running average of a network's weights, which does better than the last ones.

    Args:
        network: the one that is trained.
    """

    def __init__(self, network: DangerNetwork) -> None:
        self.network = copy.deepcopy(network)
        self._steps = 0

    @torch.no_grad()
    def update(self, network: DangerNetwork) -> None:
        """Move towards the network's weights."""
        self._steps += 1
        kept = min(AVERAGED, (1 + self._steps) / (10 + self._steps))
        for mean, one in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.mul_(kept).add_(one, alpha=1 - kept)


def train(
    network: DangerNetwork,
    written: Sequence[Example],
    ordinary: Sequence[Example],
    tokenizer: Tokenizer,
    *,
    epochs: int = EPOCHS,
) -> DangerNetwork:
    """Train a network, and give the average of its weights.

    Args:
        network: with the encoder's weights.
        written: messages of danger and near misses.
        ordinary: texts without danger, of which each epoch reads some.
        tokenizer: splits texts.
        epochs: how often the written ones are read.
    """
    chance, classes, averaged = random.Random(SEED), class_names(), Averaged(network)  # noqa: S311 - no secrets
    heads = [one for name, one in network.named_parameters() if name.startswith(_HEADS)]
    body = [one for name, one in network.named_parameters() if not name.startswith(_HEADS)]
    groups = [{"params": heads, "lr": HEAD_RATE}, {"params": body, "lr": BODY_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY)
    steps = epochs * -(-(len(written) + min(ORDINARY_AN_EPOCH, len(ordinary))) // BATCH)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, step / WARM_UP) * (1 - step / (steps + 1)))
    for epoch in range(epochs):
        examples = [*written, *chance.sample(ordinary, min(ORDINARY_AN_EPOCH, len(ordinary)))]
        losses = []
        for batch in _batches(examples, tokenizer, chance):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = network(*pad_texts([ids for ids, _ in batch]))
            truth = torch.tensor([classes.index(one.hazard) for _, one in batch])
            weights = torch.tensor([NEAR_MISS_WEIGHT if one.hazard == NONE and one.near else 1.0 for _, one in batch])
            loss = functional.cross_entropy(scores.float(), truth, reduction="none", label_smoothing=SMOOTHED)
            optimizer.zero_grad()
            (loss * weights).mean().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            rates.step()
            averaged.update(network)
            losses.append(loss.detach().mean().item())
        sys.stdout.write(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}\n")
        sys.stdout.flush()
    return averaged.network.eval()


def class_names() -> list[str]:
    """None, then the classes of danger in the router's order."""
    return [NONE, *read_safety_data()["classes"]]


def _batches(
    examples: Sequence[Example], tokenizer: Tokenizer, chance: random.Random
) -> Iterator[list[tuple[list[int], Example]]]:
    calm = [one for one in examples if one.hazard == NONE]
    texts = [disturbed(one, calm, chance) for one in examples]
    rows = [
        (found.ids[:LONGEST_TOKENS], one) for found, one in zip(tokenizer.encode_batch(texts), examples, strict=True)
    ]
    rows.sort(key=lambda row: len(row[0]) + 4 * chance.random())
    batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
    chance.shuffle(batches)
    yield from batches


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Let a command ask for what is trained on.

    Args:
        parser: of the command.
    """
    parser.add_argument("--sets", type=Path, required=True, help="folder with a folder for each public set")
    parser.add_argument("--group", type=Path, required=True, help="group folder whose documents speak of cars")
    parser.add_argument("--without", choices=WRITINGS, help="writing that is left out, to see how the model does on it")
    parser.add_argument("--threads", type=int, default=2)


def read_sources(wanted: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    """The messages that were written, and ordinary texts.

    Args:
        wanted: as `add_sources` asked for them.
    """
    messages = [one for one in safety_messages("build") if one.writing != wanted.without]
    written = written_examples([one for one in messages if not one.framed])
    framed = written_examples([one for one in messages if one.framed])
    return [*written, *everyday_examples()], [*framed, *ordinary_examples(wanted.sets, wanted.group)]


def main() -> None:
    """Train on all writers but those who are held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument(
        "--begin", type=Path, help="a run whose weights are trained on; the bundled model's if not given"
    )
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    add_sources(parser)
    wanted = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(wanted.threads)
    written, ordinary = read_sources(wanted)
    network = DangerNetwork(len(class_names()))
    if wanted.begin:
        network.load_state_dict(
            {name: torch.from_numpy(one) for name, one in load_file(wanted.begin / WEIGHTS).items()}
        )
    else:
        network.load_bert(load_file(BundledModel().weights_path()))
    trained = train(network.train(), written, ordinary, BundledModel().tokenizer(), epochs=wanted.epochs)
    wanted.run.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in trained.state_dict().items()}
    save_file(state, wanted.run / WEIGHTS)


if __name__ == "__main__":
    main()
