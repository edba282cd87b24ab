"""What one browser tab remembers of its conversation with a brand.

It stands apart from the page because Streamlit runs a page's file anew each time, and its classes with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from bot.conversation import Turn
from bot.errors import UnknownConversation
from bot.reply import Reply
from knowledge_base.passage import Passage
from ui.bootstrap import Services
from ui.console.passages import cited_passages

_DOOR = "console"
_ADDRESS_KEY = "conversation"


@dataclass
class Entry:
    """One thing that was said, as the page shows it.

    Args:
        text: what was said.
        reply: the bot's reply; None for what a customer or an agent said.
        turn_id: the turn under which it was recorded.
        market: the customer's market.
        passages: the cited passages, by id.
        from_agent: whether a person of the brand said it.
    """

    text: str
    reply: Reply | None = None
    turn_id: str | None = None
    market: str | None = None
    passages: Mapping[str, Passage] = field(default_factory=dict)
    from_agent: bool = False


@dataclass
class Chat:
    """The conversation of one browser tab with one brand.

    Args:
        brand_id: the brand.
        conversation_id: once something was said.
        entries: what was said, oldest first.
        asked: a question that a button asks for the customer.
    """

    brand_id: str
    conversation_id: str | None = None
    entries: list[Entry] = field(default_factory=list)
    asked: str | None = None

    @property
    def waits_for_person(self) -> bool:
        """Whether a person of the brand was called in, so that what they say must appear."""
        if not self.entries:
            return False
        last = self.entries[-1]
        return last.from_agent or (last.reply is not None and last.reply.kind in {"handoff", "safety"})

    def ask_next(self, text: str) -> None:
        """Let the page ask this when it is run next."""
        self.asked = text

    def begin_anew(self) -> None:
        """Forget what was said on this page; the conversation itself is kept as long as the brand keeps it."""
        self.conversation_id = None
        self.entries.clear()
        self.asked = None

    def open_conversation(self, services: Services) -> str:
        """The id of the conversation, which is opened when there is none or when it was erased meanwhile.

        Args:
            services: keeps the conversations.
        """
        conversations = services.assistant.conversations
        if self.conversation_id is not None:
            try:
                conversations.turns(self.brand_id, self.conversation_id)
            except UnknownConversation:
                self.conversation_id = None
        if self.conversation_id is None:
            self.conversation_id = conversations.open(self.brand_id)
            services.running.add(self.brand_id, self.conversation_id, _DOOR)
        return self.conversation_id

    def take_up(self, services: Services, conversation_id: str) -> None:
        """Show what was said in a conversation that began on this page; any other leaves the chat empty.

        Args:
            services: keeps the conversations.
            conversation_id: which one.
        """
        # Who may try the chat out may not read what customers said elsewhere.
        begun_here = {one.conversation_id for one in services.running.of(self.brand_id) if one.door == _DOOR}
        if conversation_id not in begun_here:
            return
        try:
            turns = services.assistant.conversations.turns(self.brand_id, conversation_id)
        except UnknownConversation:
            return
        self.conversation_id = conversation_id
        self.entries = [_entry(services, self.brand_id, one) for one in turns]

    def take_agent_turns(self, services: Services) -> bool:
        """Add what a person of the brand said since.

        Args:
            services: keeps the conversations.

        Returns:
            Whether there was anything.
        """
        if self.conversation_id is None:
            return False
        try:
            turns = services.assistant.conversations.turns(self.brand_id, self.conversation_id)
        except UnknownConversation:
            return False
        shown = {one.turn_id for one in self.entries}
        new = [one for one in turns if one.role == "agent" and one.turn_id not in shown]
        self.entries += [Entry(one.text, turn_id=one.turn_id, from_agent=True) for one in new]
        return bool(new)


def chat_of(services: Services, brand_id: str) -> Chat:
    """The conversation of this browser tab with a brand; loaded anew, the page takes it from its address.

    Args:
        services: keeps the conversations.
        brand_id: the brand.
    """
    chats: dict[str, Chat] = st.session_state.setdefault("chats", {})
    if brand_id not in chats:
        chats[brand_id] = Chat(brand_id)
        chats[brand_id].take_up(services, st.query_params.get(_ADDRESS_KEY, ""))
    return chats[brand_id]


def keep_in_address(chat: Chat) -> None:
    """Let the address say which conversation is shown.

    Args:
        chat: the conversation.
    """
    if chat.conversation_id is not None:
        st.query_params[_ADDRESS_KEY] = chat.conversation_id
    else:
        st.query_params.pop(_ADDRESS_KEY, None)


def _entry(services: Services, brand_id: str, turn: Turn) -> Entry:
    if turn.kind is None:
        return Entry(turn.text, turn_id=turn.turn_id, from_agent=turn.role == "agent")
    reply = Reply(
        kind=turn.kind,
        text=turn.text,
        language=turn.language or "",
        citations=turn.citations,
        release=turn.release,
        brand=brand_id,
        choices=turn.choices,
        turn_id=turn.turn_id,
        approval=turn.approval,
    )
    passages = cited_passages(services, brand_id, turn.citations)
    return Entry(turn.text, reply, turn.turn_id, turn.vehicle.market, passages)
