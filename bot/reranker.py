"""Says how likely each of a few passages answers a question, reading both together.

The re-ranker is made of the first four layers of the span reader, trained on (`training/reranker`). What it is worth,
and when it is asked, stands in docs/decisions/0029-reranker.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.pair_model import CLS, SEP, OpenedPairModel, PairModel, ShippedModel

if TYPE_CHECKING:
    from tokenizers import Encoding

RERANKER = ShippedModel(
    "reranker-int8.onnx", "49702245cb00ee53bba363dd972b4c54b34f244bb226ef607e630dfaeca653e2", "The re-ranker's model"
)
"""Which `training.reranker.export` wrote."""
WINDOW_TOKENS = 160
QUESTION_TOKENS = 40
"""What is read of a question."""


class Reranker:
    """Reads passages one by one on the caller's thread; safe for use by several threads.

    Args:
        model: the graph's bytes, or the path of one of your own; None for the one that ships, which is trusted only by
            its SHA-256. `training.reranker.export` writes it.
    """

    def __init__(self, model: bytes | Path | None = None) -> None:
        self._pair_model = PairModel(RERANKER, model)

    def read(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """Read each passage.

        Args:
            question: as asked; from its 40th token on it is not read.
            passages: texts with their headings in front; what does not fit 160 tokens with the question is not read.

        Returns:
            Calibrated log-odds that each answers, in the same order.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        opened = self._pair_model.open()
        weight, offset = opened.calibration["weight"], opened.calibration["offset"]
        return tuple(weight * score + offset for score in self.score(question, passages))

    def score(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """The graph's scores, which `read` makes log-odds of.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        opened = self._pair_model.open()
        asked = opened.tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        encoded = opened.tokenizer.encode_batch(list(passages), add_special_tokens=False)
        return tuple(_score(opened, asked, one) for one in encoded)

    def warm(self) -> None:
        """Load the model now rather than at the first question.

        Raises:
            ReaderUnavailable: the model is missing, damaged, or onnxruntime cannot open it.
        """
        self._pair_model.open()


def _score(opened: OpenedPairModel, asked: Sequence[int], passage: "Encoding") -> float:
    head = (CLS, *asked, SEP)
    read = passage.ids[: WINDOW_TOKENS - len(head) - 1]
    kinds = (0,) * len(head) + (1,) * (len(read) + 1)
    return float(opened.run(("scores",), (*head, *read, SEP), kinds)[0][0])
