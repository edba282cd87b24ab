"""Questions after where a thing is, and the passages that tell it."""

from bot.language_data import content_stems, plain, thing_name
from bot.passage_analysis import analysis_of
from bot.question_kind import asks_where, place_phrases
from bot.ranking import Asked
from knowledge_base.passage import Passage

# "Under the bonnet" tells where something is, and not where the bonnet is.
_OWN_WORDS = 4


def asks_place(asked: Asked) -> bool:
    """Whether a question asks where a thing is; of a follow-up the last line tells."""
    return asks_where(asked.text.rsplit("\n", 1)[-1], asked.language)


def place_told(passage: Passage, asked: Asked) -> frozenset[str]:
    """The stems of the part of a passage that tells where a thing is; none where no part does.

    Such a part names what the question is about, and a place that is not that thing itself.

    Args:
        passage: what was found.
        asked: the question.
    """
    known, language = analysis_of(passage), passage.scope.language
    topic = {thing_name(one) for one in asked.topic}
    for part in known.parts:
        if topic.isdisjoint(map(thing_name, known.part_stems[part])):
            continue
        words = plain(part.of(passage.text))
        for found in place_phrases(words, language):
            after = " ".join(words[found.end() :].split()[:_OWN_WORDS])
            if topic.isdisjoint(map(thing_name, content_stems(f"{found[0]} {after}", language))):
                return known.part_stems[part]
    return frozenset()
