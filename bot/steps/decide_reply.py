"""Fourth step: answer, ask back, decline, or hand over to a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.answerability import LOOKED_AT, Calibration, answer_signs, asks_for_unstated_price, stems_together
from bot.handoff import transcript_since_agent
from bot.language_data import content_stems, raw_stems
from bot.lexicon import Lexicon, LexiconShelf
from bot.out_of_scope import foreign_matter, speaks_of
from bot.passage_analysis import analysis_of
from bot.passage_reading import PassageReader, probability_read
from bot.question_core import question_core, question_cores
from bot.ranking import Asked, RankedHit, asked_question, names_of, rank_hits
from bot.rereading import PassageReranker, reread
from bot.second_passage import second_passage
from bot.turn_state import Decision, TurnState, Wish
from bot.variants import choices_of, settled_hit
from knowledge_base.passage import Passage

# A matter that no care document is written for is answered only by passages with nearly all of the question's words.
_NEARLY_ALL = 0.85
_ENOUGH_WORDS = 3
# From this share of the question's topic words on, a heading with a question mark asks the same.
_HEADING_ASKS = 0.75
# A declined question is told of the nearest passage when that is at least half as likely to answer as one that would.
_NEAR = 0.5


def decide_reply(
    state: TurnState,
    *,
    lexicons: LexiconShelf,
    calibration: Calibration,
    threshold: float | None = None,
    find: Callable[[TurnState], TurnState] | None = None,
    reader: PassageReader | None = None,
    reranker: PassageReranker | None = None,
) -> TurnState:
    """Decide what kind of reply a question gets.

    Args:
        state: with what was found.
        lexicons: how rare words are in the release that was searched.
        calibration: how likely the signs make an answer.
        threshold: takes the place of the calibrated one.
        find: searches again for the question alone, where the talk around it hid the answer.
        reader: tells how likely a passage answers, where that may decide; None leaves it to the other signs.
        reranker: orders passages that are close; None leaves them as they are.
    """
    least = calibration.threshold if threshold is None else threshold
    deciding = _Deciding(lexicons, calibration, least, reader, reranker)
    decision = deciding.decide(state)
    if decision.kind != "decline" or find is None:
        return replace(state, decision=decision)
    # Talk around a question holds words that no document knows, and says nothing against an answer.
    # Where nothing speaks of it in the customer's words, the brand's glossary may know the documents' own.
    cores = question_cores(state.search_text)
    own_words = (
        lexicons.in_words_of_documents(state.profile.id, one, state.language) for one in (state.search_text, *cores)
    )
    for core in dict.fromkeys((*cores, *own_words)):
        if core == state.search_text:
            continue
        alone = find(replace(state, search_text=core, text=question_core(state.text)))
        again = deciding.decide(alone)
        if again.kind == "answer":
            return replace(alone, text=state.text, decision=again)
    return replace(state, decision=decision)


@dataclass(frozen=True, slots=True)
class _Deciding:
    lexicons: LexiconShelf
    calibration: Calibration
    least: float
    reader: PassageReader | None
    reranker: PassageReranker | None

    def decide(self, state: TurnState) -> Decision:
        if state.wish is not None:
            return _wish_granted(state.wish)
        evidence = state.evidence
        if evidence is None:
            return _declined(state, "nothing_published", 0.0)
        if state.other_brands or not evidence.hits:
            return _declined(state, "decline_other_brand" if state.other_brands else "decline", 0.0)
        lexicon = self.lexicons.of(state.profile.id, evidence.release_id)
        asked = asked_question(state.search_text, state.language, state.profile)
        ranked = rank_hits(asked, evidence.hits, lexicon, state.vehicle, self.calibration.passage_weights)
        probability = self._probability(asked, ranked, lexicon)
        coverage = lexicon.share(asked.stems, stems_together(ranked))
        covered = coverage >= _NEARLY_ALL and len(asked.stems) >= _ENOUGH_WORDS
        foreign = _is_foreign(state, asked, ranked, covered)
        if asks_for_unstated_price(asked, ranked, lexicon):
            return _declined(state, "decline_price", probability)
        if foreign or probability < self.least:
            near = not foreign and probability >= _NEAR * self.least
            return _declined(state, "decline", probability, ranked[0].hit.passage if near else None)
        order = reread(asked, ranked, self.reranker)
        return _answered(state, order, asked, lexicon, self.calibration, probability)

    def _probability(self, asked: Asked, ranked: Sequence[RankedHit], lexicon: Lexicon) -> float:
        """Probability of an answer; the passages are read only where that may change the decision."""
        signs = answer_signs(asked, ranked, lexicon)
        lowest, highest = (self.calibration.probability(replace(signs, read=read)) for read in (0.0, 1.0))
        if lowest < self.least <= highest:
            read = probability_read(self.reader, asked, [one.hit.passage for one in ranked[:LOOKED_AT]])
            signs = signs if read is None else replace(signs, read=read)
        return self.calibration.probability(signs)


def _is_foreign(state: TurnState, asked: Asked, ranked: Sequence[RankedHit], covered: bool) -> bool:
    """Whether a question is of a matter that no care document is written for, and none of the best speaks of it."""
    matter = foreign_matter(state.text, asked.language)
    if matter is None or (covered and not matter.is_of_buyers):
        return False
    best = [one.hit.passage for one in ranked[:LOOKED_AT]]
    if matter.is_of_buyers:
        words = set(raw_stems(matter.words, asked.language)) - names_of(state.profile, asked.language)
        return not words or not any(speaks_of(one, matter, words) for one in best)
    told_by = set(content_stems(matter.words, asked.language))
    return not matter.is_of_the_world or not told_by or not any(told_by <= analysis_of(one).stems for one in best)


def _answered(
    state: TurnState,
    ranked: Sequence[RankedHit],
    asked: Asked,
    lexicon: Lexicon,
    calibration: Calibration,
    probability: float,
) -> Decision:
    settled = settled_hit(ranked, state)
    if settled is None:
        choices = choices_of(ranked, asked, state, lexicon)
        if choices is not None:
            return Decision("clarify", choices.reason, probability, (ranked[0].hit.passage,), choices.names)
        settled = ranked[0]
    settled = _beginning_of_section(settled, ranked)
    order = [settled, *(one for one in ranked if one is not settled)]
    second = second_passage(order, asked, state, lexicon, calibration.near_tie)
    return Decision("answer", "", probability, (settled.hit.passage, *((second,) if second else ())))


def _beginning_of_section(chosen: RankedHit, ranked: Sequence[RankedHit]) -> RankedHit:
    """The first found passage of a section whose heading asks the question: its answer begins there."""
    passage = chosen.hit.passage
    heading = passage.heading_path[-1] if passage.heading_path else ""
    if not heading.rstrip().endswith("?") or chosen.signs.heading_coverage < _HEADING_ASKS:
        return chosen
    where = (passage.document_id, passage.heading_path)
    same = [one for one in ranked if (one.hit.passage.document_id, one.hit.passage.heading_path) == where]
    return min(same, key=lambda one: one.hit.passage.position)


def _wish_granted(wish: Wish) -> Decision:
    if wish in {"greeting", "thanks", "bye", "what_are_you"}:
        return Decision("clarify", wish)
    return Decision("handoff", "handoff" if wish == "person" else "handoff_anger")


def _declined(state: TurnState, reason: str, probability: float, nearest: Passage | None = None) -> Decision:
    # After an agent has spoken the counting begins anew, so that nobody is passed back and forth.
    said = [turn for turn in transcript_since_agent(state.turns) if turn.role == "bot"]
    if said and said[-1].kind == "decline":
        return Decision("handoff", "handoff_declines", probability)
    return Decision("decline", reason, probability, (nearest,) if nearest else ())
