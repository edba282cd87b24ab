"""Which second passage goes along: the one for a question's other part, or one that may answer as well as the first."""

from collections.abc import Sequence

from bot.answering_share import answering_share
from bot.language_data import content_stems, language, plain
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.ranking import Asked, RankedHit
from bot.turn_state import TurnState
from bot.variants import same_topic
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

# A second passage joins the first when it brings so much of what the first leaves open.
_LEFT_OPEN = 0.3
_BROUGHT = 0.5
_LOOKED_AT = 6
# A first passage with so much of the question in one of its parts answers it, and needs none beside it.
_ANSWERS = 0.6
# A second one with less than this, compared with the first, does not answer. Both were chosen on the sample group's
# golden questions: .09 fewer right documents are cited without a second passage, none with these bounds.
_AS_WELL = 0.3
# A first passage with such a cosine, so far ahead of the second's, stands alone: on the tuning half of stackfaq .04 of
# token F1 are won, and of the golden questions one loses its document.
_MEANS_IT = 0.6
_FAR = 0.15


def second_passage(
    order: Sequence[RankedHit], asked: Asked, state: TurnState, lexicon: Lexicon, near_tie: float
) -> Passage | None:
    """The passage that is quoted beside the first, if any.

    Args:
        order: what was found, the passage that is quoted first at the front.
        asked: the question.
        state: with the message as it was asked.
        lexicon: how rare words are.
        near_tie: difference of worth up to which the second may answer as well.
    """
    return _for_other_part([one.hit.passage for one in order], asked, state, lexicon) or _near_tie(
        order, asked, state, lexicon, near_tie
    )


def _for_other_part(passages: Sequence[Passage], asked: Asked, state: TurnState, lexicon: Lexicon) -> Passage | None:
    said = plain(state.text).strip(" ¿,.")
    joined = language(state.language).and_part.search(said)
    # "And when empty?" goes on with what was asked before.
    two_parts = state.text.count("?") > 1 or (joined is not None and joined.start() > 0)
    if not two_parts:
        return None
    if asked.how_to and asked.wanted:
        return _steps_beside_fact(passages, asked, lexicon)
    stems = set(content_stems(state.text, state.language))
    open_stems = stems - analysis_of(passages[0]).stems
    if lexicon.share(stems, open_stems) < _LEFT_OPEN:
        return None
    return next(
        (one for one in passages[1:_LOOKED_AT] if lexicon.share(open_stems, analysis_of(one).stems) >= _BROUGHT), None
    )


def _steps_beside_fact(passages: Sequence[Passage], asked: Asked, lexicon: Lexicon) -> Passage | None:
    """The best passage with the steps where the first has the fact, or with the fact where it has the steps."""
    known = [analysis_of(one) for one in passages[:_LOOKED_AT]]
    has_steps = [one.is_procedure for one in known]
    has_fact = [facts_answer(one.facts, asked.wanted) for one in known]
    if has_steps[0] == has_fact[0]:
        return None
    wanted = has_fact if has_steps[0] else has_steps
    about = (lexicon.share(asked.topic, one.stems) >= _BROUGHT for one in known)
    found = zip(passages, wanted, about, strict=False)
    return next((one for one, has_it, is_about in found if has_it and is_about), None)


def _near_tie(
    order: Sequence[RankedHit], asked: Asked, state: TurnState, lexicon: Lexicon, near_tie: float
) -> Passage | None:
    first = order[0].hit.passage
    found = answering_share(first, asked, lexicon)
    for one in order[1:3]:
        passage = one.hit.passage
        if order[0].worth - one.worth > near_tie:
            continue
        if _continues_table(passage, first):
            return passage
        # Of two texts that say the same of different vehicles, one is enough.
        if same_topic(passage, first, state.profile):
            continue
        settles = _is_for_this_customer(first, state) and (found >= _ANSWERS or _stands_out(order[0], one))
        if not settles and answering_share(passage, asked, lexicon) >= _AS_WELL * found:
            return passage
    return None


def _continues_table(passage: Passage, first: Passage) -> bool:
    """Whether a long table was split into these two."""
    section = (first.document_id, first.heading_path)
    return passage.kind == first.kind == "table" and (passage.document_id, passage.heading_path) == section


def _stands_out(first: RankedHit, other: RankedHit) -> bool:
    """Whether the first passage means what is asked, and the other something else."""
    return first.hit.cosine >= _MEANS_IT and first.hit.cosine - other.hit.cosine >= _FAR


def _is_for_this_customer(passage: Passage, state: TurnState) -> bool:
    """Whether nothing nearer to the customer's vehicle may say otherwise."""
    scope = passage.scope
    return scope.level != "group" and not (scope.models and state.vehicle.model is None)
