"""Trains the re-ranker on the examples of `prepare`: `python -m training.reranker.train OUT RUN [RUN …] --minutes 40`.

It goes on from the first layers of the reader that ships (`bot/reader-int8.onnx`), which has learned to read question
and passage together. The learning rate falls with the time that is used up, as the reader's does.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from knowledge_base.bundled_model import BundledModel
from training.reader.train import auroc
from training.reranker.network import RerankerNetwork
from training.reranker.prepare import SEED, read_examples
from training.reranker.reader_weights import reader_weights

WINDOW, QUESTION_TOKENS = 160, 40
TOKENS_A_BATCH = 3_200
RATE, HEAD_RATE, WEIGHT_DECAY, WARM_UP = 1.2e-4, 5e-4, 0.01, 0.05
FROZEN_LAYERS = 1
NEGATIVES = 3
POINT_WEIGHT = 0.6
"""Of the loss that makes the score a probability, beside the one that puts the right passage first."""
AVERAGE = 0.995
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Group:
    """A question's passages as token ids, the one that answers first if there is one."""

    texts: tuple[tuple[int, ...], ...]
    question_length: int
    answered: bool
    source: str


def main() -> None:
    """Train, and write `average.safetensors`, the moving average of the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="folders that `prepare` filled")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--begin", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--threads", type=int, default=2)
    wanted = parser.parse_args()
    began = time.monotonic()
    torch.set_num_threads(wanted.threads)
    torch.manual_seed(SEED)
    network = RerankerNetwork()
    network.load_state_dict(load_file(wanted.begin) if wanted.begin else reader_weights(), strict=bool(wanted.begin))
    train, heldout = (
        [group for run in wanted.runs for group in tokenize(run / f"{side}.jsonl.gz")] for side in ("train", "heldout")
    )
    wanted.out.mkdir(parents=True, exist_ok=True)
    lengths = [len(text) for group in train for text in group.texts]
    _say(began, f"{len(train)} questions, {np.mean(lengths):.0f} tokens a passage")
    average = _fit(network, train, began, 60 * wanted.minutes, wanted.out)
    network.load_state_dict(average)
    for source in sorted({one.source for one in heldout}):
        _say(began, f"{source}: {measure(network, [one for one in heldout if one.source == source])}")
    _say(began, f"all: {measure(network, heldout)}")


def _fit(
    network: RerankerNetwork, train: Sequence[Group], began: float, seconds: float, out: Path
) -> dict[str, Tensor]:
    for frozen in (network.words, network.places, network.kinds, network.norm, *network.layers[:FROZEN_LAYERS]):
        frozen.requires_grad_(False)
    heads = [value for name, value in network.named_parameters() if name.startswith(("pooled", "relevant"))]
    body = [value for name, value in network.named_parameters() if name.startswith("layers") and value.requires_grad]
    groups = [{"params": body, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, fused=True, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY)
    rates = [group["lr"] for group in optimizer.param_groups]
    average = {name: value.clone() for name, value in network.state_dict().items()}
    losses, seen, saved = [], 0, 0.0
    for step, batch in enumerate(_batches(train)):
        share = (time.monotonic() - began) / seconds
        if share >= 1:
            break
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(share / WARM_UP, (1 - share) / (1 - WARM_UP))
        loss = _loss(network, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        keep = min(AVERAGE, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, value in network.named_parameters():
                if value.requires_grad:
                    average[name].lerp_(value, 1 - keep)
        seen += len(batch)
        losses.append(float(loss.detach()))
        if step % 50 == 49:
            _say(began, f"step {step + 1}, {share:.1%}, questions {seen}, loss {np.mean(losses[-50:]):.3f}")
        if time.monotonic() - began - saved > 300:
            saved = time.monotonic() - began
            save_file(average, out / "average.safetensors")
    save_file(average, out / "average.safetensors")
    return average


def tokenize(path: Path) -> list[Group]:
    """Examples as tokens; what is longer than the window is cut behind."""
    if not path.exists():
        return []
    tokenizer = BundledModel().tokenizer()
    groups = []
    for example in read_examples(path):
        question = tokenizer.encode(example.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        passages = [*([example.positive] if example.positive else []), *example.negatives[:NEGATIVES]]
        room = WINDOW - len(question) - 3
        encoded = tokenizer.encode_batch(passages, add_special_tokens=False)
        texts = tuple((_CLS, *question, _SEP, *one.ids[:room], _SEP) for one in encoded)
        groups.append(Group(texts, len(question) + 2, bool(example.positive), example.source))
    return groups


def _batches(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Questions whose longest passages are about as long, so that little is padded."""
    chance = random.Random(SEED)  # noqa: S311
    while True:
        order = list(groups)
        chance.shuffle(order)
        batches: list[list[Group]] = []
        for at in range(0, len(order), 400):
            batch: list[Group] = []
            for group in sorted(order[at : at + 400], key=lambda one: max(map(len, one.texts))):
                longest = max(map(len, group.texts))
                if batch and longest * (sum(len(one.texts) for one in batch) + len(group.texts)) > TOKENS_A_BATCH:
                    batches.append(batch)
                    batch = []
                batch.append(group)
            batches.append(batch)
        chance.shuffle(batches)
        yield from batches


def tensors(batch: Sequence[Group]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, kinds and known tokens of all texts of a batch, padded to the longest."""
    texts = [(text, group.question_length) for group in batch for text in group.texts]
    longest = max(len(text) for text, _ in texts)
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    kinds, known = torch.zeros_like(ids), torch.zeros(len(texts), longest)
    for row, (text, question) in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        kinds[row, question : len(text)] = 1
        known[row, : len(text)] = 1
    return ids, kinds, known


def _loss(network: RerankerNetwork, batch: Sequence[Group]) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(*tensors(batch))
    at, chosen, truths = 0, [], torch.zeros_like(scores)
    weights = torch.ones_like(scores)
    for group in batch:
        own = scores[at : at + len(group.texts)]
        if group.answered:
            truths[at] = 1.0
            weights[at] = len(group.texts) - 1  # as much as all that do not answer
            chosen.append(-functional.log_softmax(own, dim=0)[0])
        at += len(group.texts)
    point = (functional.binary_cross_entropy_with_logits(scores, truths, reduction="none") * weights).sum()
    first = torch.stack(chosen).mean() if chosen else scores.sum() * 0
    return first + POINT_WEIGHT * point / weights.sum()


def measure(network: RerankerNetwork, groups: Sequence[Group]) -> str:
    """Share of questions whose right passage is first, and AUROC of the best score against unanswered questions."""
    first, right, wrong = [], [], []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for group in groups:
            scores = network(*tensors([group]))
            if group.answered:
                first.append(bool(scores.argmax() == 0) if len(scores) > 1 else True)
                right.append(float(scores[0]))
                wrong += [float(one) for one in scores[1:]]
            else:
                wrong.append(float(scores.max()))
    separated = auroc([*right, *wrong], [True] * len(right) + [False] * len(wrong)) if right and wrong else float("nan")
    return f"{len(groups)} questions, first {np.mean(first) if first else float('nan'):.3f}, AUROC {separated:.3f}"


def _say(began: float, text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - began:7.0f} s  {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
