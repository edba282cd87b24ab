"""How likely the passages that were found hold the answer: a small calibrated model over plain signs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from math import exp
from operator import attrgetter

from bot.language_data import content_stems, is_thing, language, plain, read_data
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.question_focus import focus_stems
from bot.ranking import Asked, RankedHit

_FREE = re.compile(r"\b(free|no charge|kostenlos\w*|kostenfrei\w*|gratuit\w*|gratis|sans frais|sin coste)\b")
# Share of the topic of a question after money that the sentence with the price must have.
_PRICE_TOPIC = 0.25
_NEW_OR_OLD = frozenset({"new", "neu", "neuf", "neuv", "nuov", "nuev", "top", "trim", "version", "much", "model"})
_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class AnswerSigns:
    """What speaks for and against an answer; each about from 0 to 1.

    Args:
        worth: worth of the best passage over ten, what is known of the vehicle left out.
        cosine: best cosine among the three best passages.
        joint_coverage: share of the question's topic words, by rarity, that the three have together.
        focus: share of the thing asked for that the three have; 1 where the question does not show it.
        unknown: share of the question's topic words that no passage of the brand has.
        missing_thing: 1 when the question names a thing of the glossary that no passage of the brand mentions.
        not_wanted: 1 when a kind of fact is asked for and the best passage has none.
        no_steps: 1 when the question asks how to do something and the best passage has no steps.
        english: 1 for English questions, since the default embedder knows English best.
        length: number of topic words, over ten.
    """

    worth: float
    cosine: float
    joint_coverage: float
    focus: float
    unknown: float
    missing_thing: float
    not_wanted: float
    no_steps: float
    english: float
    length: float


ANSWER_SIGN_NAMES = tuple(one.name for one in fields(AnswerSigns))
_values = attrgetter(*ANSWER_SIGN_NAMES)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `evals/calibrate_deciding.py` found.

    Args:
        passage_weights: weight of each sign of a passage.
        answer_weights: weight of each sign of an answer.
        constant: added to the weighted sum of the signs of an answer.
        threshold: least probability of an answer.
        near_tie: difference of worth below which a second passage is quoted too.
    """

    passage_weights: dict[str, float]
    answer_weights: dict[str, float]
    constant: float
    threshold: float
    near_tie: float

    def probability(self, signs: AnswerSigns) -> float:
        """Probability that the passages hold the answer, 0 to 1."""
        total = self.constant + sum(
            self.answer_weights[name] * value for name, value in zip(ANSWER_SIGN_NAMES, _values(signs), strict=True)
        )
        return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@cache
def calibration() -> Calibration:
    """Read the calibration that ships with the bot."""
    content = read_data("calibration.yaml")
    return Calibration(
        passage_weights=content["passage_weights"],
        answer_weights=content["answer_weights"],
        constant=content["constant"],
        threshold=content["threshold"],
        near_tie=content["near_tie"],
    )


def answer_signs(asked: Asked, ranked: Sequence[RankedHit], lexicon: Lexicon) -> AnswerSigns:
    """What speaks for and against an answer.

    Args:
        asked: the question.
        ranked: what was found, best first; at least one.
        lexicon: of the release that was searched.
    """
    looked_at = ranked[:_LOOKED_AT]
    together = frozenset[str]().union(*(analysis_of(one.hit.passage).stems for one in looked_at))
    focus = focus_stems(asked.text.rsplit("\n", 1)[-1], asked.language)
    return AnswerSigns(
        worth=max(one.topic_worth for one in looked_at) / 10,
        cosine=max(one.signs.cosine for one in looked_at),
        joint_coverage=lexicon.share(asked.stems, together),
        focus=lexicon.share(focus, together) if focus else 1.0,
        unknown=lexicon.share(asked.stems, {stem for stem in asked.stems if not lexicon.knows(stem)}),
        missing_thing=float(any(is_thing(stem) and not lexicon.mentions(stem) for stem in asked.stems)),
        not_wanted=looked_at[0].signs.not_wanted,
        no_steps=float(asked.how_to and not analysis_of(looked_at[0].hit.passage).is_procedure),
        english=float(asked.language == "en"),
        length=min(1.0, len(asked.stems) / 10),
    )


def asks_for_unstated_price(asked: Asked, ranked: Sequence[RankedHit], lexicon: Lexicon) -> bool:
    """Whether a question is after a price and no part of the best passages states one for its topic.

    Args:
        asked: the question.
        ranked: what was found, best first.
        lexicon: of the release that was searched.
    """
    price = language(asked.language).price
    if not price.search(plain(asked.text)):
        return False
    about_money = " ".join(found.group() for found in price.finditer(plain(asked.text)))
    topic = asked.stems - set(content_stems(about_money, asked.language)) - _NEW_OR_OLD
    if not topic:
        # The price of the vehicle itself, which only a price list could tell.
        return True
    for one in ranked[:_LOOKED_AT]:
        known = analysis_of(one.hit.passage)
        for part in known.parts:
            words = part.of(one.hit.passage.text)
            if any(fact.kind == "price" for fact in known.part_facts[part]):
                covered = lexicon.share(topic, known.part_stems[part] | known.leaf_stems)
            elif _FREE.search(plain(words)):
                covered = lexicon.share(topic, known.part_stems[part])
            else:
                continue
            if covered >= _PRICE_TOPIC:
                return False
    return True
