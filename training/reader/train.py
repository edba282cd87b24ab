"""Trains the reader on the examples of `prepare`: `python -m training.reader.train OUT --minutes 60`.

The learning rate falls linearly with the time that is used up, so a run ends where it was meant to end on a machine of
any speed and load; `--steps` makes it fall with the steps instead, which repeats a run exactly.
"""

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_weights
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from knowledge_base.bundled_model import BundledModel
from training.reader.hard_negatives import SOMEWHERE
from training.reader.network import LAYERS, ReaderNetwork
from training.reader.prepare import SEED, read_examples
from training.reader.shipped_weights import reader_weights

WINDOW, QUESTION_TOKENS = 256, 48
TOKENS_A_BATCH = 2_816
RATE, HEAD_RATE, LAYER_DECAY, WEIGHT_DECAY, WARM_UP = 1.3e-4, 5e-4, 0.9, 0.01, 0.04
FROZEN_LAYERS = 1
"""Layers from the bottom that keep their weights, with the word vectors under them: a tenth less time."""
ANSWERABLE_WEIGHT, SMOOTHING = 0.8, 0.04
AVERAGE = 0.995


@dataclass(frozen=True, slots=True)
class Item:
    """An example as token ids.

    Args:
        ids: question and passage.
        question_length: tokens of the question's side.
        starts: the gold tokens; (0,) where there is no answer, empty where it stands somewhere.
        ends: likewise.
    """

    ids: tuple[int, ...]
    question_length: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def main() -> None:
    """Train, and write `reader.safetensors` (last weights) and `average.safetensors` (their moving average)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder with train.jsonl.gz and heldout.jsonl.gz")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--begin", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--begin-shipped", action="store_true", help="go on from the reader that ships")
    parser.add_argument("--kept", type=float, default=0.0, help="share of the weights it began with in the average")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    began = time.monotonic()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    network = ReaderNetwork()
    network.load_bert(load_file(BundledModel().weights_path()))
    if arguments.begin_shipped:
        network.load_state_dict(reader_weights())
    elif arguments.begin:
        network.load_state_dict(load_weights(arguments.begin))
    train, heldout = (tokenize(arguments.out / f"{side}.jsonl.gz") for side in ("train", "heldout"))
    _say(began, f"{len(train)} examples, {sum(len(i.ids) for i in train) / len(train):.0f} tokens each")

    steps: int = arguments.steps
    minutes: float = arguments.minutes

    def used(step: int) -> float:
        if steps:
            return step / steps
        return (time.monotonic() - began) / (60 * minutes)

    begun = {name: value.clone() for name, value in network.state_dict().items()}
    average = _fit(network, train, used, began, arguments.out)
    average = {name: value.lerp(begun[name], arguments.kept) for name, value in average.items()}
    save_file(network.state_dict(), arguments.out / "reader.safetensors")
    save_file(average, arguments.out / "average.safetensors")
    _say(began, f"held out, last weights: {measure(network, heldout)}")
    network.load_state_dict(average)
    _say(began, f"held out, average: {measure(network, heldout)}")


def _fit(
    network: ReaderNetwork, train: Sequence[Item], used: Callable[[int], float], began: float, out: Path
) -> dict[str, Tensor]:
    optimizer = torch.optim.AdamW(_groups(network), fused=True, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY)
    rates = [group["lr"] for group in optimizer.param_groups]
    average = {name: value.clone() for name, value in network.state_dict().items()}
    seen, losses, saved, tokens = 0, [], 0.0, 0
    for step, batch in enumerate(_batches(train)):
        share = used(step)
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
        seen, tokens = seen + len(batch), tokens + sum(len(i.ids) for i in batch)
        losses.append(float(loss.detach()))
        if step % 50 == 49:
            speed = seen / (time.monotonic() - began)
            _say(began, f"step {step + 1}, {share:.1%}, seen {seen}, {speed:.1f}/s, loss {np.mean(losses[-50:]):.3f}")
        if time.monotonic() - began - saved > 600:
            saved = time.monotonic() - began
            save_file(average, out / "checkpoint.safetensors")
    return average


def tokenize(path: Path) -> list[Item]:
    """Examples as tokens; those whose answer falls outside the window are cut round it."""
    examples = read_examples(path)
    tokenizer = BundledModel().tokenizer()
    questions = tokenizer.encode_batch([e.question for e in examples], add_special_tokens=False)
    contexts = tokenizer.encode_batch([e.context for e in examples], add_special_tokens=False)
    chance = random.Random(SEED)  # noqa: S311
    items = []
    for example, question, context in zip(examples, questions, contexts, strict=True):
        head = [101, *question.ids[:QUESTION_TOKENS], 102]
        ids, spans = list(context.ids), []
        for start, end in example.answers:
            inside = [row for row, (a, b) in enumerate(context.offsets) if a < end and b > start]
            if inside:
                spans.append((inside[0], inside[-1]))
        is_somewhere = example.answers == SOMEWHERE
        if example.answers and not spans and not is_somewhere:
            continue
        room = WINDOW - len(head) - 1
        room = min(room, (len(ids) + len(head) + 1) // 8 * 8 - len(head) - 1)  # lengths in steps of 8: no padding
        first = spans[0] if spans else (0, 0)
        if first[1] - first[0] >= room:
            continue
        shift = chance.randint(0, max(0, room - first[1] + first[0] - 1))
        low = max(0, min(len(ids) - room, first[1] - room + 1 + shift))
        if first[1] < room and chance.random() < 0.5:
            low = 0
        ids = ids[low : low + room]
        spans = [(a - low, b - low) for a, b in spans if a >= low and b < low + room]
        nowhere = () if is_somewhere else (0,)
        starts = tuple(a + len(head) for a, _ in spans) or nowhere
        ends = tuple(b + len(head) for _, b in spans) or nowhere
        items.append(Item((*head, *ids, 102), len(head), starts, ends))
    return items


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    chance = random.Random(SEED)  # noqa: S311
    waiting: dict[int, list[Item]] = defaultdict(list)
    while True:
        order = list(items)
        chance.shuffle(order)
        for item in order:
            length = len(item.ids)
            waiting[length].append(item)
            if len(waiting[length]) * length > TOKENS_A_BATCH:
                yield waiting.pop(length)


def _tensors(batch: Sequence[Item]) -> tuple[Tensor, Tensor]:
    ids = torch.tensor([item.ids for item in batch])
    places = torch.arange(ids.shape[1])
    return ids, (places[None] >= torch.tensor([item.question_length for item in batch])[:, None]).long()


def _loss(network: ReaderNetwork, batch: Sequence[Item]) -> Tensor:
    ids, kinds = _tensors(batch)
    with torch.autocast("cpu", torch.bfloat16):
        spans, answerable = network(ids, kinds)
    target = torch.zeros_like(spans)
    for row, item in enumerate(batch):
        for side, places in enumerate((item.starts, item.ends)):
            for place in places:
                target[row, side, place] += 1 / len(places)
    span_loss = -(target * functional.log_softmax(spans, dim=2)).sum(2).mean()
    truth = torch.tensor([float(item.starts != (0,)) for item in batch])
    truth = truth * (1 - 2 * SMOOTHING) + SMOOTHING
    return span_loss + ANSWERABLE_WEIGHT * functional.binary_cross_entropy_with_logits(answerable, truth)


def _groups(network: ReaderNetwork) -> list[dict[str, object]]:
    for frozen in (network.words, network.places, network.kinds, network.norm, *network.layers[:FROZEN_LAYERS]):
        frozen.requires_grad_(False)
    groups: dict[float, list[Tensor]] = defaultdict(list)
    for name, value in network.named_parameters():
        if not value.requires_grad:
            continue
        rate = RATE * LAYER_DECAY ** (LAYERS - 1 - int(name.split(".")[1])) if name.startswith("layers.") else HEAD_RATE
        groups[rate].append(value)
    return [{"params": values, "lr": rate} for rate, values in groups.items()]


def measure(network: ReaderNetwork, items: Sequence[Item]) -> str:
    """Share of exactly right spans among the answerable, and AUROC of both answerability scores."""
    right, heads, margins, truths = [], [], [], []
    by_length = sorted(items, key=lambda item: len(item.ids))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for item in by_length:
            spans, answerable = network(*_tensors([item]))
            inside = spans[0].clone()
            inside[:, 0] = -1e4
            start, end = (int(place) for place in inside.argmax(dim=1))
            margins.append(float((inside.max(dim=1).values - spans[0, :, 0]).sum()))
            heads.append(float(answerable[0]))
            truths.append(item.starts != (0,))
            if truths[-1] and item.starts:
                right.append((start, end) in set(zip(item.starts, item.ends, strict=True)))
    return f"exact {np.mean(right):.3f}, AUROC head {auroc(heads, truths):.3f}, margin {auroc(margins, truths):.3f}"


def auroc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Chance that an answerable example scores above an unanswerable one; ties count half (Mann-Whitney)."""
    values, good = np.asarray(scores), np.asarray(truths, bool)
    order = np.sort(values)
    ranks = (np.searchsorted(order, values, "left") + np.searchsorted(order, values, "right") + 1) / 2
    positives, negatives = good.sum(), (~good).sum()
    return float((ranks[good].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _say(began: float, text: str) -> None:
    sys.stdout.write(f"{(time.monotonic() - began) / 60:6.1f} min  {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
