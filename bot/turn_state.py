"""What passes from step to step while a message becomes a reply."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Literal, TypeVar

from pydantic import SecretStr

from bot.conversation import Turn
from bot.language_model import ModelUsage
from bot.personal_data import Replaced
from bot.reply import Citation, Reply, ReplyKind
from bot.safety import Hazard
from brands import BrandProfile, VehicleContext
from knowledge_base.passage import Passage
from knowledge_base.retriever import Hit

Wish = Literal["person", "anger", "greeting", "thanks", "bye", "what_are_you", "overview"]
Later = TypeVar("Later")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a question, all in one release.

    Args:
        release_id: the release that was searched.
        hits: best first.
        language: language the search was limited to; None where it was not limited.
    """

    release_id: str
    hits: tuple[Hit, ...]
    language: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a question, and why.

    Args:
        kind: answer, clarify, decline or handoff.
        reason: name of the phrase that says it, for all but answers.
        confidence: probability that the passages hold the answer, 0 to 1.
        passages: what the answer may rest on, best first.
        choices: what a clarifying question offers.
        topics: what an overview names.
    """

    kind: ReplyKind
    reason: str = ""
    confidence: float = 1.0
    passages: tuple[Passage, ...] = ()
    choices: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a reply, before or after it was checked.

    Args:
        text: what the customer reads.
        origin: our own words, a quotation letter for letter, or a model's sentence.
        citations: what it rests on; a model's sentence gets them when it is checked.
        joint: what parts it from the block before.
        passage: the passage that a quotation comes from, where it is not among those that were found.
        refused: why the composer itself keeps it back; such a block is never shown.
    """

    text: str
    origin: Literal["ours", "quote", "model"]
    citations: tuple[Citation, ...] = ()
    joint: str = "\n\n"
    passage: Passage | None = None
    refused: str = ""

    def __add__(self, later: Later) -> Later:
        """LangChain adds up what a generator yields; of pieces and states, what comes last holds."""
        return later


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of the reply's text that was checked and may be shown."""

    text: str

    def __add__(self, later: Later) -> Later:
        """Of pieces and states, what comes last holds."""
        return later


@dataclass(frozen=True, slots=True)
class TurnState:
    """A message on its way to a reply.

    Args:
        profile: the brand that speaks.
        said: the message as it came; only the first step reads it, and printing or tracing does not show it.
        conversation_id: the conversation, where there is one.
        message_id: what the door calls the message; None where it does not.
        on_record: given the reply while its turns are recorded.
        vehicle: what is known of the vehicle.
        page_language: language of the page, where it is known.
        on: the day of the question.
        at: the moment of the question; None takes the clock.
        kept: whether anything of it is recorded; a draft for an agent is not.
        turns: earlier turns, oldest first.
        text: the message with personal data replaced.
        replaced: the personal data that was taken out.
        language: language of the reply.
        hazard: the danger that the message tells of.
        caution: whom to call, where the message may tell of danger; the reply begins with it.
        wish: a wish that is no question.
        search_text: what is searched for.
        search_language: language of that text, where it is not the reply's.
        other_brands: brands and models of the group that the message names and that are not ours.
        evidence: what was found.
        decision: what to do.
        blocks: the reply, piece by piece.
        composer: what wrote the blocks.
        removed: what a check took out, with the reason.
        usage: what the language model took.
        reply: the reply, once it stands; the steps that follow leave it as it is.
        timings_ms: time of each step, in milliseconds.
        begun: when answering began, on the clock of `perf_counter`.
    """

    profile: BrandProfile
    said: SecretStr
    conversation_id: str | None
    vehicle: VehicleContext
    page_language: str | None
    on: date
    at: datetime | None = None
    kept: bool = True
    turns: tuple[Turn, ...] = ()
    message_id: str | None = None
    on_record: Callable[[Reply], None] | None = None
    text: str = ""
    replaced: tuple[Replaced, ...] = ()
    language: str = ""
    hazard: Hazard | None = None
    caution: str = ""
    wish: Wish | None = None
    search_text: str = ""
    search_language: str = ""
    other_brands: tuple[str, ...] = ()
    evidence: Evidence | None = None
    decision: Decision | None = None
    blocks: tuple[Block, ...] = ()
    composer: Literal["extract", "model", "script"] = "extract"
    removed: tuple[str, ...] = ()
    usage: ModelUsage | None = None
    reply: Reply | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=perf_counter)

    @property
    def now(self) -> datetime:
        """The moment of the question."""
        return self.at or datetime.now(UTC)

    def __add__(self, later: Later) -> Later:
        """Of pieces and states, what comes last holds."""
        return later


# Writes the blocks of a reply for a state that has a decision, and tells what a language model took.
Composer = Callable[[TurnState], Iterator[Block | ModelUsage]]
