"""How much of a question a passage has in the one place where its answer would stand."""

from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.question_kind import asks_how_often, tells_how_often
from bot.ranking import Asked
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage


def answering_share(passage: Passage, asked: Asked, lexicon: Lexicon) -> float:
    """Share of the question that one part has with its heading; of the parts with the fact asked for, where one is.

    Args:
        passage: the passage.
        asked: the question.
        lexicon: how rare words are.
    """
    known = analysis_of(passage)
    every = asks_how_often(asked.text.rsplit("\n", 1)[-1], asked.language)
    return max(
        (
            lexicon.share(asked.topic, stems | known.leaf_stems)
            for part, stems in known.part_stems.items()
            if not asked.wanted
            or (
                facts_answer(known.part_facts[part], asked.wanted)
                and (not every or tells_how_often(part.of(passage.text)))
            )
        ),
        default=0.0,
    )
