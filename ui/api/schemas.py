"""What the HTTP interface takes and gives."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from bot.conversation import Turn
from bot.handoff_store import Handoff
from brands import BrandProfile
from brands.profile import Contact, Identifier, LanguageCode, PublishableKey, Theme, VehicleModel

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
# White space alone is no message, which only the pattern tells a reader of the schema. A message longer than the
# settings allow is refused with its own words.
MessageText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S")]
# Of a conversation or a turn; a NUL, which a client may send, is no question that Postgres takes.
RecordId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionRequest(_Taken):
    """Which brand a session is for: by its publishable key, or by its id on the server's own machine."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["key"], "properties": {"key": {"type": "string"}, "brand": {"type": "null"}}},
                {"required": ["brand"], "properties": {"brand": {"type": "string"}, "key": {"type": "null"}}},
            ]
        }
    )

    key: PublishableKey | None = Field(
        default=None, description="The brand's publishable key; the page's origin must be one of the brand's."
    )
    brand: Identifier | None = Field(
        default=None, description="Id of the brand, one of `GET /v1/brands`; on this machine only.", examples=["karrow"]
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.key is None) == (self.brand is None):
            raise ValueError("name either a key or a brand")
        return self


class SessionAnswer(BaseModel):
    """A session that began."""

    token: str = Field(description="Send it as `Authorization: Bearer`; it holds for this brand and conversation only.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme, no secret
    expires_in_seconds: int
    brand: str


class VehicleHint(_Taken):
    """What a page knows of the customer's vehicle; a hint, never authority."""

    model: str | None = Field(default=None, max_length=100, examples=["ridge"])
    model_year: int | None = Field(default=None, ge=1900, le=2100, examples=[2025])
    market: str | None = Field(default=None, max_length=2, examples=["gb"])


class MessageRequest(_Taken):
    """What a customer says."""

    text: MessageText = Field(examples=["What pressure do the front tyres need?"])
    vehicle: VehicleHint = VehicleHint()
    language: LanguageCode | None = Field(default=None, description="Language of the page.", examples=["en"])


class FeedbackRequest(_Taken):
    """Whether a reply helped."""

    turn: RecordId = Field(description="Id of the reply's turn, as the `reply` event tells it.")
    helpful: StrictBool
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


class BrandName(BaseModel):
    """A brand that is served here."""

    id: str
    name: str


class PublicProfile(BaseModel):
    """What anyone may know of a brand."""

    id: str
    name: str
    assistant_name: str
    notice: str = Field(description="What a customer must read before the first message.")
    greeting: dict[str, str]
    default_language: str
    languages: tuple[str, ...]
    markets: tuple[str, ...]
    models: tuple[VehicleModel, ...]
    theme: Theme
    contacts: dict[str, Contact]
    logo: str | None = Field(description="The logo as a data: address.")


class TurnAnswer(BaseModel):
    """One thing that was said."""

    turn: str
    role: str
    text: str
    at: str
    kind: str | None
    citations: list[dict[str, Any]]
    choices: list[str] = Field(
        description="What a clarifying question offers; to be shown while nothing was said after it."
    )
    release: str | None
    language: str | None
    agent: str | None = Field(description="Name of the person who said it, where one did and is known.")


class HandoffAnswer(BaseModel):
    """Whether a person answers."""

    state: Literal["waiting", "joined", "closed"]
    agent: str | None = Field(description="The person's name, once somebody joined.")
    asked_at: str


class ConversationAnswer(BaseModel):
    """What was said so far, oldest first."""

    brand: str
    turns: list[TurnAnswer]
    handoff: HandoffAnswer | None = Field(description="Whether a person was asked for; null where nobody was.")


class ErasureAnswer(BaseModel):
    """The receipt of an erased conversation, as `marque conversation erase` prints it."""

    brand: str
    conversation: str
    at: str
    by: str
    turns: int = Field(description="How many turns were erased.")
    citations: int
    handoff: bool = Field(description="Whether a handoff was erased.")
    content_sha256: str = Field(description="Of all that was kept of it.")
    safety_records_kept: int = Field(description="Safety records of it, which hold no words and stay.")
    searched: list[str] = Field(description="Files of the database whose every byte was searched.")
    clean: bool = Field(description="Whether nothing of it was found again.")
    found_again_in: list[str]


def public_profile(profile: BrandProfile, folder: Path, notice: str) -> PublicProfile:
    """What anyone may know of a brand.

    Args:
        profile: the whole profile.
        folder: the brand's folder, where its logo lies.
        notice: what says that an AI answers.
    """
    return PublicProfile(
        id=profile.id,
        name=profile.name,
        assistant_name=profile.voice.assistant_name,
        notice=notice,
        greeting=dict(profile.voice.greeting),
        default_language=profile.default_language,
        languages=profile.languages,
        markets=profile.markets,
        models=profile.models,
        theme=profile.theme,
        contacts=profile.contacts,
        logo=logo_address(profile, folder),
    )


def logo_address(profile: BrandProfile, folder: Path) -> str | None:
    """A brand's logo as a data: address, in which no script can run; None where there is none.

    Args:
        profile: names the file.
        folder: the brand's folder.
    """
    if profile.logo is None:
        return None
    path = folder / profile.logo
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return f"data:{LOGO_TYPES[path.suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def handoff_answer(handoff: Handoff | None, turns: Sequence[Turn]) -> HandoffAnswer | None:
    """A handoff as the interface tells it; who wrote has joined.

    Args:
        handoff: None where nobody was asked for.
        turns: of the conversation.
    """
    if handoff is None:
        return None
    wrote = any(one.role == "agent" and one.at >= handoff.asked_at for one in turns) and handoff.state == "waiting"
    return HandoffAnswer(
        state="joined" if wrote else handoff.state, agent=handoff.agent, asked_at=handoff.asked_at.isoformat()
    )


def turn_answer(turn: Turn, handoff: Handoff | None = None) -> TurnAnswer:
    """A turn as the interface tells it.

    Args:
        turn: what was said.
        handoff: names the agent.
    """
    return TurnAnswer(
        turn=turn.turn_id,
        role=turn.role,
        text=turn.text,
        at=turn.at.isoformat(),
        kind=turn.kind,
        citations=[
            {
                "document": one.document,
                "title": one.title,
                "heading": one.heading,
                "page": one.page,
                "quote": one.quote,
                "passage": one.passage,
            }
            for one in turn.citations
        ],
        choices=list(turn.choices),
        release=turn.release,
        language=turn.language,
        agent=handoff.agent if handoff and turn.role == "agent" else None,
    )
