"""What agents, content teams and auditors do over HTTP, each for the brands for which they have the role."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from brands import VehicleContext
from brands.profile import Identifier
from ui.agent_turn import agent_turn
from ui.api.dependencies import PersonHere, ServicesHere, person_with
from ui.api.errors import HandoffNotTaken
from ui.api.schemas import ConversationAnswer, HandoffAnswer, MessageText, RecordId, handoff_answer, turn_answer
from ui.api.staff import Person
from ui.bootstrap import Services

router = APIRouter(prefix="/v1/staff", tags=["staff"])
ReleaseId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class PersonAnswer(BaseModel):
    """Who is signed in."""

    name: str
    roles: dict[str, list[str]] = Field(description="By brand.", examples=[{"karrow": ["agent"]}])


class HandoffListed(BaseModel):
    """A conversation that waits for a person, or has one."""

    conversation: str
    state: str
    reason: str
    asked_at: str
    agent: str | None


class AgentMessage(BaseModel):
    """What an agent writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[MessageText, StringConstraints(max_length=4_000)] = Field(
        examples=["Hello, this is Kim. I have your booking in front of me."]
    )


class TurnRecorded(BaseModel):
    """The turn that was recorded."""

    turn: str


class ReleaseListed(BaseModel):
    """A state of the brand's knowledge."""

    release: str
    live: bool
    created_at: str
    created_by: str
    passages: int
    documents: int


class LiveRelease(BaseModel):
    """The release that is live now."""

    brand: str
    live: str


class ModelBudgetAnswer(BaseModel):
    """What a brand's language model took today (UTC)."""

    tokens_today: int
    tokens_per_day: int | None = Field(description="Above it, replies are extracts; null where there is no limit.")


@router.get("/me")
def show_person(person: PersonHere) -> PersonAnswer:
    """Tell who is signed in, and their roles."""
    return PersonAnswer(name=person.name, roles={brand: sorted(held) for brand, held in person.roles.items()})


@router.get("/{brand_id}/handoffs", dependencies=[Depends(person_with("agent"))])
def list_handoffs(services: ServicesHere, brand_id: Identifier) -> list[HandoffListed]:
    """List the conversations that wait for a person or have one: danger first, then the longest waiting."""
    return [
        HandoffListed(
            conversation=one.conversation_id,
            state=one.state,
            reason=one.reason,
            asked_at=one.asked_at.isoformat(),
            agent=one.agent,
        )
        for one in services.handoffs.open_ones(brand_id)
    ]


@router.get("/{brand_id}/handoffs/{conversation}", dependencies=[Depends(person_with("agent"))])
def show_packet(services: ServicesHere, brand_id: Identifier, conversation: RecordId) -> dict[str, Any]:
    """Give all that a person needs to go on without asking again."""
    return services.assistant.handoff(brand_id, conversation).as_json()


@router.post("/{brand_id}/handoffs/{conversation}/join")
def join_conversation(
    services: ServicesHere,
    brand_id: Identifier,
    conversation: RecordId,
    person: Annotated[Person, Depends(person_with("agent"))],
) -> HandoffAnswer:
    """Take a conversation over; the customer reads the name, and the bot is silent while a person writes."""
    services.handoffs.join(brand_id, conversation, person.name, person.subject)
    return _handoff(services, brand_id, conversation)


@router.post("/{brand_id}/handoffs/{conversation}/close", dependencies=[Depends(person_with("agent"))])
def close_handoff(services: ServicesHere, brand_id: Identifier, conversation: RecordId) -> HandoffAnswer:
    """Give a conversation back to the bot."""
    services.handoffs.close_one(brand_id, conversation)
    return _handoff(services, brand_id, conversation)


@router.post("/{brand_id}/handoffs/{conversation}/messages", status_code=201)
def write_to_customer(
    services: ServicesHere,
    brand_id: Identifier,
    conversation: RecordId,
    message: Annotated[AgentMessage, Body()],
    person: Annotated[Person, Depends(person_with("agent"))],
) -> TurnRecorded:
    """Write to the customer, once the conversation was taken over; it arrives at once."""
    conversations = services.assistant.conversations
    turns = conversations.turns(brand_id, conversation, 1)
    if not person.answers(services.handoffs.of(brand_id, conversation)):
        raise HandoffNotTaken("take the conversation over first (POST …/join): the customer reads who writes")
    vehicle = turns[-1].vehicle if turns else VehicleContext()
    turn = agent_turn(message.text, services.group.brand(brand_id), vehicle, None)
    conversations.record(brand_id, conversation, turn)
    return TurnRecorded(turn=turn.turn_id)


@router.get("/{brand_id}/conversations/{conversation}", dependencies=[Depends(person_with("agent", "auditor"))])
def read_customers_conversation(
    services: ServicesHere, brand_id: Identifier, conversation: RecordId
) -> ConversationAnswer:
    """Read what was said, with what each reply rests on."""
    turns = services.assistant.conversations.turns(brand_id, conversation)
    handoff = services.handoffs.of(brand_id, conversation)
    return ConversationAnswer(
        brand=brand_id,
        turns=[turn_answer(one, handoff) for one in turns],
        handoff=handoff_answer(handoff, turns),
    )


@router.get("/{brand_id}/releases", dependencies=[Depends(person_with("editor", "publisher", "auditor"))])
def list_releases(services: ServicesHere, brand_id: Identifier) -> list[ReleaseListed]:
    """List the kept states of the brand's knowledge, newest first."""
    store = services.knowledge_base.releases
    live = store.live(brand_id)
    return [
        ReleaseListed(
            release=one.release_id,
            live=live is not None and live.release_id == one.release_id,
            created_at=one.created_at.isoformat(),
            created_by=one.created_by,
            passages=one.passages,
            documents=len(one.documents),
        )
        for one in store.releases(brand_id)
    ]


@router.post("/{brand_id}/releases/{release}/publish")
def publish_release(
    services: ServicesHere,
    brand_id: Identifier,
    release: ReleaseId,
    person: Annotated[Person, Depends(person_with("publisher"))],
) -> LiveRelease:
    """Make a kept release live, unless live content would be lost or a second person is needed."""
    from ingest.publishing import publish_release as publish

    publish(services.group, services.knowledge_base, brand_id, release, published_by=person.recorded_as)
    return LiveRelease(brand=brand_id, live=release)


@router.post("/{brand_id}/rollback")
def roll_back(
    services: ServicesHere, brand_id: Identifier, person: Annotated[Person, Depends(person_with("publisher"))]
) -> LiveRelease:
    """Go back to the release that was live before."""
    manifest = services.knowledge_base.releases.rollback(brand_id, by=person.recorded_as)
    return LiveRelease(brand=brand_id, live=manifest.release_id)


@router.get("/{brand_id}/model-budget", dependencies=[Depends(person_with("admin", "auditor"))])
def show_model_budget(services: ServicesHere, brand_id: Identifier) -> ModelBudgetAnswer:
    """Tell what the brand's language model took today, and what it may take."""
    spending = services.model_spending
    return ModelBudgetAnswer(
        tokens_today=spending.tokens_today(brand_id),
        tokens_per_day=spending.limit_of(services.group.brand(brand_id)),
    )


def _handoff(services: Services, brand_id: str, conversation: str) -> HandoffAnswer:
    turns = services.assistant.conversations.turns(brand_id, conversation)
    answer = handoff_answer(services.handoffs.of(brand_id, conversation), turns)
    assert answer is not None  # noqa: S101 - it was joined or closed just now
    return answer
