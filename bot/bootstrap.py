"""Puts the bot together: the one place that chooses its concrete parts."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.answerability import calibration
from bot.assistant import Assistant
from bot.chain import Step, build_chain
from bot.conversation_store import ConversationStore
from bot.conversation_store_on_demand import ConversationStoreOnDemand
from bot.deployment import Deployment
from bot.language_model import LanguageModel
from bot.lexicon import LexiconShelf
from bot.model_spending import ComposeWithinBudget, ModelSpending
from bot.overview import OverviewShelf
from bot.passage_analysis import analyse_passages
from bot.safety import judge_message
from bot.safety_texts import load_safety_texts
from bot.settings import BotSettings
from bot.span_reader import SpanReader
from bot.steps.check_claims import check_claims
from bot.steps.compose_extract import compose_extract
from bot.steps.compose_with_model import ModelBudget, compose_with_model
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
    model: LanguageModel | None = None,
    spending: ModelSpending | None = None,
) -> Assistant:
    """Put the bot of a group together; nothing is connected yet, and only the group's safety texts are read.

    Args:
        group: the group.
        knowledge_base: what its brands know.
        settings: by default those of the environment.
        conversations: takes the place of the store that the settings name.
        composer: takes the place of the composer that the settings name.
        model: takes the place of the language model that the settings name.
        spending: holds the language model to a budget; None for no limit.

    Raises:
        SettingsInvalid: the settings name a language model that cannot be used.
        GroupFolderInvalid: the group's safety.yaml is wrong.
    """
    settings = settings or BotSettings()
    lexicons = LexiconShelf(knowledge_base.releases, group.glossaries)
    conversations = conversations or build_conversation_store(knowledge_base.data_folder, settings)
    reader = SpanReader() if settings.reader else None
    extract = partial(
        compose_extract,
        lexicons=lexicons,
        retriever=knowledge_base.retriever,
        limit_words=settings.answer_limit_words,
        reader=reader,
    )
    model = model or build_language_model(settings)
    find = partial(
        find_passages,
        retriever=knowledge_base.retriever,
        lexicons=lexicons,
        limit=settings.passages_per_question,
    )
    chain = build_chain(
        screen=_screen_step(group, settings),
        understand=partial(understand_question, group=group),
        find=find,
        decide=partial(
            decide_reply,
            lexicons=lexicons,
            calibration=calibration(),
            threshold=settings.answer_threshold,
            find=partial(find, as_typed=False),
            reader=reader,
            overviews=OverviewShelf(knowledge_base.releases),
        ),
        composer=composer or _composer(settings, extract, model, spending),
        check=check_claims,
        record=partial(record_turn, conversations=conversations),
    )
    warm_brand = partial(_warm_brand, knowledge_base=knowledge_base, lexicons=lexicons)
    read_brand = partial(_read_brand, group=group, knowledge_base=knowledge_base)
    return Assistant(group, conversations, chain, warm_brand, read_brand, settings.history_turns)


def _screen_step(group: Group, settings: BotSettings) -> Step:
    return partial(
        screen_message,
        limit_characters=settings.message_limit_characters,
        safety_texts=load_safety_texts(group.folder),
    )


def _composer(
    settings: BotSettings, extract: Composer, model: LanguageModel | None, spending: ModelSpending | None
) -> Composer:
    """The model's words where there is a model and budget, else extracts."""
    if model is None:
        return extract
    budget = ModelBudget(settings.model_context_tokens, settings.model_max_tokens, settings.model_passages)
    composer = partial(compose_with_model, model=model, extract=extract, budget=budget)
    if spending is None:
        return composer
    largest = settings.model_context_tokens * (1 + settings.model_retries)
    return ComposeWithinBudget(composer, extract, spending, largest)


def _warm_brand(brand_id: str, *, knowledge_base: KnowledgeBase, lexicons: LexiconShelf) -> None:
    """Do ahead of a brand's first question what it would wait for."""
    judge_message("warm", "en")
    knowledge_base.retriever.warm(brand_id)
    lexicons.live(brand_id)


def _read_brand(brand_id: str, *, group: Group, knowledge_base: KnowledgeBase) -> Iterator[None]:
    """Read what tells a brand's languages apart, which few messages need, and work out what stands in its passages."""
    warm_languages(group.brand(brand_id).languages)
    known = knowledge_base.releases.open_live(brand_id).passages
    return analyse_passages(known.passage(row) for row in range(len(known)))


def build_conversation_store(data_folder: Path, settings: BotSettings | None = None) -> ConversationStore:
    """Build the store that the settings name; its database is opened with the first conversation.

    Args:
        data_folder: where a SQLite file is kept unless the settings name another database.
        settings: by default those of the environment.
    """
    settings = settings or BotSettings()
    url = settings.conversations_url

    def open_store() -> ConversationStore:
        from bot.conversation_database import ConversationDatabase, sqlite_url
        from bot.sql_conversation_store import SqlConversationStore

        address = url.get_secret_value() if url else sqlite_url(data_folder / "conversations.sqlite3")
        return SqlConversationStore(ConversationDatabase(address))

    return ConversationStoreOnDemand(open_store)


def build_language_model(settings: BotSettings | None = None) -> LanguageModel | None:
    """Build the language model that the settings name; nothing is sent yet.

    Args:
        settings: by default those of the environment.

    Returns:
        The model, or None where the settings name none.

    Raises:
        SettingsInvalid: the settings name a model that cannot be used.
    """
    settings = settings or BotSettings()
    if settings.model is None:
        return None
    from bot.chat_model import ChatModel
    from bot.fallback_model import FallbackModel

    models = [ChatModel(deployment) for deployment in deployments_of(settings)]
    return models[0] if len(models) == 1 else FallbackModel(models)


def deployments_of(settings: BotSettings) -> tuple[Deployment, ...]:
    """The deployments that the settings name, the first to be asked first.

    Args:
        settings: by which limits all of them are bound.
    """
    if settings.model is None:
        return ()
    first = Deployment(
        model=settings.model,
        base_url=settings.model_base_url,
        api_key=settings.model_api_key,
        max_tokens=settings.model_max_tokens,
        temperature=settings.model_temperature,
        reports_usage=settings.model_reports_usage,
        first_words_seconds=settings.model_first_words_seconds,
        whole_seconds=settings.model_whole_seconds,
        retries=settings.model_retries,
        failures_to_pause=settings.model_failures_to_pause,
        pause_seconds=settings.model_pause_seconds,
        input_price=settings.model_input_price,
        output_price=settings.model_output_price,
    )
    if settings.fallback_model is None:
        return (first,)
    second = replace(
        first,
        model=settings.fallback_model,
        base_url=settings.fallback_model_base_url,
        api_key=settings.fallback_model_api_key,
        input_price=settings.fallback_model_input_price,
        output_price=settings.fallback_model_output_price,
        setting="MARQUE_BOT_FALLBACK_MODEL",
    )
    return (first, second)
