"""What one browser tab remembers of the agent's work for a brand."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from bot.conversation import Turn
from bot.errors import UnknownConversation
from bot.handoff import question_handed_over
from bot.reply import Reply
from brands import BrandProfile, VehicleContext
from knowledge_base.passage import Passage
from ui.agent_turn import agent_turn
from ui.bootstrap import Services
from ui.console.passages import cited_passages
from ui.console.transcript import customer_turn, split_transcript


@dataclass
class Desk:
    """The agent's work for one brand.

    Args:
        brand_id: the brand.
        conversation_id: the conversation that is answered.
        pasted: the pasted message that is not recorded yet.
        suggestion: the reply that is suggested.
        passages: the passages it cites, by id.
        number: counts the suggestions, so that each has a field of its own.
        is_temporary: whether the conversation was opened here, for a pasted transcript.
        is_live: whether the customer reads here what is sent.
        sent: whether the reply was marked as sent.
    """

    brand_id: str
    conversation_id: str | None = None
    pasted: str | None = None
    suggestion: Reply | None = None
    passages: Mapping[str, Passage] = field(default_factory=dict)
    number: int = 0
    is_temporary: bool = False
    is_live: bool = False
    sent: bool = False

    def suggest_for_paste(self, services: Services, text: str, vehicle: VehicleContext, language: str) -> None:
        """Suggest a reply to a pasted message or transcript.

        Args:
            services: what answers.
            text: what was pasted.
            vehicle: what is known of the vehicle.
            language: language of the page.

        Raises:
            BotError: the message cannot be taken.
        """
        self.drop(services)
        profile = services.group.brand(self.brand_id)
        said = split_transcript(text)
        if not said:
            return
        last = next((at for at in range(len(said) - 1, -1, -1) if said[at][0] == "customer"), len(said) - 1)
        conversations = services.assistant.conversations
        self.conversation_id = conversations.open(self.brand_id)
        self.is_temporary = True
        for role, words in said[:last]:
            conversations.record(self.brand_id, self.conversation_id, customer_turn(words, profile, vehicle, role))
        self.pasted = said[last][1]
        self._suggest(services, self.pasted, vehicle, language)

    def suggest_for_conversation(
        self, services: Services, conversation_id: str, vehicle: VehicleContext, language: str
    ) -> None:
        """Suggest a reply to what the customer of a running conversation said last, or wanted a person for.

        Args:
            services: what answers.
            conversation_id: the conversation.
            vehicle: what is known of the vehicle.
            language: language of the page.

        Raises:
            BotError: there is no such conversation, or the message cannot be taken.
        """
        self.drop(services)
        turns = services.assistant.conversations.turns(self.brand_id, conversation_id)
        last = max((at for at, one in enumerate(turns) if one.role == "customer"), default=None)
        self.conversation_id, self.is_live = conversation_id, True
        if last is None:
            return
        text = turns[last].text
        if any(one.kind == "handoff" for one in turns[last + 1 :]):
            text = question_handed_over(turns, services.handoffs.of(self.brand_id, conversation_id))
        self._suggest(services, text, vehicle, turns[last].language or language)

    def mark_sent(self, services: Services, text: str, vehicle: VehicleContext) -> None:
        """Record the reply as the agent's turn.

        Args:
            services: keeps the conversations.
            text: what was sent.
            vehicle: what is known of the vehicle.
        """
        if self.conversation_id is None or not text.strip():
            return
        profile: BrandProfile = services.group.brand(self.brand_id)
        conversations = services.assistant.conversations
        if self.pasted is not None:
            conversations.record(self.brand_id, self.conversation_id, customer_turn(self.pasted, profile, vehicle))
            self.pasted = None
        elif vehicle == VehicleContext() and (turns := turns_of(services, self.brand_id, self.conversation_id)):
            vehicle = turns[-1].vehicle
        turn = agent_turn(text, profile, vehicle, self.suggestion)
        conversations.record(self.brand_id, self.conversation_id, turn)
        self.is_temporary = False
        self.sent = True

    def drop(self, services: Services) -> None:
        """Forget the suggestion; what was pasted for it and never answered is erased."""
        if self.is_temporary and self.conversation_id is not None:
            with suppress(UnknownConversation):  # its time was over, or somebody erased it
                services.assistant.conversations.erase(self.brand_id, self.conversation_id)
        self.conversation_id = self.pasted = self.suggestion = None
        self.passages = {}
        self.is_temporary = self.is_live = self.sent = False

    def _suggest(self, services: Services, text: str, vehicle: VehicleContext, language: str) -> None:
        self.suggestion = services.assistant.suggest(
            self.brand_id, text, vehicle=vehicle, language=language, conversation_id=self.conversation_id
        )
        self.passages = cited_passages(services, self.brand_id, self.suggestion.citations)
        self.number += 1


def desk_of(brand_id: str) -> Desk:
    """The agent's work of this browser tab for a brand.

    Args:
        brand_id: the brand.
    """
    desks: dict[str, Desk] = st.session_state.setdefault("desks", {})
    return desks.setdefault(brand_id, Desk(brand_id))


def turns_of(services: Services, brand_id: str, conversation_id: str) -> tuple[Turn, ...]:
    """What was said in a conversation; nothing once it was erased.

    Args:
        services: keeps the conversations.
        brand_id: the brand.
        conversation_id: the conversation.
    """
    try:
        return services.assistant.conversations.turns(brand_id, conversation_id)
    except UnknownConversation:
        return ()
