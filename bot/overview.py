"""A customer who asks what there is to be told, of a vehicle or at all, and what the brand's documents speak of."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice

from bot.language_data import Language, language, language_by_words, plain
from bot.whole_words import whole_words
from brands import BrandProfile, VehicleContext, VehicleModel
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.passage import Passage
from knowledge_base.release_store import ReleaseStore

# Stands for the names in a message, here and in languages.yaml.
_NAMED = "§"
_SEVERAL = re.compile(
    rf"{_NAMED}(?: (?:(?:and|or|vs|versus|und|oder|et|ou|e|o|y|u|the|der|die|das|den|dem|la|le|il|lo|el) )*{_NAMED})+"
)
_SIGNS = re.compile(rf"[^\w{_NAMED}'/-]+")
# A longer title or heading tells something itself, and nobody has checked it.
_LONGEST_NAME = 150
_ADDRESS = re.compile(r"@|://|\bwww\.")
_TOPICS = 4
_QUESTIONS = 3
# Longer headings tell something themselves.
_LONGEST_TOPIC = 40
# So many passages tell what a release speaks of.
_PASSAGES_READ = 5_000
_KEPT = 256
# Entries that differ in a year alone are one to begin with.
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Overview:
    """What the documents of a brand speak of, to begin with.

    Args:
        topics: the headings under which they say most.
        questions: entries of their questions and answers, letter for letter.
    """

    topics: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def asks_for_overview(text: str, code: str, profile: BrandProfile, *, is_first: bool) -> bool:
    """Whether a message asks for no one thing: what the bot can do, about a model at all, which model to take.

    Args:
        text: the message.
        code: its language.
        profile: whose names are known.
        is_first: whether nothing was asked before; else a bare name goes on with what was asked.
    """
    said = _with_signs_for_names(text, profile)
    return any(
        known.overview.fullmatch(said) or (is_first and known.names_only.fullmatch(said))
        for known in _spoken(text, code)
    )


def tells_of_own_vehicle(text: str, code: str, profile: BrandProfile) -> bool:
    """Whether a message says, and does not ask, that its writer has a vehicle of the brand.

    Args:
        text: the message.
        code: its language.
        profile: whose names are known.
    """
    said = _with_signs_for_names(text, profile)
    return "?" not in text and any(known.owning.search(said) for known in _spoken(text, code))


def _with_signs_for_names(text: str, profile: BrandProfile) -> str:
    """A message in small letters, without punctuation and years, and with one sign for what it names."""
    names = tuple(plain(name) for name in profile.names)
    years = tuple(str(year) for model in profile.models for year in model.years)
    said = whole_words(names).sub(_NAMED, plain(text).replace(_NAMED, " "))
    said = whole_words(years).sub(" ", said) if years else said
    return _SEVERAL.sub(_NAMED, " ".join(_SIGNS.sub(" ", said).split()))


def _spoken(text: str, code: str) -> list[Language]:
    return [language(one) for one in dict.fromkeys((code, language_by_words(text) or code, "en"))]


def models_spoken_of(text: str, profile: BrandProfile, vehicle: VehicleContext) -> tuple[VehicleModel, ...]:
    """The models that a message names, else the customer's own where it is known.

    Args:
        text: the message.
        profile: whose models are known.
        vehicle: what is known of the customer's.
    """
    said = plain(text)
    named = tuple(model for model in profile.models if whole_words(tuple(map(plain, model.names))).search(said))
    return named or tuple(model for model in profile.models if model.id == vehicle.model)


def is_name(title: str) -> bool:
    """Whether a title, heading or question can stand in words of ours: no address, and no whole text.

    Args:
        title: as the document has it.
    """
    return len(title) <= _LONGEST_NAME and _ADDRESS.search(title) is None


class OverviewShelf:
    """What the live releases speak of; safe for use by several threads.

    Args:
        releases: the releases of every brand.
    """

    def __init__(self, releases: ReleaseStore) -> None:
        self._releases = releases
        self._kept = lru_cache(maxsize=_KEPT)(self._make)

    def of(self, brand_id: str, vehicles: tuple[VehicleContext, ...], on: date, code: str) -> Overview | None:
        """What a brand's live release speaks of; None where none can be read.

        Args:
            brand_id: the brand.
            vehicles: it must hold for one of them.
            on: the day on which it must hold.
            code: language of the documents.
        """
        try:
            return self._kept(brand_id, self._releases.open_live(brand_id).manifest.release_id, vehicles, on, code)
        except KnowledgeBaseError:
            return None

    def _make(
        self, brand_id: str, release_id: str, vehicles: tuple[VehicleContext, ...], on: date, code: str
    ) -> Overview:
        return overview_of(self._releases.passages_of(brand_id, release_id), vehicles, on, code)


def overview_of(passages: Iterable[Passage], vehicles: Sequence[VehicleContext], on: date, code: str) -> Overview:
    """What passages speak of.

    Args:
        passages: of one release; the first 5,000 are read.
        vehicles: a passage must hold for one of them.
        on: the day on which it must hold.
        code: language of the documents.
    """
    sections: Counter[str] = Counter()
    own: dict[str, str] = {}
    general: dict[str, str] = {}
    about_models = any(one.model for one in vehicles)
    for passage in islice(passages, _PASSAGES_READ):
        scope, path = passage.scope, passage.heading_path
        if not any(scope.admits(one, on, code) for one in vehicles):
            continue
        if passage.question and is_name(passage.question):
            group = own if bool(scope.models) == about_models else general
            group.setdefault(_DIGITS.sub("", passage.question), passage.question)
        elif len(path) > 1 and len(path[0]) <= _LONGEST_TOPIC and is_name(path[0]):
            sections[path[0]] += 1
    topics = tuple(heading for heading, _ in sections.most_common(_TOPICS))
    return Overview(topics, (*own.values(), *general.values())[:_QUESTIONS])
