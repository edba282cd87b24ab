"""Fourth step: answer, ask back, decline, or hand over to a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.answerability import (
    LOOKED_AT,
    Calibration,
    answer_signs,
    asks_for_unstated_price,
    stems_together,
    word_signs,
)
from bot.answering_share import answering_share
from bot.asked_for_first import asked_for_first
from bot.faq_match import answers_question, only_decides
from bot.handoff import transcript_since_agent
from bot.in_english import in_english
from bot.language_data import content_stems, is_thing, language, language_by_words, plain, raw_stems, thing_name
from bot.lexicon import Lexicon, LexiconShelf
from bot.other_matter import does_something_else, lacks_the_measure
from bot.out_of_scope import foreign_matter, speaks_of
from bot.overview import Overview, OverviewShelf, models_spoken_of, tells_of_own_vehicle
from bot.passage_analysis import analysis_of
from bot.passage_reading import PassageReader, read_passages
from bot.personal_data import PLACEHOLDER
from bot.question_core import question_core, question_cores
from bot.question_kind import asks_how_often
from bot.ranking import Asked, RankedHit, asked_question, names_of, rank_hits
from bot.rereading import reread
from bot.second_passage import second_passage
from bot.steps.understand_question import may_stand_alone, vehicle_named
from bot.turn_state import Decision, TurnState, Wish
from bot.variants import choices_of, settled_hit
from bot.wanted_facts import facts_answer
from knowledge_base.passage import Passage

# A matter that no care document is written for is answered only by passages with nearly all of the question's words.
_NEARLY_ALL = 0.85
_ENOUGH_WORDS = 3
# From this share of the question's topic words on, a heading with a question mark asks the same.
_HEADING_ASKS = 0.75
# A passage with less of the question in one place rather answers another one.
_MUCH = 0.4
_MOST_OF_IT = 0.5
# With so much confidence a fact of the kind asked for is taken to be the one; English must have so much more.
_LIKELY = 0.7
_CLEARLY_LIKELIER = 0.15
_ENGLISH = "en"
# How to do what the passage does not speak of must be so likely; none of the sample group's golden questions is lost.
_DEED_LIKELY = 0.6
# An entry that says yes or no must be so likely to answer a question after a fact; no golden question is lost.
_DECIDED_LIKELY = 0.9
# From so much confidence on, who tells of a vehicle asks something of it too.
_SURELY = 0.9
# Things of the glossary that who only introduces a vehicle speaks of.
_OF_ANY_OWNER = frozenset({"owner", "diesel", "petrol", "pair"})
# Decisions that a document in English may change: an answer, and that none was found.
_IN_DOUBT = frozenset({"", "decline", "handoff_declines"})
_TELLS = frozenset({"answer", "clarify"})
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
    overviews: OverviewShelf | None = None,
) -> TurnState:
    """Decide what kind of reply a question gets.

    Args:
        state: with what was found.
        lexicons: how rare words are in the release that was searched.
        calibration: how likely the signs make an answer.
        threshold: takes the place of the calibrated one.
        find: searches again for the question alone, where the talk around it hid the answer.
        reader: tells how likely a passage answers, where that may decide; None leaves it to the other signs.
        overviews: what the brands' documents speak of; None names nothing to begin with.
    """
    if state.wish in {"overview", "greeting"}:
        return replace(state, decision=_overview_given(state, state.wish, overviews))
    least = calibration.threshold if threshold is None else threshold
    deciding = _Deciding(lexicons, calibration, least, reader)
    decided = replace(state, decision=deciding.decide(state))
    if find is not None:
        decided = _decided_again(decided, deciding, find)
    if _introduces_vehicle(decided):
        return replace(state, decision=_overview_given(state, "overview", overviews))
    return decided


def _decided_again(state: TurnState, deciding: "_Deciding", find: Callable[[TurnState], TurnState]) -> TurnState:
    """What is decided where the message alone, without the talk in it, or in English may be answered better."""
    decided = _decided_alone(state, deciding, find)
    decision = decided.decision
    if decision is not None and (decision.kind == "decline" or decision.reason == "handoff_declines"):
        decided = _decided_without_talk(decided, deciding, find)
    return _decided_in_english(decided, deciding, find)


def _introduces_vehicle(state: TurnState) -> bool:
    """Whether a talk begins with a vehicle that the customer has, with nothing that documents surely answer."""
    decision = state.decision
    if decision is None or any(turn.role == "customer" for turn in state.turns):
        return False
    if decision.reason not in {"", "decline"} or decision.kind not in {"answer", "decline"}:
        return False
    asked = asked_question(state.search_text, state.language, state.profile)
    things = {thing_name(one) for one in asked.topic if is_thing(one)} - _OF_ANY_OWNER
    return (
        decision.confidence < _SURELY
        and asked.kind == "unclear"
        and not things
        and tells_of_own_vehicle(state.text, state.language, state.profile)
    )


def _decided_alone(state: TurnState, deciding: "_Deciding", find: Callable[[TurnState], TurnState]) -> TurnState:
    """What is decided of a message by itself, where that is likelier answered; else the state as it is.

    A customer who turns to another matter in few words seems to lean on the one before.
    """
    decision, own = state.decision, PLACEHOLDER.sub(" ", state.text).strip()
    named = vehicle_named(state.text, state.profile)
    if decision is None or "\n" not in state.search_text or not may_stand_alone(own, state.language, named):
        return state
    alone = replace(find(replace(state, search_text=own, turns=())), turns=state.turns)
    again = replace(deciding, reader=None).decide(alone)
    if again.kind == "decline" and decision.kind in _TELLS and deciding.names_unknown_thing(state, own):
        return replace(alone, decision=again)
    is_refused = decision.kind not in _TELLS
    if again.kind not in _TELLS or not (is_refused or again.confidence > decision.confidence):
        return state
    return replace(alone, decision=again)


def _decided_without_talk(state: TurnState, deciding: "_Deciding", find: Callable[[TurnState], TurnState]) -> TurnState:
    """What is decided of the question alone, where the talk around it hid the answer; else the state as it is."""
    # Talk around a question holds words that no document knows, and says nothing against an answer.
    # Where nothing speaks of it in the customer's words, the brand's glossary may know the documents' own.
    cores = question_cores(state.search_text)
    own_words = (
        deciding.lexicons.in_words_of_documents(state.profile.id, one, state.language)
        for one in (state.search_text, *cores)
    )
    for core in dict.fromkeys((*cores, *own_words)):
        if core == state.search_text:
            continue
        alone = find(replace(state, search_text=core, text=question_core(state.text)))
        again = deciding.decide(alone)
        if again.kind == "answer":
            return replace(alone, text=state.text, decision=again)
    return state


def _decided_in_english(state: TurnState, deciding: "_Deciding", find: Callable[[TurnState], TurnState]) -> TurnState:
    """What is decided of the question in English, where only English documents answer it; else the state as it is.

    Manuals are often published in English alone, and the embedder knows no other language.
    """
    decision, evidence = state.decision, state.evidence
    # What the brand does not speak is answered in its own language.
    spoken = (language_by_words(state.text) if state.language == _ENGLISH else None) or state.language
    if (
        decision is None
        or decision.reason not in _IN_DOUBT
        or evidence is None
        or not _may_be_in_english(state, spoken)
    ):
        return state
    said = in_english(state.search_text, spoken, deciding.lexicons.of(state.profile.id, evidence.release_id))
    asked = asked_question(state.search_text, spoken, state.profile)
    if said is None or (decision.kind == "answer" and deciding.answers(state, decision, asked)):
        return state
    english = find(replace(state, text=said, search_text=said, language=_ENGLISH, turns=()))
    again = deciding.decide(english)
    if again.kind not in _TELLS:
        return state
    in_words = asked_question(said, _ENGLISH, state.profile)
    is_likelier = again.confidence > decision.confidence + _CLEARLY_LIKELIER
    if not deciding.tells(english, again, in_words, _MUCH if is_likelier else _MOST_OF_IT):
        return state
    return replace(
        english,
        text=state.text,
        language=state.language,
        turns=state.turns,
        search_language=_ENGLISH,
        decision=again,
    )


def _may_be_in_english(state: TurnState, spoken: str) -> bool:
    """Whether a question is in another language, and of no matter and no price that English words would hide."""
    if spoken == _ENGLISH or state.other_brands:
        return False
    return foreign_matter(state.text, spoken) is None and not language(spoken).price.search(plain(state.text))


@dataclass(frozen=True, slots=True)
class _Deciding:
    lexicons: LexiconShelf
    calibration: Calibration
    least: float
    reader: PassageReader | None

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
        probability, ranked = self._weighed(asked, ranked, lexicon)
        if probability < _DECIDED_LIKELY and asked.language == _ENGLISH and only_decides(ranked[0].hit.passage, asked):
            others = tuple(one for one in ranked if not only_decides(one.hit.passage, asked))
            probability, ranked = self._weighed(asked, others, lexicon) if others else (0.0, ranked)
        ranked = asked_for_first(ranked, asked)
        coverage = lexicon.share(asked.stems, stems_together(ranked))
        covered = coverage >= _NEARLY_ALL and len(asked.stems) >= _ENOUGH_WORDS
        foreign = _is_foreign(state, asked, ranked, covered)
        if asks_for_unstated_price(asked, ranked, lexicon):
            return _declined(state, "decline_price", probability)
        best = ranked[0].hit.passage
        something_else = probability < _DEED_LIKELY and does_something_else(best, asked)
        if foreign or probability < self.least or something_else or lacks_the_measure(best, asked):
            near = not foreign and probability >= _NEAR * self.least
            return _declined(state, "decline", probability, best if near else None)
        decision = _answered(state, ranked, asked, lexicon, self.calibration, probability)
        is_told = asked.language == _ENGLISH or (
            any(_is_about(one, asked) for one in decision.passages)
            and answers_question(decision.passages[0], asked, lexicon)
            and self.calibration.words_tell(word_signs(asked, ranked, lexicon))
        )
        return decision if is_told else _declined(state, "decline", probability)

    def answers(self, state: TurnState, decision: Decision, asked: Asked) -> bool:
        """Whether the passage shown has steps or the fact where they are asked for, and much of the question."""
        if state.evidence is None or not decision.passages:
            return False
        passage = decision.passages[0]
        if asked.how_to and not analysis_of(passage).is_procedure:
            return False
        is_after_fact = bool(asked.wanted) and asked.kind != "yes_no"
        if is_after_fact and not facts_answer(analysis_of(passage).facts, asked.wanted):
            return False
        how_often = asks_how_often(asked.text, asked.language)
        names_all_things = all(stem in analysis_of(passage).stems for stem in asked.topic if is_thing(stem))
        if is_after_fact and decision.confidence >= _LIKELY and names_all_things and not how_often:
            return True
        lexicon = self.lexicons.of(state.profile.id, state.evidence.release_id)
        return answering_share(passage, asked if how_often else replace(asked, wanted=frozenset()), lexicon) >= _MUCH

    def tells(self, state: TurnState, decision: Decision, asked: Asked, least: float) -> bool:
        """Whether one place of the passage shown has so much of the question, with the fact where one is asked for."""
        if state.evidence is None or not decision.passages:
            return decision.kind == "clarify"
        lexicon = self.lexicons.of(state.profile.id, state.evidence.release_id)
        in_place = replace(asked, wanted=frozenset()) if asked.how_to or asked.kind == "yes_no" else asked
        return answering_share(decision.passages[0], in_place, lexicon) >= least

    def names_unknown_thing(self, state: TurnState, text: str) -> bool:
        """Whether a text names a thing of which no passage of the brand speaks."""
        if state.evidence is None:
            return False
        lexicon = self.lexicons.of(state.profile.id, state.evidence.release_id)
        return any(is_thing(one) and not lexicon.mentions(one) for one in content_stems(text, state.language))

    def _weighed(
        self, asked: Asked, ranked: tuple[RankedHit, ...], lexicon: Lexicon
    ) -> tuple[float, tuple[RankedHit, ...]]:
        """Probability of an answer, and the passages in order; read only where that may change the decision."""
        signs = answer_signs(asked, ranked, lexicon)
        enough = self.calibration.read_needed(signs, self.least)
        read = read_passages(self.reader, asked, ranked[:LOOKED_AT], enough) if 0 < enough <= 1 else ()
        if not read:
            return self.calibration.probability(signs), ranked
        return self.calibration.probability(replace(signs, read=max(read))), reread(ranked, read)


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


def _is_about(passage: Passage, asked: Asked) -> bool:
    """Whether a passage has a topic word of the question or the kind of fact that it asks for.

    The bundled embedder knows English; what it finds near in another language may have neither.
    """
    known = analysis_of(passage)
    return not asked.topic.isdisjoint(known.stems) or facts_answer(known.facts, asked.wanted)


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


def _overview_given(state: TurnState, wish: Wish, overviews: OverviewShelf | None) -> Decision:
    models = models_spoken_of(state.text, state.profile, state.vehicle)
    vehicles = tuple(replace(state.vehicle, model=model.id) for model in models) or (state.vehicle,)
    overview = overviews.of(state.profile.id, vehicles, state.on, state.language) if overviews else Overview()
    if overview is None:
        return _declined(state, "nothing_published", 0.0) if wish == "overview" else Decision("clarify", wish)
    return Decision("clarify", wish, choices=overview.questions, topics=overview.topics)


def _wish_granted(wish: Wish) -> Decision:
    if wish in {"thanks", "bye", "what_are_you"}:
        return Decision("clarify", wish)
    return Decision("handoff", "handoff" if wish == "person" else "handoff_anger")


def _declined(state: TurnState, reason: str, probability: float, nearest: Passage | None = None) -> Decision:
    # After an agent has spoken the counting begins anew, so that nobody is passed back and forth.
    said = [turn for turn in transcript_since_agent(state.turns) if turn.role == "bot"]
    if said and said[-1].kind == "decline":
        return Decision("handoff", "handoff_declines", probability)
    return Decision("decline", reason, probability, (nearest,) if nearest else ())
