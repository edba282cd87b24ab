"""Puts the bot together: the one place that chooses its concrete parts."""

from functools import partial

from bot.answerability import calibration
from bot.assistant import Assistant
from bot.chain import build_chain
from bot.conversation_store import ConversationStore
from bot.lexicon import LexiconShelf
from bot.memory_conversation_store import MemoryConversationStore
from bot.settings import BotSettings
from bot.steps.check_claims import check_claims
from bot.steps.compose_extract import compose_extract
from bot.steps.decide_reply import decide_reply
from bot.steps.find_passages import find_passages
from bot.steps.record_turn import record_turn
from bot.steps.screen_message import screen_message, warm_languages
from bot.steps.understand_question import understand_question
from bot.turn_state import Composer
from brands import Group
from knowledge_base.bootstrap import KnowledgeBase


def build_assistant(
    group: Group,
    knowledge_base: KnowledgeBase,
    settings: BotSettings | None = None,
    *,
    conversations: ConversationStore | None = None,
    composer: Composer | None = None,
) -> Assistant:
    """Put the bot of a group together; nothing is read or connected yet.

    Args:
        group: the group.
        knowledge_base: what its brands know.
        settings: by default those of the environment.
        conversations: takes the place of the store that the settings name.
        composer: takes the place of the composer that the settings name.
    """
    settings = settings or BotSettings()
    lexicons = LexiconShelf(knowledge_base.releases.passages_of)
    conversations = conversations or MemoryConversationStore()
    extract = partial(
        compose_extract,
        lexicons=lexicons,
        retriever=knowledge_base.retriever,
        limit_words=settings.answer_limit_words,
    )
    chain = build_chain(
        screen=partial(screen_message, limit_characters=settings.message_limit_characters),
        understand=partial(understand_question, group=group),
        find=partial(find_passages, retriever=knowledge_base.retriever, limit=settings.passages_per_question),
        decide=partial(decide_reply, lexicons=lexicons, calibration=calibration(), threshold=settings.answer_threshold),
        composer=composer or extract,
        check=check_claims,
        record=partial(record_turn, conversations=conversations),
    )

    def warm_brand(brand_id: str) -> None:
        knowledge_base.retriever.warm(brand_id)
        manifest = knowledge_base.releases.live(brand_id)
        if manifest is not None:
            lexicons.of(brand_id, manifest.release_id)
        warm_languages(group.brand(brand_id).languages)

    return Assistant(group, conversations, chain, warm_brand, settings.history_turns)
