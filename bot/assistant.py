"""The one entry: from a customer's question to the brand's reply."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import SecretStr

from bot.chain import Chain
from bot.conversation import Turn
from bot.conversation_store import ConversationStore
from bot.errors import ConversationsUnavailable
from bot.handoff import HandoffPacket, build_packet
from bot.question import Question
from bot.reply import Reply
from bot.safety import find_hazard
from bot.steps.screen_message import restore_own_data
from bot.turn_state import Spoken, TurnState
from brands import Group, VehicleContext

_log = logging.getLogger(__name__)


class Assistant:
    """Answers the customers of every brand of a group; safe for use by several threads.

    Args:
        group: the group.
        conversations: where turns are kept.
        chain: the steps from a message to a reply.
        warm_brand: does ahead of the first question what it would wait for.
        read_brand: works out ahead what stands in a brand's passages, one with each step.
        history_turns: how many earlier turns a question may lean on.
        clock: tells the moment, with time zone.
    """

    def __init__(
        self,
        group: Group,
        conversations: ConversationStore,
        chain: Chain,
        warm_brand: Callable[[str], None],
        read_brand: Callable[[str], Iterator[None]],
        history_turns: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.group = group
        self.conversations = conversations
        self.chain = chain
        self._warm_brand = warm_brand
        self._read_brand = read_brand
        self._history_turns = history_turns
        self._clock = clock

    def ask(self, question: Question) -> Reply:
        """Answer a question.

        Raises:
            UnknownBrand: the group has no such brand.
            QuestionRefused: the message is empty or too long.
            UnknownConversation: the brand has no such conversation.
        """
        reply: Reply | None = None
        for piece in self.stream(question):
            if isinstance(piece, Reply):
                reply = piece
        if reply is None:
            raise RuntimeError("the chain ended without a reply")
        return reply

    def stream(self, question: Question) -> Iterator[str | Reply]:
        """Answer a question piece by piece, each piece checked before it is yielded.

        Yields:
            Pieces of the text, then the whole reply.

        Raises:
            UnknownBrand: the group has no such brand.
            QuestionRefused: the message is empty or too long.
            UnknownConversation: the brand has no such conversation.
        """
        yield from self.tell(self._state(question))

    def tell(self, state: TurnState) -> Iterator[str | Reply]:
        """Answer a message piece by piece; the customer reads their own personal data, which nothing else sees.

        Args:
            state: with the message as it came.

        Yields:
            Pieces of the text, then the whole reply.

        Raises:
            QuestionRefused: the message is empty or too long.
        """
        for piece in self.chain.stream(state):
            if isinstance(piece, Spoken):
                yield restore_own_data(piece.text, state)
            elif piece.reply is not None:
                yield replace(piece.reply, text=restore_own_data(piece.reply.text, state))

    def suggest(
        self,
        brand_id: str,
        message: str,
        *,
        vehicle: VehicleContext | None = None,
        language: str | None = None,
        conversation_id: str | None = None,
    ) -> Reply:
        """Draft a reply for an agent; nothing is recorded.

        Args:
            brand_id: whose customer wrote.
            message: what they wrote last.
            vehicle: what is known of their vehicle.
            language: language of the page, where it is known.
            conversation_id: the conversation to lean on, where there is one.
        """
        question = Question(brand_id, message, vehicle or VehicleContext(), language, conversation_id)
        state = replace(self._state(question), conversation_id=None, kept=False)
        reply: Reply | None = None
        for piece in self.chain.stream(state):
            if isinstance(piece, TurnState):
                reply = piece.reply
        if reply is None:
            raise RuntimeError("the chain ended without a reply")
        return reply

    def handoff(self, brand_id: str, conversation_id: str, *, vehicle: VehicleContext | None = None) -> HandoffPacket:
        """Gather a conversation into a packet for an agent, whoever asked for one; nothing is recorded.

        Args:
            brand_id: whose conversation.
            conversation_id: which one.
            vehicle: what the page knows of the vehicle, for what the conversation leaves open.

        Raises:
            UnknownBrand: the group has no such brand.
            UnknownConversation: the brand has no such conversation.
        """
        profile = self.group.brand(brand_id)
        turns = self.conversations.turns(profile.id, conversation_id)
        asked = self.conversations.handoffs.of(profile.id, conversation_id)
        return build_packet(profile, conversation_id, turns, vehicle, handoff=asked, now=self._clock())

    def warm(self, brand_id: str) -> None:
        """Do now what the first question of a brand would wait for.

        Raises:
            UnknownBrand: the group has no such brand.
        """
        self.group.brand(brand_id)
        self._warm_brand(brand_id)

    def read_ahead(self, brand_id: str) -> Iterator[None]:
        """Work out ahead what questions would each wait for a little, passage by passage.

        Args:
            brand_id: whose passages.

        Yields:
            After each passage, so that questions can go first.

        Raises:
            UnknownBrand: the group has no such brand.
        """
        self.group.brand(brand_id)
        return self._read_brand(brand_id)

    def _state(self, question: Question) -> TurnState:
        profile = self.group.brand(question.brand_id)
        now = self._clock()
        return TurnState(
            profile=profile,
            said=SecretStr(question.text),
            conversation_id=question.conversation_id,
            message_id=question.message_id,
            on_record=question.on_record,
            vehicle=question.vehicle,
            page_language=question.language,
            on=now.astimezone().date(),
            at=now,
            turns=self._turns(question),
        )

    def _turns(self, question: Question) -> tuple[Turn, ...]:
        if not question.conversation_id or not self._history_turns:
            return ()
        try:
            return self.conversations.turns(question.brand_id, question.conversation_id, self._history_turns)
        except ConversationsUnavailable as error:
            # Danger is answered even where nothing can be read.
            if find_hazard(question.text, question.language or "") is None:
                raise
            _log.error("a message of danger is answered without its conversation: %s", error)
            return ()
