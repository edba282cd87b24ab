"""Whether an entry of questions and answers is an answer to another question than its own."""

import re

from bot.language_data import content_stems, plain
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.ranking import Asked
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

_DECIDES = re.compile(r"\W*(?:yes|no|ja|nein|oui|non|si)\b[^\w]*[.,:;!]")
# Share of the topic words that the entry's own question has. Chosen on the sample group's golden questions and 240
# everyday messages in other languages than English (docs/decisions/0030-questions-in-english.md).
_SAME_QUESTION = 0.9
_LIKE_QUESTION = 0.3


def only_decides(passage: Passage, asked: Asked) -> bool:
    """Whether an entry says yes or no, and the question is after a fact.

    Args:
        passage: what was found.
        asked: the customer's question.
    """
    return bool(passage.question) and asked.kind == "fact" and _DECIDES.match(plain(passage.text)) is not None


def answers_question(passage: Passage, asked: Asked, lexicon: Lexicon) -> bool:
    """Whether an entry answers a question: its own question has the words, or the answer has what is asked for.

    "No, stop at once" answers "may I drive on?", and no customer who only tells of a lamp.

    Args:
        passage: one that is no such entry passes.
        asked: the customer's question.
        lexicon: how rare words are.
    """
    if not passage.question:
        return True
    own = frozenset(content_stems("\n".join((passage.question, passage.title)), passage.scope.language))
    share = lexicon.share(asked.topic, own)
    if _DECIDES.match(plain(passage.text)):
        return asked.kind == "yes_no" or share >= _SAME_QUESTION
    is_after_fact = bool(asked.wanted) and facts_answer(analysis_of(passage).facts, asked.wanted)
    return asked.kind == "yes_no" or is_after_fact or share >= _LIKE_QUESTION
