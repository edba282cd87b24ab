"""How likely the passages that were found hold the answer: a small calibrated model over plain signs."""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from math import exp, log
from operator import attrgetter

from bot.language_data import content_stems, is_thing, language, plain, read_data, thing_name
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.passage_reading import NOT_READ
from bot.question_focus import focus_stems
from bot.ranking import Asked, RankedHit

_FREE = re.compile(r"\b(free|no charge|kostenlos\w*|kostenfrei\w*|gratuit\w*|gratis|sans frais|sin coste)\b")
# Share of the topic of a question after money that the sentence with the price must have.
_PRICE_TOPIC = 0.25
# "What does it cost?" after talk of something is answered by words that say what just that costs.
_EARLIER_PRICE_TOPIC = 0.6
_NEW_OR_OLD = frozenset({"new", "neu", "neuf", "neuv", "nuov", "nuev", "top", "trim", "version", "much", "model"})
# A shorter end of a word is rather no word of its own.
_LONG_ENOUGH = 5
LOOKED_AT = 3
"""So many of the best passages tell whether there is an answer."""
_LEAST_CHANCE = 1e-9
# The hits behind these show what cosine is usual.
_NEAREST = 4


@dataclass(frozen=True, slots=True)
class AnswerSigns:
    """What speaks for and against an answer; each about from 0 to 1, and meant to say the same in every release.

    Args:
        worth: what the best passage is worth for the topic, over ten.
        cosine: best cosine among the three best passages.
        lead: how far that cosine lies above what is usual among the hits.
        heading: largest share of the question's topic words that a heading of the three has.
        read: probability that one of the three answers, as the reader sees it; one half where it is not asked.
        focus: share of the thing asked for that the three have; 1 where the question does not show it.
        unknown: share of the question's topic words that no passage of the brand has.
        missing_thing: 1 when the question names a thing of the glossary that no passage of the brand mentions.
        english: 1 for English questions, since the default embedder knows English best.
        length: number of topic words, over ten.
    """

    worth: float
    cosine: float
    lead: float
    heading: float
    read: float
    focus: float
    unknown: float
    missing_thing: float
    english: float
    length: float


ANSWER_SIGN_NAMES = tuple(one.name for one in fields(AnswerSigns))
_values = attrgetter(*ANSWER_SIGN_NAMES)


@dataclass(frozen=True, slots=True)
class WordSigns:
    """What tells, in a language that the embedder hardly knows, that a passage is of the question's matter.

    Args:
        worth: as in `AnswerSigns`.
        unknown: as in `AnswerSigns`.
        keyword: the best passage's BM25 over the logarithm of the number of passages, over which it grows.
    """

    worth: float
    unknown: float
    keyword: float


WORD_SIGN_NAMES = tuple(one.name for one in fields(WordSigns))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `evals/calibrate_ranking.py` and `evals/calibrate_deciding.py` found.

    Args:
        passage_weights: weight of each sign of a passage.
        answer_weights: weight of each sign of an answer.
        constant: added to the weighted sum of the signs of an answer.
        threshold: least probability of an answer.
        near_tie: difference of worth below which a second passage is quoted too.
        word_weights: weight of each sign of words, and their constant (`evals/calibrate_words.py`).
    """

    passage_weights: dict[str, float]
    answer_weights: dict[str, float]
    constant: float
    threshold: float
    near_tie: float
    word_weights: dict[str, float]

    def words_tell(self, signs: WordSigns) -> bool:
        """Whether words speak for an answer in another language than English.

        Args:
            signs: what they say.
        """
        weighed = (self.word_weights[name] * value for name, value in zip(WORD_SIGN_NAMES, astuple(signs), strict=True))
        return sum(weighed, self.word_weights["constant"]) >= 0

    def probability(self, signs: AnswerSigns) -> float:
        """Probability that the passages hold the answer, 0 to 1.

        Args:
            signs: what speaks for and against it.
        """
        return 1 / (1 + exp(-max(-30.0, min(30.0, self._log_odds(signs)))))

    def read_needed(self, signs: AnswerSigns, probability: float) -> float:
        """What the reader must see for an answer to be so likely; below 0 where all will do, above 1 where none will.

        Args:
            signs: what else speaks for and against it.
            probability: that is to be reached, 0 to 1.
        """
        wanted = min(max(probability, _LEAST_CHANCE), 1 - _LEAST_CHANCE)
        missing = log(wanted / (1 - wanted)) - self._log_odds(signs)
        return signs.read + missing / self.answer_weights["read"]

    def _log_odds(self, signs: AnswerSigns) -> float:
        total: float = self.constant + sum(
            self.answer_weights[name] * value for name, value in zip(ANSWER_SIGN_NAMES, _values(signs), strict=True)
        )
        return total


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
        word_weights=content["word_weights"],
    )


def answer_signs(asked: Asked, ranked: Sequence[RankedHit], lexicon: Lexicon, read: float = NOT_READ) -> AnswerSigns:
    """What speaks for and against an answer.

    Args:
        asked: the question.
        ranked: what was found, best first; at least one.
        lexicon: of the release that was searched.
        read: probability that one of the best passages answers, as the reader sees it.
    """
    looked_at = ranked[:LOOKED_AT]
    together = stems_together(ranked)
    focus = focus_stems(asked.text.rsplit("\n", 1)[-1], asked.language)
    cosine = max(one.signs.cosine for one in looked_at)
    return AnswerSigns(
        worth=max(one.topic_worth for one in looked_at) / 10,
        cosine=cosine,
        lead=cosine - _usual_cosine(ranked),
        heading=max(one.signs.heading_coverage for one in looked_at),
        read=read,
        focus=lexicon.share(focus, together) if focus else 1.0,
        unknown=lexicon.share(asked.stems, {stem for stem in asked.stems if not lexicon.knows(stem)}),
        missing_thing=float(any(is_thing(stem) and not lexicon.mentions(stem) for stem in asked.stems)),
        english=float(asked.language == "en"),
        length=min(1.0, len(asked.stems) / 10),
    )


def word_signs(asked: Asked, ranked: Sequence[RankedHit], lexicon: Lexicon) -> WordSigns:
    """What words say for and against an answer.

    Args:
        asked: the question.
        ranked: what was found, best first; at least one.
        lexicon: of the release that was searched.
    """
    signs = answer_signs(asked, ranked, lexicon)
    keyword = max(one.hit.keyword for one in ranked[:LOOKED_AT])
    return WordSigns(signs.worth, signs.unknown, keyword / log(2 + lexicon.passages))


def stems_together(ranked: Sequence[RankedHit]) -> frozenset[str]:
    """The stems that the best passages have together.

    Args:
        ranked: what was found, best first.
    """
    return frozenset[str]().union(*(analysis_of(one.hit.passage).stems for one in ranked[:LOOKED_AT]))


def _usual_cosine(ranked: Sequence[RankedHit]) -> float:
    cosines = sorted((one.hit.cosine for one in ranked), reverse=True)
    rest = cosines[_NEAREST:] if len(cosines) > _NEAREST + 1 else cosines
    return sum(rest) / len(rest)


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
    _, leans, last = asked.text.rpartition("\n")
    is_told_before = bool(leans) and not set(content_stems(last, asked.language)) & topic
    least = _EARLIER_PRICE_TOPIC if is_told_before else _PRICE_TOPIC
    for one in ranked[:LOOKED_AT]:
        known = analysis_of(one.hit.passage)
        for part in known.parts:
            words = plain(part.of(one.hit.passage.text))
            if _FREE.search(words):
                covered = lexicon.share(topic, known.part_stems[part])
            elif any(fact.kind == "price" for fact in known.part_facts[part]) and (
                not is_told_before or price.search(words)
            ):
                covered = lexicon.share(topic, _with_compounds(topic, known.part_stems[part] | known.leaf_stems))
            else:
                continue
            if covered >= least:
                return False
    return True


def _with_compounds(topic: frozenset[str], stems: frozenset[str]) -> frozenset[str]:
    """Stems with those of a topic that end one of them: "Ersatzschlüssel" is a "Schlüssel"."""
    names = {one: thing_name(one) for one in topic}
    ends = (
        one for one, name in names.items() if len(name) >= _LONG_ENOUGH and any(stem.endswith(name) for stem in stems)
    )
    return stems | frozenset(ends)
