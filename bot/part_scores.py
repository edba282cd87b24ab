"""How well each part of a passage answers a question."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.passage_analysis import PassageAnalysis
from bot.ranking import Asked
from bot.sentences import Part
from bot.span_reader import Reading
from bot.wanted_facts import facts_answer

_WANTED_BONUS = 0.4
# A name of letters and figures, such as "B100", tells more than a word: what a sentence without it says is of another.
_CODE = re.compile(r"[a-z]\w*\d|\d\w*[a-z]")
_OF_CODE = 2
# What the reader's belief in a part counts beside the share of the question that stands in it. This and the bounds
# below were chosen on the tuning halves of five public sets and the sample group's golden questions
# (docs/decisions/0010-span-reader.md).
_READ = 1.0
# It never learned to decide a yes/no question, and is only asked for the sentence.
_READ_FOR_DECISION = 0.5
# In a passage that answers with a smaller probability it sees nothing.
_HARDLY_ANSWERS = 0.2
# The reader is sure of a part with so much of its belief, in a passage that so probably answers, where the answer is a
# name or a number rather than a clause.
_SURE = 0.85
_ANSWERABLE = 0.6
_LONGEST_FACT_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class PartScores:
    """How well each part of a passage answers.

    Args:
        topic: the share of the question that it has, 0 to 1.
        with_fact: the parts that have a fact of a kind that is asked for.
        whole: the same with a wanted fact, and what the reader makes of it, counted in.
        surely: the sentence or list item that the reader is sure of, if any.
        fact: where in it the reader sees the fact: beginning and end in the passage's text.
        answerable: probability that the passage answers, as the reader sees it; 0 where nothing was read.
    """

    topic: Mapping[Part, float]
    with_fact: frozenset[Part]
    whole: Mapping[Part, float]
    surely: Part | None = None
    fact: tuple[int, int] | None = None
    answerable: float = 0.0


def part_scores(known: PassageAnalysis, asked: Asked, lexicon: Lexicon, reading: Reading | None = None) -> PartScores:
    """Weigh the parts of a passage.

    Args:
        known: the passage.
        asked: the question.
        lexicon: how rare words are.
        reading: where the reader sees the answer, if it was asked.
    """
    if reading is not None and reading.answerable < _HARDLY_ANSWERS:
        reading = None
    last = asked.text.rsplit("\n", 1)[-1]
    stems = frozenset(content_stems(last, asked.language)) & asked.topic or asked.topic
    # What the heading says already tells nothing of where in the passage the answer stands.
    telling = stems - known.leaf_stems
    if not any(telling & own for part, own in known.part_stems.items() if part.kind != "table_head"):
        # "And for the diesel?" names a column; the row was named before.
        telling = asked.topic - known.leaf_stems
    held = {part: telling & stems_of_part for part, stems_of_part in known.part_stems.items()}
    # Nor does a word that stands in every part.
    often = Counter(stem for one in held.values() for stem in one)
    weights = {
        stem: lexicon.weight(stem) * _rarity(often[stem], len(known.parts)) * (_OF_CODE if _CODE.search(stem) else 1)
        for stem in telling
    }
    total = sum(weights.values()) or 1.0
    topic = {part: sum(weights[stem] for stem in one) / total for part, one in held.items()}
    with_fact = frozenset(
        part for part, facts in known.part_facts.items() if asked.wanted and facts_answer(facts, asked.wanted)
    )
    chance = {part: reading.chance(part.start, part.end) for part in known.parts} if reading else {}
    read = _READ_FOR_DECISION if asked.kind == "yes_no" else _READ
    whole = {
        part: one + _WANTED_BONUS * (part in with_fact) + read * chance.get(part, 0.0) for part, one in topic.items()
    }
    if reading is None or asked.kind == "yes_no":
        return PartScores(topic, with_fact, whole)
    surely = _surely(chance, reading)
    fact = (reading.start, reading.end) if surely else None
    return PartScores(topic, with_fact, whole, surely, fact, reading.answerable)


def _surely(chance: Mapping[Part, float], reading: Reading) -> Part | None:
    if not chance or reading.answerable < _ANSWERABLE:
        return None
    best = max(chance, key=chance.__getitem__)
    is_sentence = best.kind in {"sentence", "bullet"} and best.start <= reading.start < reading.end <= best.end
    is_short = reading.end - reading.start <= _LONGEST_FACT_CHARACTERS
    return best if chance[best] >= _SURE and is_sentence and is_short else None


def _rarity(parts: int, of: int) -> float:
    """How much a word tells of where in a passage the answer stands; the formula is BM25's."""
    return log(1 + (of - parts + 0.5) / (parts + 0.5)) if parts else 1.0
