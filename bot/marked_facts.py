"""Which words of an extract are the fact that was asked for."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.facts import facts_of
from bot.language_data import content_stems
from bot.lexicon import Lexicon
from bot.part_scores import PartScores
from bot.passage_analysis import PassageAnalysis
from bot.question_kind import asks_how_often, asks_who_when_where, tells_how_often
from bot.ranking import Asked
from bot.sentences import Part
from bot.table_rows import named_columns
from bot.wanted_facts import facts_answer

# With more facts of the kind that is asked for, marking them helps nobody.
_MOST_MARKED = 2
# A row has a value a column.
_MOST_IN_ROW = 6
# What a fact stands in, with its heading, must speak of so much of the question for the fact to be marked.
_ABOUT = 0.25
# So probably must a passage answer for the reader's words for who, when or where to be marked: on the tuning half of
# squad2 .90 of them were right.
_READ_SURELY = 0.8


def marked_facts(
    known: PassageAnalysis, shown: Sequence[Part], scores: PartScores, asked: Asked, lexicon: Lexicon
) -> tuple[tuple[int, int], ...]:
    """Where the fact stands that was asked for; none where several could be meant.

    It is the words that the reader is sure of, or else what is of a wanted kind in the part that answers best.

    Args:
        known: the passage.
        shown: the parts of it that are quoted.
        scores: how well each part answers.
        asked: the question.
        lexicon: how rare words are.

    Returns:
        Beginning and end of each fact in the passage's text.
    """
    return _fact_that_was_read(known, shown, scores, asked) or _facts_of_wanted_kind(
        known, shown, scores, asked, lexicon
    )


def _fact_that_was_read(
    known: PassageAnalysis, shown: Sequence[Part], scores: PartScores, asked: Asked
) -> tuple[tuple[int, int], ...]:
    """Where the reader is sure of a fact of a kind that is asked for, or of who, when or where."""
    if scores.fact is None or scores.surely is None or scores.surely not in shown:
        return ()
    start, end = scores.fact
    words = known.passage.text[start:end].rstrip(" .,;:")
    if not words or "**" in words:
        return ()
    if not asked.wanted:
        last = asked.text.rsplit("\n", 1)[-1]
        is_told = scores.answerable >= _READ_SURELY and asks_who_when_where(last, asked.language)
        return ((start, start + len(words)),) if is_told else ()
    # What was read may be the whole sentence: of that the fact is marked.
    facts = {fact.words for fact in facts_of(words) if facts_answer((fact,), asked.wanted)}
    places = _places(known.passage.text, replace(scores.surely, start=start, end=start + len(words)), facts)
    return ((places[0][0], places[-1][1]),) if places else ()


def _facts_of_wanted_kind(
    known: PassageAnalysis, shown: Sequence[Part], scores: PartScores, asked: Asked, lexicon: Lexicon
) -> tuple[tuple[int, int], ...]:
    if not shown or not asked.wanted or asked.kind not in {"fact", "yes_no"} or _is_beside_what_is_shown(known, asked):
        return ()
    stems = known.part_stems

    def worth(part: Part) -> tuple[float, float]:
        # Of parts with the same words, the one that says the heading's again is meant.
        return scores.whole[part], lexicon.share(asked.topic, stems[part]) * (scores.topic[part] > 0)

    best = max(shown, key=lambda part: (worth(part), -part.start))
    words = best.of(known.passage.text)
    # An FAQ answer begins with what was asked.
    is_meant = (known.passage.kind == "faq" and best is known.parts[0]) or not any(
        worth(part) >= worth(best) for part in shown if part is not best and known.part_facts[part]
    )
    around = known.leaf_stems | known.column_stems if best.kind == "row" else known.leaf_stems
    is_picked = best.kind == "row" and any(part.kind == "row" and part not in shown for part in known.parts)
    is_about = is_picked or lexicon.share(asked.topic, stems[best] | around) >= _ABOUT
    if _is_named_by_number_alone(best, shown, known, asked):
        return ()
    if "**" in words or not is_meant or not is_about or not _is_interval_where_asked(asked, words):
        return ()
    found = {fact.words for fact in known.part_facts[best] if facts_answer((fact,), asked.wanted)}
    # "How many" alone is answered by any number, and of several the wrong one may be meant.
    most = 1 if "number" in asked.wanted else _MOST_IN_ROW if best.kind == "row" else _MOST_MARKED
    if len(found) > most:
        return ()
    columns = named_columns(known, best, asked, lexicon)
    places = _places(known.passage.text, best, found)
    return tuple(one for one in places if not columns or any(start <= one[0] < end for start, end in columns))


def _is_named_by_number_alone(best: Part, shown: Sequence[Part], known: PassageAnalysis, asked: Asked) -> bool:
    """Whether a part has but a number of the question and others have its words: "2 batteries" is no "Charger 2 A"."""
    words = frozenset(one for one in asked.topic if not one.isdigit())
    stems = known.part_stems
    return words.isdisjoint(stems[best]) and any(
        not words.isdisjoint(stems[part]) and known.part_facts[part] for part in shown if part.kind == best.kind
    )


def _is_beside_what_is_shown(known: PassageAnalysis, asked: Asked) -> bool:
    """Whether a follow-up asks for what the passage has no word of: marked would be what was asked before."""
    before, _, last = asked.text.rpartition("\n")
    stems = frozenset(content_stems(last, asked.language)) & asked.topic
    return bool(before and stems) and stems.isdisjoint(known.stems)


def _places(text: str, part: Part, found: Collection[str]) -> tuple[tuple[int, int], ...]:
    longest_first = "|".join(re.escape(one) for one in sorted(found, key=len, reverse=True))
    fact = rf"(?<![\w*.,])(?:{longest_first})(?![\w*]|[.,]\d)"
    # The same in another unit belongs to it: "2.6 bar (38 psi)".
    whole = re.compile(rf"{fact}(?: \({fact}\))?")
    return tuple(one.span() for one in whole.finditer(text, part.start, part.end)) if found else ()


def _is_interval_where_asked(asked: Asked, words: str) -> bool:
    question = asked.text.rsplit("\n", 1)[-1]
    return not asks_how_often(question, asked.language) or tells_how_often(words)
