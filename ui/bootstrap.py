"""What the doors share: one knowledge base, one assistant and one pipeline per process."""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock, RLock
from typing import TYPE_CHECKING

from bot.errors import UnknownConversation
from brands import Group
from knowledge_base.errors import KnowledgeBaseError
from ui.errors import ServerError
from ui.model_spending import SharedModelSpending
from ui.settings import UiSettings

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.conversation_database import ConversationDatabase
    from bot.conversation_store import ConversationStore
    from bot.handoff_store import HandoffStore
    from ingest.pipeline import Pipeline
    from knowledge_base.bootstrap import KnowledgeBase
    from ui.api.message_log import MessageLog
    from ui.api.staff import StaffTokens

_log = logging.getLogger(__name__)
# How many conversations of one brand the agent desk offers to follow.
_FOLLOWED_CONVERSATIONS = 50
_REHEARSAL = "I want to talk to a person"


@dataclass(frozen=True, slots=True)
class RunningConversation:
    """A conversation that began since the process started.

    Args:
        conversation_id: its id.
        began_at: when, with time zone.
        door: where it takes place.
    """

    conversation_id: str
    began_at: datetime
    door: str


class Services:
    """What answers behind the doors; each part is built when it is first needed, and once.

    Args:
        group: whose brands are served.
        settings: settings of the doors.
        knowledge_base: one that is open already.
        assistant: one that is built already.
        pipeline: one that is built already.
    """

    def __init__(
        self,
        group: Group,
        settings: UiSettings,
        *,
        knowledge_base: "KnowledgeBase | None" = None,
        assistant: "Assistant | None" = None,
        pipeline: "Pipeline | None" = None,
    ) -> None:
        self.group = group
        self.settings = settings
        self.running = RunningConversations()
        self._knowledge_base = knowledge_base
        self._assistant = assistant
        self._pipeline = pipeline
        self._database: ConversationDatabase | None = None
        self._staff_tokens: StaffTokens | None = None
        self._building = RLock()
        # Of its own: to build the assistant takes seconds, for which nothing else is to wait.
        self._building_assistant = RLock()

    @property
    def knowledge_base(self) -> "KnowledgeBase":
        """What the brands know."""
        with self._building:
            if self._knowledge_base is None:
                from knowledge_base.bootstrap import build_knowledge_base
                from knowledge_base.settings import KnowledgeBaseSettings

                settings = KnowledgeBaseSettings()
                folder = settings.data_folder or self.group.folder / ".marque"
                self._knowledge_base = build_knowledge_base(
                    folder,
                    settings,
                    glossaries=self.group.glossaries,
                    two_person_publish=self.group.profile.two_person_publish,
                )
            return self._knowledge_base

    @property
    def assistant(self) -> "Assistant":
        """Who answers."""
        with self._building_assistant:
            if self._assistant is None:
                from bot.bootstrap import build_assistant

                self._assistant = build_assistant(
                    self.group, self.knowledge_base, conversations=self._conversations(), spending=self.model_spending
                )
            return self._assistant

    @property
    def handoffs(self) -> "HandoffStore":
        """Who asked for a person."""
        return self.assistant.conversations.handoffs

    @property
    def database(self) -> "ConversationDatabase":
        """Where conversations are kept, and what the workers share."""
        with self._building:
            if self._database is None:
                from bot.conversation_database import ConversationDatabase, sqlite_url
                from bot.settings import BotSettings
                from ui.api.door_tables import make_tables

                url = BotSettings().conversations_url
                file = self.knowledge_base.data_folder / "conversations.sqlite3"
                database = ConversationDatabase(url.get_secret_value() if url else sqlite_url(file))
                make_tables(database)
                self._database = database
            return self._database

    @property
    def messages(self) -> "MessageLog":
        """Which messages of customers were taken."""
        from ui.api.message_log import MessageLog

        return MessageLog(lambda: self.database)

    @property
    def staff_tokens(self) -> "StaffTokens":
        """What reads the logins of staff."""
        from ui.api.staff import StaffTokens

        with self._building:
            if self._staff_tokens is None:
                self._staff_tokens = StaffTokens(self.settings, self.group)
            return self._staff_tokens

    @property
    def model_spending(self) -> SharedModelSpending:
        """What the brands' language models took today."""
        return SharedModelSpending(self.settings.model_tokens_per_day, lambda: self.database)

    @property
    def session_key(self) -> str:
        """What signs sessions: the same for every worker, and after a restart."""
        from ui.api.session_key import kept_session_key

        given = self.settings.session_key
        return given.get_secret_value() if given else kept_session_key(self.knowledge_base.data_folder)

    def _conversations(self) -> "ConversationStore":
        from bot.conversation_store_on_demand import ConversationStoreOnDemand
        from bot.sql_conversation_store import SqlConversationStore

        return ConversationStoreOnDemand(lambda: SqlConversationStore(self.database))

    @property
    def pipeline(self) -> "Pipeline":
        """What brings documents in."""
        with self._building:
            if self._pipeline is None:
                from ingest.bootstrap import build_pipeline

                self._pipeline = build_pipeline(self.group, self.knowledge_base)
            return self._pipeline

    def brands_to_bring_in(self) -> tuple[str, ...]:
        """The brands that have nothing live, or a release of another embedder, which cannot be searched any more."""
        fingerprint = self.knowledge_base.embedder.fingerprint
        live = {brand_id: self.knowledge_base.releases.live(brand_id) for brand_id in self.group.brands}
        return tuple(name for name, one in live.items() if one is None or one.embedder_fingerprint != fingerprint)

    def warm(self) -> dict[str, str]:
        """Do now what the first question of each brand would wait for.

        Returns:
            The brands that cannot answer, each with the reason in plain words.
        """
        silent: dict[str, str] = {}
        first, *others = self.group.brands
        with self._building_assistant:  # or each who asks would read the same things beside the others
            self._warm_brand(first, silent)
            self._rehearse(first)
        for brand_id in others:
            self._warm_brand(brand_id, silent)
        return silent

    def _warm_brand(self, brand_id: str, silent: dict[str, str]) -> None:
        try:
            self.assistant.warm(brand_id)
            self.knowledge_base.releases.open_live(brand_id)
        except KnowledgeBaseError as error:
            silent[brand_id] = str(error)
            _log.warning("%s cannot answer: %s", brand_id, error)

    def _rehearse(self, brand_id: str) -> None:
        """Go once the way of a message that needs neither search nor model; nothing of it is kept."""
        self.assistant.suggest(brand_id, _REHEARSAL)
        with suppress(UnknownConversation):
            self.assistant.conversations.turns(brand_id, _REHEARSAL)


class RunningConversations:
    """The newest conversations of each brand, for the agent desk; safe for use by several threads."""

    def __init__(self) -> None:
        self._known: dict[str, deque[RunningConversation]] = {}
        self._lock = Lock()

    def add(self, brand_id: str, conversation_id: str, door: str) -> None:
        """Tell of a conversation that began."""
        began = RunningConversation(conversation_id, datetime.now(UTC), door)
        with self._lock:
            self._known.setdefault(brand_id, deque(maxlen=_FOLLOWED_CONVERSATIONS)).appendleft(began)

    def of(self, brand_id: str) -> tuple[RunningConversation, ...]:
        """The conversations of one brand, newest first."""
        with self._lock:
            return tuple(self._known.get(brand_id, ()))

    def remove(self, brand_id: str, conversation_id: str) -> None:
        """Forget a conversation that was erased."""
        with self._lock:
            kept = [one for one in self._known.get(brand_id, ()) if one.conversation_id != conversation_id]
            self._known[brand_id] = deque(kept, maxlen=_FOLLOWED_CONVERSATIONS)


_shared: list[Services] = []


def share(services: Services) -> Callable[[], None]:
    """Give every door of this process the same services.

    Args:
        services: what `shared` returns from now on.

    Returns:
        What to call to take them away again.
    """
    _shared.append(services)

    def take_away() -> None:
        _shared.remove(services)

    return take_away


def shared() -> Services:
    """The services of this process.

    Raises:
        ServerError: there are none yet.
    """
    if not _shared:
        raise ServerError("the console is started by `marque serve GROUP`, which opens the group for it")
    return _shared[-1]
