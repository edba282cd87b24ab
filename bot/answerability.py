"""How likely the passages that were found hold the answer: a small calibrated model over plain evidence."""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from math import exp

from bot.language_data import content_stems, language, plain, read_data
from bot.lexicon import Lexicon, passage_stems
from knowledge_base.retriever import Hit

_MONEY = re.compile(
    r"[€£$]|\b(eur|gbp|usd|chf|euros?|pounds?|dollars?|free of charge|free|kostenlos|gratuite?s?|gratis|sans frais)\b"
)
_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against an answer; each from 0 to 1.

    Args:
        cosine: best cosine among the first three hits.
        coverage: share of the question's topic words, by rarity, in the best of the first three passages.
        joint_coverage: the same in the first three passages together.
        unknown: share of the question's topic words that no passage of the brand has.
        keyword: best BM25, over what the question's words could bring at most.
        margin: by how much the best hit is above the eighth.
        english: 1 for English questions, since the default embedder knows English best.
        length: number of topic words, over ten.
    """

    cosine: float
    coverage: float
    joint_coverage: float
    unknown: float
    keyword: float
    margin: float
    english: float
    length: float

    def values(self) -> tuple[float, ...]:
        """The signs as numbers, in the order of the calibration file."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of the signs; `evals/calibrate_deciding.py` makes it.

    Args:
        weights: by sign.
        constant: added to the weighted sum.
        threshold: least probability of an answer.
    """

    weights: dict[str, float]
    constant: float
    threshold: float

    def probability(self, signs: Signs) -> float:
        """Probability that the passages hold the answer, 0 to 1."""
        names = [one.name for one in fields(Signs)]
        total = self.constant + sum(
            self.weights.get(name, 0.0) * value for name, value in zip(names, signs.values(), strict=True)
        )
        return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@cache
def calibration() -> Calibration:
    """Read the calibration that ships with the bot."""
    content = read_data("calibration.yaml")
    return Calibration(content["weights"], content["constant"], content["threshold"])


def signs_of(question: str, code: str, hits: Sequence[Hit], lexicon: Lexicon) -> Signs:
    """What speaks for and against an answer.

    Args:
        question: the text that was searched for.
        code: its language.
        hits: what was found, best first; at least one.
        lexicon: of the release that was searched.
    """
    stems = set(content_stems(question, code))
    looked_at = hits[:_LOOKED_AT]
    found = [passage_stems(hit.passage) for hit in looked_at]
    most = sum(lexicon.weight(stem) for stem in stems) * 2.2 or 1.0
    eighth = hits[min(7, len(hits) - 1)].score
    return Signs(
        cosine=max(0.0, *(hit.cosine for hit in looked_at)) if looked_at else 0.0,
        coverage=max(lexicon.share(stems, one) for one in found),
        joint_coverage=lexicon.share(stems, frozenset().union(*found)),
        unknown=lexicon.share(stems, {stem for stem in stems if not lexicon.knows(stem)}),
        keyword=min(1.0, max(hit.keyword for hit in looked_at) / most),
        margin=max(0.0, hits[0].score - eighth),
        english=float(code == "en"),
        length=min(1.0, len(stems) / 10),
    )


def asks_for_unstated_price(question: str, code: str, hits: Sequence[Hit]) -> bool:
    """Whether a question is after money and none of the best passages speaks of any."""
    if not language(code).price.search(plain(question)):
        return False
    return not any(_MONEY.search(hit.passage.text.casefold()) for hit in hits[:_LOOKED_AT])
