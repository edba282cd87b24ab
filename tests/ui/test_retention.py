"""While the server runs, conversations go when their brand's retention ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.assistant import Assistant
from bot.conversation_retention import purge_expired
from bot.errors import UnknownConversation
from bot.memory_conversation_store import MemoryConversationStore
from brands import Group
from knowledge_base.errors import StoreUnavailable
from ui.bootstrap import Services
from ui.retention import keep_to_retention


def test_each_brand_keeps_conversations_as_long_as_it_says(small_group: Group) -> None:
    store = MemoryConversationStore()
    days = {one: profile.retention_days for one, profile in small_group.brands.items()}
    for brand_id in days:
        store.open(brand_id)
    soon = datetime.now(UTC) + timedelta(days=min(days.values())) - timedelta(hours=1)
    assert set(purge_expired(store, small_group, soon).values()) == {0}
    late = datetime.now(UTC) + timedelta(days=max(days.values()), hours=1)
    assert purge_expired(store, small_group, late) == dict.fromkeys(days, 1)
    assert set(purge_expired(store, small_group, late).values()) == {0}


def test_the_server_removes_them_again_and_again(services: Services) -> None:
    conversations = services.assistant.conversations
    talk = conversations.open("alder")
    moments = [datetime.now(UTC), datetime.now(UTC) + timedelta(days=4_000)]

    async def run() -> None:
        task = asyncio.create_task(keep_to_retention(services, 0.01, lambda: moments.pop(0) if moments else late))
        for _ in range(3_000):
            if not moments:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()

    late = moments[-1]
    asyncio.run(run())
    with pytest.raises(UnknownConversation):
        conversations.turns("alder", talk)
    conversations.close()


class _Recovering:
    """Services whose data folder cannot be used at first."""

    def __init__(self, services: Services) -> None:
        self.group = services.group
        self.asked = 0
        self._services = services

    @property
    def assistant(self) -> Assistant:
        self.asked += 1
        if self.asked == 1:
            raise StoreUnavailable("the disk is read-only")
        return self._services.assistant


def test_a_data_folder_that_comes_back_ends_no_retention(services: Services) -> None:
    recovering = _Recovering(services)

    async def run() -> None:
        task = asyncio.create_task(keep_to_retention(recovering, 0.01))  # type: ignore[arg-type]
        for _ in range(3_000):
            if recovering.asked > 1 or task.done():
                break
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(run())
    assert recovering.asked > 1
    services.assistant.conversations.close()
