"""Which of the found passages answers best: a linear model of plain signs on top of the search."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from operator import attrgetter

from bot.language_data import content_stems, plain
from bot.language_data import language as language_data
from bot.lexicon import Lexicon
from bot.passage_analysis import analysis_of
from bot.question_kind import QuestionKind, question_kind
from bot.vehicle_measures import own_vehicles
from bot.wanted_facts import facts_answer, unit_words, wanted_facts
from bot.whole_words import whole_words
from brands import BrandProfile, VehicleContext
from knowledge_base.retriever import Hit

_YEAR = re.compile(r"(?:19|20)\d\d")
_MINE = r"\b(?:my|our|mein\w*|unser\w*|mon|ma|notre|mio|mia|nostr[oa]|mi|nuestr[oa]) "
# What a display shows of a fault, such as "E27" or "C-217".
_CODE = re.compile(r"\b[a-z]{1,3}-?\d{2,4}\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, ready to be compared with passages.

    Args:
        text: the question with its topic.
        language: its language.
        stems: stems of its topic words, the vehicle's name left out.
        wanted: units and kinds of fact that would answer it.
        how_to: whether it asks how to do something.
        kind: what sort of answer it asks for.
        model: name of the customer's model; empty where it is not known.
        other_models: names of the brand's other models where it is known, whose columns of a table are not meant.
    """

    text: str
    language: str
    stems: frozenset[str]
    wanted: frozenset[str]
    how_to: bool
    kind: QuestionKind = "open"
    model: str = ""
    other_models: tuple[str, ...] = ()

    @property
    def topic(self) -> frozenset[str]:
        """The stems without model years, which tell the vehicle; all of them where nothing else is said."""
        return frozenset(one for one in self.stems if not _YEAR.fullmatch(one)) or self.stems


@dataclass(frozen=True, slots=True)
class PassageSigns:
    """What speaks for a passage; each from 0 to 1.

    Args:
        cosine: similarity of meaning.
        keyword: BM25 over the best of the question.
        coverage: share of the question's topic words that the passage has, by rarity.
        heading_coverage: share of them that its own heading or FAQ question has.
        heading_precision: share of its heading's words that the question has.
        part: share of them that one part has together with the heading.
        wanted: 1 when it has a fact of a kind that is asked for.
        not_wanted: 1 when a kind of fact is asked for and it has none.
        group: 1 for a document that every brand inherits.
        faq: 1 for an FAQ answer.
        table: 1 for a table.
        steps: 1 when the question asks how to do something and it has numbered steps.
        model: 1 when it was written for the model that is known.
        model_year: 1 when it was written for the model year that is known.
    """

    cosine: float
    keyword: float
    coverage: float
    heading_coverage: float
    heading_precision: float
    part: float
    wanted: float
    not_wanted: float
    group: float
    faq: float
    table: float
    steps: float
    model: float
    model_year: float


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A hit with what speaks for it.

    Args:
        hit: the hit.
        signs: what speaks for it.
        worth: the weighted sum; the difference of two is the logarithm of how much likelier one answers.
        topic_worth: the part of it that tells of the topic and means the same in every release: neither the vehicle nor
            the kind of document, and no BM25, which is told beside the best hit's.
    """

    hit: Hit
    signs: PassageSigns
    worth: float
    topic_worth: float


SIGN_NAMES = tuple(one.name for one in fields(PassageSigns))
_OF_NO_TOPIC = frozenset({"keyword", "group", "faq", "table", "model", "model_year"})
_values = attrgetter(*SIGN_NAMES)


def asked_question(text: str, language: str, profile: BrandProfile) -> Asked:
    """Prepare a question for comparison.

    Args:
        text: the question with its topic.
        language: its language.
        profile: the brand, whose model names tell the vehicle and not the topic.
    """
    return _asked(text, language, names_of(profile, language))


def asked_for_model(asked: Asked, profile: BrandProfile, vehicle: VehicleContext) -> Asked:
    """A question with the customer's model, where it is known.

    Args:
        asked: the question.
        profile: the brand.
        vehicle: what is known of the vehicle.
    """
    own = [one.name for one in profile.models if one.id == vehicle.model]
    others = tuple(one.name for one in profile.models if one.id != vehicle.model)
    return replace(asked, model=own[0], other_models=others) if own else asked


# Deciding asks for it more than once, and composing again.
@lru_cache(maxsize=64)
def _asked(text: str, language: str, vehicle: frozenset[str]) -> Asked:
    stems = frozenset(content_stems(text, language))
    stems = stems - vehicle or stems
    stems = stems.difference(*(content_stems(words, language) for words in _asking(text, language))) or stems
    # Of a follow-up the last line says what is asked; the lines before say of what.
    last = text.rsplit("\n", 1)[-1]
    wanted = wanted_facts(last, language) or wanted_facts(text, language)
    how_to = language_data(language).how_to.search(plain(last)) is not None
    kind = question_kind(last, language)
    if kind == "unclear" and wanted and not how_to:
        # "Torque wheel bolts" asks for a fact without a question word.
        kind = "fact"
    return Asked(text, language, stems, wanted, how_to, kind)


def _asking(text: str, language: str) -> Iterator[str]:
    """The words of a question that say how it asks, and of which a passage that answers says nothing."""
    known, said = language_data(language), plain(text)
    # "How long" asks for a time and "how many watts" for a power; a list of codes does not say where they show.
    yield from (found.group() for found in known.how_long.finditer(said))
    yield unit_words(text)
    if "\n" not in text:
        # "My van" is the vehicle, of which every passage speaks; of a follow-up it tells what was spoken of.
        yield from (found.group() for found in _own_vehicle(language).finditer(said))
    if _CODE.search(said):
        words = [found.group() for found in known.shows_code.finditer(said)]
        yield from (*words, " ".join(words))


@cache
def _own_vehicle(language: str) -> re.Pattern[str]:
    return re.compile(_MINE + whole_words(own_vehicles(language)).pattern)


def names_of(profile: BrandProfile, language: str) -> frozenset[str]:
    """The stems of the names of a brand and its models, which tell the vehicle and not the topic.

    Args:
        profile: the brand.
        language: of the text in which they are looked for.
    """
    return _stems_of((profile.name, *(model.name for model in profile.models)), language)


@lru_cache(maxsize=256)
def _stems_of(names: tuple[str, ...], language: str) -> frozenset[str]:
    return frozenset(stem for name in names for stem in content_stems(name, language))


def rank_hits(
    asked: Asked, hits: Sequence[Hit], lexicon: Lexicon, vehicle: VehicleContext, weights: dict[str, float]
) -> tuple[RankedHit, ...]:
    """Order the hits by how likely they answer.

    Args:
        asked: the question.
        hits: what was found.
        lexicon: how rare words are.
        vehicle: what is known of the vehicle.
        weights: of each sign, as `evals/calibrate_ranking.py` found them.

    Returns:
        Best first.
    """
    best_keyword = max((hit.keyword for hit in hits), default=0.0) or 1.0
    ranked = []
    for hit in hits:
        signs = signs_of_passage(asked, hit, best_keyword, lexicon, vehicle)
        parts = {name: weights[name] * value for name, value in zip(SIGN_NAMES, _values(signs), strict=True)}
        topic_worth = sum(part for name, part in parts.items() if name not in _OF_NO_TOPIC)
        ranked.append(RankedHit(hit, signs, sum(parts.values()), topic_worth))
    return tuple(sorted(ranked, key=lambda one: -one.worth))


def signs_of_passage(
    asked: Asked, hit: Hit, best_keyword: float, lexicon: Lexicon, vehicle: VehicleContext
) -> PassageSigns:
    """What speaks for one passage.

    Args:
        asked: the question.
        hit: the passage with its similarities.
        best_keyword: the highest BM25 of all hits.
        lexicon: how rare words are.
        vehicle: what is known of the vehicle.
    """
    passage = hit.passage
    known = analysis_of(passage)
    has = bool(asked.wanted) and facts_answer(known.facts, asked.wanted)
    # The vehicle's name in a heading is no topic; it drops out since the question's stems lack it.
    topic = known.leaf_stems
    return PassageSigns(
        cosine=max(0.0, hit.cosine),
        keyword=hit.keyword / best_keyword,
        coverage=lexicon.share(asked.stems, known.stems),
        heading_coverage=lexicon.share(asked.stems, topic),
        heading_precision=lexicon.share(topic, asked.stems),
        part=max((lexicon.share(asked.stems, stems | topic) for stems in known.part_stems.values()), default=0.0),
        wanted=float(has),
        not_wanted=float(bool(asked.wanted) and not has),
        group=float(passage.scope.level == "group"),
        faq=float(passage.kind == "faq"),
        table=float(passage.kind == "table"),
        steps=float(asked.how_to and known.is_procedure),
        model=float(vehicle.model is not None and vehicle.model in passage.scope.models),
        model_year=float(vehicle.model_year is not None and vehicle.model_year in passage.scope.model_years),
    )
